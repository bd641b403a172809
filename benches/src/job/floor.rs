//! The two signature operations of a job, bare: the SVID's is verified, the token's is made.

use std::{hint::black_box, time::Duration};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, Ed25519KeyPair, ParsedPublicKey};
use deputize_benches::Failure;
use deputize_spiffe::testing::Authority;
use deputize_token::jws::decode;

use crate::cpu;

const TIMES: u32 = 4_000;

/// Processor time of both.
pub(crate) fn both(authority: &Authority, svid: &str, token: &str) -> Result<Duration, Failure> {
    let (svid, signature) = svid.rsplit_once('.').ok_or("no signature")?;
    let signature = decode(signature).ok_or("no base64url")?;
    let (token, _) = token.rsplit_once('.').ok_or("no signature")?;
    let (verifying, signing) = (public_key(authority)?, Ed25519KeyPair::generate()?);
    verifying.verify_sig(svid.as_bytes(), &signature)?;
    let before = cpu::used()?;
    for _ in 0..TIMES {
        black_box(verifying.verify_sig(black_box(svid.as_bytes()), black_box(&signature)))?;
        black_box(signing.try_sign(black_box(token.as_bytes())))?;
    }
    Ok((cpu::used()? - before) / TIMES)
}

fn public_key(authority: &Authority) -> Result<ParsedPublicKey, Failure> {
    let bundle: serde_json::Value = serde_json::from_str(&authority.bundle())?;
    let keys = bundle.get("keys").and_then(|keys| keys.as_array()).ok_or("no keys")?;
    let ours = keys.iter().find(|key| key.get("kid").and_then(|kid| kid.as_str()) == Some(authority.kid()));
    let coordinate = |name: &str| -> Option<Vec<u8>> { decode(ours?.get(name)?.as_str()?) };
    let point = [vec![4], coordinate("x").ok_or("no x")?, coordinate("y").ok_or("no y")?].concat();
    Ok(ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)?)
}
