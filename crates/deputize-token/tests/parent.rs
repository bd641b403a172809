//! A token on its way to the next agent: what makes a parent, and what a child can't gain.
#![expect(clippy::unwrap_used, reason = "a test that can't set up its world fails")]

mod support;

use deputize_core::{
    Actor, AgentProof, Change, Confirmation, Parent, Proven, ProvenBy, Refusal, Revoked, Target, TenantId, Thumbprint,
    UnixTime,
};
use deputize_token::{Algorithm, Handed, KeyRing, Presented, Revocation, SigningKey, Verifier, VerifyError};
use serde_json::json;
use support::{Asked, at, client, configuration, forge, issuer, now, tenant, test_key, token_id, verify};

const BEARER: Handed<'_> = Handed::ByHolder(Presented::Bearer);

fn ring() -> KeyRing {
    KeyRing::new(tenant(), issuer(), test_key(Algorithm::EdDsa))
}

fn alices() -> String {
    ring().sign(Asked::for_alice().recorded(), now()).unwrap().secret().to_owned()
}

fn bound() -> String {
    let confirmation = Some(Confirmation::Jkt(Thumbprint::from_bytes([7; 32])));
    let recorded = Asked { confirmation, ..Asked::for_alice() }.recorded();
    ring().sign(recorded, now()).unwrap().secret().to_owned()
}

fn proof(tenant: TenantId, expires_at: UnixTime) -> AgentProof {
    let by = ProvenBy::JwtSvid("spiffe://acme/agent/1".parse().unwrap());
    AgentProof::assertion(Proven { tenant, by, expires_at, replay: Vec::new(), confirmation: None })
}

fn parent(token: &str, handed: Handed<'_>, when: UnixTime) -> Result<Parent, VerifyError> {
    ring().parent(Revocation::ExpiryOnly, token, handed, when)
}

#[test]
fn a_parent_is_refused_for_whatever_a_token_is_refused_for() {
    let refused = |token: &str, when: UnixTime| parent(token, BEARER, when).unwrap_err();
    let token = alices();
    let key = test_key(Algorithm::EdDsa);
    for (edit, error) in [
        (json!({"iss": "https://id.example/globex"}), VerifyError::WrongIssuer),
        (json!({"exp": 1}), VerifyError::InvalidClaim("exp")),
        (json!({"exp": support::NOW + 86_401}), VerifyError::LifetimeTooLong),
        (json!({"nbf": support::NOW + 31}), VerifyError::NotYetValid),
        (json!({"scope": "*"}), VerifyError::InvalidClaim("scope")),
        (json!({"act": null}), VerifyError::InvalidClaim("act")),
    ] {
        let forged = forge(&key, &token, |claims| {
            for (name, value) in edit.as_object().unwrap() {
                claims.as_object_mut().unwrap().insert(name.clone(), value.clone());
            }
        });
        assert_eq!(refused(&forged, now()), error);
    }
    let foreign = forge(&key, &token, |claims| {
        *claims.pointer_mut("/delegation/tenant").unwrap() = json!("globex");
    });
    assert_eq!(refused(&foreign, now()), VerifyError::WrongTenant);
    let without = forge(&key, &token, |claims| drop(claims.as_object_mut().unwrap().remove("nbf")));
    assert_eq!(refused(&without, at(support::NOW - 31)), VerifyError::IssuedInFuture);
    assert!(parent(&without, BEARER, at(support::NOW - 30)).is_ok());
    let stranger = SigningKey::generate(Algorithm::EdDsa).unwrap();
    assert_eq!(refused(&forge(&stranger, &token, |_| ()), now()), VerifyError::BadSignature);
    assert_eq!(refused("", now()), VerifyError::Malformed);
    assert_eq!(refused(&"x".repeat(16 * 1024 + 1), now()), VerifyError::TooLarge);
    let other = KeyRing::new(tenant(), issuer(), stranger);
    let error = other.parent(Revocation::ExpiryOnly, &token, BEARER, now()).unwrap_err();
    assert_eq!(error, VerifyError::UnknownKey);
}

/// Trap 15: expired is expired, to the second.
#[test]
fn an_expired_parent_is_none() {
    let token = alices();
    assert!(parent(&token, BEARER, now().plus(899)).is_ok());
    assert_eq!(parent(&token, BEARER, now().plus(900)).unwrap_err(), VerifyError::Expired);
    let proof = proof(tenant(), now().plus(2_000));
    assert_eq!(parent(&token, Handed::ToOnward(&proof), now().plus(900)).unwrap_err(), VerifyError::Expired);
}

#[test]
fn a_parent_is_verified_whatever_its_audience() {
    let elsewhere = forge(&test_key(Algorithm::EdDsa), &alices(), |claims| {
        claims.as_object_mut().unwrap().insert("aud".into(), json!(["https://mail.example"]));
    });
    assert_eq!(verify(&ring(), &elsewhere).unwrap_err(), VerifyError::WrongAudience);
    assert_eq!(parent(&elsewhere, BEARER, now()).unwrap().held().resource.as_str(), "https://mail.example");
}

#[test]
fn what_a_parent_rests_on_is_live() {
    let token = alices();
    for target in [
        Target::Tenant,
        Target::Person("alice".parse().unwrap()),
        Target::Delegation("d1".parse().unwrap()),
        Target::Agent(client(0)),
        Target::Token(token_id(1)),
    ] {
        let mut revoked = Revoked::default();
        revoked.insert(target);
        let error = ring().parent(Revocation::Snapshot(&revoked), &token, BEARER, now()).unwrap_err();
        assert_eq!(error, VerifyError::Revoked);
    }
    let nothing = Revoked::default();
    assert!(ring().parent(Revocation::Snapshot(&nothing), &token, BEARER, now()).is_ok());
}

