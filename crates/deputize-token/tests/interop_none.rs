//! Both backends of `jsonwebtoken` are compiled in and none was installed: it panics at first use,
//! which any dependency of an embedder can bring about, and nothing of ours does.
#![allow(dead_code, clippy::allow_attributes, reason = "each of these test files uses a part of the shared one")]

mod interop;
mod support;

use std::{fs, io, path::Path};

#[test]
fn plain_panics_and_ours_does_not() {
    interop::ours_alone();
    std::panic::set_hook(Box::new(|_| ()));
    let plain = std::panic::catch_unwind(interop::plain_is_taken_by_ours);
    drop(std::panic::take_hook());
    let message = plain.unwrap_err();
    let message = message.downcast_ref::<String>().map_or("", String::as_str);
    assert!(message.contains("CryptoProvider::install_default()"), "{message}");
    // Nor does it now that the panicking provider is the process's.
    interop::ours_alone();
}

/// Everything of `jsonwebtoken` that goes through its process-wide provider.
#[test]
fn nothing_here_goes_through_the_global_provider() {
    let harmless = [
        "jsonwebtoken::EncodingKey",
        "jsonwebtoken::Algorithm",
        "jsonwebtoken::signature::",
        "jsonwebtoken::crypto::JwtSigner",
    ];
    let mut seen = 0;
    visit(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut |path, line| {
        let code = line.split("//").next().unwrap_or_default();
        let known: usize = harmless.iter().map(|name| code.matches(name).count()).sum();
        assert_eq!(code.matches("jsonwebtoken::").count(), known, "{}: {line}", path.display());
        assert!(!code.contains("use jsonwebtoken as") && !code.contains("from_encoding_key"), "{line}");
        seen += known;
    })
    .unwrap();
    assert!(seen > 5, "the sources are where they were");
}

fn visit(folder: &Path, line: &mut impl FnMut(&Path, &str)) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            visit(&path, line)?;
        } else {
            fs::read_to_string(&path)?.lines().for_each(|text| line(&path, text));
        }
    }
    Ok(())
}
