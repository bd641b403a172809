//! The shortest way through the engine.
use std::error::Error;

use deputize_core::{
    Acting, Actor, Agent, AgentProof, Allow, Binding, Change, Configuration, Delegation, Gate, MayAct, NonEmptySet,
    Outcome, Proven, ProvenBy, Question, Resource, Role, ScopeSet, Subject, TokenId, UnixTime,
};

#[test]
fn a_person_hands_a_bounded_part_to_an_agent() -> Result<(), Box<dyn Error>> {
    let mut config = Configuration::new("acme".parse()?);
    let olga = Actor::Operator("olga".parse()?);
    let set = |text: &str| NonEmptySet::new(text.split(' ').filter_map(|p| p.parse().ok())).ok_or("empty");
    let bind = |id: &str, subject, role: &str| -> Result<_, Box<dyn Error>> {
        Ok(Change::Bind(Binding {
            id: id.parse()?,
            subject,
            role: role.parse()?,
            window: Default::default(),
            resource: None,
        }))
    };
    for change in [
        Change::PutResource(Resource { uri: "https://api.example".parse()?, scopes: Allow::Any }),
        Change::PutRole(Role { name: "reader".parse()?, permissions: set("reports:* mail:read")? }),
        Change::PutAgent(Agent {
            client_id: "research".parse()?,
            spiffe_id: "spiffe://acme/agent/research".parse()?,
            acting: MayAct::ForPerson,
            allowed_scopes: set("reports:read reports:list")?,
            max_lifetime_seconds: 600.try_into()?,
            resources: Allow::Any,
            mode: Default::default(),
            status: Default::default(),
        }),
        bind("b1", Subject::Agent("research".parse()?), "reader")?,
        bind("b2", Subject::User("alice".parse()?), "reader")?,
        Change::Delegate(Delegation {
            id: "d1".parse()?,
            delegator: "alice".parse()?,
            agent: "research".parse()?,
            scopes: NonEmptySet::new(["reports:read".parse()?, "mail:read".parse()?]).ok_or("empty")?,
            purpose: "weekly report".into(),
            resources: Allow::Any,
            onward: Default::default(),
            max_depth: 0,
            window: Default::default(),
            status: Default::default(),
        }),
    ] {
        config.apply(&olga, &change)?;
    }
    let policy = config.policy(Question {
        tenant: "acme".parse()?,
        client: "research".parse()?,
        acting: Acting::For { person: "alice".parse()?, delegation: None },
        resource: Some("https://api.example".parse()?),
    })?;
    let now = UnixTime::from_secs(1_000).ok_or("time")?;
    let asked: ScopeSet = "reports:read reports:list mail:read admin".parse()?;
    let decision = policy.decide(&asked, None, now)?;
    assert_eq!(decision.outcome(), Outcome::Issued);
    assert_eq!(decision.granted().map(|s| s.as_str()).collect::<Vec<_>>(), ["reports:read"]);
    assert_eq!(decision.end(), Some(now.plus(600)));
    let refused = |scope: &str| decision.refused_by(&scope.parse().unwrap()).collect::<Vec<_>>();
    assert_eq!(refused("mail:read"), [Gate::AllowedScopes]);
    assert_eq!(refused("reports:list"), [Gate::Delegation]);
    assert_eq!(refused("admin"), [Gate::RoleBinding, Gate::AllowedScopes, Gate::Delegation, Gate::Delegator]);
    println!("{}", decision.report());
    let proof = AgentProof::assertion(Proven {
        tenant: "acme".parse()?,
        by: ProvenBy::JwtSvid("spiffe://acme/agent/research".parse()?),
        expires_at: now.plus(300),
        replay: Vec::new(),
        confirmation: None,
    });
    let issuance = decision.issue(proof, TokenId::v7(now, [7; 10]))?;
    assert_eq!(issuance.grant().scopes.to_string(), "reports:read");
    Ok(())
}
