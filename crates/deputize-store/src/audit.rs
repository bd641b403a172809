use deputize_core::{
    Actor, Change, ClientId, Grant, Lineage, ProofMethod, Report, ResourceId, Revision, ScopeSet, Subject, Target,
    TenantId, TokenId, UnixTime, UserId,
};
use serde::{Deserialize, Serialize};

use crate::feed::Cursor;

/// One event of a tenant's audit trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct AuditEvent {
    /// Its place in the tenant's one order: 1, 2, 3 and so on, without a gap.
    pub sequence: u64,
    /// When it happened, as the caller said.
    pub at: UnixTime,
    /// What happened.
    pub what: AuditEntry,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "a new kind of event must break those who show them")]
pub enum AuditEntry {
    /// Configuration was changed.
    Changed {
        /// By whom.
        actor: Actor,
        /// How.
        change: Box<Change>,
        /// The revision it led to.
        revision: Revision,
    },
    /// A token was issued.
    Issued {
        /// What it says.
        token: Box<IssuedToken>,
        /// Why: each scope, each gate, each ground.
        report: Box<Report>,
    },
    /// A request was refused.
    Refused {
        /// Why.
        report: Box<Report>,
    },
}

/// What an issued token says, without being one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IssuedToken {
    /// Its id.
    pub id: TokenId,
    /// The agent that got it.
    pub client: ClientId,
    /// How the agent was proven.
    pub proof: ProofMethod,
    /// The resource it is for.
    pub resource: ResourceId,
    /// What it grants.
    pub scopes: ScopeSet,
    /// From when on it no longer counts.
    pub expires_at: UnixTime,
    /// Everything it rests on.
    pub lineage: Lineage,
}

/// Which events are asked for: all that match every condition that is there.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AuditQuery {
    /// The tenant.
    pub tenant: TenantId,
    /// Only what came after this.
    pub after: Cursor,
    /// At most so many events, and at most [`AuditQuery::MAX_LIMIT`]. That many by default.
    pub limit: u32,
    /// Only what this agent asked for or was given, and changes of its entry and bindings.
    pub client: Option<ClientId>,
    /// Only what was done for this person, and changes of their bindings and delegations.
    pub person: Option<UserId>,
    /// Only the issuance of this token, its being handed on, and its revocation.
    pub token: Option<TokenId>,
    /// Only what happened at this moment or later.
    pub from: Option<UnixTime>,
    /// Only what happened before this moment.
    pub until: Option<UnixTime>,
}

impl AuditQuery {
    /// The most events that one query returns.
    pub const MAX_LIMIT: u32 = 1_000;

    /// Everything of a tenant, from the first event on.
    #[must_use]
    pub fn new(tenant: TenantId) -> Self {
        Self {
            tenant,
            after: Cursor::START,
            limit: Self::MAX_LIMIT,
            client: None,
            person: None,
            token: None,
            from: None,
            until: None,
        }
    }

    pub(crate) fn limit(&self) -> u32 {
        self.limit.min(Self::MAX_LIMIT)
    }
}

/// Some events, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct AuditPage {
    /// In order.
    pub events: Vec<AuditEvent>,
    /// Where to go on from: the last event's place, or where the query began.
    pub next: Cursor,
}

impl AuditPage {
    pub(crate) fn new(events: Vec<AuditEvent>, after: Cursor) -> Self {
        let next = events.last().map_or(after, |event| Cursor::at(event.sequence));
        Self { events, next }
    }
}

impl From<&Grant> for IssuedToken {
    fn from(grant: &Grant) -> Self {
        Self {
            id: grant.token,
            client: grant.agent.client_id.clone(),
            proof: grant.proof,
            resource: grant.resource.clone(),
            scopes: grant.scopes.clone(),
            expires_at: grant.expires_at,
            lineage: grant.lineage(),
        }
    }
}

/// Whom and what an event is about: the keys by which it is found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct About {
    pub(crate) client: Option<ClientId>,
    pub(crate) person: Option<UserId>,
    pub(crate) token: Option<TokenId>,
}

impl AuditEntry {
    pub(crate) fn about(&self) -> About {
        match self {
            Self::Changed { change, .. } => About::change(change),
            Self::Issued { token, report } => About { token: Some(token.id), ..About::report(report) },
            Self::Refused { report } => About { token: report.parent, ..About::report(report) },
        }
    }
}

impl About {
    fn report(report: &Report) -> Self {
        Self { client: Some(report.client.clone()), person: report.person.clone(), token: None }
    }

    fn change(change: &Change) -> Self {
        let nobody = Self::default();
        match change {
            Change::PutAgent(agent) => Self { client: Some(agent.client_id.clone()), ..nobody },
            Change::Bind(binding) => match &binding.subject {
                Subject::Agent(client) => Self { client: Some(client.clone()), ..nobody },
                Subject::User(person) => Self { person: Some(person.clone()), ..nobody },
            },
            Change::Delegate(delegation) => {
                Self { client: Some(delegation.agent.clone()), person: Some(delegation.delegator.clone()), ..nobody }
            }
            Change::Revoke(Target::Agent(client)) => Self { client: Some(client.clone()), ..nobody },
            Change::Revoke(Target::Person(person)) => Self { person: Some(person.clone()), ..nobody },
            Change::Revoke(Target::Token(token)) => Self { token: Some(*token), ..nobody },
            _ => nobody,
        }
    }
}
