//! The issuer's side: signing in one step and around a key elsewhere, every refusal with what it
//! gives back.
#![expect(clippy::unwrap_used, reason = "a test that can't set up its world fails")]

mod support;

use deputize_core::{Actor, Agent, Change, Grant, Held, Issuer, Parent, Recorded, Returned, TenantId, UnixTime};
use deputize_token::{
    Algorithm, Handed, KeyRing, KeyUse, Presented, Revocation, SignError, SigningKey, Unsigned, VerifyError,
    VerifyingKey, limits::MAX_TOKEN_BYTES,
};
use jsonwebtoken::signature::Signer;
use support::{
    Asked, RESOURCE, at, client, configuration, issuer, now, ring, tenant, test_key, to_der, token_id, verify,
    verify_at,
};

const ALGORITHMS: [Algorithm; 6] =
    [Algorithm::EdDsa, Algorithm::Ed25519, Algorithm::Es256, Algorithm::Es384, Algorithm::Ps256, Algorithm::Rs256];

/// A key elsewhere, and the ring that knows its public half.
fn remote(algorithm: Algorithm) -> (SigningKey, KeyRing) {
    let key = test_key(algorithm);
    let ring = KeyRing::new(tenant(), issuer(), key.public().clone());
    (key, ring)
}

fn earlier(seconds: u64) -> UnixTime {
    at(now().as_secs() - seconds)
}

fn refused<T>(result: Result<T, Returned<SignError, Recorded>>) -> (SignError, Recorded) {
    let returned = result.err().unwrap();
    (returned.error, *returned.value)
}

#[test]
fn two_steps_give_what_one_step_gives() {
    for algorithm in ALGORITHMS {
        let (key, ring) = remote(algorithm);
        let unsigned = ring.prepare(Asked::for_alice().recorded(), now()).unwrap();
        let signature = key.try_sign(unsigned.input()).unwrap();
        let token = unsigned.finish(&signature, now()).unwrap();
        let verified = verify(&ring, token.secret()).unwrap();
        assert_eq!(verified.person().unwrap().as_str(), "alice");
        assert_eq!((token.id(), token.expires_at()), (verified.token_id(), verified.expires_at()));
        assert_eq!(token.scopes(), verified.scopes());

        let local = KeyRing::new(tenant(), issuer(), test_key(algorithm));
        let one_step = local.sign(Asked::for_alice().recorded(), now()).unwrap();
        let input = |token: &str| token.rsplit_once('.').unwrap().0.to_owned();
        assert_eq!(input(one_step.secret()), input(token.secret()), "{algorithm}");
        // A ring whose key is here signs in two steps too.
        let unsigned = local.prepare(Asked::for_alice().recorded(), now()).unwrap();
        assert!(unsigned.finish(&signature, now()).is_ok());
    }
}

#[test]
fn ecdsa_signatures_come_as_der_too() {
    for algorithm in [Algorithm::Es256, Algorithm::Es384] {
        let (key, ring) = remote(algorithm);
        // Often enough that a half with a leading zero, or with a sign byte, occurs.
        for _ in 0..40 {
            let unsigned = ring.prepare(Asked::alone().recorded(), now()).unwrap();
            let der = to_der(&key.try_sign(unsigned.input()).unwrap());
            let token = unsigned.finish(&der, now()).unwrap();
            assert!(verify(&ring, token.secret()).is_ok());
        }
    }
}

