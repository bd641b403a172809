//! An authority of one trust domain never verifies an identity of another.

use std::sync::Arc;

use deputize_spiffe::{Bundle, Bundles, Layout, NoBundle, StaticBundles, SvidError, SvidVerifier, TrustDomain};

use crate::support::{Ca, NOW, at, bundle, key, nothing, root, root_with, uri, verifier};

#[test]
fn trust_domains_are_kept_apart() {
    let (acme, other) = (root("root", nothing), root("other", nothing));
    let bundles = StaticBundles::new([bundle("acme", &[&acme]), bundle("other", &[&other])]);
    let verifier = SvidVerifier::new(Layout::default(), "unused", bundles);
    let verify = |chain: &[Vec<u8>]| verifier.x509(chain, at(NOW)).map(|proof| proof.tenant().to_string());
    let named = |id: &'static str| move |leaf: &mut rcgen::CertificateParams| leaf.subject_alt_names = vec![uri(id)];
    let (ours, theirs) = (named("spiffe://acme/agent/r1"), named("spiffe://other/agent/r1"));
    assert_eq!(verify(&[acme.leaf(ours)]), Ok("acme".into()));
    assert_eq!(verify(&[other.leaf(theirs)]), Ok("other".into()));
    assert_eq!(verify(&[other.leaf(ours)]), Err(SvidError::UnknownAuthority));
    assert_eq!(verify(&[acme.leaf(theirs), acme.der()]), Err(SvidError::UnknownAuthority));
    assert_eq!(verify(&[acme.leaf(named("spiffe://third/agent/r1"))]), Err(SvidError::UnknownTrustDomain));
}

/// X509-SVID §3.2: one root may stand above several trust domains, each with a CA of its own.
#[test]
fn a_shared_root_is_divided_by_its_intermediates() {
    let shared = root("shared", nothing);
    let of = |id: &'static str| shared.intermediate(id, move |ca| ca.subject_alt_names = vec![uri(id)]);
    let (acme, other) = (of("spiffe://acme"), of("spiffe://other"));
    let bundles = StaticBundles::new([bundle("acme", &[&shared]), bundle("other", &[&shared])]);
    let verifier = SvidVerifier::new(Layout::default(), "unused", bundles);
    let own = [acme.leaf(nothing), acme.der()];
    assert_eq!(verifier.x509(&own, at(NOW)).map(drop), Ok(()));
    let foreign = [other.leaf(nothing), other.der()];
    assert_eq!(verifier.x509(&foreign, at(NOW)).map(drop), Err(SvidError::AuthorityNotAllowed));
}

#[test]
fn a_source_that_gives_the_wrong_bundle_is_not_believed() {
    struct Confused(Arc<Bundle>);
    impl Bundles for Confused {
        fn bundle(&self, _: &TrustDomain) -> Result<Arc<Bundle>, NoBundle> {
            Ok(self.0.clone())
        }
    }
    let top = root("root", nothing);
    let confused = SvidVerifier::new(Layout::default(), "unused", Confused(bundle("other", &[&top]).into()));
    assert_eq!(confused.x509(&[top.leaf(nothing)], at(NOW)).unwrap_err(), SvidError::UnknownTrustDomain);
}

/// An authority of the bundle that names another trust domain signs nothing here, and does not stand
/// in the way of one that shares its name and key.
#[test]
fn an_authority_of_another_trust_domain_signs_nothing() {
    let key = key();
    let again = || rcgen::KeyPair::try_from(key.serialize_der()).unwrap();
    let theirs = root_with(again(), "root", |ca| ca.subject_alt_names = vec![uri("spiffe://other")]);
    let ours = root_with(again(), "root", |ca| ca.subject_alt_names = vec![uri("spiffe://acme")]);
    let leaf = [ours.leaf(nothing)];
    let said = |authorities: &[&Ca]| verifier(authorities).x509(&leaf, at(NOW)).map(drop);
    assert_eq!(said(&[&theirs]), Err(SvidError::AuthorityNotAllowed));
    assert_eq!(said(&[&theirs, &ours]), Ok(()));
    assert_eq!(said(&[&ours, &theirs]), Ok(()));
}
