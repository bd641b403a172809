//! What the store is to do, as DESIGN §6 has it, for one person, two agents and one delegation.

/// A set of scopes: one bit each.
pub(crate) type Mask = u8;
pub(crate) const A: Mask = 1;
pub(crate) const AB: Mask = 3;

/// Seconds since the beginning. What was proven counts for less than a step of the clock, a token for
/// more than one, and the delegation for less than two.
pub(crate) const STEP: u32 = 400;
pub(crate) const PROVEN: u32 = 300;
pub(crate) const LIFETIME: u32 = 600;
pub(crate) const DELEGATED: u32 = 700;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Op {
    /// The first agent asks for the person, and holds what was decided.
    Ask,
    /// The second agent asks with the oldest token of the first.
    HandOn,
    /// What was decided first is recorded.
    Record,
    /// As `Ask` and `Record`, under the id of the oldest token.
    Reuse,
    Unbind,
    Bind,
    /// The first agent's entry: with less, as it was, suspended.
    Less,
    Full,
    Suspend,
    /// The delegation, with less.
    Delegate,
    RevokeToken,
    RevokeDelegation,
    RevokeAgent,
    RevokePerson,
    RevokeTenant,
    Wait,
}

impl Op {
    pub(crate) const ALL: [Self; 16] = [
        Self::Ask,
        Self::HandOn,
        Self::Record,
        Self::Reuse,
        Self::Unbind,
        Self::Bind,
        Self::Less,
        Self::Full,
        Self::Suspend,
        Self::Delegate,
        Self::RevokeToken,
        Self::RevokeDelegation,
        Self::RevokeAgent,
        Self::RevokePerson,
        Self::RevokeTenant,
        Self::Wait,
    ];
}

/// How an operation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// There was nothing to do it with.
    Nothing,
    Decided,
    /// Nothing was granted, and that was noted.
    Refused,
    TenantRevoked,
    Recorded,
    Expired,
    Revoked,
    Stale,
    Replayed,
    /// A change that made a difference.
    Changed,
    /// A change that made none.
    Unchanged,
    /// A change that may not be.
    NotChanged,
    Waited,
}

/// What has to be reached for all this to mean something.
pub(crate) const REACHED: &[&str] = &[
    "Record: Recorded",
    "Record: Expired",
    "Record: Revoked",
    "Record: Stale",
    "Reuse: Replayed",
    "Ask: Refused",
    "Ask: TenantRevoked",
    "HandOn: Decided",
    "HandOn: Refused",
    "Bind: NotChanged",
    "Full: NotChanged",
    "Delegate: NotChanged",
    "a token is revoked by itself",
    "a token is revoked by its delegation",
    "a token is revoked by its agent",
    "a token is revoked by its person",
    "a token is revoked by its tenant",
    "a token is suspended with its agent",
    "a token has expired",
    "two tokens, one below the other",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Entry {
    Full,
    Less,
    Suspended,
    Revoked,
}

/// What was decided: a token, once it is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Token {
    pub(crate) number: u8,
    pub(crate) scopes: Mask,
    pub(crate) end: u32,
    proof_ends: u32,
    /// The token it descends from, if it is the second agent's.
    pub(crate) parent: Option<u8>,
    /// What it rests on has changed since.
    stale: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Model {
    pub(crate) now: u32,
    entry: Entry,
    bound: bool,
    delegated: Mask,
    delegation_revoked: bool,
    person_revoked: bool,
    tenant_revoked: bool,
    /// The oldest token.
    token_revoked: bool,
    pub(crate) decided: Vec<Token>,
    pub(crate) recorded: Vec<Token>,
    /// Token ids that were given out.
    numbers: u8,
    pub(crate) events: u64,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            now: 0,
            entry: Entry::Full,
            bound: true,
            delegated: AB,
            delegation_revoked: false,
            person_revoked: false,
            tenant_revoked: false,
            token_revoked: false,
            decided: Vec::new(),
            recorded: Vec::new(),
            numbers: 0,
            events: 0,
        }
    }
}

/// Whose revision moves.
enum Moves {
    Agent,
    Person,
    Tenant,
    Nobody,
}

impl Model {
    pub(crate) fn carry_out(&mut self, op: Op) -> Ended {
        match op {
            Op::Ask => self.ask(None),
            Op::HandOn => match self.recorded.first().copied() {
                Some(token) => self.ask(Some(token)),
                None => Ended::Nothing,
            },
            Op::Record => {
                if self.decided.is_empty() {
                    return Ended::Nothing;
                }
                let first = self.decided.remove(0);
                self.record(first)
            }
            Op::Reuse => self.reuse(),
            Op::Wait => {
                self.now += STEP;
                Ended::Waited
            }
            _ => self.change(op),
        }
    }

    fn ask(&mut self, parent: Option<Token>) -> Ended {
        if self.tenant_revoked {
            return Ended::TenantRevoked;
        }
        match self.decide(parent) {
            None => {
                self.events += 1;
                Ended::Refused
            }
            Some(token) => {
                self.numbers += 1;
                self.decided.push(token);
                Ended::Decided
            }
        }
    }

