//! A key of one trust domain never verifies an identity of another (JWT-SVID §6, Trust Domain and
//! Bundle §3), and a tenant is what the layout says.

use std::sync::Arc;

use deputize_core::{Allow, NonEmptySet, TenantId};
use deputize_spiffe::{
    Bundle, Bundles, Layout, NoBundle, StaticBundles, SvidError, SvidVerifier, TrustDomain, testing::Authority,
};
use serde_json::{Value, json};

use crate::support::{NOW, US, at, authority, bundle, claims, verify, with};

#[test]
fn trust_domains_are_kept_apart() {
    let (acme, other) = (authority("acme"), authority("other"));
    let bundles = StaticBundles::new([bundle("acme", &acme), bundle("other", &other)]);
    let verifier = SvidVerifier::new(Layout::default(), US, bundles);
    for (kid, expected) in [
        (json!({"kid": other.kid()}), SvidError::UnknownKey),
        (json!({"kid": acme.kid()}), SvidError::BadSignature),
        (json!({}), SvidError::BadSignature),
    ] {
        let svid = other.sign(&with(json!({"alg": "ES256"}), &kid), &claims()).unwrap();
        assert_eq!(verify(&verifier, &svid).unwrap_err(), expected, "{kid}");
    }
    let own = other.svid(&"spiffe://other/agent/x".parse().unwrap(), US, at(NOW), 60).unwrap();
    assert_eq!(verify(&verifier, &own).unwrap().tenant().as_str(), "other");
}

#[test]
fn one_kid_in_two_trust_domains_is_two_keys() {
    let (acme, other) = (authority("acme"), authority("other"));
    let renamed = |text: &str| {
        let mut document: Value = serde_json::from_str(text).unwrap();
        document["keys"][0]["kid"] = json!("same");
        document.to_string()
    };
    let read = |domain: &str, text: &str| Bundle::from_json(domain.parse().unwrap(), &renamed(text)).unwrap();
    let bundles = StaticBundles::new([read("acme", &acme.bundle()), read("other", &other.bundle())]);
    let verifier = SvidVerifier::new(Layout::default(), US, bundles);
    let header = json!({"alg": "ES256", "kid": "same"});
    let of = |domain: &str| with(claims(), &json!({"sub": format!("spiffe://{domain}/agent/r1")}));
    for (signer, own, foreign) in [(&acme, "acme", "other"), (&other, "other", "acme")] {
        let proof = verify(&verifier, &signer.sign(&header, &of(own)).unwrap()).unwrap();
        assert_eq!(proof.tenant().as_str(), own);
        let svid = signer.sign(&header, &of(foreign)).unwrap();
        assert_eq!(verify(&verifier, &svid).unwrap_err(), SvidError::BadSignature, "{own} for {foreign}");
    }
}

#[test]
fn a_source_that_gives_the_wrong_bundle_is_not_believed() {
    struct Confused(Arc<Bundle>);
    impl Bundles for Confused {
        fn bundle(&self, _: &TrustDomain) -> Result<Arc<Bundle>, NoBundle> {
            Ok(self.0.clone())
        }
    }
    let other = authority("other");
    let confused = SvidVerifier::new(Layout::default(), US, Confused(bundle("other", &other).into()));
    let svid = other.sign(&json!({"alg": "ES256"}), &claims()).unwrap();
    assert_eq!(verify(&confused, &svid).unwrap_err(), SvidError::UnknownTrustDomain);
}

#[test]
fn sources_are_put_together() {
    let [acme, other, shadow] = ["acme", "other", "acme"].map(authority);
    let first: Arc<dyn Bundles + Send + Sync> = Arc::new(StaticBundles::new([bundle("acme", &acme)]));
    let second = StaticBundles::new([bundle("other", &other), bundle("acme", &shadow)]);
    let verifier = SvidVerifier::new(Layout::default(), US, (first, second));
    let svid = |authority: &Authority, id: &str| authority.svid(&id.parse().unwrap(), US, at(NOW), 60).unwrap();
    assert!(verify(&verifier, &svid(&acme, "spiffe://acme/agent/x")).is_ok());
    assert!(verify(&verifier, &svid(&other, "spiffe://other/agent/x")).is_ok());
    // Bundles are never merged: the first that knows the trust domain answers for all of it.
    let shadowed = svid(&shadow, "spiffe://acme/agent/x");
    assert_eq!(verify(&verifier, &shadowed).unwrap_err(), SvidError::UnknownKey);
    let third = svid(&other, "spiffe://third/agent/x");
    assert_eq!(verify(&verifier, &third).unwrap_err(), SvidError::UnknownTrustDomain);
}

