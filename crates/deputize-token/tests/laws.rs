//! Laws of the whole crate, over generated grants and damaged tokens.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that can't set up its world fails")]

mod support;

use std::collections::BTreeSet;

use deputize_core::{
    Acting, Actor, Agent, AgentProof, Allow, Binding, Change, ClientId, Configuration, Confirmation, Delegation, Grant,
    NonEmptySet, Parent, Proven, ProvenBy, Question, Recorded, Resource, Role, Scope, ScopeSet, Subject, Thumbprint,
    TokenId, UnixTime, UserId,
};
use deputize_token::{
    AccessToken, Algorithm, Authorized, Denied, Handed, JwkError, KeyError, KeyRing, KeySet, KeySetError, Presented,
    PublishError, Revocation, RingKey, SignError, SigningKey, Trust, Unsigned, Verified, Verifier, VerifyError,
    VerifyingKey,
    jws::{Header, Jws, JwsError, json},
};
use proptest::{collection, prelude::*, sample::Index};
use serde_json::Value;
use support::{Asked, RESOURCE, issuer, now, tenant, test_key, verify};

/// Who hands what to whom.
#[derive(Debug, Clone)]
struct Chain {
    person: Option<UserId>,
    links: Vec<Link>,
    now: UnixTime,
}

#[derive(Debug, Clone)]
struct Link {
    client: ClientId,
    proof: u8,
    confirmation: Option<Confirmation>,
    scopes: BTreeSet<Scope>,
    lifetime: u32,
    random: [u8; 10],
}

fn links() -> impl Strategy<Value = Vec<Link>> {
    let thumbprint = || any::<[u8; 32]>().prop_map(Thumbprint::from_bytes);
    let confirmation = prop_oneof![
        3 => Just(None),
        1 => thumbprint().prop_map(|jkt| Some(Confirmation::Jkt(jkt))),
        1 => thumbprint().prop_map(|x5t| Some(Confirmation::X5tS256(x5t))),
        1 => (thumbprint(), thumbprint()).prop_map(|(jkt, x5t_s256)| Some(Confirmation::Both { jkt, x5t_s256 })),
    ];
    let scope = "s:[!#-)+-\\[\\]-~]{1,12}".prop_map(|text| text.parse().unwrap());
    let scopes = collection::btree_set(scope, 1..6);
    let link = ("[!-~]{1,24}", 0..5_u8, confirmation, scopes, 60..900_u32, any::<[u8; 10]>());
    let link = link.prop_map(|(client, proof, confirmation, scopes, lifetime, random)| {
        let client = client.parse().unwrap();
        Link { client, proof, confirmation, scopes, lifetime, random }
    });
    collection::vec(link, 1..5).prop_map(|mut links| {
        for (n, link) in links.iter_mut().enumerate() {
            link.client = format!("{n}{}", link.client).parse().unwrap();
            // One scope that all have, so that something is granted at every hop.
            link.scopes.insert("s:all".parse().unwrap());
            link.random[0] = u8::try_from(n).unwrap();
        }
        links
    })
}

fn chains() -> impl Strategy<Value = Chain> {
    let person = prop_oneof![1 => Just(None), 4 => "\\PC{1,20}".prop_map(|text| text.parse().ok())];
    (person, links(), 1..200_000_000_000_u64).prop_map(|(person, mut links, now)| {
        links.truncate(if person.is_some() { 4 } else { 1 });
        Chain { person, links, now: UnixTime::from_secs(now).unwrap() }
    })
}

impl Chain {
    fn spiffe_id(n: usize) -> String {
        format!("spiffe://acme/agent/{n}")
    }

    fn configuration(&self) -> Configuration {
        let mut config = Configuration::new(tenant());
        let operator = Actor::Operator("olga".parse().unwrap());
        let mut apply = |change: Change| {
            config.apply(&operator, &change).unwrap();
        };
        let all = || NonEmptySet::new(["s:*".parse().unwrap()]).unwrap();
        apply(Change::PutResource(Resource { uri: RESOURCE.parse().unwrap(), scopes: Allow::Any }));
        apply(Change::PutRole(Role { name: "all".parse().unwrap(), permissions: all() }));
        let bind = |id: String, subject| {
            let (id, role) = (id.parse().unwrap(), "all".parse().unwrap());
            Change::Bind(Binding { id, subject, role, window: Default::default(), resource: None })
        };
        for (n, link) in self.links.iter().enumerate() {
            apply(Change::PutAgent(Agent {
                client_id: link.client.clone(),
                spiffe_id: Self::spiffe_id(n).parse().unwrap(),
                acting: deputize_core::MayAct::Either,
                allowed_scopes: all(),
                max_lifetime_seconds: 900.try_into().unwrap(),
                resources: Allow::Any,
                mode: Default::default(),
                status: Default::default(),
            }));
            apply(bind(format!("b{n}"), Subject::Agent(link.client.clone())));
        }
        if let Some(person) = &self.person {
            apply(bind("person".into(), Subject::User(person.clone())));
            apply(Change::Delegate(Delegation {
                id: "d".parse().unwrap(),
                delegator: person.clone(),
                agent: self.links[0].client.clone(),
                scopes: NonEmptySet::new(self.links.iter().flat_map(|link| link.scopes.clone())).unwrap(),
                purpose: "a law".into(),
                resources: Allow::Any,
                onward: self.links[1..].iter().map(|link| link.client.clone()).collect(),
                max_depth: 8,
                window: Default::default(),
                status: Default::default(),
            }));
        }
        config
    }

