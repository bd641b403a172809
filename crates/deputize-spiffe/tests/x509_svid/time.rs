//! Time: RFC 5280 §4.1.2.5 for every certificate of the path.

use deputize_spiffe::SvidError;

use crate::support::{NOW, at, date, key, nothing, root, root_with, verifier};

#[test]
fn a_leaf_counts_from_its_first_second_to_before_its_last() {
    let top = root("root", nothing);
    let leaf = [top.leaf(|leaf| leaf.not_before = date(NOW - 10))];
    let verifier = verifier(&[&top]);
    for (now, expected) in [
        (NOW - 11, Err(SvidError::NotYetValid)),
        (NOW - 10, Ok(())),
        (NOW + 299, Ok(())),
        (NOW + 300, Err(SvidError::Expired)),
        (NOW + 301, Err(SvidError::Expired)),
    ] {
        assert_eq!(verifier.x509(&leaf, at(now)).map(drop), expected, "{now}");
    }
}

#[test]
fn every_certificate_above_counts_too() {
    let short = |ca: &mut rcgen::CertificateParams| {
        (ca.not_before, ca.not_after) = (date(NOW - 10), date(NOW + 10));
    };
    let by_root = root("root", short);
    let root_only = vec![by_root.leaf(|leaf| leaf.not_before = date(NOW - 60))];
    let top = root("root", nothing);
    let below = top.intermediate("below", short);
    let intermediate = vec![below.leaf(|leaf| leaf.not_before = date(NOW - 60)), below.der()];
    for (authority, chain) in [(&by_root, root_only), (&top, intermediate)] {
        let verifier = verifier(&[authority]);
        for (now, expected) in [
            (NOW - 11, Err(SvidError::NotYetValid)),
            (NOW - 10, Ok(())),
            (NOW + 9, Ok(())),
            (NOW + 10, Err(SvidError::Expired)),
            (NOW + 11, Err(SvidError::Expired)),
        ] {
            assert_eq!(verifier.x509(&chain, at(now)).map(drop), expected, "{now}");
        }
        let proof = verifier.x509(&chain, at(NOW)).unwrap();
        assert_eq!(proof.expires_at(), at(NOW + 10), "no longer than the path holds");
    }
}

/// A renewed authority keeps its name and key: the old certificate beside it does no harm.
#[test]
fn a_renewed_authority_counts_by_its_latest_end() {
    let key = key();
    let again = || rcgen::KeyPair::try_from(key.serialize_der()).unwrap();
    let old = root_with(again(), "root", |ca| ca.not_after = date(NOW - 10));
    let new = root_with(again(), "root", |ca| ca.not_after = date(NOW + 100));
    let leaf = [old.leaf(nothing)];
    for authorities in [[&old, &new], [&new, &old]] {
        let proof = verifier(&authorities).x509(&leaf, at(NOW)).unwrap();
        assert_eq!(proof.expires_at(), at(NOW + 100));
    }
    assert_eq!(verifier(&[&old]).x509(&leaf, at(NOW)).unwrap_err(), SvidError::Expired);
    let older = root_with(again(), "root", |ca| ca.not_after = date(NOW + 50));
    for authorities in [[&older, &new], [&new, &older]] {
        assert_eq!(verifier(&authorities).x509(&leaf, at(NOW)).unwrap().expires_at(), at(NOW + 100), "both hold");
    }
}
