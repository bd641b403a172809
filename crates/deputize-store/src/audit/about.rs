use std::collections::BTreeSet;

use deputize_core::{Actor, Bump, ClientId, Effect, Report, Scope, TokenId, UserId, Write};

use super::{AuditEntry, AuditEvent, AuditQuery, IssuedToken};

/// Whom and what an event is about: the keys by which it is found.
#[derive(Debug, Default)]
pub(crate) struct About {
    clients: BTreeSet<ClientId>,
    people: BTreeSet<UserId>,
    tokens: BTreeSet<TokenId>,
    scopes: BTreeSet<Scope>,
}

impl About {
    /// Of a change: more than it says, since it may name a binding or a delegation only.
    pub(crate) fn change(actor: &Actor, effect: &Effect) -> Self {
        let mut about = Self::default();
        match actor {
            Actor::Operator(user) | Actor::Person(user) => about.people.extend([user.clone()]),
            Actor::Agent(client) => about.clients.extend([client.clone()]),
        }
        match &effect.bump {
            Some(Bump::Agent(client)) => about.clients.extend([client.clone()]),
            Some(Bump::Person(person)) => about.people.extend([person.clone()]),
            Some(Bump::Epoch) | None => {}
        }
        match &effect.write {
            Write::Delegation(delegation) => {
                about.clients.extend(delegation.onward.iter().chain([&delegation.agent]).cloned());
            }
            Write::RevokedToken(token) => about.tokens.extend([*token]),
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

    pub(crate) fn issued(token: &IssuedToken, report: &Report) -> Self {
        let mut about = Self::refused(report);
        about.clients.extend(token.lineage.agents.iter().cloned());
        about.tokens.extend(&token.lineage.tokens);
        about
    }

    pub(crate) fn refused(report: &Report) -> Self {
        Self {
            clients: [report.client.clone()].into(),
            people: report.person.iter().cloned().collect(),
            tokens: report.parent.into_iter().collect(),
            scopes: report.scopes.iter().map(|scope| scope.scope.clone()).collect(),
        }
    }

    /// The keys, each with its kind: what a table holds.
    pub(crate) fn keys(&self) -> Vec<(&'static str, String)> {
        let clients = self.clients.iter().map(|id| (CLIENT, id.to_string()));
        let people = self.people.iter().map(|id| (PERSON, id.to_string()));
        let tokens = self.tokens.iter().map(|id| (TOKEN, id.to_string()));
        let scopes = self.scopes.iter().map(|scope| (SCOPE, scope.to_string()));
        clients.chain(people).chain(tokens).chain(scopes).collect()
    }
}

impl AuditQuery {
    /// The keys that are asked for, the most selective first.
    pub(crate) fn keys(&self) -> Vec<(&'static str, String)> {
        let token = self.token.map(|id| (TOKEN, id.to_string()));
        let person = self.person.as_ref().map(|id| (PERSON, id.to_string()));
        let client = self.client.as_ref().map(|id| (CLIENT, id.to_string()));
        let scope = self.scope.as_ref().map(|scope| (SCOPE, scope.to_string()));
        token.into_iter().chain(person).chain(client).chain(scope).collect()
    }

    /// Whether an event meets every condition but for its place.
    pub(crate) fn matches(&self, event: &AuditEvent, about: &About) -> bool {
        self.client.as_ref().is_none_or(|id| about.clients.contains(id))
            && self.person.as_ref().is_none_or(|id| about.people.contains(id))
            && self.token.as_ref().is_none_or(|id| about.tokens.contains(id))
            && self.scope.as_ref().is_none_or(|scope| about.scopes.contains(scope))
            && self.kind.is_none_or(|kind| event.what.kind() == kind)
            && self.from.is_none_or(|from| from <= event.at)
            && self.until.is_none_or(|until| event.at < until)
    }
}

impl AuditEntry {
    /// The event of an issuance, and what it is about.
    pub(crate) fn of_issuance(issuance: &deputize_core::Issuance) -> (Self, About) {
        let (token, report) = (IssuedToken::from(issuance.grant()), issuance.report().clone());
        let about = About::issued(&token, &report);
        (Self::Issued { token: Box::new(token), report: Box::new(report) }, about)
    }

    /// The event of a refusal, and what it is about.
    pub(crate) fn of_refusal(report: &Report) -> (Self, About) {
        (Self::Refused { report: Box::new(report.clone()) }, About::refused(report))
    }
}

const CLIENT: &str = "client";
const PERSON: &str = "person";
const TOKEN: &str = "token";
const SCOPE: &str = "scope";
