//! Bodies of the fuzz targets: each states a law of a parser, for any input. They are built for
//! fuzzing and for the tests below only.

use deputize_core::{AgentId, UnixTime};
use serde_json::Value;

use crate::{Bundle, Layout, StaticBundles, SvidVerifier, testing::Authority};

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

/// What is read as a bundle holds only keys that sign JWT-SVIDs.
pub fn bundle(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else { return };
    let Ok(domain) = "acme".parse() else { return };
    let Ok(bundle) = Bundle::from_json(domain, text) else { return };
    assert!(bundle.keys().iter().all(|key| !key.kid().is_empty() && !key.algorithm().as_str().starts_with("Ed")));
    assert_eq!(bundle.trust_domain().as_str(), "acme", "a document never names its trust domain");
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
    }
}