#[test]
fn the_next_agent_brings_it_proven_in_this_tenant_and_now() {
    for token in [alices(), bound()] {
        let good = proof(tenant(), now().plus(60));
        assert!(parent(&token, Handed::ToOnward(&good), now()).is_ok());
        assert!(parent(&token, Handed::ToOnward(&good), now().plus(59)).is_ok());
        let late = parent(&token, Handed::ToOnward(&good), now().plus(60)).unwrap_err();
        assert_eq!(late, VerifyError::Expired);
        let foreign = proof("globex".parse().unwrap(), now().plus(60));
        let error = parent(&token, Handed::ToOnward(&foreign), now()).unwrap_err();
        assert_eq!(error, VerifyError::ForeignProof);
    }
}

/// What comes of a bound token is bound, to the next agent's key, and never weaker.
#[test]
fn what_descends_from_a_bound_token_is_bound() {
    assert_eq!(parent(&bound(), BEARER, now()).unwrap_err(), VerifyError::BoundPresentedAsBearer);
    let proof = proof(tenant(), now().plus(60));
    let onward = || parent(&bound(), Handed::ToOnward(&proof), now()).unwrap();
    assert_eq!(onward().held().confirmation, Some(Confirmation::Jkt(Thumbprint::from_bytes([7; 32]))));
    let unbound = Asked::handed_on(onward(), 1).recorded_in(&configuration(), now());
    assert_eq!(unbound.map(drop), Err(Refusal::BindingWeakened));

    let own = Some(Confirmation::X5tS256(Thumbprint::from_bytes([8; 32])));
    let recorded = Asked { confirmation: own, ..Asked::handed_on(onward(), 1) }.recorded();
    let child = ring().sign(recorded, now()).unwrap();
    let error = verify(&ring(), child.secret()).unwrap_err();
    assert_eq!(error, VerifyError::BoundPresentedAsBearer);
    assert_eq!(parent(child.secret(), Handed::ToOnward(&proof), now()).unwrap().held().confirmation, own);
}

/// Traps 15 and 18.
#[test]
fn a_child_has_its_parents_person_and_at_most_its_scopes_and_time() {
    let later = now().plus(600);
    let held = || parent(&alices(), BEARER, later).unwrap();
    let everything = "reports:delete reports:list reports:read";
    let asked = Asked { scopes: everything.into(), ..Asked::handed_on(held(), 1) };
    let child = ring().sign(asked.recorded_at(later), later).unwrap();
    let verified = support::verify_at(&ring(), child.secret(), later).unwrap();
    assert_eq!(verified.scopes().to_string(), "reports:list reports:read");
    assert_eq!(verified.expires_at(), now().plus(900), "not 900 seconds from now");
    assert_eq!(verified.person().unwrap().as_str(), "alice");
    assert_eq!(verified.delegation().unwrap().as_str(), "d1");
    assert_eq!(verified.issued_at(), later);
}

/// Trap 16: the parent's word is not enough.
#[test]
fn a_child_rests_on_todays_configuration() {
    let held = || parent(&alices(), BEARER, now()).unwrap();
    for change in [
        Change::Revoke(Target::Delegation("d1".parse().unwrap())),
        Change::Revoke(Target::Token(token_id(1))),
        Change::Revoke(Target::Agent(client(0))),
        Change::Revoke(Target::Person("alice".parse().unwrap())),
    ] {
        let mut config = configuration();
        config.apply(&Actor::Operator("olga".parse().unwrap()), &change).unwrap();
        let refused = Asked::handed_on(held(), 1).recorded_in(&config, now());
        assert_eq!(refused.map(drop), Err(Refusal::NothingGranted), "{change:?}");
    }
}

/// Trap 17: a token can't raise the ceiling, and neither can what vouches for a parent.
#[test]
fn a_chain_ends_at_eight_hops() {
    let mut token = alices();
    for n in 1..9 {
        let held = parent(&token, BEARER, now()).unwrap();
        assert_eq!((usize::from(held.held().depth), held.held().max_depth), (n - 1, 8));
        token = ring().sign(Asked::handed_on(held, n).recorded(), now()).unwrap().secret().to_owned();
    }
    let held = parent(&token, BEARER, now()).unwrap();
    assert_eq!(held.held().depth, 8);
    // All nine agents are in the chain by now, so any next one is there twice as well.
    let refused = Asked::handed_on(held, 1).recorded_in(&configuration(), now());
    assert_eq!(refused.map(drop), Err(Refusal::NothingGranted));
}

#[test]
fn a_verifier_may_be_stricter_than_the_ring() {
    let token = alices();
    let verify = |verifier: &Verifier| {
        let ring = ring();
        let trust = deputize_token::Trust { keys: &ring.public(now()), revoked: Revocation::ExpiryOnly };
        verifier.verify(trust, &token, Presented::Bearer, at(support::NOW - 5)).map(drop)
    };
    let mut verifier = support::verifier();
    assert_eq!(verify(&verifier), Ok(()));
    verifier.leeway_seconds = 4;
    assert_eq!(verify(&verifier), Err(VerifyError::NotYetValid));
    verifier.leeway_seconds = 5;
    verifier.max_lifetime_seconds = 899;
    assert_eq!(verify(&verifier), Err(VerifyError::LifetimeTooLong));
    verifier.max_lifetime_seconds = 900;
    assert_eq!(verify(&verifier), Ok(()));
}
