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
    vocabulary::{Allow, DelegationId, Scope, ScopeSet, UnixTime},
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
        let mut masks = Masks::default();
        let mut ends = Ends { ends: [UnixTime::MAX; MAX], now };
        let all = mask_of(requested.iter().map(|_| true));

        masks.agent = if self.agent_may_act() { all } else { 0 };
        masks.resource = self.resource_mask(requested);
        let own = |scope| self.agent_index().look_up(scope, self.resource(), now);
        for (bit, (scope, end)) in bits().zip(requested.iter().zip(&mut ends.ends)) {
            let Hit { allowed, end: until } = own(scope);
            masks.allowed_scopes |= if allowed { bit } else { 0 };
            masks.role_binding |= narrow(bit, end, until);
        }
        if let Some(person) = self.person() {
            let mut mask = 0;
            for (bit, (scope, end)) in bits().zip(requested.iter().zip(&mut ends.ends)) {
                let until = person.index.look_up(scope, self.resource(), now).end;
                mask |= narrow(bit, end, until.filter(|_| !person.revoked));
            }
            masks.delegator = Some(mask);
            let lists = |scope: &Scope| delegation.is_some_and(|delegation| delegation.scopes.contains(scope));
            masks.delegation = Some(mask_of(requested.iter().map(lists)));
        }
        let parent = self.question().parent().map(|parent| parent.held());
        masks.parent = parent.map(|held| {
            if self.may_be_handed_on(held, now) {
                mask_of(requested.iter().map(|scope| held.scopes.contains(scope)))
            } else {
                0
            }
        });

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
        let end = ends.end(granted, caps);
        // A token that would end at once, or at the last moment there is, is none.
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
        let may_target = self.agent().resources.allows(&resource.uri);
        mask_of(requested.iter().map(|scope| may_target && resource.scopes.allows(scope)))
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

const MAX: usize = crate::limits::MAX_REQUESTED_SCOPES;

/// For each requested scope the earliest of the gates' latest ends.
struct Ends {
    ends: [UnixTime; MAX],
    now: UnixTime,
}

impl Ends {
    /// The earliest of the granted scopes' ends and of the caps, if it lies ahead.
    fn end(&self, granted: u64, caps: [Option<UnixTime>; 4]) -> Option<UnixTime> {
        let of_scopes = bits().zip(self.ends).filter(|(bit, _)| granted & bit != 0).map(|(_, end)| end).min()?;
        let end = caps.into_iter().flatten().fold(of_scopes, UnixTime::min);
        (self.now < end).then_some(end)
    }
}

/// One bit for each requested scope, in order. There are at most 64.
pub(super) fn bits() -> impl Iterator<Item = u64> {
    (0..u64::BITS).map(|place| 1 << place)
}

fn mask_of(verdicts: impl Iterator<Item = bool>) -> u64 {
    bits().zip(verdicts).fold(0, |mask, (bit, yes)| if yes { mask | bit } else { mask })
}

/// The bit if `until` is there, and `end` no later than it.
fn narrow(bit: u64, end: &mut UnixTime, until: Option<UnixTime>) -> u64 {
    let Some(until) = until else { return 0 };
    *end = until.min(*end);
    bit
}