    fn proof(&self, n: usize, confirmation: Option<Confirmation>) -> AgentProof {
        let (client, id) = (self.links[n].client.clone(), Self::spiffe_id(n).parse().unwrap());
        let by = match self.links[n].proof {
            0 => ProvenBy::JwtSvid(id),
            1 => ProvenBy::X509Svid(id),
            2 => ProvenBy::PrivateKeyJwt(client),
            3 => ProvenBy::TlsClientAuth(client),
            _ => ProvenBy::ClientSecret(client),
        };
        let expires_at = self.now.plus(300);
        AgentProof::assertion(Proven { tenant: tenant(), by, expires_at, replay: Vec::new(), confirmation })
    }

    /// What is recorded for the nth agent, and whether it is bound.
    fn recorded(&self, config: &Configuration, n: usize, parent: Option<Parent>) -> Recorded {
        let link = &self.links[n];
        // What descends from a bound token is bound, and no weaker.
        let bound = parent.as_ref().and_then(|parent| parent.held().confirmation);
        let confirmation = match link.confirmation {
            Some(Confirmation::Both { .. }) => link.confirmation,
            own => bound.or(own),
        };
        let acting = match (parent, &self.person) {
            (Some(parent), _) => Acting::HandedOn(parent),
            (None, Some(person)) => Acting::For { person: person.clone(), delegation: None },
            (None, None) => Acting::Alone,
        };
        let resource = Some(RESOURCE.parse().unwrap());
        let policy = config.policy(Question { tenant: tenant(), client: link.client.clone(), acting, resource });
        let policy = policy.unwrap();
        let scopes = ScopeSet::new(link.scopes.clone()).unwrap();
        let decision = policy.decide(&scopes, Some(link.lifetime), self.now).unwrap();
        let issuance = decision.issue(self.proof(n, confirmation), TokenId::v7(self.now, link.random)).unwrap();
        Recorded::assertion(issuance, self.now)
    }
}

