//! An ECDSA signature from DER (RFC 3279 §2.2.3) to `R‖S` (RFC 7518 §3.4).
//!
//! It need not judge: what comes out is verified against the public key before it is used.

use crate::der::element;

/// `R‖S`, each half of `width` bytes, if `der` is a sequence of two integers that fit.
pub(super) fn to_fixed(der: &[u8], width: usize) -> Option<Vec<u8>> {
    let (sequence, rest) = element(0x30, der)?;
    let (r, sequence) = element(0x02, sequence)?;
    let (s, sequence) = element(0x02, sequence)?;
    if !rest.is_empty() || !sequence.is_empty() {
        return None;
    }
    let mut fixed = Vec::with_capacity(2 * width);
    for integer in [r, s] {
        let digits = integer.iter().position(|byte| *byte != 0).map_or(&[][..], |at| integer.split_at(at).1);
        fixed.extend(core::iter::repeat_n(0, width.checked_sub(digits.len())?));
        fixed.extend_from_slice(digits);
    }
    Some(fixed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pads_and_strips_each_half() {
        let der = [0x30, 0x07, 0x02, 0x01, 0x05, 0x02, 0x02, 0x00, 0x80];
        assert_eq!(to_fixed(&der, 2), Some(vec![0, 5, 0, 0x80]));
        assert_eq!(to_fixed(&der, 1), Some(vec![5, 0x80]));
    }

    #[test]
    fn refuses_anything_else() {
        for wrong in [
            &[][..],
            &[0x30],
            &[0x30, 0x02, 0x02, 0x01],
            &[0x30, 0x07, 0x02, 0x01, 0x05, 0x02, 0x02, 0x00, 0x80, 0x00],
            &[0x30, 0x08, 0x02, 0x01, 0x05, 0x02, 0x02, 0x00, 0x80, 0x00],
            &[0x31, 0x06, 0x02, 0x01, 0x05, 0x02, 0x01, 0x05],
            &[0x30, 0x06, 0x04, 0x01, 0x05, 0x02, 0x01, 0x05],
            &[0x30, 0x84, 0x00, 0x00, 0x00, 0x06, 0x02, 0x01, 0x05, 0x02, 0x01, 0x05],
            &[0x30, 0x08, 0x02, 0x03, 0x01, 0x00, 0x00, 0x02, 0x01, 0x05],
        ] {
            assert_eq!(to_fixed(wrong, 2), None, "{wrong:x?}");
        }
    }
}
