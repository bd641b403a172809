use deputize_core::{ClientId, Scope, TenantId, TokenId, UnixTime, UserId};

use super::{AuditEvent, AuditKind};
use crate::limits::MAX_AUDIT_PAGE;

/// Which events are asked for: all that meet every condition that is there.
///
/// ```
/// use deputize_store::{AuditKind, AuditOrder, AuditQuery};
///
/// // The last 20 requests of alice's agents that were refused.
/// let mut query = AuditQuery::new("acme".parse()?);
/// query.person = Some("alice".parse()?);
/// query.kind = Some(AuditKind::Refused);
/// query.order = AuditOrder::NewestFirst;
/// query.limit = 20;
/// # Ok::<(), deputize_core::ParseError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditQuery {
    /// The tenant.
    pub tenant: TenantId,
    /// Only what this agent asked for or got, also earlier in a chain, and changes of its entry, its
    /// bindings and the delegations that name it.
    pub client: Option<ClientId>,
    /// Only what was asked for this person, changes of their bindings and delegations, and changes
    /// and removals they made.
    pub person: Option<UserId>,
    /// Only this token's issuance, its revocation, and everything that it was handed on to.
    pub token: Option<TokenId>,
    /// Only requests that named this scope, whether or not it was granted.
    pub scope: Option<Scope>,
    /// Only this kind of event.
    pub kind: Option<AuditKind>,
    /// Only what happened at this moment or later.
    pub from: Option<UnixTime>,
    /// Only what happened before this moment.
    pub until: Option<UnixTime>,
    /// From which end. Oldest first by default.
    pub order: AuditOrder,
    /// Where to go on: [`AuditPage::next`] of the page before. From the end that
    /// [`AuditQuery::order`] says by default.
    pub after: Option<u64>,
    /// At most so many events, and at most [`MAX_AUDIT_PAGE`]; that many by default.
    pub limit: usize,
}

/// From which end of the trail events come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::exhaustive_enums, reason = "there is no third direction")]
pub enum AuditOrder {
    /// In the order in which they happened.
    #[default]
    OldestFirst,
    /// In the opposite order.
    NewestFirst,
}

/// Some events, in the order that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct AuditPage {
    /// The events.
    pub events: Vec<AuditEvent>,
    /// Where to go on, now or once there is more: the last event's place, else where the query
    /// began. What comes in meanwhile moves nothing.
    pub next: Option<u64>,
    /// Whether there is more already.
    pub more: bool,
}

impl AuditQuery {
    /// Everything of a tenant, from the first event on.
    #[must_use]
    pub fn new(tenant: TenantId) -> Self {
        Self {
            tenant,
            client: None,
            person: None,
            token: None,
            scope: None,
            kind: None,
            from: None,
            until: None,
            order: AuditOrder::OldestFirst,
            after: None,
            limit: MAX_AUDIT_PAGE,
        }
    }

    /// The number of events that a store of your own looks for: one more than it returns.
    #[must_use]
    pub fn look_for(&self) -> usize {
        self.limit.min(MAX_AUDIT_PAGE).saturating_add(1)
    }

    /// The page of what was found, which is up to [`AuditQuery::look_for`] events.
    #[must_use]
    pub fn page(&self, mut events: Vec<AuditEvent>) -> AuditPage {
        let more = events.len() >= self.look_for();
        events.truncate(self.look_for().saturating_sub(1));
        let next = events.last().map(|event| event.sequence).or(self.after);
        AuditPage { events, next, more }
    }
}
