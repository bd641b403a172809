//! The worlds that the benchmarks decide in, and the tokens they mint: built once, through the same
//! public API as everything else.

use std::error::Error;

use deputize_core::{
    Acting, Actor, Agent, AgentId, AgentProof, Allow, Binding, ChainAgent, Change, ClientId, Configuration, Delegation,
    Held, Issuance, MayAct, NonEmptySet, Parent, Policy, Proven, ProvenBy, Question, Recorded, Resource, ResourceId,
    Role, ScopeSet, Subject, TenantId, TokenId, UnixTime, UserId,
};
use deputize_token::{Algorithm, KeyRing, SigningKey};

/// What can go wrong in building a world: nothing, unless a bound of the library is crossed.
pub type Failure = Box<dyn Error>;

/// The moment of every decision.
pub const NOW: u64 = 1_800_000_000;

/// How large a world is.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Size {
    /// Roles of the agent.
    pub roles: usize,
    /// Permissions of each role, one in eight of them a pattern.
    pub permissions: usize,
    /// Bindings of others in the tenant.
    pub others: usize,
    /// Scopes in the request.
    pub scopes: usize,
}

impl Size {
    /// A size.
    #[must_use]
    pub const fn new(roles: usize, permissions: usize, others: usize, scopes: usize) -> Self {
        Self { roles, permissions, others, scopes }
    }
}

/// The three sizes that every comparison uses.
pub const SIZES: [(&str, Size); 3] = [
    ("3_scopes_1x8", Size::new(1, 8, 10, 3)),
    ("10_scopes_5x50", Size::new(5, 50, 10, 10)),
    ("50_scopes_20x500", Size::new(20, 500, 10, 50)),
];

/// A tenant, an agent that acts for a person there, and a request that is granted.
#[derive(Debug)]
#[non_exhaustive]
pub struct World {
    /// The configuration.
    pub config: Configuration,
    /// What the agent asks for: every scope is granted.
    pub request: ScopeSet,
}

impl World {
    /// A world of this size.
    ///
    /// # Errors
    ///
    /// When a bound of the library is crossed.
    pub fn new(size: Size) -> Result<Self, Failure> {
        let mut config = Configuration::new(tenant()?);
        let operator = Actor::Operator("olga".parse()?);
        let mut apply = |change: Change| config.apply(&operator, &change).map(drop);
        apply(Change::PutResource(Resource { uri: resource()?, scopes: Allow::Any }))?;
        let mut everything = Vec::new();
        for role in 0..size.roles {
            let pattern = |n: usize| if n % 8 == 7 { format!("r{role}:g{n}:*") } else { format!("r{role}:p{n}:read") };
            let permissions: Vec<String> = (0..size.permissions).map(pattern).collect();
            everything.extend(permissions.iter().cloned());
            let parsed: Result<Vec<_>, _> = permissions.iter().map(|text| text.parse()).collect();
            let permissions = NonEmptySet::new(parsed?).ok_or("no permission")?;
            apply(Change::PutRole(Role { name: format!("role-{role}").parse()?, permissions }))?;
        }
        let allowed: Result<Vec<_>, _> = everything.iter().take(10_000).map(|text| text.parse()).collect();
        let allowed = NonEmptySet::new(allowed?).ok_or("no scope")?;
        for (client_id, spiffe_id) in [(client()?, spiffe_id()?), (next()?, "spiffe://acme/agent/next".parse()?)] {
            apply(Change::PutAgent(Agent {
                client_id,
                spiffe_id,
                acting: MayAct::Either,
                allowed_scopes: allowed.clone(),
                max_lifetime_seconds: 900.try_into()?,
                resources: Allow::Any,
                mode: Default::default(),
                status: Default::default(),
            }))?;
        }
        for role in 0..size.roles {
            for (kind, subject) in
                [("a", Subject::Agent(client()?)), ("n", Subject::Agent(next()?)), ("u", Subject::User(person()?))]
            {
                apply(bind(format!("{kind}-{role}"), subject, role)?)?;
            }
        }
        for other in 0..size.others {
            apply(bind(format!("other-{other}"), Subject::User(format!("user-{other}").parse()?), 0)?)?;
        }
        let step = (everything.len() / size.scopes).max(1);
        let concrete = everything.iter().step_by(step).take(size.scopes).map(|text| text.replace('*', "some:thing"));
        let scopes: Result<Vec<_>, _> = concrete.map(|text| text.parse()).collect();
        let request = ScopeSet::new(scopes?)?;
        apply(Change::Delegate(Delegation {
            id: "d1".parse()?,
            delegator: person()?,
            agent: client()?,
            scopes: NonEmptySet::new(request.iter().cloned()).ok_or("no scope")?,
            purpose: "measuring".into(),
            resources: Allow::Any,
            onward: [next()?].into(),
            max_depth: 1,
            window: Default::default(),
            status: Default::default(),
        }))?;
        Ok(Self { config, request })
    }

