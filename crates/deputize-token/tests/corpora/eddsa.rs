//! The twelve signatures on which implementations of Ed25519 differ ("Taming the many EdDSAs", IACR
//! ePrint 2020/1244), and what we make of each.

use deputize_token::{JwkError, KeyUse, VerifyingKey, jws::encode};
use serde_json::json;

use crate::print;

const SMALL: &str = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa";
const MIXED: &str = "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43";
const MIXED_TOO: &str = "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d";
const GOOD: &str = "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623";
const SMALL_NOT_CANONICAL: &str = "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";

struct Case {
    what: &'static str,
    key: &'static str,
    message: &'static str,
    r: &'static str,
    s: &'static str,
    /// Nothing where there is no such key.
    verifies: Option<bool>,
}

const CASES: [Case; 12] = [
    Case {
        what: "S = 0, small A and R",
        key: SMALL,
        message: "8c93255d71dcab10e8f379c26200f3c7bd5f09d9bc3068d3ef4edeb4853022b6",
        r: "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        s: "0000000000000000000000000000000000000000000000000000000000000000",
        verifies: None,
    },
    Case {
        what: "small A, mixed R",
        key: SMALL,
        message: "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
        r: MIXED,
        s: "a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04",
        verifies: None,
    },
    Case {
        what: "mixed A, small R",
        key: MIXED,
        message: "aebf3f2601a0c8c5d39cc7d8911642f740b78168218da8471772b35f9d35b9ab",
        r: SMALL,
        s: "8c4bd45aecaca5b24fb97bc10ac27ac8751a7dfe1baff8b953ec9f5833ca260e",
        verifies: Some(true),
    },
    Case {
        what: "mixed A and R",
        key: MIXED_TOO,
        message: "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
        r: "9046a64750444938de19f227bb80485e92b83fdb4b6506c160484c016cc1852f",
        s: "87909e14428a7a1d62e9f22f3d3ad7802db02eb2e688b6c52fcd6648a98bd009",
        verifies: Some(true),
    },
    Case {
        what: "with the cofactor only",
        key: MIXED_TOO,
        message: "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
        r: "160a1cb0dc9c0258cd0a7d23e94d8fa878bcb1925f2c64246b2dee1796bed512",
        s: "5ec6bc982a269b723e0668e540911a9a6a58921d6925e434ab10aa7940551a09",
        verifies: Some(false),
    },
    Case {
        what: "with the cofactor, k not reduced first",
        key: MIXED_TOO,
        message: "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
        r: "21122a84e0b5fca4052f5b1235c80a537878b38f3142356b2c2384ebad4668b7",
        s: "e40bc836dac0f71076f9abe3a53f9c03c1ceeeddb658d0030494ace586687405",
        verifies: Some(false),
    },
    Case {
        what: "S > L",
        key: GOOD,
        message: "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
        r: "e96f66be976d82e60150baecff9906684aebb1ef181f67a7189ac78ea23b6c0e",
        s: "547f7690a0e2ddcd04d87dbc3490dc19b3b3052f7ff0538cb68afb369ba3a514",
        verifies: Some(false),
    },
    Case {
        what: "S far over L",
        key: GOOD,
        message: "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
        r: "8ce5b96c8f26d0ab6c47958c9e68b937104cd36e13c33566acd2fe8d38aa1942",
        s: "7e71f98a473474f2f13f06f97c20d58cc3f54b8bd0d272f42b695dd7e89a8c22",
        verifies: Some(false),
    },
    Case {
        what: "R not canonical, reduced for the digest",
        key: MIXED,
        message: "9bedc267423725d473888631ebf45988bad3db83851ee85c85e241a07d148b41",
        r: SMALL_NOT_CANONICAL,
        s: "03be9678ac102edcd92b0210bb34d7428d12ffc5df5f37e359941266a4e35f0f",
        verifies: Some(false),
    },
    Case {
        what: "R not canonical, as it is for the digest",
        key: MIXED,
        message: "9bedc267423725d473888631ebf45988bad3db83851ee85c85e241a07d148b41",
        r: SMALL_NOT_CANONICAL,
        s: "ca8c5b64cd208982aa38d4936621a4775aa233aa0505711d8fdcfdaa943d4908",
        verifies: Some(false),
    },
    Case {
        what: "A small and not canonical, reduced for the digest",
        key: SMALL_NOT_CANONICAL,
        message: "e96b7021eb39c1a163b6da4e3093dcd3f21387da4cc4572be588fafae23c155b",
        r: "a9d55260f765261eb9b84e106f665e00b867287a761990d7135963ee0a7d59dc",
        s: "a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04",
        verifies: None,
    },
    Case {
        what: "A small and not canonical, as it is for the digest",
        key: SMALL_NOT_CANONICAL,
        message: "39a591f5321bbe07fd5a23dc2f39d025d74526615746727ceefd6e82ae65c06f",
        r: "a9d55260f765261eb9b84e106f665e00b867287a761990d7135963ee0a7d59dc",
        s: "a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04",
        verifies: None,
    },
];

fn bytes(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// RFC 8032 §5.1.7 leaves the equation to the implementation. Ours is the one without the cofactor, S
/// and R are canonical, and keys of small order are none. A key of mixed order, as in the two that
/// verify, only its owner can have made.
#[test]
fn signatures_on_which_implementations_differ() {
    let (mut verified, mut refused, mut no_key) = (0, 0, 0);
    for Case { what, key, message, r, s, verifies } in CASES {
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "kid": "k", "x": encode(&bytes(key))});
        let signature = [bytes(r), bytes(s)].concat();
        match (VerifyingKey::from_jwk(&jwk, KeyUse::Sig), verifies) {
            (Ok(key), Some(expected)) => {
                assert_eq!(key.verify(&bytes(message), &signature), expected, "{what}");
                *if expected { &mut verified } else { &mut refused } += 1;
            }
            (Err(JwkError::Unusable), None) => no_key += 1,
            (other, _) => panic!("{what}: {other:?}"),
        }
    }
    print(&format!("Taming the many EdDSAs: {verified} verified, {refused} refused, {no_key} by a key that is none"));
    assert_eq!((verified, refused, no_key), (2, 6, 4));
}
