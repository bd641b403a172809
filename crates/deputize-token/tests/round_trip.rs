//! What a key ring signs, a verifier takes, and says again what was granted.

mod support;

use deputize_core::{Confirmation, ProofMethod, ProvenBy, Revoked, Target, Thumbprint};
use deputize_token::{Algorithm, Handed, Presented, Revocation, SigningKey, Trust, VerifyError};
use support::{Asked, at, client, now, ring, token_id, verifier, verify, verify_at};

const ALGORITHMS: [Algorithm; 6] =
    [Algorithm::EdDsa, Algorithm::Ed25519, Algorithm::Es256, Algorithm::Es384, Algorithm::Ps256, Algorithm::Rs256];

#[test]
fn every_algorithm_signs_what_it_verifies() {
    for algorithm in ALGORITHMS {
        let ring = ring(algorithm);
        let token = ring.sign(Asked::for_alice().recorded(), now()).unwrap();
        let verified = verify(&ring, token.secret()).unwrap();
        assert_eq!(verified.person().unwrap().as_str(), "alice");
        assert_eq!(verified.agent().unwrap().as_str(), "spiffe://acme/agent/0");
        assert_eq!(verified.scopes().to_string(), "reports:list reports:read");
        assert_eq!(verified.delegation().unwrap().as_str(), "d1");
        assert_eq!(verified.expires_at(), now().plus(900));
        assert_eq!(verified.token_id(), token_id(1));
        assert_eq!(verified.chain(), [client(0)]);
        assert_eq!(verified.proof(), ProofMethod::JwtSvid);
    }
}

#[test]
fn an_agent_alone_is_the_subject_and_nobody_acts() {
    let ring = ring(Algorithm::EdDsa);
    let token = ring.sign(Asked::alone().recorded(), now()).unwrap();
    let verified = verify(&ring, token.secret()).unwrap();
    assert_eq!(verified.person(), None);
    assert_eq!(verified.delegation(), None);
    assert_eq!(verified.agent().unwrap().as_str(), "spiffe://acme/agent/0");

    // Without an SVID no SPIFFE ID.
    let by = Some(ProvenBy::PrivateKeyJwt(client(0)));
    let token = ring.sign(Asked { by, ..Asked::alone() }.recorded(), now()).unwrap();
    let verified = verify(&ring, token.secret()).unwrap();
    assert_eq!(verified.agent(), None);
    assert_eq!((verified.client_id(), verified.depth()), (&client(0), 0));
}

#[test]
fn a_chain_of_nine_agents_verifies_and_a_tenth_is_refused() {
    let ring = ring(Algorithm::EdDsa);
    let mut token = ring.sign(Asked::for_alice().recorded(), now()).unwrap();
    for n in 1..9 {
        let handed = Handed::ByHolder(Presented::Bearer);
        let parent = ring.parent(Revocation::ExpiryOnly, token.secret(), handed, now()).unwrap();
        token = ring.sign(Asked::handed_on(parent, n).recorded(), now()).unwrap();
        let verified = verify(&ring, token.secret()).unwrap();
        assert_eq!(verified.chain(), (0..=n).map(client).collect::<Vec<_>>());
        assert_eq!(verified.person().unwrap().as_str(), "alice");
        assert_eq!(verified.lineage().tokens.len(), n + 1);
    }
    let revoked = |target| {
        let mut revoked = Revoked::default();
        revoked.insert(target);
        let handed = Handed::ByHolder(Presented::Bearer);
        ring.parent(Revocation::Snapshot(&revoked), token.secret(), handed, now()).map(drop)
    };
    for target in [
        Target::Tenant,
        Target::Person("alice".parse().unwrap()),
        Target::Delegation("d1".parse().unwrap()),
        Target::Agent(client(4)),
        Target::Token(token_id(5)),
    ] {
        assert_eq!(revoked(target), Err(VerifyError::Revoked));
    }
    assert_eq!(revoked(Target::Person("bob".parse().unwrap())), Ok(()));
}

#[test]
fn an_agent_that_acts_alone_hands_nothing_on() {
    let ring = ring(Algorithm::EdDsa);
    let token = ring.sign(Asked::alone().recorded(), now()).unwrap();
    let handed = Handed::ByHolder(Presented::Bearer);
    let error = ring.parent(Revocation::ExpiryOnly, token.secret(), handed, now()).unwrap_err();
    assert_eq!(error, VerifyError::NotDelegated);
}

