//! Bodies of the fuzz targets: each states a law of a parser, for any input. They are built for
//! fuzzing and for the tests below only.

use std::sync::LazyLock;

use deputize_core::{AgentId, UnixTime};
use rcgen::{CustomExtension, IsCa};
use rustls_pki_types::CertificateDer;
use serde_json::Value;
use webpki::EndEntityCert;

use crate::{
    Bundle, Layout, StaticBundles, SvidError, SvidVerifier, certificate::Certificate, testing, testing::Authority,
};

/// The first line is a layout, the second an id: what was read prints back to the id, and a layout
/// prints as one that means the same.
pub fn layout(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else { return };
    let (template, id) = text.split_once('\n').unwrap_or((text, "spiffe://acme/agent/a"));
    let Ok(layout) = template.parse::<Layout>() else { return };
    assert_eq!(layout.to_string().parse::<Layout>().as_ref(), Ok(&layout), "{template}");
    let Ok(id) = id.parse::<AgentId>() else { return };
    let Ok(agent) = layout.read(&id) else { return };
    let fields: Vec<(&str, &str)> = agent.fields().collect();
    assert_eq!(layout.agent_id(&crate::TrustDomain::of(&id), &fields), Ok(id));
}

/// What is read as an endpoint's URL is one without user information, and prints as one that is the
/// same.
#[cfg(feature = "federation")]
pub fn endpoint_url(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else { return };
    let Ok(url) = text.parse::<crate::EndpointUrl>() else { return };
    let printed = url.to_string();
    assert!(printed.starts_with("https://") || printed.starts_with("HTTPS://"), "{printed}");
    let authority = printed.get(8..).and_then(|rest| rest.split(['/', '?']).next());
    assert!(authority.is_some_and(|authority| !authority.contains('@')), "{printed}");
    assert_eq!(printed.parse::<crate::EndpointUrl>().as_ref(), Ok(&url), "{printed}");
}

/// What is read as a bundle, in any of its forms, holds only keys that sign JWT-SVIDs, and of its
/// certificates none that may sign is a leaf.
pub fn bundle(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else { return };
    for read in [Bundle::from_json, Bundle::from_jwks, Bundle::from_pem] {
        let Ok(bundle) = "acme".parse().map_err(drop).and_then(|domain| read(domain, text).map_err(drop)) else {
            continue;
        };
        assert!(bundle.keys().iter().all(|key| !key.kid().is_empty() && !key.algorithm().as_str().starts_with("Ed")));
        assert_eq!(bundle.trust_domain().as_str(), "acme", "a document never names its trust domain");
        for der in bundle.x509_authorities() {
            let Ok(certificate) = Certificate::read(der) else { continue };
            let may_sign = certificate.check_authority(bundle.trust_domain()).is_ok();
            assert!(
                !may_sign || certificate.check_leaf() == Err(SvidError::SigningCertificate),
                "a leaf and an authority"
            );
        }
    }
}

/// Whatever is read as a certificate, another parser finds the same URIs in it; what was not signed
/// proves nothing; and what was, with these bytes as extensions, proves at most the one URI that the
/// other parser finds.
pub fn x509_svid(data: &[u8]) {
    let der = CertificateDer::from(data);
    if let (Ok(ours), Ok(theirs)) = (Certificate::read(&der), EndEntityCert::try_from(&der)) {
        assert_eq!(ours.uris().collect::<Vec<_>>(), theirs.valid_uri_names().collect::<Vec<_>>());
    }
    let Some(world) = &*WORLD else { return };
    assert!(world.verifier.x509(&[data], world.now).is_err());
    world.proves(data);
}

/// Made once: keys take longer than all the rest.
static WORLD: LazyLock<Option<World>> = LazyLock::new(World::new);

struct World {
    authority: Authority,
    verifier: SvidVerifier<StaticBundles>,
    now: UnixTime,
}

impl World {
    fn new() -> Option<Self> {
        let authority = Authority::generate("acme".parse().ok()?).ok()?;
        let bundle = Bundle::from_json("acme".parse().ok()?, &authority.bundle()).ok()?;
        let verifier = SvidVerifier::new("/<…>".parse().ok()?, "unused", StaticBundles::new([bundle]));
        Some(Self { authority, verifier, now: UnixTime::from_secs(1_800_000_000)? })
    }

    /// Whether a leaf with these extensions proves an identity.
    fn proves(&self, extensions: &[u8]) -> bool {
        let Some(signed) = with_extensions(&self.authority, self.now, extensions) else { return false };
        let Ok(proof) = self.verifier.x509(&[&signed], self.now) else { return false };
        let der = CertificateDer::from(signed.as_slice());
        let leaf = EndEntityCert::try_from(&der);
        let uris: Vec<&str> = leaf.iter().flat_map(|leaf| leaf.valid_uri_names()).collect();
        assert_eq!(uris, [proof.by().spiffe_id().map(AgentId::as_str).unwrap_or_default()]);
        assert_eq!(proof.tenant().as_str(), "acme");
        true
    }
}

