//! The path from a leaf to an authority: X509-SVID §3.2, §4.1 to §4.3, §5.1 and RFC 5280 §6.

use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, KeyUsagePurpose,
    NameConstraints,
};

use crate::support::{Ca, NOW, at, code, dns, extension, nothing, root, uri, verifier};

type Change = fn(&mut CertificateParams);

fn limited(below: u8) -> IsCa {
    IsCa::Ca(BasicConstraints::Constrained(below))
}

fn permitted(subtrees: Vec<GeneralSubtree>) -> Option<NameConstraints> {
    Some(NameConstraints { permitted_subtrees: subtrees, excluded_subtrees: Vec::new() })
}

fn excluded(subtrees: Vec<GeneralSubtree>) -> Option<NameConstraints> {
    Some(NameConstraints { permitted_subtrees: Vec::new(), excluded_subtrees: subtrees })
}

fn dns_subtree() -> GeneralSubtree {
    GeneralSubtree::DnsName("acme.example".to_owned())
}

/// Name constraints (RFC 5280 §4.2.1.10) with one permitted URI subtree, which rcgen can't write.
const PERMITTED_URI: [u8; 12] = [0x30, 10, 0xa0, 8, 0x30, 6, 0x86, 4, b'a', b'c', b'm', b'e'];

/// What is said of a leaf below such a signing certificate.
const SIGNING_CERTIFICATES: &[(&str, &str, Change)] = &[
    ("ok", "X509-SVID §3.2: SHOULD be an SVID, need not", nothing),
    ("ok", "§3.2: with the SPIFFE ID of its trust domain", |ca| ca.subject_alt_names = vec![uri("spiffe://acme")]),
    ("ok", "§3.2: with a URI that is no SPIFFE ID", |ca| ca.subject_alt_names = vec![uri("https://acme/x")]),
    ("ok", "§4.3: MAY set cRLSign", |ca| ca.key_usages.push(KeyUsagePurpose::CrlSign)),
    ("ok", "§4.1: MAY set pathLenConstraint", |ca| ca.is_ca = limited(0)),
    ("ok", "§4.4: MAY include extended key usage", |ca| {
        ca.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    }),
    ("ok", "RFC 5280 §4.2.1.10: a constraint on names that the leaf does not have", |ca| {
        ca.name_constraints = permitted(vec![dns_subtree()]);
    }),
    ("authority_not_allowed", "§3.2: a SPIFFE ID with a path", |ca| {
        ca.subject_alt_names = vec![uri("spiffe://acme/agent/r1")];
    }),
    ("authority_not_allowed", "§3.2: the root path", |ca| ca.subject_alt_names = vec![uri("spiffe://acme/")]),
    ("authority_not_allowed", "§3.2: another trust domain", |ca| {
        ca.subject_alt_names = vec![uri("spiffe://other")];
    }),
    ("authority_not_allowed", "§4.1: cA MUST be true", |ca| ca.is_ca = IsCa::ExplicitNoCa),
    ("authority_not_allowed", "§4.1: cA MUST be true, and is not by default", |ca| ca.is_ca = IsCa::NoCa),
    ("authority_not_allowed", "§4.3: keyCertSign MUST be set", |ca| ca.key_usages = vec![KeyUsagePurpose::CrlSign]),
    ("authority_not_allowed", "§4.3: key usage MUST be set", |ca| ca.key_usages.clear()),
    ("extended_key_usage", "RFC 5280 §4.2.1.12: for something else only", |ca| {
        ca.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
    }),
    ("extended_key_usage", "RFC 5280 §4.2.1.12: for nothing at all", |ca| {
        ca.custom_extensions.push(extension(37, false, &[0x30, 0]));
    }),
    ("name_constraints", "X509-SVID §4.2: URI constraints are never met", |ca| {
        ca.custom_extensions.push(extension(30, true, &PERMITTED_URI));
    }),
];

#[test]
fn signing_certificates() {
    let top = root("root", nothing);
    let unknown: Change = |ca| ca.custom_extensions.push(extension(200, true, &[5, 0]));
    let unknown = ("unknown_extension", "RFC 5280 §4.2: critical and not understood", unknown);
    for (expected, clause, change) in SIGNING_CERTIFICATES.iter().chain([&unknown]) {
        let below = top.intermediate("intermediate", change);
        assert_eq!(code(&top, &[below.leaf(nothing), below.der()]), *expected, "{clause}");
    }
}

/// The same of an authority: that it is trusted does not make it what it is not.
#[test]
fn authorities() {
    for (expected, clause, change) in SIGNING_CERTIFICATES {
        let own = root("root", change);
        assert_eq!(code(&own, &[own.leaf(nothing)]), *expected, "{clause}");
        let other = root("other", nothing);
        let both = verifier(&[&own, &other]);
        assert!(both.x509(&[other.leaf(nothing)], at(NOW)).is_ok(), "{clause}: no harm to the others");
    }
}

