//! The one thing that is read of DER (X.690 §8.1): an element that a text starts with.

/// The content of the element with this tag that `bytes` starts with, and what follows it. Lengths
/// are in their shortest form (X.690 §10.1), of at most two bytes.
pub(crate) fn element(tag: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (found, rest) = bytes.split_first()?;
    let (length, rest) = match rest {
        [length, rest @ ..] if *length < 0x80 => (usize::from(*length), rest),
        [0x81, length, rest @ ..] if *length >= 0x80 => (usize::from(*length), rest),
        [0x82, high, low, rest @ ..] if *high > 0 => (usize::from(u16::from_be_bytes([*high, *low])), rest),
        _ => return None,
    };
    if *found == tag { rest.split_at_checked(length) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_one_element_and_no_more() {
        for (head, length) in [(&[4, 0x7f][..], 0x7f), (&[4, 0x81, 0x80], 0x80), (&[4, 0x82, 1, 0], 0x100)] {
            let bytes = [head, &vec![7; length + 1]].concat();
            assert_eq!(element(4, &bytes), Some((&vec![7; length][..], &[7][..])));
            assert_eq!(element(4, &bytes[..bytes.len() - 2]), None, "cut off");
            assert_eq!(element(5, &bytes), None, "another tag");
        }
        for wrong in [&[][..], &[4], &[4, 0x80], &[4, 0x81], &[4, 0x81, 1, 7], &[4, 0x82, 0, 1, 7], &[4, 0x82, 1]] {
            assert_eq!(element(4, wrong), None, "{wrong:x?}");
        }
        let long = [&[4, 0x82, 0, 0x80][..], &[7; 0x80]].concat();
        assert_eq!(element(4, &long), None, "not the shortest form");
        assert_eq!(element(4, &[4, 0x83, 0, 0, 1, 7]), None);
    }
}
