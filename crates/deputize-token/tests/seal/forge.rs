//! The same JWE, made and read once more from the standard: by whoever has the key-encryption key,
//! with any header and any content.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use deputize_token::jws::{decode, encode};
use serde_json::{Value, json};

use super::SECRET;

fn key(bytes: &[u8]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, bytes).unwrap())
}

fn nonce(byte: u8) -> Nonce {
    Nonce::assume_unique_for_key([byte; 12])
}

/// Nonce, ciphertext and tag, each encoded.
fn encrypt(with: &[u8], byte: u8, aad: &[u8], plaintext: &[u8]) -> [String; 3] {
    let mut in_out = plaintext.to_vec();
    let tag = key(with).seal_in_place_separate_tag(nonce(byte), Aad::from(aad), &mut in_out).unwrap();
    [encode(&[byte; 12]), encode(&in_out), encode(tag.as_ref())]
}

/// The header that a sealed ring of the tests has, but for `iv` and `tag`.
pub(crate) fn usual() -> Value {
    json!({
        "alg": "A256GCMKW", "enc": "A256GCM", "cty": "jwk-set+json",
        "kid": "kek-1", "tenant": "acme", "iss": "https://id.example/acme",
    })
}

/// Sealed, with a header that `write` makes of the usual one.
pub(crate) fn seal(content: &[u8], write: impl FnOnce(Value) -> String) -> String {
    let cek = [9; 32];
    let [iv, wrapped, tag] = encrypt(&SECRET, 1, b"", &cek);
    let mut header = usual();
    header.as_object_mut().unwrap().extend([("iv".to_owned(), iv.into()), ("tag".to_owned(), tag.into())]);
    let protected = encode(write(header).as_bytes());
    let [iv, ciphertext, tag] = encrypt(&cek, 2, protected.as_bytes(), content);
    [protected, wrapped, iv, ciphertext, tag].join(".")
}

/// The header and what was encrypted.
pub(crate) fn open(sealed: &str) -> (Value, Vec<u8>) {
    let (header, _, content) = open_with_key(sealed);
    (header, content)
}

/// And the content-encryption key.
pub(crate) fn open_with_key(sealed: &str) -> (Value, Vec<u8>, Vec<u8>) {
    let [protected, wrapped, iv, ciphertext, tag] = <[&str; 5]>::try_from(Vec::from_iter(sealed.split('.'))).unwrap();
    let header: Value = serde_json::from_slice(&decode(protected).unwrap()).unwrap();
    let decrypt = |with: &[u8], iv: &str, aad: &str, ciphertext: &str, tag: &str| {
        let nonce = Nonce::try_assume_unique_for_key(&decode(iv).unwrap()).unwrap();
        let mut in_out = [decode(ciphertext).unwrap(), decode(tag).unwrap()].concat();
        key(with).open_in_place(nonce, Aad::from(aad.as_bytes()), &mut in_out).unwrap().to_vec()
    };
    let member = |name: &str| header.get(name).and_then(Value::as_str).unwrap();
    let cek = decrypt(&SECRET, member("iv"), "", wrapped, member("tag"));
    let content = decrypt(&cek, iv, protected, ciphertext, tag);
    (header, cek, content)
}