/// RFC 5280 §4.2.1.10, for the names that the library understands.
#[test]
fn names_stay_within_their_constraints() {
    let table: &[(&str, &str, Change)] = &[
        ("ok", "a.acme.example", |ca| ca.name_constraints = permitted(vec![dns_subtree()])),
        ("name_constraints", "a.other.example", |ca| ca.name_constraints = permitted(vec![dns_subtree()])),
        ("name_constraints", "a.acme.example", |ca| ca.name_constraints = excluded(vec![dns_subtree()])),
        ("ok", "a.other.example", |ca| ca.name_constraints = excluded(vec![dns_subtree()])),
    ];
    for (expected, name, change) in table {
        let with_name = |leaf: &mut CertificateParams| leaf.subject_alt_names.push(dns(name));
        let top = root("root", nothing);
        let below = top.intermediate("intermediate", change);
        assert_eq!(code(&top, &[below.leaf(with_name), below.der()]), *expected, "{name}, by an intermediate");
        let constrained = root("root", change);
        assert_eq!(code(&constrained, &[constrained.leaf(with_name)]), *expected, "{name}, by the root");
    }
}

/// RFC 5280 §4.2.1.9. That of an anchor counts too, which path validation need not look at.
#[test]
fn paths_are_no_longer_than_allowed() {
    let chain = |top: &Ca, changes: [Change; 2]| {
        let first = top.intermediate("first", changes[0]);
        let second = first.intermediate("second", changes[1]);
        vec![second.leaf(nothing), second.der(), first.der()]
    };
    let free = root("root", nothing);
    assert_eq!(code(&free, &chain(&free, [nothing, nothing])), "ok");
    assert_eq!(code(&free, &chain(&free, [|ca| ca.is_ca = limited(1), |ca| ca.is_ca = limited(0)])), "ok");
    assert_eq!(code(&free, &chain(&free, [|ca| ca.is_ca = limited(0), nothing])), "authority_not_allowed");
    for (limit, expected) in [(0, "authority_not_allowed"), (1, "authority_not_allowed"), (2, "ok"), (3, "ok")] {
        let top = root("root", |ca| ca.is_ca = limited(limit));
        assert_eq!(code(&top, &chain(&top, [nothing, nothing])), expected, "{limit}");
    }
    let none_below = root("root", |ca| ca.is_ca = limited(0));
    assert_eq!(code(&none_below, &[none_below.leaf(nothing)]), "ok", "a leaf is no signing certificate");
}

#[test]
fn certificates_come_in_any_order_and_may_be_more_than_needed() {
    let top = root("root", nothing);
    let other = root("other", nothing);
    let first = top.intermediate("first", nothing);
    let second = first.intermediate("second", nothing);
    let leaf = second.leaf(nothing);
    for rest in [
        [second.der(), first.der(), top.der()],
        [first.der(), second.der(), other.der()],
        [top.der(), first.der(), second.der()],
    ] {
        assert_eq!(code(&top, &[std::slice::from_ref(&leaf), &rest[..]].concat()), "ok");
    }
    assert_eq!(code(&top, &[leaf.clone(), second.der()]), "unknown_authority", "one is missing");
    assert_eq!(code(&top, &[leaf]), "unknown_authority");
}

#[test]
fn a_path_ends_at_an_authority_of_the_bundle() {
    let (top, other) = (root("root", nothing), root("other", nothing));
    let namesake = root("root", nothing);
    assert_eq!(code(&top, &[other.leaf(nothing)]), "unknown_authority");
    assert_eq!(code(&top, &[other.leaf(nothing), other.der()]), "unknown_authority", "one's own root proves nothing");
    assert_eq!(code(&top, &[namesake.leaf(nothing)]), "bad_signature", "a name is no key");
    assert_eq!(code(&top, &[top.der()]), "signing_certificate", "X509-SVID §3.2: never for authentication");
    let both = verifier(&[&namesake, &top]);
    for signer in [&namesake, &top] {
        assert!(both.x509(&[signer.leaf(nothing)], at(NOW)).is_ok(), "authorities may share a name");
    }
    // An agent's own certificate signs nothing.
    let below = top.intermediate("agent", |ca| {
        ca.is_ca = IsCa::ExplicitNoCa;
        ca.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        ca.subject_alt_names = vec![uri("spiffe://acme/agent/r1")];
    });
    assert_eq!(code(&top, &[below.leaf(nothing), below.der()]), "authority_not_allowed");
}

/// A path that breaks a rule does not stand in the way of one that holds.
#[test]
fn another_path_is_tried() {
    let (old, new) = (root("old", |ca| ca.is_ca = limited(0)), root("new", nothing));
    let below = old.intermediate("below", nothing);
    let chain = [below.leaf(nothing), below.der()];
    assert_eq!(verifier(&[&old, &new]).x509(&chain, at(NOW)).unwrap_err().code(), "authority_not_allowed");
    assert_eq!(
        verifier(&[&old, &below]).x509(&chain, at(NOW)).map(drop),
        Ok(()),
        "the intermediate is an authority too"
    );
}

/// RFC 5280 §4.2.1.12: an authority for something else only is none here, whether it is the anchor or
/// below it.
#[test]
fn an_authority_for_something_else_signs_nothing() {
    let with = |usages: &[ExtendedKeyUsagePurpose]| {
        let top = root("root", |ca| ca.extended_key_usages = usages.to_vec());
        code(&top, &[top.leaf(nothing)])
    };
    assert_eq!(with(&[ExtendedKeyUsagePurpose::CodeSigning]), "extended_key_usage");
    assert_eq!(with(&[ExtendedKeyUsagePurpose::ServerAuth]), "extended_key_usage");
    assert_eq!(with(&[ExtendedKeyUsagePurpose::CodeSigning, ExtendedKeyUsagePurpose::ClientAuth]), "ok");
}