    /// The agent's question, for itself or for the person.
    ///
    /// # Errors
    ///
    /// Never.
    pub fn question(&self, for_person: bool) -> Result<Question, Failure> {
        let acting = match for_person {
            true => Acting::For { person: person()?, delegation: None },
            false => Acting::Alone,
        };
        Ok(Question { tenant: tenant()?, client: client()?, acting, resource: Some(resource()?) })
    }

    /// The question of the agent that it is handed on to.
    ///
    /// # Errors
    ///
    /// Never.
    pub fn handed_on(&self) -> Result<Question, Failure> {
        let parent = Parent::assertion(Held {
            tenant: tenant()?,
            person: person()?,
            delegation: "d1".parse()?,
            resource: resource()?,
            scopes: self.request.clone(),
            tokens: vec![TokenId::v7(now(), [0; 10])],
            agents: vec![ChainAgent { client_id: client()?, spiffe_id: Some(spiffe_id()?) }],
            depth: 0,
            max_depth: 1,
            expires_at: now().plus(600),
            confirmation: None,
        });
        Ok(Question { tenant: tenant()?, client: next()?, acting: Acting::HandedOn(parent), resource: None })
    }

    /// An issuance that was recorded, ready to be signed.
    ///
    /// # Errors
    ///
    /// When the request is not granted.
    pub fn recorded(&self, token: TokenId) -> Result<Recorded, Failure> {
        let policy = self.config.policy(self.question(true)?)?;
        // A benchmark of signing records nothing: the ledger has benchmarks of its own.
        Ok(Recorded::assertion(self.issuance(&policy, token)?, now()))
    }

    /// An issuance to the agent for the person, under their policy.
    ///
    /// # Errors
    ///
    /// When the request is not granted.
    pub fn issuance(&self, policy: &Policy, token: TokenId) -> Result<Issuance, Failure> {
        let proof = AgentProof::assertion(Proven {
            tenant: tenant()?,
            by: ProvenBy::JwtSvid(spiffe_id()?),
            expires_at: now().plus(300),
            replay: Vec::new(),
            confirmation: None,
        });
        Ok(policy.decide(&self.request, None, now())?.issue(proof, token)?)
    }
}

/// The moment of every decision.
#[must_use]
pub fn now() -> UnixTime {
    UnixTime::from_secs(NOW).unwrap_or(UnixTime::MAX)
}

/// The tenant.
///
/// # Errors
///
/// Never.
pub fn tenant() -> Result<TenantId, Failure> {
    Ok("acme".parse()?)
}

/// The resource.
///
/// # Errors
///
/// Never.
pub fn resource() -> Result<ResourceId, Failure> {
    Ok("https://reports.example".parse()?)
}

fn client() -> Result<ClientId, Failure> {
    Ok("research".parse()?)
}

/// The agent that the first may hand on to.
fn next() -> Result<ClientId, Failure> {
    Ok("next".parse()?)
}

fn spiffe_id() -> Result<AgentId, Failure> {
    Ok("spiffe://acme/agent/research".parse()?)
}

fn person() -> Result<UserId, Failure> {
    Ok("alice".parse()?)
}

fn bind(id: String, subject: Subject, role: usize) -> Result<Change, Failure> {
    let role = format!("role-{role}").parse()?;
    Ok(Change::Bind(Binding { id: id.parse()?, subject, role, window: Default::default(), resource: None }))
}

/// A key ring of the tenant, with a new key.
///
/// # Errors
///
/// When there is no randomness.
pub fn ring(algorithm: Algorithm) -> Result<KeyRing, Failure> {
    Ok(KeyRing::new(tenant()?, "https://id.example".parse()?, SigningKey::generate(algorithm)?))
}
