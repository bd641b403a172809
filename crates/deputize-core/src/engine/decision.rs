use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{
    decide::bits,
    gate::{Gate, Verdict},
    ground::Ground,
    policy::Policy,
};
use crate::{
    config::Delegation,
    limits::MAX_DEPTH,
    vocabulary::{Scope, ScopeSet, UnixTime},
};

/// What was decided: which scopes are granted, until when, and, looked up when asked for, why.
///
/// By itself it is a dry run. [`Decision::issue`] makes it count, and takes an
/// [`AgentProof`](crate::AgentProof).
#[derive(Debug)]
#[must_use]
pub struct Decision<'a> {
    pub(super) policy: &'a Policy,
    pub(super) requested: &'a ScopeSet,
    pub(super) now: UnixTime,
    pub(super) delegation: Option<&'a Delegation>,
    pub(super) masks: Masks,
    pub(super) passed: u64,
    pub(super) granted: u64,
    pub(super) end: Option<UnixTime>,
}

/// Whether a token may be issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "there is no third outcome")]
pub enum Outcome {
    /// It may, with at least one scope.
    Issued,
    /// It may not.
    Refused,
}

/// For each gate one bit for each requested scope. A gate that does not apply has no mask.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Masks {
    pub(super) agent: u64,
    pub(super) role_binding: u64,
    pub(super) allowed_scopes: u64,
    pub(super) resource: u64,
    pub(super) delegation: Option<u64>,
    pub(super) delegator: Option<u64>,
    pub(super) parent: Option<u64>,
}

impl Masks {
    fn of(&self, gate: Gate) -> Option<u64> {
        match gate {
            Gate::Agent => Some(self.agent),
            Gate::RoleBinding => Some(self.role_binding),
            Gate::AllowedScopes => Some(self.allowed_scopes),
            Gate::Resource => Some(self.resource),
            Gate::Delegation => self.delegation,
            Gate::Delegator => self.delegator,
            Gate::Parent => self.parent,
        }
    }

    /// The one rule: the intersection of all gates that apply.
    pub(super) fn passed(&self, all: u64) -> u64 {
        Gate::ALL.into_iter().filter_map(|gate| self.of(gate)).fold(all, |passed, mask| passed & mask)
    }
}

impl<'a> Decision<'a> {
    /// The granted scopes, in order; none when the outcome is a refusal.
    pub fn granted(&self) -> impl Iterator<Item = &'a Scope> + use<'a> {
        self.scopes(self.granted)
    }

    /// The scopes that pass every gate and are not granted all the same: the agent's mode is
    /// `exact` and another one was denied, or the token would end at once.
    pub fn withheld(&self) -> impl Iterator<Item = &'a Scope> + use<'a> {
        self.scopes(self.passed & !self.granted)
    }

    /// The scopes that at least one gate refuses.
    pub fn denied(&self) -> impl Iterator<Item = &'a Scope> + use<'a> {
        self.scopes(!self.passed)
    }

    /// All gates that refuse `scope`; none for one that was not requested.
    pub fn refused_by(&self, scope: &Scope) -> impl Iterator<Item = Gate> + use<'a> {
        let bit = self.bit(scope).unwrap_or(0);
        let masks = self.masks;
        Gate::ALL.into_iter().filter(move |gate| masks.of(*gate).is_some_and(|mask| !mask & bit != 0))
    }

    /// What `gate` says of `scope`, with all its grounds; nothing where the gate does not apply or
    /// the scope was not requested. Unlike the decision, this allocates.
    #[must_use]
    pub fn verdict(&self, scope: &Scope, gate: Gate) -> Option<Verdict<'a>> {
        let place = self.requested.position(scope)?;
        let (bit, scope) = bits().zip(self.requested).nth(place)?;
        let granted = self.masks.of(gate)? & bit != 0;
        Some(if granted { Verdict::Granted(self.grounds(scope, gate)) } else { Verdict::Refused })
    }

    /// Whether a token may be issued.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        if self.granted == 0 { Outcome::Refused } else { Outcome::Issued }
    }

    /// From when on the token would no longer count: the earliest of the requested lifetime, the
    /// agent's maximum, the delegation's and the parent's end, and for each granted scope the
    /// latest end among the bindings live now that grant it. Nothing when nothing is granted.
    #[must_use]
    pub fn end(&self) -> Option<UnixTime> {
        self.end
    }

    /// The moment of the decision.
    #[must_use]
    pub fn now(&self) -> UnixTime {
        self.now
    }

    /// The delegation it rests on, if it is about a person and there is one that is live and fits.
    #[must_use]
    pub fn delegation(&self) -> Option<&'a Delegation> {
        self.delegation
    }

    pub(super) fn requested(&self) -> &'a ScopeSet {
        self.requested
    }

    pub(crate) fn policy(&self) -> &'a Policy {
        self.policy
    }

    /// Hops that a token of this decision allows in all.
    pub(crate) fn max_depth(&self) -> u8 {
        let of_delegation = self.delegation.map_or(0, |delegation| delegation.max_depth);
        let of_parent = self.policy.question().parent().map_or(MAX_DEPTH, |parent| parent.held().max_depth);
        of_delegation.min(of_parent).min(MAX_DEPTH)
    }

    fn scopes(&self, mask: u64) -> impl Iterator<Item = &'a Scope> + use<'a> {
        bits().zip(self.requested).filter(move |(bit, _)| mask & bit != 0).map(|(_, scope)| scope)
    }

    fn bit(&self, scope: &Scope) -> Option<u64> {
        bits().nth(self.requested.position(scope)?)
    }

    fn grounds(&self, scope: &'a Scope, gate: Gate) -> Vec<Ground<'a>> {
        let policy = self.policy;
        let parent = || policy.question().parent().and_then(|parent| parent.held().tokens.last().copied());
        match gate {
            Gate::Agent => [Ground::Agent(&policy.agent().client_id)].into(),
            Gate::RoleBinding => policy.agent_index().bindings(scope, policy.resource(), self.now).collect(),
            Gate::AllowedScopes => policy.agent_index().allowed(scope).collect(),
            Gate::Resource => [Ground::Resource(policy.resource())].into(),
            Gate::Delegation => self.delegation.iter().map(|delegation| Ground::Delegation(&delegation.id)).collect(),
            Gate::Delegator => {
                let person = policy.person().into_iter();
                person.flat_map(|person| person.index.bindings(scope, policy.resource(), self.now)).collect()
            }
            Gate::Parent => [Ground::Parent(parent())].into(),
        }
    }
}
