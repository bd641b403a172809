//! Private keys: every form in which one is read, and every other kind, form and size.
#![expect(clippy::unwrap_used, reason = "a test that can't set up its world fails")]

use std::path::Path;

use base64::{Engine, engine::general_purpose::STANDARD};
use deputize_token::{Algorithm, KeyError, SigningKey};
use jsonwebtoken::{crypto::JwtSigner, signature::Signer};

fn pem(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/keys").join(name)).unwrap()
}

fn der(name: &str) -> Vec<u8> {
    let pem = pem(name);
    STANDARD.decode(pem.lines().filter(|line| !line.starts_with('-')).collect::<String>()).unwrap()
}

#[test]
fn private_keys_are_read_from_pem_and_der() {
    for (algorithm, name) in [
        (Algorithm::EdDsa, "ed25519.pem"),
        (Algorithm::Ed25519, "ed25519.pem"),
        (Algorithm::Es256, "p256.pem"),
        (Algorithm::Es384, "p384.pem"),
        (Algorithm::Ps256, "rsa2048.pem"),
        (Algorithm::Rs256, "rsa2048.pem"),
        (Algorithm::Rs256, "rsa2048.pkcs1.pem"),
    ] {
        let from_pem = SigningKey::from_pem(algorithm, &pem(name)).unwrap();
        let from_der = SigningKey::from_der(algorithm, &der(name)).unwrap();
        assert_eq!(from_pem.public().to_jwk(), from_der.public().to_jwk(), "{name}");
        assert_eq!(from_pem.algorithm(), algorithm);
        assert_eq!(
            format!("{:?}", JwtSigner::algorithm(&from_pem)).to_uppercase(),
            match algorithm {
                Algorithm::Ed25519 => "EDDSA".into(),
                other => other.to_string().to_uppercase(),
            }
        );
        let signature = from_pem.try_sign(b"text").unwrap();
        assert!(from_der.public().verify(b"text", &signature));
        assert!(!from_der.public().verify(b"texT", &signature));
    }
}

#[test]
fn other_private_keys_are_refused() {
    let signs = Algorithm::ALL.into_iter().filter(|algorithm| algorithm.signs_tokens());
    let mine = |algorithm| match algorithm {
        Algorithm::EdDsa | Algorithm::Ed25519 => "ed25519.pem",
        Algorithm::Es256 => "p256.pem",
        Algorithm::Es384 => "p384.pem",
        _ => "rsa2048.pem",
    };
    let right = ["ed25519.pem", "p256.pem", "p384.pem", "rsa2048.pem"];
    let wrong = [
        "x25519.pem",
        "ed448.pem",
        "secp256k1.pem",
        "p521.pem",
        "p256.sec1.pem",
        "p256.encrypted.pem",
        "ed25519.pub.pem",
        "p256.pub.pem",
        "rsa1024.pem",
    ]
    .map(|name| format!("wrong/{name}"));
    for algorithm in signs {
        let others = right.into_iter().filter(|name| *name != mine(algorithm)).map(str::to_owned);
        for name in others.chain(wrong.clone()).chain(["rsa2048.pub.pem".to_owned()]) {
            let refused = Err(KeyError::Rejected);
            assert_eq!(SigningKey::from_pem(algorithm, &pem(&name)).map(drop), refused, "{algorithm} {name}");
            // In DER form a SEC 1 key and an EncryptedPrivateKeyInfo are no PKCS#8 either.
            assert_eq!(SigningKey::from_der(algorithm, &der(&name)).map(drop), refused, "{algorithm} {name}");
        }
        for text in ["", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n", "MC4CAQAwBQYDK2VwBCIEIA"] {
            assert_eq!(SigningKey::from_pem(algorithm, text).map(drop), Err(KeyError::Rejected), "{algorithm} {text}");
        }
        let whole = der(mine(algorithm));
        for bytes in [&[][..], &whole[..whole.len() - 1], &whole[1..]] {
            let refused = Err(KeyError::Rejected);
            assert_eq!(SigningKey::from_der(algorithm, bytes).map(drop), refused, "{algorithm} {}", bytes.len());
        }
    }
    // The public half in the file is not the one of the private half.
    for name in ["p256.pem", "p384.pem"] {
        let algorithm = if name == "p256.pem" { Algorithm::Es256 } else { Algorithm::Es384 };
        let mut bytes = der(name);
        *bytes.last_mut().unwrap() ^= 1;
        assert_eq!(SigningKey::from_der(algorithm, &bytes).map(drop), Err(KeyError::Rejected));
    }
}

#[test]
fn keys_of_other_algorithms_sign_no_tokens() {
    for algorithm in Algorithm::ALL.into_iter().filter(|algorithm| !algorithm.signs_tokens()) {
        let refused = Err(KeyError::Algorithm);
        assert_eq!(SigningKey::generate(algorithm).map(drop), refused, "{algorithm}");
        for name in ["wrong/p521.pem", "rsa2048.pem"] {
            assert_eq!(SigningKey::from_pem(algorithm, &pem(name)).map(drop), refused, "{algorithm} {name}");
            assert_eq!(SigningKey::from_der(algorithm, &der(name)).map(drop), refused, "{algorithm} {name}");
        }
    }
    for algorithm in Algorithm::ALL {
        assert_eq!(Algorithm::from_name(algorithm.as_str()), Some(algorithm));
        assert_eq!(Algorithm::from_name(&algorithm.as_str().to_lowercase()), None);
    }
    assert_eq!((Algorithm::from_name("none"), Algorithm::from_name("HS256")), (None, None));
}