#[test]
fn a_wrong_signature_gives_the_unsigned_token_back() {
    for algorithm in ALGORITHMS {
        let (key, ring) = remote(algorithm);
        // A new RSA key takes seconds: one of them is enough.
        let new = if algorithm == Algorithm::Rs256 { Algorithm::Es256 } else { algorithm };
        let other = SigningKey::generate(new).unwrap();
        let mut unsigned = ring.prepare(Asked::alone().recorded(), now()).unwrap();
        let right = key.try_sign(unsigned.input()).unwrap();
        let mut bent = right.clone();
        *bent.last_mut().unwrap() ^= 1;
        for wrong in [
            Vec::new(),
            vec![0; right.len()],
            bent.clone(),
            if bent.len() < 128 { to_der(&bent) } else { Vec::new() },
            [&right[..], &[0]].concat(),
            key.try_sign(b"another text").unwrap(),
            other.try_sign(unsigned.input()).unwrap(),
        ] {
            let returned = unsigned.finish(&wrong, now()).err().unwrap();
            assert_eq!(returned.error, SignError::BadSignature, "{algorithm}");
            unsigned = *returned.value;
        }
        assert!(unsigned.finish(&right, now()).is_ok());
    }
    // RSA: the other padding.
    let (_, ring) = remote(Algorithm::Ps256);
    let unsigned = ring.prepare(Asked::alone().recorded(), now()).unwrap();
    let pkcs1 = test_key(Algorithm::Rs256).try_sign(unsigned.input()).unwrap();
    assert_eq!(unsigned.finish(&pkcs1, now()).err().unwrap().error, SignError::BadSignature);
}

#[test]
fn a_key_elsewhere_does_not_sign_in_one_step() {
    let (key, ring) = remote(Algorithm::Es256);
    let (error, recorded) = refused(ring.sign(Asked::alone().recorded(), now()));
    assert_eq!(error, SignError::RemoteKey);
    let unsigned = ring.prepare(recorded, now()).unwrap();
    let signature = key.try_sign(unsigned.input()).unwrap();
    assert!(unsigned.finish(&signature, now()).is_ok());
}

#[test]
fn a_key_that_is_for_svids_signs_no_tokens() {
    let jwk = serde_json::json!({
        "kty": "EC", "crv": "P-521", "use": "jwt-svid", "kid": "svid",
        "x": "AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk",
        "y": "ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2",
    });
    let key = VerifyingKey::from_jwk(&jwk, KeyUse::JwtSvid).unwrap();
    let ring = KeyRing::new(tenant(), issuer(), std::sync::Arc::new(key));
    let (error, _) = refused(ring.prepare(Asked::alone().recorded(), now()));
    assert_eq!(error, SignError::Unspeakable);
}

/// Signs with `ring`, at `when`, in one step and in two; the same comes of it, and what was recorded
/// is as it was and can still be signed by a ring that takes it, now.
fn refusal(ring: &KeyRing, asked: fn() -> Asked, when: UnixTime) -> Option<SignError> {
    let error = match ring.sign(asked().recorded(), when) {
        Ok(_) => None,
        Err(returned) => {
            let before = asked().recorded();
            assert_eq!(returned.value.grant(), before.grant());
            assert!(support::ring(Algorithm::EdDsa).sign(*returned.value, now()).is_ok());
            Some(returned.error)
        }
    };
    let prepared = ring.prepare(asked().recorded(), when).err().map(|returned| returned.error);
    assert_eq!(prepared, error);
    error
}

#[test]
fn what_was_recorded_is_signed_within_the_delay() {
    let ring = ring(Algorithm::EdDsa);
    let late = Some(SignError::TooLate);
    for (when, expected) in [
        (now(), None),
        (now().plus(10), None),
        (now().plus(11), late),
        // A clock that was set back must not make what was held signable for longer.
        (earlier(10), None),
        (earlier(11), late),
        (UnixTime::EPOCH, late),
        (UnixTime::MAX, late),
    ] {
        assert_eq!(refusal(&ring, Asked::for_alice, when), expected, "{when:?}");
    }
    // The token's end, and the proof's.
    let short = || Asked { lifetime: Some(5), ..Asked::for_alice() };
    let proof = || Asked { proof_lifetime: 5, ..Asked::for_alice() };
    for asked in [short, proof] {
        assert_eq!(refusal(&ring, asked, now().plus(4)), None);
        assert_eq!(refusal(&ring, asked, now().plus(5)), late);
    }
}

#[test]
fn a_signature_that_comes_too_late_is_refused() {
    let (key, ring) = remote(Algorithm::EdDsa);
    let mut unsigned: Unsigned = ring.prepare(Asked::alone().recorded(), now()).unwrap();
    let signature = key.try_sign(unsigned.input()).unwrap();
    for when in [now().plus(11), earlier(11), now().plus(900)] {
        let returned = unsigned.finish(&signature, when).err().unwrap();
        assert_eq!(returned.error, SignError::TooLate);
        unsigned = *returned.value;
    }
    assert!(unsigned.finish(&signature, now().plus(10)).is_ok());
}

