//! SPIFFE IDs: ours beside those of the `spiffe` crate. What we accept it accepts; where it is more
//! lenient is listed.

use deputize_core::AgentId;
use proptest::prelude::*;

fn ours(text: &str) -> bool {
    text.parse::<AgentId>().is_ok()
}

fn theirs(text: &str) -> bool {
    text.parse::<spiffe::SpiffeId>().is_ok()
}

/// What an attacker could use, if one side of a system took it and the other did not.
#[test]
fn differences_are_known() {
    let long = format!("spiffe://acme/{}", "a".repeat(2049 - "spiffe://acme/".len()));
    for (text, why) in [
        ("SPIFFE://acme/a", "SPIFFE-ID §2: the scheme, in canonical form"),
        ("spiffe://ACME/a", "SPIFFE-ID §2.1: the trust domain, in canonical form"),
        (long.as_str(), "SPIFFE-ID §2.3: at most 2 048 bytes"),
        ("spiffe://acme", "a trust domain is no agent"),
        ("sPiFfE://aCmE/a", "SPIFFE-ID §2: both"),
    ] {
        assert!(!ours(text), "{why}");
        assert!(theirs(text), "the spiffe crate has become stricter: {why}");
    }
}

/// SPIFFE-ID §2.1, §2.2: refused by both.
#[test]
fn both_refuse() {
    for text in [
        "",
        "spiffe:///a",
        "spiffe://acme/",
        "spiffe://acme//a",
        "spiffe://acme/a/",
        "spiffe://acme/.",
        "spiffe://acme/../a",
        "spiffe://acme:1/a",
        "spiffe://u@acme/a",
        "spiffe://acme/a?b",
        "spiffe://acme/a#b",
        "spiffe://acme/%41",
        "http://acme/a",
        "spiffe://acme/ä",
        " spiffe://acme/a",
        "spiffe://acme/a ",
    ] {
        assert!(!ours(text) && !theirs(text), "{text}");
    }
    let with_domain = |bytes| format!("spiffe://{}/a", "d".repeat(bytes));
    assert!(ours(&with_domain(255)) && theirs(&with_domain(255)));
    assert!(!ours(&with_domain(256)) && !theirs(&with_domain(256)), "SPIFFE-ID §2.3: at most 255 bytes");
}

proptest! {
    #[test]
    fn what_we_accept_the_spiffe_crate_accepts(text in "spiffe://[a-cA._-]{0,3}(/[aZ9._%-]{0,3}){0,3}") {
        prop_assert!(!ours(&text) || theirs(&text), "{}", text);
    }

    #[test]
    fn generated_ids_are_accepted_by_both(text in "spiffe://[a-z0-9._-]{1,9}(/[a-zA-Z0-9_-]{1,9}){1,4}") {
        prop_assert!(ours(&text) && theirs(&text), "{}", text);
    }
}
