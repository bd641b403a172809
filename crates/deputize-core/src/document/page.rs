use alloc::{
    string::{String, ToString},
    vec,
    vec::Vec,
};

use super::entries::{ACTING, DELEGATION_STATUSES, MODES, STATUSES};
use crate::{
    config::{Agent, Binding, Configuration, Delegation, Resource, Role, Subject},
    vocabulary::{UnixTime, Window},
};

/// A configuration as it is to be printed, in either syntax.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) head: Entry,
    pub(super) sections: Vec<(&'static str, Vec<Entry>)>,
    pub(super) revoked: Entry,
}

/// Named values, in the order they are printed.
pub(super) type Entry = Vec<(&'static str, Printed)>;

#[derive(Debug)]
pub(super) enum Printed {
    Text(String),
    Time(UnixTime),
    Number(u32),
    True,
    List(Vec<String>),
}

impl Page {
    pub(super) fn of(config: &Configuration) -> Self {
        let mut head = vec![("tenant", text(config.tenant()))];
        head.extend(config.default_resource().map(|uri| ("default_resource", text(uri))));
        let revoked = config.revoked_directly();
        let mut ended = Vec::new();
        list(&mut ended, "tokens", &revoked.tokens);
        list(&mut ended, "people", &revoked.people);
        list(&mut ended, "bindings", config.removed_bindings());
        ended.extend(revoked.tenant.then_some(("tenant", Printed::True)));
        Self {
            head,
            sections: vec![
                ("resource", config.resources().map(resource).collect()),
                ("role", config.roles().map(role).collect()),
                ("agent", config.agents().map(agent).collect()),
                ("binding", config.bindings().map(binding).collect()),
                ("delegation", config.delegations().map(delegation).collect()),
            ],
            revoked: ended,
        }
    }
}

fn resource(resource: &Resource) -> Entry {
    let Resource { uri, scopes } = resource;
    let mut entry = vec![("uri", text(uri))];
    list(&mut entry, "scopes", scopes.listed());
    entry
}

fn role(role: &Role) -> Entry {
    let Role { name, permissions } = role;
    let mut entry = vec![("name", text(name))];
    list(&mut entry, "permissions", permissions);
    entry
}

fn agent(agent: &Agent) -> Entry {
    let Agent { client_id, spiffe_id, acting, allowed_scopes, max_lifetime_seconds, resources, mode, status } = agent;
    let mut entry = vec![("client_id", text(client_id)), ("spiffe_id", text(spiffe_id))];
    entry.extend(word(ACTING, *acting).map(|word| ("acting", text(word))));
    list(&mut entry, "allowed_scopes", allowed_scopes);
    entry.push(("max_lifetime_seconds", Printed::Number(max_lifetime_seconds.get())));
    list(&mut entry, "resources", resources.listed());
    unless_default(&mut entry, "mode", MODES, *mode);
    unless_default(&mut entry, "status", STATUSES, *status);
    entry
}

fn binding(binding: &Binding) -> Entry {
    let Binding { id, subject, role, window, resource } = binding;
    let subject = match subject {
        Subject::Agent(client) => ("agent", text(client)),
        Subject::User(user) => ("user", text(user)),
    };
    let mut entry = vec![("id", text(id)), subject, ("role", text(role))];
    bounds(&mut entry, window);
    entry.extend(resource.as_ref().map(|uri| ("resource", text(uri))));
    entry
}

fn delegation(delegation: &Delegation) -> Entry {
    let Delegation { id, delegator, agent, scopes, purpose, resources, onward, max_depth, window, status } = delegation;
    let mut entry = vec![("id", text(id)), ("delegator", text(delegator)), ("agent", text(agent))];
    list(&mut entry, "scopes", scopes);
    entry.push(("purpose", text(purpose)));
    list(&mut entry, "resources", resources.listed());
    list(&mut entry, "onward", onward);
    if *max_depth > 0 {
        entry.push(("max_depth", Printed::Number((*max_depth).into())));
    }
    bounds(&mut entry, window);
    unless_default(&mut entry, "status", DELEGATION_STATUSES, *status);
    entry
}

fn text(value: impl ToString) -> Printed {
    Printed::Text(value.to_string())
}

/// A list, left out where it is empty: there it says `Any`, or nobody.
fn list(entry: &mut Entry, name: &'static str, items: impl IntoIterator<Item: ToString>) {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    if !items.is_empty() {
        entry.push((name, Printed::List(items)));
    }
}

fn bounds(entry: &mut Entry, window: &Window) {
    entry.extend(window.not_before().map(|time| ("not_before", Printed::Time(time))));
    entry.extend(window.not_after().map(|time| ("not_after", Printed::Time(time))));
}

fn unless_default<T>(entry: &mut Entry, name: &'static str, words: &[(&'static str, T)], value: T)
where
    T: Copy + Default + PartialEq,
{
    if value != T::default() {
        entry.extend(word(words, value).map(|word| (name, text(word))));
    }
}

/// The word that the reader takes for this value.
fn word<T: Copy + PartialEq>(words: &[(&'static str, T)], value: T) -> Option<&'static str> {
    words.iter().find(|(_, meaning)| *meaning == value).map(|(word, _)| *word)
}
