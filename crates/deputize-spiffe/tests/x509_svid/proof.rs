//! What comes out: who, in which tenant, until when, and bound to what.

use deputize_core::{Confirmation, ProofMethod, ProvenBy};
use deputize_spiffe::{
    Bundle, Layout, StaticBundles, SvidBinding, SvidError, SvidVerifier, X509Svid, testing::Authority,
};
use sha2::{Digest, Sha256};

use crate::support::{AGENT, NOW, at, bundle, nothing, root, uri, verifier};

#[test]
fn a_good_one_proves_the_agent_until_it_expires() {
    let top = root("root", nothing);
    let leaf = top.leaf(nothing);
    let proof = verifier(&[&top]).x509(&[&leaf], at(NOW)).unwrap();
    assert_eq!(proof.tenant().as_str(), "acme");
    assert_eq!(proof.by(), &ProvenBy::X509Svid(AGENT.parse().unwrap()));
    assert_eq!(proof.by().method(), ProofMethod::X509Svid);
    assert_eq!(proof.expires_at(), at(NOW + 300));
    assert!(proof.replay().is_empty(), "the key is proven anew on every connection");
    let Some(Confirmation::X5tS256(thumbprint)) = proof.confirmation() else { panic!("RFC 8705 §3.1: bound") };
    assert_eq!(thumbprint.as_bytes()[..], Sha256::digest(&leaf)[..], "SHA-256 of the DER");
}

#[test]
fn binding_can_be_left_out() {
    let top = root("root", nothing);
    let mut verifier = verifier(&[&top]);
    verifier.binding = SvidBinding::Nothing;
    assert_eq!(verifier.x509(&[top.leaf(nothing)], at(NOW)).unwrap().confirmation(), None);
}

/// The tenant is what the layout finds in the proven SPIFFE ID, and an id that does not fit is no
/// agent's.
#[test]
fn the_tenant_comes_from_the_layout() {
    let top = root("root", nothing);
    let leaf = |id: &str| [top.leaf(|leaf| leaf.subject_alt_names = vec![uri(id)])];
    let layout: Layout = "spiffe://acme/tenants/<tenant>/agents/<client>".parse().unwrap();
    let verifier = SvidVerifier::new(layout, "unused", StaticBundles::new([bundle("acme", &[&top])]));
    let proof = verifier.x509(&leaf("spiffe://acme/tenants/globex/agents/a"), at(NOW)).unwrap();
    assert_eq!(proof.tenant().as_str(), "globex");
    assert_eq!(verifier.x509(&leaf(AGENT), at(NOW)).unwrap_err(), SvidError::NotInLayout);
}

#[test]
fn the_demonstration_trust_domain_mints_good_ones() {
    let authority = Authority::generate("acme".parse().unwrap()).unwrap();
    let bundle = Bundle::from_json("acme".parse().unwrap(), &authority.bundle()).unwrap();
    let verifier = SvidVerifier::new(Layout::default(), "unused", StaticBundles::new([bundle]));
    let svid: X509Svid = authority.x509_svid(&AGENT.parse().unwrap(), at(NOW), 60).unwrap();
    let proof = verifier.x509(svid.chain(), at(NOW)).unwrap();
    assert_eq!((proof.by().spiffe_id().unwrap().as_str(), proof.expires_at()), (AGENT, at(NOW + 60)));
    assert_eq!((svid.id().as_str(), svid.expires_at()), (AGENT, at(NOW + 60)));
    let printed = format!(r#"X509Svid {{ id: "{AGENT}", expires_at: {:?}, .. }}"#, at(NOW + 60));
    assert_eq!(format!("{svid:?}"), printed, "nothing of the key");
    let (chain, key) = svid.for_rustls();
    assert_eq!((&chain[0][..], key.secret_der()), (&svid.chain()[0][..], svid.private_key()));
}
