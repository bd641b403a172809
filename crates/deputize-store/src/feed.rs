use deputize_core::{Agent, ClientId, Delegation, DelegationStatus, Effect, Facts, Revoked, Status, Target, Write};
use serde::{Deserialize, Serialize};

/// A place in a tenant's revocation feed: everything up to it was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(u64);

impl Cursor {
    /// Before everything.
    pub const START: Self = Self(0);

    /// The cursor at this place, as it was kept.
    #[must_use]
    pub const fn at(place: u64) -> Self {
        Self(place)
    }

    /// The place, to be kept.
    #[must_use]
    pub const fn place(self) -> u64 {
        self.0
    }
}

/// What was revoked, suspended or resumed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct RevocationPage {
    /// In order.
    pub entries: Vec<Revocation>,
    /// Where to go on from.
    pub next: Cursor,
    /// Whether there is more already.
    pub more: bool,
}

/// One entry of the feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "a new kind of entry must break those who follow")]
pub enum Revocation {
    /// This is not live any more: it is revoked or, an agent, suspended.
    Ended(Target),
    /// This agent was suspended and is active again.
    Resumed(ClientId),
}

impl RevocationPage {
    /// Brings a verifier's snapshot up to [`RevocationPage::next`].
    pub fn update(&self, snapshot: &mut Revoked) {
        for entry in &self.entries {
            match entry {
                Revocation::Ended(target) => drop(snapshot.insert(target.clone())),
                Revocation::Resumed(agent) => snapshot.resume(agent),
            }
        }
    }
}

impl Revocation {
    /// The entry that a change leaves in the feed, if it ends or resumes anything: at the place of the
    /// revision that it leads to. For stores of your own.
    #[must_use]
    pub fn of(effect: &Effect, facts: &Facts) -> Option<Self> {
        match &effect.write {
            Write::Agent(agent) => {
                let was_active = facts.agents.get(&agent.client_id).is_none_or(is_active);
                match (was_active, is_active(agent)) {
                    (true, false) => Some(Self::Ended(Target::Agent(agent.client_id.clone()))),
                    (false, true) => Some(Self::Resumed(agent.client_id.clone())),
                    (true, true) | (false, false) => None,
                }
            }
            Write::Delegation(Delegation { id, status: DelegationStatus::Revoked, .. }) => {
                Some(Self::Ended(Target::Delegation(id.clone())))
            }
            Write::RevokedToken(token) => Some(Self::Ended(Target::Token(*token))),
            Write::RevokedPerson(person) => Some(Self::Ended(Target::Person(person.clone()))),
            Write::RevokedTenant => Some(Self::Ended(Target::Tenant)),
            Write::Delegation(_)
            | Write::Role(_)
            | Write::RemoveRole(_)
            | Write::Binding(_)
            | Write::RemoveBinding(_)
            | Write::Resource(_)
            | Write::RemoveResource(_)
            | Write::DefaultResource(_) => None,
        }
    }
}

fn is_active(agent: &Agent) -> bool {
    agent.status == Status::Active
}
