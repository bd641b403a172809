//! What a tenant holds: people and agents with four bindings each, one agent to nine people. Each
//! person has delegated to one agent, which may hand on to the next.

use deputize::core::{
    Acting, Agent, AgentId, Allow, Binding, ChainAgent, Change, ClientId, Delegation, DelegationId, Held, MayAct,
    NonEmptySet, Parent, Question, Resource, ResourceId, Role, ScopeSet, Subject, TenantId, TokenId, UnixTime, UserId,
};

use crate::{Failure, Job};

const ROLES: usize = 16;
const BINDINGS_OF_EACH: usize = 4;

/// A tenant, and how much is in it.
#[derive(Debug, Clone)]
pub(crate) struct Tenant {
    pub(crate) id: TenantId,
    agents: usize,
    pub(crate) people: usize,
}

impl Tenant {
    pub(crate) fn new(number: usize, job: Job) -> Result<Self, Failure> {
        let subjects = (job.bindings / job.tenants / BINDINGS_OF_EACH).max(3);
        let agents = (subjects / 10).max(2);
        Ok(Self { id: format!("tenant-{number}").parse()?, agents, people: subjects - agents })
    }

    /// Everything, in an order in which it can be applied.
    pub(crate) fn changes(&self) -> Result<Vec<Change>, Failure> {
        let mut changes = vec![Change::PutResource(Resource { uri: resource()?, scopes: Allow::Any })];
        for role in 0..ROLES {
            let scopes = (0..8).map(|n| format!("r{role}:s{n}").parse()).collect::<Result<Vec<_>, _>>()?;
            let permissions = NonEmptySet::new(scopes.into_iter().chain(["reports:*".parse()?])).ok_or("no scope")?;
            changes.push(Change::PutRole(Role { name: format!("role-{role}").parse()?, permissions }));
        }
        for agent in 0..self.agents {
            changes.push(Change::PutAgent(Agent {
                client_id: self.client(agent)?,
                spiffe_id: self.spiffe_id(agent)?,
                acting: MayAct::Either,
                allowed_scopes: NonEmptySet::of("reports:*".parse()?),
                max_lifetime_seconds: 900.try_into()?,
                resources: Allow::Any,
                mode: Default::default(),
                status: Default::default(),
            }));
            changes.extend(bindings("a", agent, &Subject::Agent(self.client(agent)?))?);
        }
        for person in 0..self.people {
            changes.extend(bindings("p", person, &Subject::User(user(person)?))?);
            changes.push(Change::Delegate(Delegation {
                id: delegation(person)?,
                delegator: user(person)?,
                agent: self.client(person)?,
                scopes: NonEmptySet::new(asked()?.iter().cloned()).ok_or("no scope")?,
                purpose: "a full database".into(),
                resources: Allow::Any,
                onward: [self.client(person + 1)?].into(),
                max_depth: 1,
                window: Default::default(),
                status: Default::default(),
            }));
        }
        Ok(changes)
    }

    /// What the agent of a person asks: for itself, for them, or what was handed on to the next one.
    pub(crate) fn question(&self, person: usize, way: usize, now: UnixTime) -> Result<Question, Failure> {
        let (client, acting) = match way % 3 {
            0 => (self.client(person)?, Acting::Alone),
            1 => (self.client(person)?, Acting::For { person: user(person)?, delegation: None }),
            _ => (self.client(person + 1)?, Acting::HandedOn(self.parent(person, now)?)),
        };
        Ok(Question { tenant: self.id.clone(), client, acting, resource: Some(resource()?) })
    }

    fn parent(&self, person: usize, now: UnixTime) -> Result<Parent, Failure> {
        let agent = ChainAgent { client_id: self.client(person)?, spiffe_id: Some(self.spiffe_id(person)?) };
        Ok(Parent::assertion(Held {
            tenant: self.id.clone(),
            person: user(person)?,
            delegation: delegation(person)?,
            resource: resource()?,
            scopes: asked()?,
            tokens: vec![TokenId::v7(now, [0; 10])],
            agents: vec![agent],
            depth: 0,
            max_depth: 1,
            expires_at: now.plus(600),
            confirmation: None,
        }))
    }

    fn client(&self, agent: usize) -> Result<ClientId, Failure> {
        Ok(format!("agent-{}", agent % self.agents).parse()?)
    }

    fn spiffe_id(&self, agent: usize) -> Result<AgentId, Failure> {
        Ok(format!("spiffe://example/{}/agent-{}", self.id, agent % self.agents).parse()?)
    }
}

/// What every agent asks for.
pub(crate) fn asked() -> Result<ScopeSet, Failure> {
    Ok("reports:list reports:read".parse()?)
}

fn bindings(kind: &str, number: usize, subject: &Subject) -> Result<Vec<Change>, Failure> {
    let bind = |n: usize| -> Result<Change, Failure> {
        Ok(Change::Bind(Binding {
            id: format!("{kind}{number}-{n}").parse()?,
            subject: subject.clone(),
            role: format!("role-{}", (number + n) % ROLES).parse()?,
            window: Default::default(),
            resource: None,
        }))
    };
    (0..BINDINGS_OF_EACH).map(bind).collect()
}

fn resource() -> Result<ResourceId, Failure> {
    Ok("https://reports.example".parse()?)
}

fn user(person: usize) -> Result<UserId, Failure> {
    Ok(format!("person-{person}").parse()?)
}

fn delegation(person: usize) -> Result<DelegationId, Failure> {
    Ok(format!("d-{person}").parse()?)
}
