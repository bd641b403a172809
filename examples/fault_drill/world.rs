//! What is issued and revoked: alice's and bob's delegations come and go.

use std::str::FromStr;

use deputize::{
    core::{
        Acting, Actor, AgentProof, Allow, Change, Configuration, Delegation, DelegationId, Issuance, NonEmptySet,
        Policy, Proven, ProvenBy, Question, UnixTime, UserId,
    },
    store::{LoadError, Store},
    token::fresh_token_id,
};

use crate::{Failure, processes::by_chance};

/// How far a clock jumps back, at most.
const JUMP_SECONDS: u64 = 600;

/// Whose delegations a process makes and revokes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Person {
    Alice,
    Bob,
}

impl Person {
    pub(crate) const ALL: [Self; 2] = [Self::Alice, Self::Bob];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Alice => "alice",
            Self::Bob => "bob",
        }
    }

    pub(crate) fn id(self) -> Result<UserId, Failure> {
        Ok(self.name().parse()?)
    }
}

impl FromStr for Person {
    type Err = Failure;
    fn from_str(name: &str) -> Result<Self, Failure> {
        let named = Self::ALL.into_iter().find(|person| person.name() == name);
        named.ok_or_else(|| "there is no such person".into())
    }
}

/// A clock that nobody should use: each time it is read, it may have jumped back.
pub(crate) fn now() -> UnixTime {
    let seconds = deputize_examples::now().as_secs().saturating_sub(by_chance() % JUMP_SECONDS);
    UnixTime::from_secs(seconds).unwrap_or(UnixTime::EPOCH)
}

pub(crate) fn config() -> Result<Configuration, Failure> {
    Ok(Configuration::from_toml(include_str!("../quickstart/policy.toml"))?)
}

/// The tenant, once for all.
pub(crate) async fn found(store: &impl Store) -> Result<(), Failure> {
    let config = config()?;
    store.apply(config.tenant(), &Actor::Operator("olga".parse()?), &config.changes(), now()).await?;
    Ok(())
}

/// A delegation that there never was.
pub(crate) fn delegation(person: Person) -> Result<Delegation, Failure> {
    Ok(Delegation {
        id: format!("d-{}", fresh_token_id(now())?).parse()?,
        delegator: person.id()?,
        agent: "research-agent".parse()?,
        scopes: NonEmptySet::new(["reports:read".parse()?, "reports:list".parse()?]).ok_or("no scopes")?,
        purpose: "a drill".into(),
        resources: Allow::Any,
        onward: Default::default(),
        max_depth: 0,
        window: Default::default(),
        status: Default::default(),
    })
}

/// What the next token is made from, if anything is granted.
pub(crate) async fn issuance(
    store: &impl Store,
    config: &Configuration,
    person: Person,
    delegation: &DelegationId,
) -> Result<Result<Option<Issuance>, LoadError>, Failure> {
    let now = now();
    let acting = Acting::For { person: person.id()?, delegation: Some(delegation.clone()) };
    let client = "research-agent".parse()?;
    let question = Question { tenant: config.tenant().clone(), client, acting, resource: None };
    let rows = match store.load(&question).await {
        Ok(rows) => rows,
        Err(error) => return Ok(Err(error)),
    };
    let policy = Policy::compile(question, rows)?;
    let proof = AgentProof::assertion(Proven {
        tenant: config.tenant().clone(),
        by: ProvenBy::JwtSvid("spiffe://acme.example/agent/research-agent".parse()?),
        expires_at: deputize_examples::now().plus(300),
        replay: Vec::new(),
        confirmation: None,
    });
    let asked = "reports:list reports:read".parse()?;
    Ok(Ok(policy.decide(&asked, None, now)?.issue(proof, fresh_token_id(now)?).ok()))
}

pub(crate) fn revocation(id: &DelegationId) -> Change {
    Change::Revoke(deputize::core::Target::Delegation(id.clone()))
}
