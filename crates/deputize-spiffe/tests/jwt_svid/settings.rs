//! The public fields, and the names of the errors.

use deputize_spiffe::SvidError;
use serde_json::json;

use crate::support::{NOW, authority, claims, header, verifier, verify, with};

#[test]
fn leeway_and_lifetime_can_be_set() {
    let authority = authority("acme");
    let mut verifier = verifier(&authority);
    assert_eq!((verifier.leeway_seconds, verifier.max_lifetime_seconds), (30, 3600));
    (verifier.leeway_seconds, verifier.max_lifetime_seconds) = (0, 300);
    for (changes, expected) in [
        (json!({}), Ok(())),
        (json!({"exp": NOW + 301}), Err(SvidError::LifetimeTooLong)),
        (json!({"iat": NOW + 1}), Err(SvidError::IssuedInFuture)),
        (json!({"nbf": NOW + 1}), Err(SvidError::NotYetValid)),
    ] {
        let svid = authority.sign(&header(&authority), &with(claims(), &changes)).unwrap();
        assert_eq!(verify(&verifier, &svid).map(drop), expected, "{changes}");
    }
    // Leeway is never for `exp`, however much there is, and never overflows.
    (verifier.leeway_seconds, verifier.max_lifetime_seconds) = (u32::MAX, u32::MAX);
    let svid = authority.sign(&header(&authority), &with(claims(), &json!({"exp": NOW, "iat": 0}))).unwrap();
    assert_eq!(verify(&verifier, &svid).unwrap_err(), SvidError::Expired);
    let svid = authority.sign(&header(&authority), &with(claims(), &json!({"nbf": NOW + 4_000_000_000}))).unwrap();
    assert!(verify(&verifier, &svid).is_ok());
}

/// They are in logs, metrics and test vectors: a change of one breaks somebody.
#[test]
fn codes_are_stable() {
    for (error, code) in [
        (SvidError::TooLarge, "too_large"),
        (SvidError::Malformed, "malformed"),
        (SvidError::NoCertificate, "no_certificate"),
        (SvidError::DuplicateMember, "duplicate_member"),
        (SvidError::UnknownHeader, "unknown_header"),
        (SvidError::InvalidHeader, "invalid_header"),
        (SvidError::WrongType, "wrong_type"),
        (SvidError::UnsupportedAlgorithm, "unsupported_algorithm"),
        (SvidError::UnknownTrustDomain, "unknown_trust_domain"),
        (SvidError::BundleUnavailable, "bundle_unavailable"),
        (SvidError::UnknownKey, "unknown_key"),
        (SvidError::AlgorithmMismatch, "algorithm_mismatch"),
        (SvidError::BadSignature, "bad_signature"),
        (SvidError::MissingClaim("exp"), "missing_claim"),
        (SvidError::InvalidClaim("exp"), "invalid_claim"),
        (SvidError::WrongAudience, "wrong_audience"),
        (SvidError::Expired, "expired"),
        (SvidError::NotYetValid, "not_yet_valid"),
        (SvidError::IssuedInFuture, "issued_in_future"),
        (SvidError::LifetimeTooLong, "lifetime_too_long"),
        (SvidError::SigningCertificate, "signing_certificate"),
        (SvidError::KeyUsage, "key_usage"),
        (SvidError::ExtendedKeyUsage, "extended_key_usage"),
        (SvidError::NotOneUri, "not_one_uri"),
        (SvidError::InvalidSpiffeId, "invalid_spiffe_id"),
        (SvidError::NoSubject, "no_subject"),
        (SvidError::UnknownAuthority, "unknown_authority"),
        (SvidError::AuthorityNotAllowed, "authority_not_allowed"),
        (SvidError::NameConstraints, "name_constraints"),
        (SvidError::UnknownExtension, "unknown_extension"),
        (SvidError::NotInLayout, "not_in_layout"),
        (SvidError::ForeignTenant, "foreign_tenant"),
    ] {
        assert_eq!(error.code(), code);
    }
}
