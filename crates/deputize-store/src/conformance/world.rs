//! A small tenant that every case starts from, and the way through it.

use deputize_core::{
    Acting, Actor, Agent, AgentProof, Allow, Binding, BindingId, ChainAgent, Change, Delegation, Grant, Held, Issuance,
    MayAct, NonEmptySet, Parent, ParseError, Policy, Proven, ProvenBy, Question, ReplayKey, Resource, Revision, Role,
    ScopeSet, Status, Subject, Target, TenantId, TokenId, UnixTime,
};

use super::text;
use crate::{error::ChangeError, traits::Store};

pub(crate) const RESOURCE: &str = "https://api.example";

pub(crate) fn now() -> UnixTime {
    UnixTime::from_secs(1_800_000_000).unwrap_or(UnixTime::EPOCH)
}

pub(crate) fn id<T: std::str::FromStr<Err = ParseError>>(name: &str) -> Result<T, String> {
    name.parse().map_err(text)
}

pub(crate) fn operator() -> Result<Actor, String> {
    Ok(Actor::Operator(id("olga")?))
}

/// The changes that make the tenant: two agents and alice, who are readers; alice has delegated to
/// the first, which may hand on to the second.
pub(crate) fn founding() -> Result<Vec<Change>, String> {
    Ok(vec![
        Change::PutResource(Resource { uri: id(RESOURCE)?, scopes: Allow::Any }),
        Change::PutRole(role("reports:*")?),
        Change::PutAgent(agent("first", Status::Active)?),
        Change::PutAgent(agent("second", Status::Active)?),
        bind("b-first", Subject::Agent(id("first")?))?,
        bind("b-second", Subject::Agent(id("second")?))?,
        bind("b-alice", Subject::User(id("alice")?))?,
        Change::Delegate(delegation("d1")?),
    ])
}

pub(crate) fn role(pattern: &str) -> Result<Role, String> {
    Ok(Role { name: id("reader")?, permissions: NonEmptySet::of(id(pattern)?) })
}

pub(crate) fn agent(client: &str, status: Status) -> Result<Agent, String> {
    Ok(Agent {
        client_id: id(client)?,
        spiffe_id: id(&format!("spiffe://acme/agent/{client}"))?,
        acting: MayAct::Either,
        allowed_scopes: NonEmptySet::of(id("reports:*")?),
        max_lifetime_seconds: std::num::NonZeroU32::MIN.saturating_add(599),
        resources: Allow::Any,
        mode: Default::default(),
        status,
    })
}

pub(crate) fn bind(binding: &str, subject: Subject) -> Result<Change, String> {
    let role = id("reader")?;
    Ok(Change::Bind(Binding { id: id(binding)?, subject, role, window: Default::default(), resource: None }))
}

pub(crate) fn unbind(binding: &str) -> Result<Change, String> {
    Ok(Change::Unbind(id::<BindingId>(binding)?))
}

pub(crate) fn delegation(name: &str) -> Result<Delegation, String> {
    Ok(Delegation {
        id: id(name)?,
        delegator: id("alice")?,
        agent: id("first")?,
        scopes: NonEmptySet::of(id("reports:read")?),
        purpose: "conformance".into(),
        resources: Allow::Any,
        onward: [id("second")?].into(),
        max_depth: 2,
        window: Default::default(),
        status: Default::default(),
    })
}

pub(crate) fn token(n: u8) -> TokenId {
    TokenId::v7(now(), [n; 10])
}

pub(crate) fn replay_key(n: u8) -> ReplayKey {
    ReplayKey { digest: [n; 32], keep_until: now().plus(60) }
}

/// A store with one tenant in it.
pub(crate) struct World<'a, S> {
    pub(crate) store: &'a S,
    pub(crate) tenant: TenantId,
}

impl<'a, S: Store> World<'a, S> {
    pub(crate) async fn new(store: &'a S) -> Result<Self, String> {
        let world = Self { store, tenant: id("acme")? };
        world.apply(&founding()?).await.map_err(text)?;
        Ok(world)
    }

    pub(crate) async fn apply(&self, changes: &[Change]) -> Result<Revision, ChangeError> {
        let operator = operator().map_err(|_| ChangeError::UnknownTenant)?;
        self.store.apply(&self.tenant, &operator, changes, now()).await
    }

    pub(crate) async fn revoke(&self, target: Target) -> Result<(), String> {
        self.apply(&[Change::Revoke(target)]).await.map(drop).map_err(text)
    }

    pub(crate) fn for_alice(&self) -> Result<Acting, String> {
        Ok(Acting::For { person: id("alice")?, delegation: None })
    }

    pub(crate) fn question(&self, client: &str, acting: Acting) -> Result<Question, String> {
        Ok(Question { tenant: self.tenant.clone(), client: id(client)?, acting, resource: Some(id(RESOURCE)?) })
    }

    /// Loads, compiles, decides and joins with a proof.
    pub(crate) async fn issuance(
        &self,
        client: &str,
        acting: Acting,
        token: TokenId,
        replay: Vec<ReplayKey>,
    ) -> Result<Issuance, String> {
        let question = self.question(client, acting)?;
        let rows = self.store.load(&question).await.map_err(text)?;
        let policy = Policy::compile(question, rows).map_err(text)?;
        let proof = AgentProof::assertion(Proven {
            tenant: self.tenant.clone(),
            by: ProvenBy::JwtSvid(policy.agent().spiffe_id.clone()),
            expires_at: now().plus(300),
            replay,
            confirmation: None,
        });
        let asked: ScopeSet = id("reports:read")?;
        policy.decide(&asked, None, now()).map_err(text)?.issue(proof, token).map_err(text)
    }

    /// A first token for alice, recorded.
    pub(crate) async fn issued(&self, token: TokenId) -> Result<Grant, String> {
        let issuance = self.issuance("first", self.for_alice()?, token, Vec::new()).await?;
        let grant = issuance.grant().clone();
        self.store.record(issuance, now()).await.map(|_| grant).map_err(text)
    }

    /// The token as the parent of another: as a key ring would make it.
    pub(crate) fn parent(&self, grant: &Grant) -> Result<Parent, String> {
        let (Some(person), Some(delegation)) = (grant.person.clone(), grant.delegation.clone()) else {
            return Err("the token rests on no delegation".into());
        };
        let agents: Vec<ChainAgent> = grant.earlier.iter().chain([&grant.agent]).cloned().collect();
        Ok(Parent::assertion(Held {
            tenant: grant.tenant.clone(),
            person,
            delegation,
            resource: grant.resource.clone(),
            scopes: grant.scopes.clone(),
            tokens: grant.lineage().tokens,
            agents,
            depth: grant.depth,
            max_depth: grant.max_depth,
            expires_at: grant.expires_at,
            confirmation: grant.confirmation,
        }))
    }
}