#[test]
fn a_ring_signs_for_its_own_tenant() {
    let globex: TenantId = "globex".parse().unwrap();
    let foreign = KeyRing::new(globex, issuer(), test_key(Algorithm::EdDsa));
    assert_eq!(refusal(&foreign, Asked::for_alice, now()), Some(SignError::ForeignTenant));
    // And says nothing about the time of what is not its own.
    assert_eq!(refusal(&foreign, Asked::for_alice, now().plus(11)), Some(SignError::ForeignTenant));
    assert_eq!((foreign.tenant().as_str(), foreign.issuer()), ("globex", &issuer()));
}

#[test]
fn a_token_lives_as_long_as_verifiers_take() {
    let mut ring = ring(Algorithm::EdDsa);
    ring.max_lifetime_seconds = 900;
    assert_eq!(refusal(&ring, Asked::for_alice, now()), None);
    ring.max_lifetime_seconds = 899;
    assert_eq!(refusal(&ring, Asked::for_alice, now()), Some(SignError::LifetimeTooLong));
}

/// So many scopes of 200 bytes, but for one of `last` bytes.
fn long_scopes(count: usize, last: usize) -> String {
    let scope = |n: usize, bytes: usize| format!("{:a<bytes$}", format!("reports:{n:02}"));
    (0..count).map(|n| scope(n, if n == 0 { last } else { 200 })).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_token_is_as_large_as_verifiers_take() {
    for algorithm in [Algorithm::EdDsa, Algorithm::Rs256] {
        let ring = KeyRing::new(tenant(), issuer(), test_key(algorithm));
        let signed = |count, last| {
            let recorded = Asked { scopes: long_scopes(count, last), ..Asked::alone() }.recorded();
            match ring.sign(recorded, now()) {
                Ok(token) => {
                    assert!(verify(&ring, token.secret()).is_ok());
                    Some(token.secret().len())
                }
                Err(returned) => {
                    assert_eq!(returned.error, SignError::TooLarge);
                    assert_eq!(returned.value.grant().scopes.len(), count);
                    None
                }
            }
        };
        let count = (52..64).find(|count| signed(*count, 200).is_none()).unwrap();
        let longer = (200..=256).map_while(|last| signed(count - 1, last));
        let longest = longer.chain((10..200).map_while(|last| signed(count, last))).max().unwrap();
        // A byte more is a character or two more.
        assert!((MAX_TOKEN_BYTES - 1..=MAX_TOKEN_BYTES).contains(&longest), "{algorithm} {longest}");
    }
}

/// A parent that some other verifier vouches for.
fn held() -> Held {
    let token = ring(Algorithm::EdDsa).sign(Asked::for_alice().recorded(), now()).unwrap();
    Held {
        tenant: tenant(),
        person: "alice".parse().unwrap(),
        delegation: "d1".parse().unwrap(),
        resource: RESOURCE.parse().unwrap(),
        scopes: token.scopes().clone(),
        tokens: vec![token_id(1)],
        agents: vec![deputize_core::ChainAgent { client_id: client(0), spiffe_id: None }],
        depth: 0,
        max_depth: 8,
        expires_at: token.expires_at(),
        confirmation: None,
    }
}

#[test]
fn a_parent_that_does_not_hang_together_is_not_said() {
    let ring = ring(Algorithm::EdDsa);
    let chain_agent = |client_id: &str, spiffe_id: Option<&str>| deputize_core::ChainAgent {
        client_id: client_id.parse().unwrap(),
        spiffe_id: spiffe_id.map(|id| id.parse().unwrap()),
    };
    let mut config = configuration();
    let confusing = Agent {
        client_id: "spiffe://acme/agent/1".parse().unwrap(),
        spiffe_id: "spiffe://acme/agent/x".parse().unwrap(),
        ..config.agent(&client(8)).unwrap().clone()
    };
    config.apply(&Actor::Operator("olga".parse().unwrap()), &Change::PutAgent(confusing)).unwrap();
    let sign = |held: Held| {
        let recorded = Asked::handed_on(Parent::assertion(held), 1).recorded_in(&config, now()).unwrap();
        ring.sign(recorded, now()).map(drop).map_err(|returned| returned.error)
    };
    assert_eq!(sign(held()), Ok(()));
    assert_eq!(sign(Held { max_depth: 200, ..held() }), Ok(()), "the delegation allows 8");
    for (what, wrong) in [
        ("a depth without tokens", Held { depth: 1, ..held() }),
        ("no tokens", Held { tokens: Vec::new(), ..held() }),
        ("more tokens than hops", Held { tokens: vec![token_id(8), token_id(9)], ..held() }),
        ("more agents than hops", {
            Held { agents: vec![chain_agent("agent-0", None), chain_agent("agent-7", None)], ..held() }
        }),
        ("its own id among its ancestors", Held { tokens: vec![token_id(2)], ..held() }),
        ("an ancestor twice", {
            let agents = vec![chain_agent("agent-0", None), chain_agent("agent-8", None)];
            Held { depth: 1, tokens: vec![token_id(1), token_id(1)], agents, ..held() }
        }),
        ("an agent twice", {
            let agents = vec![chain_agent("agent-0", None), chain_agent("agent-0", None)];
            Held { depth: 1, tokens: vec![token_id(0), token_id(1)], agents, ..held() }
        }),
        ("a SPIFFE ID twice", {
            Held { agents: vec![chain_agent("agent-0", Some("spiffe://acme/agent/1"))], ..held() }
        }),
        ("a client id that is another's SPIFFE ID", {
            let agents = vec![chain_agent("agent-0", None), chain_agent("spiffe://acme/agent/1", None)];
            Held { depth: 1, tokens: vec![token_id(0), token_id(1)], agents, ..held() }
        }),
    ] {
        assert_eq!(sign(wrong), Err(SignError::Unspeakable), "{what}");
    }
}

#[test]
fn an_unsigned_token_keeps_its_key_through_a_rotation() {
    let (key, mut ring) = remote(Algorithm::Es256);
    let unsigned = ring.prepare(Asked::alone().recorded(), now()).unwrap();
    ring.publish_next(SigningKey::generate(Algorithm::EdDsa).unwrap(), now()).unwrap();
    ring.rotate(now()).unwrap();
    let signature = key.try_sign(unsigned.input()).unwrap();
    let token = unsigned.finish(&signature, now()).unwrap();
    assert!(verify_at(&ring, token.secret(), now().plus(899)).is_ok());
}

#[test]
fn a_grant_is_what_the_token_says() {
    let recorded = Asked::for_alice().recorded();
    let grant: Grant = recorded.grant().clone();
    let ring = ring(Algorithm::EdDsa);
    let token = ring.sign(recorded, now()).unwrap();
    assert_eq!((token.id(), token.scopes(), token.expires_at()), (grant.token, &grant.scopes, grant.expires_at));
    let parent = ring
        .parent(Revocation::ExpiryOnly, token.secret(), Handed::ByHolder(Presented::Bearer), now().plus(1))
        .unwrap();
    let held = parent.held();
    assert_eq!(parent.lineage(), grant.lineage());
    assert_eq!((&held.resource, &held.scopes, held.expires_at), (&grant.resource, &grant.scopes, grant.expires_at));
    assert_eq!((held.depth, held.max_depth, held.confirmation), (grant.depth, grant.max_depth, grant.confirmation));
    assert_eq!(held.agents, [grant.agent]);
    // Another issuer's ring with the same key takes it for nothing.
    let other: Issuer = "https://id.example/other".parse().unwrap();
    let other = KeyRing::new(tenant(), other, test_key(Algorithm::EdDsa));
    let handed = Handed::ByHolder(Presented::Bearer);
    let error = other.parent(Revocation::ExpiryOnly, token.secret(), handed, now()).unwrap_err();
    assert_eq!(error, VerifyError::UnknownKey);
}
