use std::collections::BTreeSet;

use deputize_core::{Actor, Bump, Effect, Report, Write};

use super::{AuditEvent, AuditQuery, IssuedToken};

/// Whom and what an event is about: the keys by which it is found.
#[derive(Debug, Default)]
pub struct About {
    keys: BTreeSet<(&'static str, String)>,
}

impl About {
    /// Of a change: more than it says, since it may name a binding or a delegation only.
    pub(crate) fn change(actor: &Actor, effect: &Effect) -> Self {
        let mut about = Self::actor(actor);
        match &effect.bump {
            Some(Bump::Agent(client)) => about.add(CLIENT, [client]),
            Some(Bump::Person(person)) => about.add(PERSON, [person]),
            Some(Bump::Epoch) | None => {}
        }
        match &effect.write {
            Write::Delegation(delegation) => about.add(CLIENT, delegation.onward.iter().chain([&delegation.agent])),
            Write::RevokedToken(token) => about.add(TOKEN, [token]),
            // Whose revision moves says it.
            Write::Agent(_) | Write::Binding(_) | Write::RemoveBinding(_) | Write::RevokedPerson(_) => {}
            // Of the tenant as a whole.
            Write::Role(_)
            | Write::RemoveRole(_)
            | Write::Resource(_)
            | Write::RemoveResource(_)
            | Write::DefaultResource(_)
            | Write::RevokedTenant => {}
        }
        about
    }

    /// Of what is only about who did it.
    pub(crate) fn actor(actor: &Actor) -> Self {
        let mut about = Self::default();
        match actor {
            Actor::Operator(user) | Actor::Person(user) => about.add(PERSON, [user]),
            Actor::Agent(client) => about.add(CLIENT, [client]),
        }
        about
    }

    pub(crate) fn issuance(token: &IssuedToken, report: &Report) -> Self {
        let mut about = Self::report(report);
        about.add(CLIENT, &token.lineage.agents);
        about.add(TOKEN, &token.lineage.tokens);
        about
    }

    pub(crate) fn report(report: &Report) -> Self {
        let mut about = Self::default();
        about.add(CLIENT, [&report.client]);
        about.add(PERSON, &report.person);
        about.add(TOKEN, report.parent);
        about.add(SCOPE, report.scopes.iter().map(|scope| &scope.scope));
        about
    }

    /// The keys: each a kind of thing and its id. What a store keeps beside the event.
    #[must_use]
    pub fn keys(&self) -> &BTreeSet<(&'static str, String)> {
        &self.keys
    }

    fn add(&mut self, kind: &'static str, ids: impl IntoIterator<Item = impl ToString>) {
        self.keys.extend(ids.into_iter().map(|id| (kind, id.to_string())));
    }
}

impl AuditQuery {
    /// The keys that are asked for, the most selective first: an event is meant that has all of them
    /// among its own ([`About::keys`]). For stores of your own.
    #[must_use]
    pub fn keys(&self) -> Vec<(&'static str, String)> {
        let token = self.token.map(|id| (TOKEN, id.to_string()));
        let person = self.person.as_ref().map(|id| (PERSON, id.to_string()));
        let client = self.client.as_ref().map(|id| (CLIENT, id.to_string()));
        let scope = self.scope.as_ref().map(|scope| (SCOPE, scope.to_string()));
        [token, person, client, scope].into_iter().flatten().collect()
    }

    /// Whether an event that is about what was asked meets every other condition but its place. For
    /// stores of your own.
    #[must_use]
    pub fn takes(&self, event: &AuditEvent) -> bool {
        self.kind.is_none_or(|kind| event.what.kind() == kind)
            && self.from.is_none_or(|from| from <= event.at)
            && self.until.is_none_or(|until| event.at < until)
    }
}

const CLIENT: &str = "client";
const PERSON: &str = "person";
const TOKEN: &str = "token";
const SCOPE: &str = "scope";
