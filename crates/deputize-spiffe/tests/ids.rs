//! SPIFFE IDs: ours beside those of the `spiffe` crate. What we accept it accepts; where it is more
//! lenient is listed.

use deputize_core::AgentId;
use deputize_spiffe::TrustDomain;
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

#[test]
fn accepted() {
    let long = format!("spiffe://acme/{}", "a".repeat(2048 - "spiffe://acme/".len()));
    let wide = format!("spiffe://{}/a", "d".repeat(255));
    for (text, clause) in [
        ("spiffe://acme.example/agent/a", "SPIFFE-ID §2: scheme, trust domain, path"),
        ("spiffe://0_-.z/a", "§2.1: letters, digits, dots, dashes and underscores"),
        ("spiffe://127.0.0.1/a", "§2.1: no more is said of dots"),
        ("spiffe://acme/A.b_c-9", "§2.2: upper case too"),
        ("spiffe://acme/.../.a", "§2.2: dots that are no relative segment"),
        (wide.as_str(), "§2.3: a trust domain of 255 bytes"),
        (long.as_str(), "§2.3: 2 048 bytes"),
    ] {
        assert!(ours(text) && theirs(text), "{clause}: {text}");
    }
}

#[test]
fn both_refuse() {
    let wide = format!("spiffe://{}/a", "d".repeat(256));
    for (text, clause) in [
        ("", "SPIFFE-ID §2: a URI"),
        ("acme/a", "§2: a scheme"),
        ("http://acme/a", "§2: the scheme is spiffe"),
        ("spiffe:/acme/a", "§2: an authority"),
        ("spiffe:///a", "§2.1: MUST NOT be empty"),
        ("spiffe://u@acme/a", "§2.1: no userinfo"),
        ("spiffe://acme:1/a", "§2.1: no port"),
        ("spiffe://%61cme/a", "§2.1: no percent-encoding"),
        ("spiffe://äcme/a", "§2.1: no other characters"),
        ("spiffe://[::1]/a", "§2.1: no other characters"),
        ("spiffe://acme/", "§2.2: no trailing slash"),
        ("spiffe://acme/a/", "§2.2: no trailing slash"),
        ("spiffe://acme//a", "§2.2: no empty segment"),
        ("spiffe://acme/.", "§2.2: no relative segment"),
        ("spiffe://acme/../a", "§2.2: no relative segment"),
        ("spiffe://acme/%41", "§2.2: no percent-encoding"),
        ("spiffe://acme/ä", "§2.2: no other characters"),
        ("spiffe://acme/a b", "§2.2: no other characters"),
        ("spiffe://acme/a:b", "§2.2: no other characters"),
        ("spiffe://acme/a\\b", "§2.2: no other characters"),
        ("spiffe://acme/a\0", "§2.2: no other characters"),
        ("spiffe://acme/a?b", "§2: no query"),
        ("spiffe://acme/a#b", "§2: no fragment"),
        (" spiffe://acme/a", "RFC 3986 §3: nothing around it"),
        ("spiffe://acme/a ", "RFC 3986 §3: nothing around it"),
        (wide.as_str(), "§2.3: a trust domain of at most 255 bytes"),
    ] {
        assert!(!ours(text) && !theirs(text), "{clause}: {text}");
    }
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

    /// What was read prints as it was written, whole and in its parts.
    #[test]
    fn ids_print_as_they_were_read(text in "spiffe://[a-z0-9._-]{1,9}(/[a-zA-Z0-9_-]{1,9}){1,4}") {
        let id: AgentId = text.parse().unwrap();
        prop_assert_eq!(id.to_string(), &*text);
        let trust_domain = TrustDomain::of(&id);
        prop_assert_eq!(trust_domain.to_string().parse(), Ok(trust_domain.clone()));
        prop_assert_eq!(format!("spiffe://{trust_domain}{}", id.path()), text);
    }
}
