//! From a decision to what may be signed.

use deputize_core::{
    AgentProof, Basis, Configuration, Confirmation, Grant, Lineage, Outcome, Parent, ProofMethod, Proven, ProvenBy,
    Question, Recorded, Refusal, ReplayKey, Revoked, ScopeMode, Target, Thumbprint, limits::MAX_SIGN_DELAY_SECONDS,
};

use crate::support::{TENANT, alone, at, for_alice, handed_on, held, id, issued, now, office, proven, scopes, token};

const KEY: Confirmation = Confirmation::Jkt(Thumbprint::from_bytes([7; 32]));

/// What becomes of this proof, for this question: the refusal, after a look at what came back.
#[track_caller]
fn refused(config: &Configuration, question: Question, asked: &str, proven: Proven) -> Refusal {
    let policy = config.policy(question).unwrap();
    let asked = scopes(asked);
    let decision = policy.decide(&asked, None, now()).unwrap();
    let by = proven.by.clone();
    let returned = decision.issue(AgentProof::assertion(proven), token(1)).unwrap_err();
    let (proof, report) = *returned.value;
    assert_eq!(*proof.by(), by, "the proof comes back");
    assert_eq!((report.outcome, report.expires_at), (Outcome::Refused, None));
    assert!(report.scopes.iter().all(|scope| !scope.granted));
    assert_eq!(report.reason, Some(returned.error.to_string()));
    returned.error
}

#[test]
fn a_proof_of_another_tenant_is_refused() {
    let foreign = Proven { tenant: id("other.example"), ..proven("research") };
    let refusal = refused(&office().configuration(), alone("research"), "reports:read", foreign);
    assert_eq!((refusal, refusal.oauth_code()), (Refusal::ForeignProof, "invalid_client"));
    assert_eq!(refusal.to_string(), "the agent was proven in another tenant");
}

/// Each kind of credential proves one of an agent's two names, and only that.
#[test]
fn a_proof_of_another_agent_is_refused() {
    let spiffe = |client: &str| id(&format!("spiffe://acme.example/agent/{client}"));
    let config = office().configuration();
    for by in [
        ProvenBy::JwtSvid(spiffe("summary")),
        ProvenBy::X509Svid(spiffe("summary")),
        ProvenBy::PrivateKeyJwt(id("summary")),
        ProvenBy::TlsClientAuth(id("summary")),
        ProvenBy::ClientSecret(id("summary")),
        ProvenBy::ClientSecret(id("spiffe://acme.example/agent/research")),
    ] {
        let other = Proven { by, ..proven("research") };
        let refusal = refused(&config, alone("research"), "reports:read", other);
        assert_eq!((refusal, refusal.oauth_code()), (Refusal::ProofOfAnother, "invalid_client"));
        assert_eq!(refusal.to_string(), "another agent was proven than the one that asks");
    }
    for (by, method, name) in [
        (ProvenBy::JwtSvid(spiffe("research")), ProofMethod::JwtSvid, "jwt_svid"),
        (ProvenBy::X509Svid(spiffe("research")), ProofMethod::X509Svid, "x509_svid"),
        (ProvenBy::PrivateKeyJwt(id("research")), ProofMethod::PrivateKeyJwt, "private_key_jwt"),
        (ProvenBy::TlsClientAuth(id("research")), ProofMethod::TlsClientAuth, "tls_client_auth"),
        (ProvenBy::ClientSecret(id("research")), ProofMethod::ClientSecret, "client_secret"),
    ] {
        let grant = granted(&config, Proven { by: by.clone(), ..proven("research") });
        assert_eq!((grant.proof, grant.proof.as_str()), (method, name));
        assert_eq!(serde_json::to_string(&method).unwrap(), format!("\"{name}\""));
        // A SPIFFE ID goes into a token only when an SVID proved it.
        assert_eq!(grant.agent.spiffe_id.is_some(), name.ends_with("svid"));
        assert_eq!(grant.agent.spiffe_id.as_ref(), by.spiffe_id());
        assert_eq!(grant.agent.client_id, id("research"));
    }
}

fn granted(config: &Configuration, proven: Proven) -> Grant {
    let policy = config.policy(alone("research")).unwrap();
    let asked = scopes("reports:read");
    let decision = policy.decide(&asked, None, now()).unwrap();
    decision.issue(AgentProof::assertion(proven), token(0)).unwrap().grant().clone()
}

