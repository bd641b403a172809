use alloc::vec::Vec;

use super::{
    decision::{Decision, Masks},
    index::Hit,
    policy::{Person, Policy},
};
use crate::{
    config::{Delegation, MayAct, ScopeMode, Status},
    issue::Held,
    limits::MAX_DEPTH,
    vocabulary::{Allow, DelegationId, NonEmptySet, Scope, ScopeSet, UnixTime},
};

/// Several delegations could be meant, and the request names none. They are never united.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} delegations are live and fit, and none is named", .ids.len())]
#[non_exhaustive]
pub struct AmbiguousDelegation {
    /// Their ids, in order.
    pub ids: Vec<DelegationId>,
}

impl AmbiguousDelegation {
    /// The OAuth error code (RFC 6749 §5.2).
    #[must_use]
    pub const fn oauth_code(&self) -> &'static str {
        "invalid_request"
    }
}

impl Policy {
    /// Decides: which of the `requested` scopes are granted at `now`, and until when.
    ///
    /// `lifetime` is what was asked for, in seconds; `None` asks for as much as there is. What it
    /// costs depends on the request only, and nothing is allocated.
    ///
    /// # Errors
    ///
    /// When the question is about a person, names no delegation, and several could be meant.
    pub fn decide<'a>(
        &'a self,
        requested: &'a ScopeSet,
        lifetime: Option<u32>,
        now: UnixTime,
    ) -> Result<Decision<'a>, AmbiguousDelegation> {
        let delegation = match self.person() {
            Some(person) => person.delegation(now)?,
            None => None,
        };
        let all = all_of(requested);
        let parent = self.question().parent().map(|parent| parent.held());
        let listed_in_parent =
            |held: &Held| if self.may_be_handed_on(held, now) { listed(requested, held.scopes.as_set()) } else { 0 };
        let of_delegation = || delegation.map_or(0, |found| listed(requested, &found.scopes));
        let mut masks = Masks {
            agent: if self.agent_may_act() { all } else { 0 },
            role_binding: 0,
            allowed_scopes: 0,
            resource: self.resource_mask(requested),
            delegation: self.person().map(|_| of_delegation()),
            delegator: None,
            parent: parent.map(listed_in_parent),
        };
        // Of what another gate refuses the end does not matter.
        let others = Masks { role_binding: all, allowed_scopes: all, ..masks }.passed(all);
        let own = self.agent_index();
        let person = self.person().map(|person| (&person.index, person.revoked));
        let mut of_person = 0;
        let mut end = UnixTime::MAX;
        for (bit, scope) in bits().zip(requested) {
            let key = own.key(scope);
            let Hit { allowed, end: mut until } = own.look_up(key, self.resource(), now);
            masks.allowed_scopes |= if allowed { bit } else { 0 };
            masks.role_binding |= if until.is_some() { bit } else { 0 };
            if let Some((index, revoked)) = person {
                let theirs = index.look_up(key, self.resource(), now).end.filter(|_| !revoked);
                of_person |= if theirs.is_some() { bit } else { 0 };
                until = until.min(theirs);
            }
            if let Some(until) = until.filter(|_| allowed && others & bit != 0) {
                end = end.min(until);
            }
        }
        masks.delegator = person.map(|_| of_person);
        let passed = masks.passed(all);
        let granted = match self.agent().mode {
            ScopeMode::Exact if passed != all => 0,
            ScopeMode::Exact | ScopeMode::Narrow => passed,
        };
        let caps = [
            Some(now.plus(self.agent().max_lifetime_seconds.get())),
            lifetime.map(|seconds| now.plus(seconds)),
            delegation.map(|delegation| delegation.window.end()),
            parent.map(|held| held.expires_at),
        ];
        let end = caps.into_iter().flatten().fold(end, UnixTime::min);
        // A token that would end at once, or at the last moment there is, is none.
        let end = Some(end).filter(|end| granted != 0 && now < *end);
        let granted = if end.is_some() { granted } else { 0 };
        Ok(Decision { policy: self, requested, now, delegation, masks, passed, granted, end })
    }

    fn agent_may_act(&self) -> bool {
        let agent = self.agent();
        let this_way = match agent.acting {
            MayAct::Alone => self.question().person().is_none(),
            MayAct::ForPerson => self.question().person().is_some(),
            MayAct::Either => true,
        };
        agent.status == Status::Active && this_way
    }

    fn resource_mask(&self, requested: &ScopeSet) -> u64 {
        let resource = self.resource_entry();
        match &resource.scopes {
            _ if !self.agent().resources.allows(&resource.uri) => 0,
            Allow::Any => all_of(requested),
            Allow::Only(supported) => listed(requested, supported),
        }
    }

    /// Whether the parent, with its whole lineage, is live, allows one more hop, and is for this
    /// resource or may be taken to it.
    fn may_be_handed_on(&self, held: &Held, now: UnixTime) -> bool {
        let Some(delegation) = self.person().and_then(|person| person.of_parent(now)) else { return false };
        // A token has an agent: a chain without one is of none.
        let live = now < held.expires_at && self.lineage_is_live() && !held.agents.is_empty();
        let hops = held.max_depth.min(delegation.max_depth).min(MAX_DEPTH);
        // RFC 8693 §4.1: `act` tells each actor once, so an agent does not come twice.
        let new_here = held.agents.iter().all(|agent| agent.client_id != self.question().client);
        let here = held.resource == *self.resource()
            || matches!(&delegation.resources, Allow::Only(listed) if listed.contains(self.resource()));
        live && held.depth < hops && new_here && here
    }
}

impl Person {
    /// The one delegation that is live at `now`, among those that could answer the question.
    fn delegation(&self, now: UnixTime) -> Result<Option<&Delegation>, AmbiguousDelegation> {
        let live = || self.delegations.iter().filter(|delegation| !self.revoked && delegation.is_live(now));
        let mut first_two = live();
        match (first_two.next(), first_two.next()) {
            (first, None) => Ok(first),
            (_, Some(_)) => Err(AmbiguousDelegation { ids: live().map(|delegation| delegation.id.clone()).collect() }),
        }
    }

    /// The delegation that the parent token rests on, if it is live at `now`.
    fn of_parent(&self, now: UnixTime) -> Option<&Delegation> {
        self.of_parent.as_ref().filter(|delegation| !self.revoked && delegation.is_live(now))
    }
}

/// One bit for each requested scope, in order. There are at most 64.
pub(super) fn bits() -> impl Iterator<Item = u64> {
    (0..u64::BITS).map(|place| 1 << place)
}

fn all_of(requested: &ScopeSet) -> u64 {
    bits().zip(requested).fold(0, |mask, (bit, _)| mask | bit)
}

/// The bits of the scopes that are listed. Both lists are in order, so that of a list that holds just
/// what is requested each scope is looked at once.
fn listed(requested: &ScopeSet, listed: &NonEmptySet<Scope>) -> u64 {
    let mut rest = listed.as_slice();
    let mut mask = 0;
    for (bit, scope) in bits().zip(requested) {
        let Some((first, later)) = rest.split_first() else { break };
        if first == scope {
            (mask, rest) = (mask | bit, later);
            continue;
        }
        let (_, ahead) = rest.split_at(rest.partition_point(|other| other < scope));
        (mask, rest) = match ahead.split_first() {
            Some((first, later)) if first == scope => (mask | bit, later),
            _ => (mask, ahead),
        };
    }
    mask
}