    /// The one rule: what both agents' roles and the person's grant is all, where they are bound.
    fn decide(&self, parent: Option<Token>) -> Option<Token> {
        let delegated =
            if self.delegation_revoked || self.person_revoked || self.now >= DELEGATED { 0 } else { self.delegated };
        let of_agent = match (parent, self.entry) {
            (Some(parent), _) if self.is_dead(&parent) || self.now >= parent.end => 0,
            (Some(parent), _) => parent.scopes,
            (None, _) if !self.bound => 0,
            (None, Entry::Full) => AB,
            (None, Entry::Less) => A,
            (None, Entry::Suspended | Entry::Revoked) => 0,
        };
        let scopes = delegated & of_agent;
        let end = DELEGATED.min(self.now + LIFETIME).min(parent.map_or(u32::MAX, |parent| parent.end));
        let token = Token {
            number: self.numbers,
            scopes,
            end,
            proof_ends: self.now + PROVEN,
            parent: parent.map(|parent| parent.number),
            stale: false,
        };
        (scopes != 0).then_some(token)
    }

    fn record(&mut self, token: Token) -> Ended {
        if self.now >= token.end || self.now >= token.proof_ends {
            return Ended::Expired;
        }
        if self.is_dead(&token) {
            return Ended::Revoked;
        }
        if token.stale {
            return Ended::Stale;
        }
        if self.recorded.iter().any(|recorded| recorded.number == token.number) {
            return Ended::Replayed;
        }
        self.events += 1;
        self.recorded.push(token);
        Ended::Recorded
    }

    fn reuse(&mut self) -> Ended {
        let Some(number) = self.recorded.first().map(|token| token.number) else { return Ended::Nothing };
        if self.tenant_revoked {
            return Ended::TenantRevoked;
        }
        match self.decide(None) {
            None => {
                self.events += 1;
                Ended::Refused
            }
            Some(token) => self.record(Token { number, ..token }),
        }
    }

    fn change(&mut self, op: Op) -> Ended {
        let Some(moves) = (match self.judge(op) {
            Ok(moves) => moves,
            Err(()) => return Ended::NotChanged,
        }) else {
            return Ended::Unchanged;
        };
        self.events += 1;
        for token in &mut self.decided {
            token.stale |= match moves {
                Moves::Agent => token.parent.is_none(),
                Moves::Person | Moves::Tenant => true,
                Moves::Nobody => false,
            };
        }
        Ended::Changed
    }

    fn judge(&mut self, op: Op) -> Result<Option<Moves>, ()> {
        if self.tenant_revoked {
            return if op == Op::RevokeTenant { Ok(None) } else { Err(()) };
        }
        let entry = match op {
            Op::Less => Some(Entry::Less),
            Op::Full => Some(Entry::Full),
            Op::Suspend => Some(Entry::Suspended),
            Op::RevokeAgent => Some(Entry::Revoked),
            _ => None,
        };
        if let Some(entry) = entry {
            return match self.entry {
                same if same == entry => Ok(None),
                Entry::Revoked => Err(()),
                _ => {
                    self.entry = entry;
                    Ok(Some(Moves::Agent))
                }
            };
        }
        match op {
            Op::Unbind if self.bound => self.bound = false,
            Op::Bind if !self.bound => return Err(()),
            Op::Delegate if self.delegation_revoked => return Err(()),
            Op::Delegate if self.delegated != A && self.person_revoked => return Err(()),
            Op::Delegate if self.delegated != A => self.delegated = A,
            Op::RevokeToken => self.token_revoked = true,
            Op::RevokeDelegation if !self.delegation_revoked => self.delegation_revoked = true,
            Op::RevokePerson if !self.person_revoked => self.person_revoked = true,
            Op::RevokeTenant => self.tenant_revoked = true,
            _ => return Ok(None),
        }
        Ok(Some(match op {
            Op::Unbind => Moves::Agent,
            Op::RevokeToken => Moves::Nobody,
            Op::RevokeTenant => Moves::Tenant,
            _ => Moves::Person,
        }))
    }

    /// Whether something that the token rests on is revoked or suspended. The first agent is in every
    /// lineage, and the oldest id is that of the first token.
    pub(crate) fn is_dead(&self, token: &Token) -> bool {
        let active = matches!(self.entry, Entry::Full | Entry::Less);
        self.is_dead_for_good(token) || !active
    }

    /// Whether it is revoked, which nothing takes back.
    pub(crate) fn is_dead_for_good(&self, token: &Token) -> bool {
        let by_token = self.token_revoked && (token.number == 0 || token.parent == Some(0));
        self.tenant_revoked
            || self.person_revoked
            || self.delegation_revoked
            || self.entry == Entry::Revoked
            || by_token
    }

    /// What is remarkable about this state.
    pub(crate) fn reached(&self) -> impl Iterator<Item = &'static str> {
        let token = self.recorded.first().copied();
        let of_token = [
            (self.token_revoked && token.is_some_and(|token| token.number == 0), "a token is revoked by itself"),
            (self.delegation_revoked, "a token is revoked by its delegation"),
            (self.entry == Entry::Revoked, "a token is revoked by its agent"),
            (self.person_revoked, "a token is revoked by its person"),
            (self.tenant_revoked, "a token is revoked by its tenant"),
            (self.entry == Entry::Suspended, "a token is suspended with its agent"),
            (token.is_some_and(|token| self.now >= token.end), "a token has expired"),
            (self.recorded.iter().any(|token| token.parent.is_some()), "two tokens, one below the other"),
        ];
        of_token.into_iter().filter(move |(holds, _)| *holds && token.is_some()).map(|(_, what)| what)
    }
}