#[test]
fn a_proof_that_has_expired_is_refused() {
    let config = office().configuration();
    for over in [now(), at(-1)] {
        let old = Proven { expires_at: over, ..proven("research") };
        let refusal = refused(&config, alone("research"), "reports:read", old);
        assert_eq!((refusal, refusal.oauth_code()), (Refusal::ProofExpired, "invalid_client"));
        assert_eq!(refusal.to_string(), "the proof of the agent has expired");
    }
    granted(&config, Proven { expires_at: at(1), ..proven("research") });
}

/// What comes out is never weaker bound than what went in: it takes as many proofs to present it.
#[test]
fn what_descends_from_a_bound_token_is_bound_no_weaker() {
    const CERTIFICATE: Confirmation = Confirmation::X5tS256(Thumbprint::from_bytes([8; 32]));
    const BOTH: Confirmation =
        Confirmation::Both { jkt: Thumbprint::from_bytes([7; 32]), x5t_s256: Thumbprint::from_bytes([8; 32]) };
    let config = office().configuration();
    let question = |parent| handed_on("summary", held(issued(&office(), parent).grant()));
    for (parent, own) in [(KEY, None), (CERTIFICATE, None), (BOTH, None), (BOTH, Some(KEY)), (BOTH, Some(CERTIFICATE))]
    {
        let proven = Proven { confirmation: own, ..proven("summary") };
        let refusal = refused(&config, question(Some(parent)), "reports:read", proven);
        assert_eq!((refusal, refusal.oauth_code()), (Refusal::BindingWeakened, "invalid_request"));
        assert_eq!(
            refusal.to_string(),
            "what descends from a bound token is bound no weaker, and the agent proved less"
        );
    }
    for (parent, own) in [
        (None, None),
        (None, Some(KEY)),
        (Some(KEY), Some(KEY)),
        (Some(KEY), Some(CERTIFICATE)),
        (Some(CERTIFICATE), Some(BOTH)),
        (Some(BOTH), Some(BOTH)),
    ] {
        let policy = config.policy(question(parent)).unwrap();
        let asked = scopes("reports:read");
        let decision = policy.decide(&asked, None, now()).unwrap();
        let proof = AgentProof::assertion(Proven { confirmation: own, ..proven("summary") });
        assert_eq!(decision.issue(proof, token(1)).unwrap().grant().confirmation, own, "to what it proved itself");
    }
}

#[test]
fn nothing_granted_is_a_refusal() {
    let config = office().configuration();
    let refusal = refused(&config, alone("research"), "admin", proven("research"));
    assert_eq!((refusal, refusal.oauth_code()), (Refusal::NothingGranted, "invalid_scope"));
    assert_eq!(refusal.to_string(), "no requested scope is granted");
}

#[test]
fn an_exact_agent_gets_all_or_nothing() {
    let mut world = office();
    world.agents[0].mode = ScopeMode::Exact;
    let config = world.configuration();
    let refusal = refused(&config, alone("research"), "admin reports:read", proven("research"));
    assert_eq!((refusal, refusal.oauth_code()), (Refusal::NotAllGranted, "invalid_scope"));
    assert_eq!(refusal.to_string(), "not every requested scope is granted, and this agent gets all or nothing");
    assert_eq!(granted(&config, proven("research")).scopes, scopes("reports:read"));
}

/// Everything that the token will say.
#[test]
fn an_issuance_says_what_was_decided() {
    let world = office();
    let config = world.configuration();
    let issuance = issued(&world, Some(KEY));
    let grant = issuance.grant();
    assert_eq!((grant.token, grant.tenant.as_str()), (token(0), TENANT));
    assert_eq!((grant.person.as_ref(), grant.delegation.as_ref()), (Some(&id("alice")), Some(&id("d1"))));
    assert_eq!((grant.resource.as_str(), grant.scopes.to_string().as_str()), ("https://api.example", "reports:read"));
    assert_eq!((grant.issued_at, grant.expires_at), (now(), at(600)));
    assert_eq!((grant.depth, grant.max_depth, grant.confirmation), (0, 1, Some(KEY)));
    assert!(grant.ancestors.is_empty() && grant.earlier.is_empty());
    let basis = Basis {
        agent: config.agent_revision(&id("research")),
        epoch: config.epoch(),
        person: Some(config.person_revision(&id("alice"))),
    };
    assert_eq!(issuance.basis(), basis);
    assert_eq!(issuance.report().outcome, Outcome::Issued);
    assert_eq!(issuance.proof().confirmation(), Some(KEY));

    let child = config.policy(handed_on("summary", held(grant))).unwrap();
    let asked = scopes("reports:list reports:read");
    let child = child.decide(&asked, None, at(1)).unwrap();
    let child = child.issue(AgentProof::assertion(proven("summary")), token(1));
    assert!(child.is_err(), "a bound parent, and no key");
}

