use core::fmt;

use super::{base64url::decode_into, json::JsonError, tape::Document};
use crate::key::VerifyingKey;

/// A JWS in compact form (RFC 7515 §7.1) that is well-formed and bounded, and not verified. It is not
/// printed: whoever has the text of a token may use it.
pub struct Jws<'a> {
    header: Header,
    input: &'a str,
    /// Payload and signature, decoded.
    bytes: Vec<u8>,
    payload_bytes: usize,
}

/// The header: `alg`, and perhaps `kid` and `typ`. With any other member, `crit`, `jwk` and `jku`
/// among them, the JWS is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Header {
    /// The algorithm that it claims: held against the key's, never chosen by.
    pub alg: String,
    /// Which key is meant: a hint, never a path or a query (RFC 7515 §4.1.4).
    pub kid: Option<String>,
    /// What kind of JWT it is (RFC 8725 §3.11).
    pub typ: Option<String>,
}

/// Why a JWS is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JwsError {
    /// It is larger than the caller takes.
    #[error("the token is too large")]
    TooLarge,
    /// It is not three base64url parts of which the first holds a JSON object.
    #[error("the token is not well-formed")]
    Malformed,
    /// A header member is there twice.
    #[error("a header member is there twice")]
    DuplicateHeader,
    /// A header member other than `alg`, `kid` and `typ` is there.
    #[error("a header member is there that is not taken")]
    UnknownHeader,
    /// `alg` is missing, or a member has a value of the wrong type.
    #[error("a header member is missing or of the wrong type")]
    InvalidHeader,
    /// `alg` is not the algorithm of the key.
    #[error("the algorithm is not the one of the key")]
    AlgorithmMismatch,
    /// The key did not make the signature.
    #[error("the signature is not valid")]
    BadSignature,
}

impl<'a> Jws<'a> {
    /// Reads the compact form, of at most `max_bytes` bytes.
    ///
    /// # Errors
    ///
    /// As [`JwsError`] tells.
    pub fn parse(text: &'a str, max_bytes: usize) -> Result<Self, JwsError> {
        if text.len() > max_bytes {
            return Err(JwsError::TooLarge);
        }
        // RFC 7515 §7.1: exactly two periods.
        let (input, signature) = text.rsplit_once('.').ok_or(JwsError::Malformed)?;
        let (header, payload) = input.split_once('.').ok_or(JwsError::Malformed)?;
        // One place for all three: the header first, which is read and makes room for the others.
        let mut bytes = Vec::with_capacity(text.len());
        decode_into(header, &mut bytes).ok_or(JwsError::Malformed)?;
        let header = Header::parse(&bytes)?;
        bytes.clear();
        decode_into(payload, &mut bytes).ok_or(JwsError::Malformed)?;
        let payload_bytes = bytes.len();
        decode_into(signature, &mut bytes).ok_or(JwsError::Malformed)?;
        Ok(Self { header, input, bytes, payload_bytes })
    }

    /// The header, to choose a key by. Nothing in it is verified.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The payload before anything about it is known to be true: to look up whose key is needed,
    /// and for nothing else.
    #[must_use]
    pub fn claimed_payload(&self) -> &[u8] {
        self.parts().0
    }

    /// What was signed: header and payload as they were encoded. For a digest that a re-encoded
    /// signature does not change.
    #[must_use]
    pub fn signing_input(&self) -> &'a str {
        self.input
    }

    /// The payload, if `key` signed it by its own algorithm.
    ///
    /// # Errors
    ///
    /// [`JwsError::AlgorithmMismatch`] or [`JwsError::BadSignature`].
    pub fn verify(&self, key: &VerifyingKey) -> Result<&[u8], JwsError> {
        // RFC 8725 §3.1, §3.2: the algorithm is the key's; the header can only agree.
        if self.header.alg != key.algorithm().as_str() {
            return Err(JwsError::AlgorithmMismatch);
        }
        let (payload, signature) = self.parts();
        if key.verify(self.input.as_bytes(), signature) { Ok(payload) } else { Err(JwsError::BadSignature) }
    }

    fn parts(&self) -> (&[u8], &[u8]) {
        self.bytes.split_at_checked(self.payload_bytes).unwrap_or_default()
    }
}

impl fmt::Debug for Jws<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jws").field("header", &self.header).finish_non_exhaustive()
    }
}

impl Header {
    fn parse(bytes: &[u8]) -> Result<Self, JwsError> {
        let document = Document::read(bytes).map_err(|error| match error {
            // RFC 7515 §4: header parameter names MUST be unique.
            JsonError::DuplicateMember => JwsError::DuplicateHeader,
            JsonError::Syntax | JsonError::TooDeep => JwsError::Malformed,
        })?;
        let (mut alg, mut kid, mut typ) = (None, None, None);
        for (name, value) in document.root().members().ok_or(JwsError::Malformed)? {
            let place = match name {
                "alg" => &mut alg,
                "kid" => &mut kid,
                "typ" => &mut typ,
                // RFC 7515 §4.1.11 (`crit`), RFC 7797 (`b64`), RFC 8725 §3.10 (`jku`, `jwk`, `x5u`).
                _ => return Err(JwsError::UnknownHeader),
            };
            *place = Some(value.as_str().ok_or(JwsError::InvalidHeader)?.to_owned());
        }
        Ok(Self { alg: alg.ok_or(JwsError::InvalidHeader)?, kid, typ })
    }
}
