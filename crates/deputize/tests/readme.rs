//! The README names tests as proofs: each of them exists.

use std::{fs, path::Path};

#[test]
fn every_proof_that_is_named_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let mut proofs = 0;
    for line in readme.lines().filter(|line| line.contains(".rs`: `")) {
        let (path, test) = line.split_once(".rs`: `").unwrap();
        let path = format!("{}.rs", path.rsplit('`').next().unwrap());
        let test = test.split('`').next().unwrap();
        let source = fs::read_to_string(root.join(&path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert!(source.contains(&format!("fn {test}(")), "{path} has no test {test}");
        proofs += 1;
    }
    assert!(proofs > 10, "the README names its proofs: {proofs}");
}