/// Everything a token rests on, as what is issued says it and as what is held says it: revoking any
/// part of it stops the token.
#[test]
fn a_lineage_names_all_that_a_token_rests_on() {
    let config = office().configuration();
    let root = issued(&office(), None);
    let policy = config.policy(handed_on("summary", held(root.grant()))).unwrap();
    let asked = scopes("reports:read");
    let decision = policy.decide(&asked, None, now()).unwrap();
    let child = decision.issue(AgentProof::assertion(proven("summary")), token(1)).unwrap();
    let lineage = |agents: &[&str], tokens: &[u8]| Lineage {
        tenant: id(TENANT),
        person: Some(id("alice")),
        delegation: Some(id("d1")),
        agents: agents.iter().map(|client| id(client)).collect(),
        tokens: tokens.iter().map(|number| token(*number)).collect(),
    };
    for (issuance, expected) in
        [(&root, lineage(&["research"], &[0])), (&child, lineage(&["research", "summary"], &[0, 1]))]
    {
        assert_eq!(issuance.grant().lineage(), expected);
        assert_eq!(Parent::assertion(held(issuance.grant())).lineage(), expected);
    }
    for target in [
        Target::Tenant,
        Target::Person(id("alice")),
        Target::Delegation(id("d1")),
        Target::Agent(id("research")),
        Target::Agent(id("summary")),
        Target::Token(token(0)),
        Target::Token(token(1)),
    ] {
        let mut revoked = Revoked::default();
        assert!(revoked.insert(target.clone()) && !revoked.insert(target.clone()));
        assert_eq!(revoked.find(&child.grant().lineage()), Some(target));
    }
    let mut others = Revoked::default();
    for target in [Target::Person(id("bob")), Target::Delegation(id("d2")), Target::Token(token(2))] {
        others.insert(target);
    }
    assert_eq!(others.find(&child.grant().lineage()), None);
}

#[test]
fn an_issuance_is_current_until_token_or_proof_ends() {
    let current = |lifetime, proof_ends| {
        let policy = office().configuration().policy(for_alice("research")).unwrap();
        let asked = scopes("reports:read");
        let decision = policy.decide(&asked, Some(lifetime), now()).unwrap();
        let proof = AgentProof::assertion(Proven { expires_at: at(proof_ends), ..proven("research") });
        let issuance = decision.issue(proof, token(0)).unwrap();
        let moments = [0, 4, 5, 6].map(|seconds| issuance.is_current(at(seconds)));
        assert_eq!(issuance.into_proof().expires_at(), at(proof_ends));
        moments
    };
    assert_eq!(current(5, 300), [true, true, false, false], "the token's end");
    assert_eq!(current(300, 5), [true, true, false, false], "the proof's end");
    assert_eq!(current(300, 300), [true, true, true, true]);
}

/// Recorded is signed within ten seconds, in either direction, or not at all.
#[test]
fn what_was_recorded_is_signable_for_ten_seconds() {
    let delay = i64::from(MAX_SIGN_DELAY_SECONDS);
    let recorded = Recorded::assertion(issued(&office(), None), at(20));
    let signable = |seconds| recorded.is_signable(at(seconds));
    assert!(signable(20) && signable(20 + delay) && signable(20 - delay));
    assert!(!signable(20 + delay + 1) && !signable(20 - delay - 1));
    let at_its_end = Recorded::assertion(issued(&office(), None), at(299));
    assert!(at_its_end.is_signable(at(299)) && !at_its_end.is_signable(at(300)), "the proof's end");
    assert_eq!(at_its_end.grant().token, token(0));
}

#[test]
fn what_a_credential_was_derived_from_stays_out_of_logs() {
    let key = ReplayKey { digest: [0xAB; 32], keep_until: at(0) };
    let proof = AgentProof::assertion(Proven { replay: vec![key], ..proven("research") });
    assert_eq!(proof.replay(), [key]);
    let text = format!("{proof:?}");
    assert!(text.contains("keep_until") && !text.contains("171") && !text.to_lowercase().contains("abab"), "{text}");
    let thumbprint = Thumbprint::from_bytes([0x0F; 32]);
    assert_eq!(thumbprint.as_bytes(), &[0x0F; 32]);
    assert_eq!(format!("{thumbprint:?}"), "0f".repeat(32));
}