/// What one source has withdrawn is not found in another.
#[test]
fn a_bundle_that_is_not_available_is_not_looked_for_elsewhere() {
    struct Withdrawn;
    impl Bundles for Withdrawn {
        fn bundle(&self, trust_domain: &TrustDomain) -> Result<Arc<Bundle>, NoBundle> {
            Err(if trust_domain.as_str() == "acme" { NoBundle::Unavailable } else { NoBundle::Unknown })
        }
    }
    let [acme, other] = ["acme", "other"].map(authority);
    let old = StaticBundles::new([bundle("acme", &acme), bundle("other", &other)]);
    let verifier = SvidVerifier::new(Layout::default(), US, (Withdrawn, old));
    let said = |authority: &Authority, id: &str| {
        let svid = authority.svid(&id.parse().unwrap(), US, at(NOW), 60).unwrap();
        verify(&verifier, &svid).map(drop)
    };
    assert_eq!(said(&acme, "spiffe://acme/agent/x"), Err(SvidError::BundleUnavailable));
    assert_eq!(said(&other, "spiffe://other/agent/x"), Ok(()));
}

/// Whatever a claim says, the tenant is what the layout finds in a proven SPIFFE ID.
#[test]
fn the_tenant_comes_from_the_layout() {
    let platform = authority("platform");
    let partner = authority("partner");
    let verifier = |layout: &str| {
        let bundles = StaticBundles::new([bundle("platform", &platform), bundle("partner", &partner)]);
        SvidVerifier::new(layout.parse().unwrap(), US, bundles)
    };
    let claims = |domain: &str| {
        let id = format!("spiffe://{domain}/tenants/acme/agents/w1");
        with(claims(), &json!({"sub": id, "tenant": "globex", "iss": "globex"}))
    };
    let ours = platform.sign(&json!({"alg": "ES256"}), &claims("platform")).unwrap();
    let theirs = partner.sign(&json!({"alg": "ES256"}), &claims("partner")).unwrap();

    let named = verifier("spiffe://platform/tenants/<tenant>/agents/<client>");
    assert_eq!(verify(&named, &ours).unwrap().tenant().as_str(), "acme");
    assert_eq!(verify(&named, &theirs).unwrap_err(), SvidError::NotInLayout);

    let any = verifier("/tenants/<tenant>/agents/<client>");
    assert_eq!(verify(&any, &ours).unwrap().tenant().as_str(), "acme");
    // The id is still the partner's own: an agent that is registered as the platform's is not proven.
    let proof = verify(&any, &theirs).unwrap();
    assert_eq!(proof.by().spiffe_id().unwrap().as_str(), "spiffe://partner/tenants/acme/agents/w1");

    let by_domain = verifier("/tenants/<customer>/agents/<client>");
    assert_eq!(verify(&by_domain, &ours).unwrap().tenant().as_str(), "platform");
}

/// Exactly the trust domains that are listed, each for exactly its tenants.
#[test]
fn a_trust_domain_names_agents_of_its_own_tenants_only() {
    let authorities = ["prod", "dev", "partner", "stranger"].map(|name| (name, authority(name)));
    let verifier = |layout: &str, tenants: &[(&str, Allow<TenantId>)]| {
        let bundles = authorities.iter().map(|(name, authority)| bundle(name, authority));
        let mut verifier = SvidVerifier::new(layout.parse().unwrap(), US, StaticBundles::new(bundles));
        verifier.tenants = tenants.iter().map(|(name, allow)| (name.parse().unwrap(), allow.clone())).collect();
        verifier
    };
    let only =
        |tenants: &[&str]| Allow::Only(NonEmptySet::new(tenants.iter().map(|tenant| tenant.parse().unwrap())).unwrap());
    let tenant = |verifier: &SvidVerifier<StaticBundles>, domain: &str, path: &str| {
        let (_, authority) = authorities.iter().find(|(name, _)| *name == domain).unwrap();
        let svid = authority.svid(&format!("spiffe://{domain}{path}").parse().unwrap(), US, at(NOW), 60).unwrap();
        verify(verifier, &svid).map(|proof| proof.tenant().to_string())
    };
    let foreign = Err(SvidError::ForeignTenant);

    let by_domain =
        verifier("/agent/<name>", &[("prod", only(&["acme"])), ("dev", only(&["acme"])), ("partner", Allow::Any)]);
    assert_eq!(tenant(&by_domain, "prod", "/agent/a"), Ok("acme".into()));
    assert_eq!(tenant(&by_domain, "dev", "/agent/a"), Ok("acme".into()), "several trust domains, one tenant");
    assert_eq!(tenant(&by_domain, "partner", "/agent/a"), Ok("partner".into()));
    assert_eq!(tenant(&by_domain, "stranger", "/agent/a"), foreign, "its bundle is held, and that is not enough");
    let which = verifier("/agent/<name>", &[("prod", only(&["acme", "globex"]))]);
    assert_eq!(tenant(&which, "prod", "/agent/a"), foreign, "it can't be told which of the two");

    let by_path =
        verifier("/tenants/<tenant>/agents/<name>", &[("prod", Allow::Any), ("partner", only(&["globex", "initech"]))]);
    assert_eq!(tenant(&by_path, "prod", "/tenants/acme/agents/a"), Ok("acme".into()));
    assert_eq!(tenant(&by_path, "partner", "/tenants/globex/agents/a"), Ok("globex".into()));
    assert_eq!(tenant(&by_path, "partner", "/tenants/acme/agents/a"), foreign);
    assert_eq!(tenant(&by_path, "stranger", "/tenants/globex/agents/a"), foreign);
    assert_eq!(tenant(&by_path, "prod", "/agents/a"), Err(SvidError::NotInLayout));
}