#[test]
fn a_bound_token_is_refused_as_bearer_and_binds_what_descends_from_it() {
    let ring = ring(Algorithm::EdDsa);
    let confirmation = Some(Confirmation::Jkt(Thumbprint::from_bytes([7; 32])));
    let token = ring.sign(Asked { confirmation, ..Asked::for_alice() }.recorded(), now()).unwrap();
    assert_eq!(verify(&ring, token.secret()).unwrap_err(), VerifyError::BoundPresentedAsBearer);
    let handed = Handed::ByHolder(Presented::Bearer);
    let error = ring.parent(Revocation::ExpiryOnly, token.secret(), handed, now()).unwrap_err();
    assert_eq!(error, VerifyError::BoundPresentedAsBearer);
}

/// RFC 8705 §3: every way to be bound, beside every way to be presented.
#[test]
fn a_token_that_is_bound_to_a_certificate_needs_that_one() {
    let ring = ring(Algorithm::EdDsa);
    let (own, other) = (Thumbprint::from_bytes([7; 32]), Thumbprint::from_bytes([8; 32]));
    let unproven = Err(VerifyError::BoundPresentedAsBearer);
    for (confirmation, with_own, with_other) in [
        (None, Ok(()), Ok(())),
        (Some(Confirmation::X5tS256(own)), Ok(()), Err(VerifyError::WrongCertificate)),
        (Some(Confirmation::Jkt(own)), unproven, unproven),
        (Some(Confirmation::Both { jkt: own, x5t_s256: own }), unproven, unproven),
    ] {
        let token = ring.sign(Asked { confirmation, ..Asked::for_alice() }.recorded(), now()).unwrap();
        for (shown, expected) in [(own, with_own), (other, with_other)] {
            let presented = Presented::Certificate(shown);
            let trust = Trust { keys: &ring.public(now()), revoked: Revocation::ExpiryOnly };
            let verified = verifier().verify(trust, token.secret(), presented, now()).map(drop);
            assert_eq!(verified, expected, "{confirmation:?}");
            let handed = Handed::ByHolder(presented);
            let parent = ring.parent(Revocation::ExpiryOnly, token.secret(), handed, now()).map(drop);
            assert_eq!(parent, expected, "{confirmation:?}");
        }
    }
    // The SHA-256 of nothing, FIPS 180-4.
    let Presented::Certificate(empty) = Presented::with_certificate(b"") else { panic!("a certificate") };
    let known = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(format!("{empty:?}"), known);
}

#[test]
fn time_is_held_to_the_second() {
    let ring = ring(Algorithm::EdDsa);
    let token = ring.sign(Asked::for_alice().recorded(), now()).unwrap();
    let seconds = now().as_secs();
    let refused = |when: u64| verify_at(&ring, token.secret(), at(when)).map(drop);
    assert_eq!(refused(seconds + 899), Ok(()));
    assert_eq!(refused(seconds + 900), Err(VerifyError::Expired));
    assert_eq!(refused(seconds - 30), Ok(()));
    assert_eq!(refused(seconds - 31), Err(VerifyError::NotYetValid));
}

#[test]
fn rotation_keeps_what_was_signed_verifiable_until_it_expires() {
    let mut ring = ring(Algorithm::EdDsa);
    let old = ring.sign(Asked::for_alice().recorded(), now()).unwrap();
    assert!(ring.rotate(now()).is_err());
    ring.publish_next(SigningKey::generate(Algorithm::Es256).unwrap(), now()).unwrap();
    assert_eq!(ring.public(now()).len(), 2);
    ring.rotate(now()).unwrap();
    let new = ring.sign(Asked::for_alice().recorded(), now()).unwrap();
    assert!(verify(&ring, old.secret()).is_ok() && verify(&ring, new.secret()).is_ok());
    // Past the end of every token that the old key may have signed it counts no more.
    let last = now().plus(ring.max_lifetime_seconds).plus(9);
    assert_eq!(verify_at(&ring, old.secret(), last).unwrap_err(), VerifyError::Expired);
    assert_eq!(verify_at(&ring, old.secret(), last.plus(1)).unwrap_err(), VerifyError::UnknownKey);
}
