//! The compact form: what is no JWT, and that one byte changed proves nobody else.

use deputize_spiffe::SvidError;
use proptest::prelude::*;

use crate::support::{authority, claims, header, verifier, verify};

#[test]
fn what_is_no_jwt() {
    let authority = authority("acme");
    let verifier = verifier(&authority);
    let good = authority.sign(&header(&authority), &claims()).unwrap();
    let (input, signature) = good.rsplit_once('.').unwrap();
    let (first, rest) = signature.split_at(1);
    for (wrong, expected, clause) in [
        (String::new(), SvidError::Malformed, "RFC 7515 §7.1: three parts"),
        ("a.b".to_owned(), SvidError::Malformed, "RFC 7515 §7.1: three parts"),
        ("a.b.c.d".to_owned(), SvidError::Malformed, "RFC 7515 §7.1: three parts"),
        (input.to_owned(), SvidError::Malformed, "RFC 7515 §7.1: three parts"),
        (format!("{good}."), SvidError::Malformed, "RFC 7515 §7.1: three parts"),
        (format!("{good}="), SvidError::Malformed, "RFC 7515 §2: without padding"),
        (format!("{good}\n"), SvidError::Malformed, "RFC 7515 §2: without white space"),
        (format!(" {good}"), SvidError::Malformed, "RFC 7515 §2: without white space"),
        (format!("{input}.+{rest}"), SvidError::Malformed, "RFC 7515 §2: the URL-safe alphabet"),
        (format!("{input}.{first}é"), SvidError::Malformed, "RFC 7515 §2: ASCII"),
        // Of the last character of 64 bytes four bits count: `_` has the other two set.
        (format!("{}_", good.split_at(good.len() - 1).0), SvidError::Malformed, "RFC 4648 §3.5: one spelling"),
        (format!("{input}."), SvidError::BadSignature, "RFC 7515 §5.2: a signature"),
        (format!("{input}.{first}"), SvidError::Malformed, "RFC 4648 §4: no single character"),
        (format!("{input}.{}", "A".repeat(86)), SvidError::BadSignature, "RFC 7515 §5.2: the right one"),
        ("a".repeat(16 * 1024), SvidError::Malformed, "at the bound"),
        ("a".repeat(16 * 1024 + 1), SvidError::TooLarge, "past the bound"),
    ] {
        assert_eq!(verify(&verifier, &wrong).unwrap_err(), expected, "{clause}: {wrong}");
    }
}

/// JWT-SVID §5.1: compact form only.
#[test]
fn the_json_form_is_not_taken() {
    let authority = authority("acme");
    let good = authority.sign(&header(&authority), &claims()).unwrap();
    let parts: Vec<&str> = good.split('.').collect();
    let flat = serde_json::json!({"protected": parts[0], "payload": parts[1], "signature": parts[2]});
    assert_eq!(verify(&verifier(&authority), &flat.to_string()).unwrap_err(), SvidError::Malformed);
}

/// Every bit of one SVID, flipped alone.
#[test]
fn a_flipped_bit_proves_nobody() {
    let authority = authority("acme");
    let verifier = verifier(&authority);
    let good = authority.sign(&header(&authority), &claims()).unwrap();
    for place in 0..good.len() {
        for bit in 0..7 {
            let mut bytes = good.clone().into_bytes();
            bytes[place] ^= 1 << bit;
            let changed = String::from_utf8(bytes).unwrap();
            assert!(verify(&verifier, &changed).is_err(), "{changed}");
        }
    }
}

proptest! {
    /// Whatever single byte is put in, put out or changed, nobody else is proven.
    #[test]
    fn a_changed_byte_proves_nobody_else(place in any::<prop::sample::Index>(), byte in 0_u8..0x80, how in 0..3) {
        let authority = authority("acme");
        let svid = authority.sign(&header(&authority), &claims()).unwrap();
        let mut bytes = svid.clone().into_bytes();
        let place = place.index(bytes.len());
        match how {
            0 => bytes[place] = byte,
            1 => bytes.insert(place, byte),
            _ => drop(bytes.remove(place)),
        }
        let changed = String::from_utf8(bytes).unwrap();
        prop_assert!(changed == svid || verify(&verifier(&authority), &changed).is_err(), "{}", changed);
    }
}
