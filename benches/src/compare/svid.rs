//! Proving an agent by its SVID.

use std::{hint::black_box, time::Duration};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use deputize_benches::Failure;
use deputize_core::UnixTime;
use deputize_spiffe::{Bundle, Layout, StaticBundles, SvidVerifier, testing::Authority};
use deputize_token::{Algorithm, jws::decode};
use rustls_pki_types::CertificateDer;

use crate::{floor, harness::each, issuer::Issuer, peers, table::Table};

pub(crate) const AUDIENCE: &str = "https://id.example";

pub(crate) fn rows(table: &mut Table) -> Result<(), Failure> {
    // The system's time: the `spiffe` crate asks for it by itself.
    let now = Issuer::new(Algorithm::EdDsa)?.now;
    let authority = Authority::generate("acme".parse()?)?;
    let agent = "spiffe://acme/agent/research/summarizer".parse()?;
    let bundle = Bundle::from_json("acme".parse()?, &authority.bundle())?;
    let verifier = SvidVerifier::new(Layout::default(), AUDIENCE, StaticBundles::new([bundle]));

    let name = "prove an agent by JWT-SVID, ES256";
    let svid = authority.svid(&agent, AUDIENCE, now, 300)?;
    let (input, signature) = floor::parts(&svid)?;
    let key = public_key(&authority)?;
    let proof = verifier.jwt(&svid, now)?;
    if proof.by().spiffe_id() != Some(&agent) || key.verify_sig(input.as_bytes(), &signature).is_err() {
        return Err(format!("{name}: not verified").into());
    }
    let theirs = each(|| key.verify_sig(black_box(input.as_bytes()), black_box(&signature)));
    table.compare(name, each(|| verifier.jwt(black_box(&svid), now)), "bare verification", theirs, Some(1.05));
    peers::jwt_svid(table, name, &|| verifier.jwt(black_box(&svid), now).is_ok(), &svid, &authority.bundle())?;

    let name = "prove an agent by X.509-SVID, ECDSA P-256";
    let svid = authority.x509_svid(&agent, now, 300)?;
    let leaf = CertificateDer::from(svid.chain().first().ok_or("no leaf")?.as_slice());
    if verifier.x509(&[&leaf], now)?.by().spiffe_id() != Some(&agent) {
        return Err(format!("{name}: another agent").into());
    }
    let bundle = Bundle::from_json("acme".parse()?, &authority.bundle())?;
    let root = CertificateDer::from(bundle.x509_authorities().next().ok_or("no authority")?);
    let anchors = [webpki::anchor_from_trusted_cert(&root)?];
    let path = |der: &CertificateDer<'_>, now: UnixTime| {
        let time = rustls_pki_types::UnixTime::since_unix_epoch(Duration::from_secs(now.as_secs()));
        let usage = webpki::KeyUsage::client_auth();
        let leaf = webpki::EndEntityCert::try_from(der)?;
        leaf.verify_for_usage(webpki::ALL_VERIFICATION_ALGS, &anchors, &[], time, usage, None, None).map(drop)
    };
    path(&leaf, now)?;
    let ours = each(|| verifier.x509(&[black_box(&leaf)], now));
    table.compare(name, ours, "rustls-webpki", each(|| path(black_box(&leaf), black_box(now))), None);
    Ok(())
}

/// The key of the authority's JWT-SVIDs, prepared once, without anything of ours.
fn public_key(authority: &Authority) -> Result<ParsedPublicKey, Failure> {
    let bundle: serde_json::Value = serde_json::from_str(&authority.bundle())?;
    let keys = bundle.get("keys").and_then(|keys| keys.as_array()).ok_or("no keys")?;
    let ours = keys.iter().find(|key| key.get("kid").and_then(|kid| kid.as_str()) == Some(authority.kid()));
    let coordinate = |name: &str| -> Option<Vec<u8>> { decode(ours?.get(name)?.as_str()?) };
    let point = [vec![4], coordinate("x").ok_or("no x")?, coordinate("y").ok_or("no y")?].concat();
    Ok(ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)?)
}
