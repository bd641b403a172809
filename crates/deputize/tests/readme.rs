//! The README and the threat model name tests as proofs: each of them exists.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::{fs, path::Path};

#[test]
fn every_proof_that_is_named_exists() {
    let proofs: usize = read("README.md").lines().map(proofs).sum();
    assert!(proofs > 10, "the README names its proofs: {proofs}");
}

/// And of each attack it is said what shows that it is stopped, or that it is not.
#[test]
fn every_attack_has_its_test() {
    let page = read("crates/deputize/THREATS.md");
    let (mut attacks, mut stopped) = (0, 0);
    for table in page.split("| attack |").skip(1) {
        for row in table.lines().skip(2).take_while(|line| line.starts_with('|')) {
            let named = proofs(row);
            attacks += 1;
            stopped += usize::from(named > 0);
            assert!(named > 0 || row.contains("Not stopped here:"), "{row}");
        }
    }
    assert!(attacks > 40 && stopped + 3 > attacks, "{stopped} of {attacks}");
}

/// How many tests a line names, as `path.rs`: `name`. Each of them is there, and is a test.
fn proofs(line: &str) -> usize {
    let mut named = line.split(".rs`: `");
    let mut before = named.next().unwrap();
    let mut proofs = 0;
    for after in named {
        let path = format!("{}.rs", before.rsplit('`').next().unwrap());
        let test = after.split('`').next().unwrap();
        let source = read(&path);
        let (attributes, _) = source.split_once(&format!("fn {test}(")).unwrap_or_else(|| no_such(&path, test));
        let own = attributes.rsplit("\n\n").next().unwrap();
        assert!(
            own.contains("#[test]") || own.contains("#[tokio::test") || own.contains("proptest!"),
            "{path}: {test}"
        );
        before = after;
        proofs += 1;
    }
    proofs
}

#[expect(clippy::panic, reason = "what fails here fails the test")]
fn no_such(path: &str, test: &str) -> ! {
    panic!("{path} has no test {test}")
}

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| no_such(&path.display().to_string(), &error.to_string()))
}
