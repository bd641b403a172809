//! Form: what is no certificate, and what is too much of it.

use deputize_spiffe::SvidError;

use crate::support::{NOW, at, code, nothing, root, verifier, verify};

#[test]
fn what_is_no_certificate_is_refused() {
    let top = root("root", nothing);
    let leaf = top.leaf(nothing);
    let nothing_at_all: [&[u8]; 0] = [];
    assert_eq!(verifier(&[&top]).x509(&nothing_at_all, at(NOW)).unwrap_err(), SvidError::NoCertificate);
    for (what, der) in [
        ("empty", Vec::new()),
        ("text", b"-----BEGIN CERTIFICATE-----".to_vec()),
        ("a byte less", leaf[..leaf.len() - 1].to_vec()),
        ("a byte more", [&leaf[..], &[0]].concat()),
        ("two in one", [&leaf[..], &leaf[..]].concat()),
        ("a sequence", vec![0x30, 0]),
    ] {
        assert_eq!(code(&top, &[der]), "malformed", "{what}");
    }
}

#[test]
fn what_is_too_much_is_refused_unread() {
    let top = root("root", nothing);
    let leaf = top.leaf(nothing);
    let with = |more: usize| [vec![leaf.clone()], vec![top.der(); more]].concat();
    assert_eq!(code(&top, &with(7)), "ok");
    assert_eq!(code(&top, &with(8)), "too_large", "more than eight certificates");
    assert_eq!(code(&top, &[vec![0; 16 * 1024]]), "malformed");
    assert_eq!(code(&top, &[vec![0; 16 * 1024 + 1]]), "too_large");
    assert_eq!(code(&top, &[leaf.clone(), vec![0; 16 * 1024 + 1]]), "too_large");
}

/// Each byte of a leaf is signed, or the signature's own.
#[test]
fn no_byte_of_a_leaf_can_be_changed() {
    let top = root("root", nothing);
    let leaf = top.leaf(nothing);
    for at in 0..leaf.len() {
        for flip in [1, 0x80] {
            let mut changed = leaf.clone();
            changed[at] ^= flip;
            assert!(verify(&top, &[changed]).is_err(), "byte {at} ^ {flip}");
        }
    }
}

/// Neither is any of an intermediate's, of which nothing is taken that its issuer did not sign.
#[test]
fn no_byte_of_an_intermediate_can_be_changed() {
    let top = root("root", nothing);
    let below = top.intermediate("below", nothing);
    let (leaf, der) = (below.leaf(nothing), below.der());
    for at in 0..der.len() {
        let mut changed = der.clone();
        changed[at] ^= 1;
        assert!(verify(&top, &[leaf.clone(), changed]).is_err(), "byte {at}");
    }
}
