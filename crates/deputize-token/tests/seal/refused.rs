//! Every other text: not a byte of a sealed ring can be changed, moved, left out or added.

use deputize_token::{Algorithm, OpenError, SealedKeyRingError, limits::MAX_SEALED_KEY_RING_BYTES};

use super::{
    Refused, open, seal,
    support::{Asked, now, ring},
};

#[test]
fn not_a_byte_can_be_changed_left_out_or_added() {
    let sealed = seal(&ring(Algorithm::EdDsa));
    assert!(open(&sealed).is_ok());
    for at in 0..sealed.len() {
        let (before, after) = sealed.split_at(at);
        assert!(open(before).is_err() && (at == 0 || open(after).is_err()), "cut at {at}");
        let (byte, rest) = after.split_at(1);
        assert!(open(&format!("{before}{rest}")).is_err(), "left out at {at}");
        for put in ["A", "B", "Q", "g", "w", "-", "_", ".", "=", " ", "\n", "é"] {
            assert!(open(&format!("{before}{put}{after}")).is_err(), "{put:?} added at {at}");
            assert!(put == byte || open(&format!("{before}{put}{rest}")).is_err(), "{put:?} put at {at}");
        }
        let flipped = char::from(byte.as_bytes()[0] ^ 1);
        assert!(open(&format!("{before}{flipped}{rest}")).is_err(), "changed at {at}");
    }
    for put in ["A", "AA", "AAAA", ".", ".AAAA", "=", " ", "\n"] {
        assert!(open(&format!("{sealed}{put}")).is_err(), "{put:?} at the end");
        assert!(open(&format!("{put}{sealed}")).is_err(), "{put:?} before it");
    }
}

#[test]
fn the_parts_of_two_do_not_fit_together() {
    let ring = ring(Algorithm::EdDsa);
    let [one, other] = [seal(&ring), seal(&ring)];
    let [one, other] = [&one, &other].map(|text| Vec::from_iter(text.split('.')));
    for which in 1..31_u8 {
        let mixed = (0..5).map(|at| if which & 1 << at == 0 { one[at] } else { other[at] });
        let text = Vec::from_iter(mixed).join(".");
        assert_eq!(open(&text).err(), Some(Refused::Unopened(OpenError::Unauthentic)), "{which:05b}");
    }
}

#[test]
fn other_texts_are_no_sealed_ring() {
    let refused = |text: &str| match open(text) {
        Err(Refused::Unread(error)) => error,
        other => panic!("{other:?}"),
    };
    for text in ["", ".", "....", ".....", "a.b.c", "e30", "{}", "{\"keys\":[]}"] {
        assert_eq!(refused(text), SealedKeyRingError::Malformed, "{text}");
    }
    // No key at all, and each part shorter and longer than it has to be.
    let sealed = seal(&ring(Algorithm::EdDsa));
    let parts = Vec::from_iter(sealed.split('.'));
    for at in [1, 2, 4] {
        for part in ["", "AAAA", parts[at].split_at(4).1, &format!("AAAA{}", parts[at])] {
            let mut parts = parts.clone();
            parts[at] = part;
            assert_eq!(refused(&parts.join(".")), SealedKeyRingError::Malformed, "{part}");
        }
    }
    let at_bound = "a".repeat(MAX_SEALED_KEY_RING_BYTES);
    assert_eq!(refused(&at_bound), SealedKeyRingError::Malformed);
    assert_eq!(refused(&format!("{at_bound}a")), SealedKeyRingError::TooLarge);
    assert_eq!(refused(&".".repeat(MAX_SEALED_KEY_RING_BYTES)), SealedKeyRingError::Malformed);
    // A token of the same issuer is none either.
    let token = ring(Algorithm::EdDsa).sign(Asked::for_alice().recorded(), now()).unwrap();
    assert_eq!(refused(token.secret()), SealedKeyRingError::Malformed);
}
