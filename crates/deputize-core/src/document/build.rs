use alloc::vec::Vec;

use super::{
    collect::Collector,
    entries::Entries,
    errors::{DocumentError, DocumentErrors},
    read::{Cursor, Table},
    tree::Node,
};
use crate::{
    config::{Actor, ApplyError, Change, Configuration, Target},
    vocabulary::BindingId,
};

/// Reads the whole tree, telling every mistake in it.
///
/// What refers to what is checked while reading, for the line of each reference; all other rules
/// are those of [`Configuration::apply`], so that they are there once.
pub(super) fn read(root: &Node<'_>) -> Result<Configuration, DocumentErrors> {
    let errors = Collector::default();
    let config = build(Cursor::root(root, &errors), &errors);
    match errors.finish() {
        Some(errors) => Err(errors),
        None => config.ok_or_else(|| DocumentError::whole("holds no configuration".into()).into()),
    }
}

fn build(root: Cursor<'_>, errors: &Collector) -> Option<Configuration> {
    let sections = ["resource", "role", "agent", "binding", "delegation"];
    let known = ["tenant", "default_resource", "revoked"].into_iter().chain(sections);
    let table = root.table(&known.collect::<Vec<_>>())?;
    let tenant = table.required("tenant", Cursor::parse);
    let drafts = drafts(table);
    // Under another name where the tenant's is wrong: the entries' mistakes are told all the same.
    let mut config = Configuration::new(tenant.or_else(|| "unnamed".parse().ok())?);
    let operator = Actor::Operator("document".parse().ok()?);
    for Draft { change, at } in drafts {
        match config.apply(&operator, &change) {
            // It refers to an entry that was left out for a mistake told before. With none told, the
            // reader let a reference pass: that must not become a configuration without the entry.
            Err(ApplyError::Missing { .. }) if !errors.is_empty() => {}
            Err(error) => at.report(error),
            Ok(_) => {}
        }
    }
    Some(config)
}

/// A change, and the entry it was read from.
struct Draft<'t> {
    change: Change,
    at: Cursor<'t>,
}

/// The changes of all entries that are right by themselves. Each section refers only to those
/// before it.
fn drafts(table: Table<'_>) -> Vec<Draft<'_>> {
    let mut entries = Entries::new();
    let mut drafts = Vec::new();
    if !section(table, "resource", &mut drafts, |at| entries.resource(at)) {
        entries.resources.unknown();
    }
    if let Some(at) = table.get("default_resource") {
        let uri = entries.resources.refer(at);
        drafts.extend(uri.map(|uri| Draft { change: Change::SetDefaultResource(Some(uri)), at }));
    }
    if !section(table, "role", &mut drafts, |at| entries.role(at)) {
        entries.roles.unknown();
    }
    if !section(table, "agent", &mut drafts, |at| entries.agent(at)) {
        entries.agents.unknown();
    }
    section(table, "binding", &mut drafts, |at| entries.binding(at));
    section(table, "delegation", &mut drafts, |at| entries.delegation(at));
    revoked(table, &mut drafts, &entries);
    drafts
}

/// Reads the entries of one section, which may be left out; false where it is no list.
fn section<'t>(
    table: Table<'t>,
    name: &'static str,
    drafts: &mut Vec<Draft<'t>>,
    mut read: impl FnMut(Cursor<'t>) -> Option<Change>,
) -> bool {
    let Some(entries) = table.optional(name, Vec::new(), Cursor::entries) else { return false };
    drafts.extend(entries.into_iter().filter_map(|at| Some(Draft { change: read(at)?, at })));
    true
}

/// What is revoked, after everything else: in a revoked tenant nothing changes any more.
fn revoked<'t>(table: Table<'t>, drafts: &mut Vec<Draft<'t>>, entries: &Entries) {
    let Some(at) = table.get("revoked") else { return };
    let Some(table) = at.table(&["tokens", "people", "bindings", "tenant"]) else { return };
    let removed = |at: Cursor<'_>| {
        let id: BindingId = at.parse()?;
        match entries.bindings.line(&id) {
            Some(line) => at.refuse(format_args!("the binding `{id}` is there, on line {line}")),
            None => Some(id),
        }
    };
    let bindings = table.get("bindings").and_then(|at| at.list(removed));
    let tokens = table.get("tokens").and_then(|at| at.list(Cursor::parse));
    let people = table.get("people").and_then(|at| at.list(Cursor::parse));
    let tenant = table.get("tenant").and_then(Cursor::truth);
    let bindings = bindings.into_iter().flatten().map(Change::Unbind);
    let tokens = tokens.into_iter().flatten().map(Target::Token);
    let people = people.into_iter().flatten().map(Target::Person);
    let targets = tokens.chain(people).chain(tenant.map(|()| Target::Tenant));
    drafts.extend(bindings.chain(targets.map(Change::Revoke)).map(|change| Draft { change, at }));
}
