//! The `spiffe` crate's own verification of a JWT-SVID, with the bundle at hand.

use std::hint::black_box;

use deputize_benches::Failure;
use spiffe::{JwtBundle, JwtBundleSet, JwtSvid, TrustDomain};

use crate::{harness::each, svid::AUDIENCE, table::Table};

pub(crate) fn jwt_svid(
    table: &mut Table,
    name: &str,
    ours: &dyn Fn() -> bool,
    svid: &str,
    bundle: &str,
) -> Result<(), Failure> {
    let mut keys: serde_json::Value = serde_json::from_str(bundle)?;
    // Its bundles of JWT authorities hold nothing else.
    if let Some(keys) = keys.get_mut("keys").and_then(|keys| keys.as_array_mut()) {
        keys.retain(|key| key.get("use").and_then(|of| of.as_str()) == Some("jwt-svid"));
    }
    let bundle = JwtBundle::from_jwt_authorities(TrustDomain::new("acme")?, keys.to_string().as_bytes())?;
    let mut bundles = JwtBundleSet::new();
    bundles.add_bundle(bundle);
    let verify = |svid: &str| JwtSvid::parse_and_validate(svid, &bundles, &[AUDIENCE]);
    let verified = verify(svid)?;
    if !ours() || verified.spiffe_id().to_string() != "spiffe://acme/agent/research/summarizer" {
        return Err(format!("{name}: {}", verified.spiffe_id()).into());
    }
    table.compare(name, each(ours), "spiffe", each(|| verify(black_box(svid))), None);
    Ok(())
}