/// What was granted is what a verifier says, field by field.
fn agrees(grant: &Grant, verified: &Verified) {
    assert_eq!(verified.tenant(), &grant.tenant);
    assert_eq!(verified.person(), grant.person.as_ref());
    assert_eq!(verified.delegation(), grant.delegation.as_ref());
    assert_eq!(verified.agent(), grant.agent.spiffe_id.as_ref());
    assert_eq!((verified.client_id(), verified.depth()), (&grant.agent.client_id, grant.depth));
    assert_eq!(verified.proof(), grant.proof);
    assert_eq!(verified.resource(), &grant.resource);
    assert_eq!(verified.scopes(), &grant.scopes);
    assert_eq!(verified.token_id(), grant.token);
    assert_eq!((verified.issued_at(), verified.expires_at()), (grant.issued_at, grant.expires_at));
    assert_eq!(verified.confirmation(), grant.confirmation);
    assert_eq!(verified.lineage(), &grant.lineage());
    assert!(grant.scopes.iter().all(|scope| verified.allows(scope)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_signed_is_verified_as_it_was_granted(chain in chains()) {
        let config = chain.configuration();
        let ring = KeyRing::new(tenant(), issuer(), test_key(Algorithm::EdDsa));
        let mut parent = None;
        for n in 0..chain.links.len() {
            let recorded = chain.recorded(&config, n, parent.take());
            let grant = recorded.grant().clone();
            let token = ring.sign(recorded, chain.now).unwrap();
            let verified = support::verify_at(&ring, token.secret(), chain.now);
            match grant.confirmation {
                None => agrees(&grant, &verified.unwrap()),
                Some(_) => assert_eq!(verified.unwrap_err(), VerifyError::BoundPresentedAsBearer),
            }
            if chain.person.is_some() {
                let next = (n + 1) % chain.links.len();
                let proof = chain.proof(next, None);
                let handed = Handed::ToOnward(&proof);
                let made = ring.parent(Revocation::ExpiryOnly, token.secret(), handed, chain.now).unwrap();
                let held = made.held();
                prop_assert_eq!(made.lineage(), grant.lineage());
                prop_assert_eq!(&held.scopes, &grant.scopes);
                prop_assert_eq!(held.confirmation, grant.confirmation);
                prop_assert_eq!((held.depth, held.max_depth, held.expires_at), (grant.depth, grant.max_depth, grant.expires_at));
                prop_assert_eq!(held.agents.split_last().unwrap(), (&grant.agent, &grant.earlier[..]));
                parent = Some(made);
            }
        }
    }

    #[test]
    fn a_damaged_token_does_not_verify(
        algorithm in prop::sample::select(vec![Algorithm::Es256, Algorithm::Es384, Algorithm::Ps256, Algorithm::Rs256]),
        at in any::<Index>(),
        byte in "[ -~]",
    ) {
        let ring = KeyRing::new(tenant(), issuer(), test_key(algorithm));
        let token = ring.sign(Asked::for_alice().recorded(), now()).unwrap();
        let at = at.index(token.secret().len());
        let mut damaged = token.secret().to_owned();
        damaged.replace_range(at..=at, &byte);
        prop_assert_eq!(verify(&ring, &damaged).is_ok(), damaged == token.secret());
    }

    #[test]
    fn no_text_is_a_token(text in "(eyJ)?[A-Za-z0-9_.-]{0,200}|\\PC{0,100}") {
        let ring = KeyRing::new(tenant(), issuer(), test_key(Algorithm::EdDsa));
        prop_assert!(verify(&ring, &text).is_err());
    }

    #[test]
    fn strict_json_reads_what_any_reader_reads(value in values(), cut in any::<Index>(), put in "[\\[\\]{}\",:0-9a-z\\\\ ]") {
        let text = value.to_string();
        prop_assert_eq!(json::parse(text.as_bytes()).ok(), Some(value));
        let mut other = text.clone();
        let at = (0..=cut.index(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
        other.insert_str(at, &put);
        for text in [other.as_str(), text.split_at(at).0, text.split_at(at).1] {
            let lenient: Option<Value> = serde_json::from_str(text).ok();
            match json::parse(text.as_bytes()) {
                Ok(read) => prop_assert_eq!(Some(read), lenient),
                Err(json::JsonError::Syntax) => prop_assert_eq!(lenient, None),
                Err(json::JsonError::DuplicateMember | json::JsonError::TooDeep) => {}
            }
        }
    }
}

/// JSON values that print and read the same: numbers are whole.
fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 48, 5, |inner| {
        prop_oneof![
            collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            collection::btree_map(any::<String>(), inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

#[test]
fn no_single_character_of_a_token_can_be_changed() {
    let ring = KeyRing::new(tenant(), issuer(), test_key(Algorithm::EdDsa));
    let token = ring.sign(Asked::for_alice().recorded(), now()).unwrap();
    let token = token.secret();
    assert!(verify(&ring, token).is_ok());
    for at in 0..token.len() {
        let (before, after) = token.split_at(at);
        let (first, rest) = after.split_at(1);
        for other in ["A", "B", "Q", "_", ".", "", "AA", "=", " "].into_iter().filter(|other| *other != first) {
            assert!(verify(&ring, &format!("{before}{other}{rest}")).is_err(), "{at} {other}");
        }
    }
}

#[test]
fn threads_share_a_ring_and_a_key_set() {
    let ring = KeyRing::new(tenant(), issuer(), SigningKey::generate(Algorithm::Es256).unwrap());
    let keys = KeySet::from_json(&ring.public(now()).to_json()).unwrap();
    let verifier = support::verifier();
    std::thread::scope(|scope| {
        for n in 0..4_usize {
            let (ring, keys, verifier) = (&ring, &keys, &verifier);
            scope.spawn(move || {
                for round in 0..20_usize {
                    let id = support::token_id(u8::try_from(n * 20 + round).unwrap());
                    let token = ring.sign(Asked { token: id, ..Asked::for_alice() }.recorded(), now()).unwrap();
                    let trust = Trust { keys, revoked: Revocation::ExpiryOnly };
                    let verified = verifier.verify(trust, token.secret(), Presented::Bearer, now()).unwrap();
                    assert_eq!(verified.token_id(), id);
                }
            });
        }
    });
}

#[test]
fn debug_prints_no_secret() {
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Es384, Algorithm::Rs256] {
        let key = test_key(algorithm);
        let unsigned_ring = KeyRing::new(tenant(), issuer(), key.public().clone());
        let printed_key = format!("{key:?} {key:#?}");
        let ring = KeyRing::new(tenant(), issuer(), key);
        let token = ring.sign(Asked::for_alice().recorded(), now()).unwrap();
        let unsigned = unsigned_ring.prepare(Asked::for_alice().recorded(), now()).unwrap();
        let refused = unsigned_ring.sign(Asked::for_alice().recorded(), now()).err().unwrap();
        let printed =
            [printed_key, format!("{ring:?}"), format!("{token:?}"), format!("{unsigned:?} {refused:?}")].join("\n");
        // Neither the token nor what is signed, in any of its parts.
        for part in token.secret().split('.').chain(std::str::from_utf8(unsigned.input()).unwrap().split('.')) {
            assert!(!printed.contains(part), "{printed}");
        }
        // Neither the private key's bytes in any usual form, nor any window of its file.
        let pem = match algorithm {
            Algorithm::EdDsa => include_str!("../../../testdata/keys/ed25519.pem"),
            Algorithm::Es256 => include_str!("../../../testdata/keys/p256.pem"),
            Algorithm::Es384 => include_str!("../../../testdata/keys/p384.pem"),
            _ => include_str!("../../../testdata/keys/rsa2048.pem"),
        };
        let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let bytes = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, &body).unwrap();
        for window in bytes.windows(8) {
            let hex: String = window.iter().map(|byte| format!("{byte:02x}")).collect();
            let list = format!("{window:?}");
            assert!(!printed.contains(&hex) && !printed.contains(list.trim_matches(['[', ']'])), "{printed}");
        }
        assert!(body.as_bytes().windows(12).all(|window| !printed.contains(std::str::from_utf8(window).unwrap())));
    }
}

#[test]
fn everything_is_shared_by_threads() {
    fn shared<T: Send + Sync>() {}
    struct Read;
    shared::<AccessToken>();
    shared::<Algorithm>();
    shared::<Authorized<'_, Read>>();
    shared::<Denied>();
    shared::<Handed<'_>>();
    shared::<Header>();
    shared::<Jws<'_>>();
    shared::<JwkError>();
    shared::<JwsError>();
    shared::<KeyError>();
    shared::<KeyRing>();
    shared::<KeySet>();
    shared::<KeySetError>();
    shared::<Presented>();
    shared::<PublishError>();
    shared::<Revocation<'_>>();
    shared::<RingKey>();
    shared::<SignError>();
    shared::<SigningKey>();
    shared::<Trust<'_>>();
    shared::<Unsigned>();
    shared::<Verified>();
    shared::<Verifier>();
    shared::<VerifyError>();
    shared::<VerifyingKey>();
}

#[test]
fn each_error_has_a_stable_code_of_its_own() {
    let codes = [
        (VerifyError::TooLarge, "too_large"),
        (VerifyError::Malformed, "malformed"),
        (VerifyError::DuplicateMember, "duplicate_member"),
        (VerifyError::UnknownHeader, "unknown_header"),
        (VerifyError::InvalidHeader, "invalid_header"),
        (VerifyError::WrongType, "wrong_type"),
        (VerifyError::UnknownKey, "unknown_key"),
        (VerifyError::AlgorithmMismatch, "algorithm_mismatch"),
        (VerifyError::BadSignature, "bad_signature"),
        (VerifyError::MissingClaim("sub"), "missing_claim"),
        (VerifyError::InvalidClaim("sub"), "invalid_claim"),
        (VerifyError::WrongIssuer, "wrong_issuer"),
        (VerifyError::WrongTenant, "wrong_tenant"),
        (VerifyError::WrongAudience, "wrong_audience"),
        (VerifyError::Expired, "expired"),
        (VerifyError::NotYetValid, "not_yet_valid"),
        (VerifyError::IssuedInFuture, "issued_in_future"),
        (VerifyError::LifetimeTooLong, "lifetime_too_long"),
        (VerifyError::Revoked, "revoked"),
        (VerifyError::BoundPresentedAsBearer, "bound_presented_as_bearer"),
        (VerifyError::WrongCertificate, "wrong_certificate"),
        (VerifyError::NotDelegated, "not_delegated"),
        (VerifyError::ForeignProof, "foreign_proof"),
    ];
    let distinct: BTreeSet<&str> = codes
        .iter()
        .map(|(error, code)| {
            assert_eq!(error.code(), *code);
            assert!(code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'));
            *code
        })
        .collect();
    assert_eq!(distinct.len(), codes.len());
    let messages: BTreeSet<String> = codes.iter().map(|(error, _)| error.to_string()).collect();
    assert_eq!(messages.len(), codes.len());
    // Each variant of the source is in the table.
    let source = include_str!("../src/verify/error.rs");
    assert_eq!(source.matches("#[error(").count(), codes.len());
}
