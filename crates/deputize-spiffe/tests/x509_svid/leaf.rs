//! What a leaf has to be: X509-SVID §2, §3.1, §4 and §5.2.

use rcgen::{BasicConstraints, CertificateParams, DistinguishedName, ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose};

use crate::support::{AGENT, code, dns, extension, nothing, root, uri};

type Change = fn(&mut CertificateParams);

const KEY_USAGE: u64 = 15;
const ALTERNATIVE_NAME: u64 = 17;
const BASIC_CONSTRAINTS: u64 = 19;
/// A BIT STRING with `digitalSignature` only.
const DIGITAL_SIGNATURE: [u8; 4] = [3, 2, 7, 0x80];

#[test]
fn accepted() {
    let accepted: &[(&str, Change)] = &[
        ("X509-SVID §4: the usual one", nothing),
        ("§4.4: SHOULD include extended key usage, need not", |leaf| leaf.extended_key_usages.clear()),
        ("§4.1: basic constraints left out mean no CA", |leaf| leaf.is_ca = IsCa::NoCa),
        ("§4.1: cA written out as false", |leaf| {
            leaf.is_ca = IsCa::NoCa;
            leaf.custom_extensions.push(extension(BASIC_CONSTRAINTS, true, &[0x30, 3, 1, 1, 0]));
        }),
        ("§2: any number of other names", |leaf| {
            leaf.subject_alt_names.extend([dns("a.example"), dns("b.example")]);
        }),
        ("§4.3: MAY set keyEncipherment and keyAgreement", |leaf| {
            leaf.key_usages.extend([KeyUsagePurpose::KeyEncipherment, KeyUsagePurpose::KeyAgreement]);
        }),
        ("§4.4: others beside the two", |leaf| leaf.extended_key_usages.push(ExtendedKeyUsagePurpose::CodeSigning)),
        ("§3.1: no subject, and the names critical", |leaf| leaf.distinguished_name = DistinguishedName::new()),
        ("RFC 5280 §4.2: an extension that is not understood, not critical", |leaf| {
            leaf.custom_extensions.push(extension(200, false, &[5, 0]));
        }),
    ];
    let root = root("root", nothing);
    for (clause, change) in accepted {
        assert_eq!(code(&root, &[root.leaf(change)]), "ok", "{clause}");
    }
}

#[test]
fn refused() {
    let refused: &[(&str, &str, Change)] = &[
        ("signing_certificate", "X509-SVID §4.1, §5.2: cA", |leaf| {
            leaf.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)
        }),
        ("signing_certificate", "§5.2: keyCertSign", |leaf| leaf.key_usages.push(KeyUsagePurpose::KeyCertSign)),
        ("signing_certificate", "§5.2: cRLSign", |leaf| leaf.key_usages.push(KeyUsagePurpose::CrlSign)),
        ("key_usage", "§4.3: MUST be set", |leaf| leaf.key_usages.clear()),
        ("key_usage", "§4.3: MUST be critical", |leaf| {
            leaf.key_usages.clear();
            leaf.custom_extensions.push(extension(KEY_USAGE, false, &DIGITAL_SIGNATURE));
        }),
        ("key_usage", "§4.3: digitalSignature MUST be set", |leaf| {
            leaf.key_usages = vec![KeyUsagePurpose::KeyEncipherment];
        }),
        ("extended_key_usage", "§4.4: clientAuth MUST be set", |leaf| drop(leaf.extended_key_usages.pop())),
        ("extended_key_usage", "§4.4: serverAuth MUST be set", |leaf| drop(leaf.extended_key_usages.remove(0))),
        ("extended_key_usage", "§4.4: both MUST be set", |leaf| {
            leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::Any];
        }),
        ("not_one_uri", "§2: no names at all", |leaf| leaf.subject_alt_names.clear()),
        ("not_one_uri", "§2: no URI", |leaf| leaf.subject_alt_names = vec![dns("acme.example")]),
        ("not_one_uri", "§2, §5.2: two SPIFFE IDs", |leaf| {
            leaf.subject_alt_names.push(uri("spiffe://acme/agent/r2"));
        }),
        ("not_one_uri", "§5.2: one SPIFFE ID twice", |leaf| leaf.subject_alt_names.push(uri(AGENT))),
        ("not_one_uri", "§5.2: a SPIFFE ID and another URI", |leaf| {
            leaf.subject_alt_names.push(uri("https://acme.example/"));
        }),
        ("invalid_spiffe_id", "§5.2: another scheme", |leaf| {
            leaf.subject_alt_names = vec![uri("https://acme/agent/r1")];
        }),
        ("invalid_spiffe_id", "§3.1: no path", |leaf| leaf.subject_alt_names = vec![uri("spiffe://acme")]),
        ("invalid_spiffe_id", "§3.1: the root path", |leaf| leaf.subject_alt_names = vec![uri("spiffe://acme/")]),
        ("invalid_spiffe_id", "SPIFFE-ID §2.1: canonical form", |leaf| {
            leaf.subject_alt_names = vec![uri("spiffe://ACME/agent/r1")];
        }),
        ("invalid_spiffe_id", "SPIFFE-ID §2.2: no dot segments", |leaf| {
            leaf.subject_alt_names = vec![uri("spiffe://acme/agent/../r1")];
        }),
        ("invalid_spiffe_id", "SPIFFE-ID §2: no query", |leaf| {
            leaf.subject_alt_names = vec![uri("spiffe://acme/agent/r1?x")];
        }),
        ("no_subject", "RFC 5280 §4.1.2.6, X509-SVID §3.1: names MUST be critical", |leaf| {
            leaf.distinguished_name = DistinguishedName::new();
            leaf.subject_alt_names.clear();
            leaf.custom_extensions.push(extension(ALTERNATIVE_NAME, false, &names(AGENT)));
        }),
        ("unknown_extension", "RFC 5280 §4.2: critical and not understood", |leaf| {
            leaf.custom_extensions.push(extension(200, true, &[5, 0]));
        }),
        ("malformed", "RFC 5280 §4.2: one extension twice", |leaf| {
            leaf.custom_extensions.push(extension(KEY_USAGE, true, &DIGITAL_SIGNATURE));
        }),
        ("malformed", "RFC 5280 §4.2: an unknown extension twice", |leaf| {
            leaf.custom_extensions.push(extension(200, false, &[5, 0]));
            leaf.custom_extensions.push(extension(200, false, &[5, 0]));
        }),
        ("malformed", "RFC 5280 §4.2: an unknown extension twice, with another between", |leaf| {
            leaf.custom_extensions.extend([200, 201, 200].map(|number| extension(number, false, &[5, 0])));
        }),
        ("malformed", "RFC 5280 §4.2.1.3: key usage that is none", |leaf| {
            leaf.key_usages.clear();
            leaf.custom_extensions.push(extension(KEY_USAGE, true, &[4, 1, 0x80]));
        }),
        ("malformed", "RFC 5280 §4.2.1.6: names that are none", |leaf| {
            leaf.subject_alt_names.clear();
            leaf.custom_extensions.push(extension(ALTERNATIVE_NAME, true, &[4, 1, 0x80]));
        }),
    ];
    let root = root("root", nothing);
    for (expected, clause, change) in refused {
        assert_eq!(code(&root, &[root.leaf(change)]), *expected, "{clause}");
    }
}

/// GeneralNames with one URI.
fn names(uri: &str) -> Vec<u8> {
    let length = u8::try_from(uri.len()).unwrap();
    [&[0x30, length + 2, 0x86, length], uri.as_bytes()].concat()
}
