//! Which crate may know which: the boundaries of the workspace, held against its manifests.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what fails here fails the test")]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::Command,
};

use serde_json::Value;

type Names = BTreeSet<String>;

/// The normal dependencies that each crate of the workspace names.
fn dependencies() -> BTreeMap<String, Names> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--manifest-path"])
        .arg(manifest)
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let packages = metadata["packages"].as_array().unwrap().iter();
    let named = |package: &Value| {
        let all = package["dependencies"].as_array().unwrap().iter();
        all.filter(|dependency| dependency["kind"].is_null()).map(|dependency| text(&dependency["name"])).collect()
    };
    packages.map(|package| (text(&package["name"]), named(package))).collect()
}

fn those_that_name(wanted: &[&str]) -> Vec<String> {
    let named = |names: &Names| wanted.iter().any(|name| names.contains(*name));
    let crates =
        dependencies().into_iter().filter(|(name, _)| name.starts_with("deputize") && name != "deputize-benches");
    crates.filter(|(_, names)| named(names)).map(|(name, _)| name).collect()
}

#[test]
fn crates_know_only_whom_they_may() {
    let allowed: &[(&str, &[&str])] = &[
        ("deputize-core", &[]),
        ("deputize-token", &["deputize-core"]),
        ("deputize-spiffe", &["deputize-core", "deputize-token"]),
        ("deputize-store", &["deputize-core"]),
        ("deputize", &["deputize-core", "deputize-spiffe", "deputize-store", "deputize-token"]),
    ];
    let dependencies = dependencies();
    for (name, may_know) in allowed {
        let known: Names = dependencies[*name].iter().filter(|d| d.starts_with("deputize")).cloned().collect();
        let may_know: Names = may_know.iter().map(|name| (*name).to_owned()).collect();
        assert!(known.is_subset(&may_know), "{name} knows {known:?}");
    }
    let unlisted: Vec<&String> = dependencies
        .keys()
        .filter(|name| !allowed.iter().any(|(known, _)| known == name))
        .filter(|name| !["deputize-benches", "deputize-examples"].contains(&name.as_str()))
        .collect();
    assert!(unlisted.is_empty(), "a new crate has to be given its place here: {unlisted:?}");
}

#[test]
fn core_is_built_on_nothing_but_a_hash_map_serde_and_thiserror() {
    let always = ["hashbrown", "serde", "thiserror"];
    let for_documents = ["jsonc-parser", "time", "toml"];
    let known = &dependencies()["deputize-core"];
    let allowed: Names = always.into_iter().chain(for_documents).map(str::to_owned).collect();
    assert!(known.is_subset(&allowed), "{known:?}");
}

#[test]
fn only_token_and_spiffe_name_a_signature_crate() {
    let named =
        those_that_name(&["aws-lc-rs", "ring", "jsonwebtoken", "rustls-webpki", "ed25519-dalek", "p256", "rsa"]);
    assert!(named.iter().all(|name| ["deputize-token", "deputize-spiffe"].contains(&name.as_str())), "{named:?}");
}

#[test]
fn only_spiffe_names_spiffe_certificates_and_tls() {
    let crates = ["spiffe", "x509-cert", "rustls-webpki", "rustls", "tokio-rustls", "rcgen", "hyper", "tonic"];
    assert_eq!(those_that_name(&crates), ["deputize-spiffe"]);
}

#[test]
fn only_store_names_sqlx() {
    assert_eq!(those_that_name(&["sqlx"]), ["deputize-store"]);
}

#[test]
fn nothing_names_a_web_framework_yet() {
    assert!(those_that_name(&["axum", "tower"]).is_empty());
}