/// A leaf with these extensions: each is a number under 2.5.29, whether it is critical, its length
/// and its bytes.
fn with_extensions(authority: &Authority, now: UnixTime, mut data: &[u8]) -> Option<Vec<u8>> {
    let id: AgentId = "spiffe://acme/replaced".parse().ok()?;
    let mut params = testing::leaf(&id, now, 60).ok()?;
    let (&kept, rest) = data.split_first()?;
    data = rest;
    if kept & 1 == 0 {
        params.subject_alt_names.clear();
    }
    if kept & 2 == 0 {
        params.key_usages.clear();
    }
    if kept & 4 == 0 {
        params.is_ca = IsCa::NoCa;
    }
    if kept & 8 == 0 {
        params.extended_key_usages.clear();
    }
    while let Some(([number, critical, length], rest)) = data.split_first_chunk() {
        let (value, rest) = rest.split_at_checked(usize::from(*length)).unwrap_or((rest, &[]));
        let mut extension = CustomExtension::from_oid_content(&[2, 5, 29, u64::from(*number)], value.to_vec());
        extension.set_criticality(critical & 1 == 1);
        params.custom_extensions.push(extension);
        data = rest;
    }
    authority.sign_certificate(params).ok()
}

/// An input of which no byte was signed proves nothing, and one that was signed nobody but whom
/// any other reader finds in it.
pub fn jwt_svid(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else { return };
    let Some(authority) = "acme".parse().ok().and_then(|domain| Authority::generate(domain).ok()) else { return };
    let Ok(bundle) = "acme".parse().map(|domain| Bundle::from_json(domain, &authority.bundle())) else { return };
    let verifier = SvidVerifier::new(Layout::default(), "us", StaticBundles::new(bundle));
    assert!(verifier.jwt(text, UnixTime::EPOCH).is_err());
    // With a signature of the right key it gets as far as its claims.
    let (header, claims) = text.split_once('\n').unwrap_or((r#"{"alg":"ES256"}"#, text));
    let Ok(signed) = authority.sign_text(header, claims) else { return };
    if let Ok(proof) = verifier.jwt(&signed, UnixTime::EPOCH) {
        let read: Option<Value> = serde_json::from_str(claims).ok();
        let claim = |name: &str| read.as_ref().and_then(|claims| claims.get(name));
        assert_eq!(claim("sub").and_then(Value::as_str), proof.by().spiffe_id().map(AgentId::as_str));
        assert!(
            claim("aud").is_some_and(|aud| aud == "us" || aud.as_array().is_some_and(|all| all.contains(&"us".into())))
        );
        assert!(claim("exp").and_then(Value::as_f64).is_some_and(|exp| exp >= proof.expires_at().as_secs() as f64));
        assert!(proof.expires_at() > UnixTime::EPOCH);
        assert_eq!(proof.tenant().as_str(), "acme");
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn laws_hold_on_seeds() {
        for text in [
            "spiffe://<tenant>/agent/<…>/<name>\nspiffe://acme/agent/a/b/c",
            "/tenants/<tenant>/agents/<type>/<client>\nspiffe://p/tenants/acme/agents/t/c",
            "/ns/<ns>/sa/<sa>\nspiffe://p/ns/a/sa/b",
            "spiffe://p/tenants/<tenant>/<client>\nspiffe://p/tenants/acme/c",
            "/<…>\nspiffe://p/x",
            "/a",
        ] {
            super::layout(text.as_bytes());
        }
        for text in ["{}", r#"{"keys":[]}"#, "[", r#"{"keys":[{"kty":"EC","use":"jwt-svid","kid":"a"}]}"#] {
            super::bundle(text.as_bytes());
        }
        for text in [
            r#"{"sub":"spiffe://acme/agent/a","aud":"us","exp":60}"#,
            "{\"alg\":\"ES256\",\"typ\":\"JWT\"}\n{\"sub\":\"spiffe://acme/agent/a\",\"aud\":[\"us\"],\"exp\":60.5,\"iat\":0}",
            "a.b.c",
            "",
        ] {
            super::jwt_svid(text.as_bytes());
        }
        let world = super::WORLD.as_ref().unwrap();
        let (names, all) = (
            include_bytes!("../../../fuzz/seeds/x509_svid/extensions"),
            include_bytes!("../../../fuzz/seeds/x509_svid/all_extensions"),
        );
        assert!(world.proves(names) && world.proves(all), "the seeds reach what they are for");
        assert!(!world.proves(&[0]) && !world.proves(b"\x00\x0f\x01\x04\x03\x02\x07\x80"));
        let leaf = include_bytes!("../../../fuzz/seeds/x509_svid/leaf");
        for bytes in [&names[..], &all[..], &leaf[..], &[15], &[0], b"\x30\x00"] {
            super::x509_svid(bytes);
        }
    }
}
