use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// Base64url without padding (RFC 7515 §2).
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// How many characters that many bytes are encoded in.
pub(crate) const fn encoded_length(bytes: usize) -> usize {
    (bytes * 4).div_ceil(3)
}

/// Reads base64url without padding, in its canonical form only: no padding, no white space, and no
/// trailing bits that are not zero, so that one value has one spelling (RFC 4648 §3.5).
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Appends what `text` holds to `bytes`, as [`decode`] reads it.
pub(crate) fn decode_into(text: &str, bytes: &mut Vec<u8>) -> Option<()> {
    URL_SAFE_NO_PAD.decode_vec(text, bytes).ok()
}

/// Appends `bytes` to `text`, as [`encode`] writes it.
pub(crate) fn encode_into(bytes: &[u8], text: &mut String) {
    URL_SAFE_NO_PAD.encode_string(bytes, text);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7515 appendix C, and what is not canonical.
    #[test]
    fn takes_the_canonical_form_only() {
        assert_eq!(encode(&[3, 236, 255, 224, 193]), "A-z_4ME");
        assert_eq!(decode("A-z_4ME"), Some(vec![3, 236, 255, 224, 193]));
        assert_eq!(decode(""), Some(Vec::new()));
        for bytes in 0..10 {
            assert_eq!(encode(&vec![0; bytes]).len(), encoded_length(bytes));
        }
        for wrong in ["A-z_4ME=", "A-z_4MF", "A+z/4ME", "A-z_4M E", "A-z_4ME\n", "A", "é"] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }
}
