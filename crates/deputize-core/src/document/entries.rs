use alloc::collections::BTreeSet;
use core::num::NonZeroU32;

use super::{
    names::Names,
    read::{Cursor, Table},
};
use crate::{
    config::{
        Agent, Binding, Change, Delegation, DelegationStatus, MayAct, Resource, Role, ScopeMode, Status, Subject,
    },
    limits::MAX_DEPTH,
    vocabulary::{AgentId, Allow, BindingId, ClientId, DelegationId, ResourceId, RoleId, Window},
};

/// How each kind of entry is read, and the names that are taken. Every field of an entry is read
/// before the first mistake ends it, so that all its mistakes are told.
#[derive(Debug)]
pub(super) struct Entries {
    pub(super) resources: Names<ResourceId>,
    pub(super) roles: Names<RoleId>,
    pub(super) agents: Names<ClientId>,
    pub(super) bindings: Names<BindingId>,
    spiffe_ids: Names<AgentId>,
    delegations: Names<DelegationId>,
}

impl Entries {
    pub(super) fn new() -> Self {
        Self {
            resources: Names::of("resource"),
            roles: Names::of("role"),
            agents: Names::of("agent"),
            bindings: Names::of("binding"),
            spiffe_ids: Names::of("SPIFFE ID"),
            delegations: Names::of("delegation"),
        }
    }

    pub(super) fn resource(&mut self, at: Cursor<'_>) -> Option<Change> {
        let table = at.table(&["uri", "scopes"])?;
        let uri = table.required("uri", |at| self.resources.define(at));
        let scopes = table.optional("scopes", Allow::Any, |at| at.list(Cursor::parse).map(Allow::Only));
        Some(Change::PutResource(Resource { uri: uri?, scopes: scopes? }))
    }

    pub(super) fn role(&mut self, at: Cursor<'_>) -> Option<Change> {
        let table = at.table(&["name", "permissions"])?;
        let name = table.required("name", |at| self.roles.define(at));
        let permissions = table.required("permissions", |at| at.list(Cursor::parse));
        Some(Change::PutRole(Role { name: name?, permissions: permissions? }))
    }

    pub(super) fn agent(&mut self, at: Cursor<'_>) -> Option<Change> {
        let table = at.table(&[
            "client_id",
            "spiffe_id",
            "acting",
            "allowed_scopes",
            "max_lifetime_seconds",
            "resources",
            "mode",
            "status",
        ])?;
        let client_id = table.required("client_id", |at| self.agents.define(at));
        let spiffe_id = table.required("spiffe_id", |at| self.spiffe_ids.define(at));
        let acting = table.required("acting", |at| at.word(ACTING));
        let allowed_scopes = table.required("allowed_scopes", |at| at.list(Cursor::parse));
        let lifetime = table.required("max_lifetime_seconds", |at| at.number::<u32>(1..=u32::MAX.into()));
        let resources = self.allowed_resources(table);
        let mode = table.optional("mode", ScopeMode::default(), |at| at.word(MODES));
        let status = table.optional("status", Status::default(), |at| at.word(STATUSES));
        Some(Change::PutAgent(Agent {
            client_id: client_id?,
            spiffe_id: spiffe_id?,
            acting: acting?,
            allowed_scopes: allowed_scopes?,
            max_lifetime_seconds: NonZeroU32::new(lifetime?)?,
            resources: resources?,
            mode: mode?,
            status: status?,
        }))
    }

    pub(super) fn binding(&mut self, at: Cursor<'_>) -> Option<Change> {
        let table = at.table(&["id", "agent", "user", "role", "not_before", "not_after", "resource"])?;
        let id = table.required("id", |at| self.bindings.define(at));
        let subject = match (table.get("agent"), table.get("user")) {
            (Some(agent), None) => self.agents.refer(agent).map(Subject::Agent),
            (None, Some(user)) => user.parse().map(Subject::User),
            (Some(_), Some(_)) => at.refuse("has both `agent` and `user`: it takes one"),
            (None, None) => at.refuse("has neither `agent` nor `user`: it takes one"),
        };
        let role = table.required("role", |at| self.roles.refer(at));
        let window = window(table);
        let resource = table.optional("resource", None, |at| self.resources.refer(at).map(Some));
        Some(Change::Bind(Binding { id: id?, subject: subject?, role: role?, window: window?, resource: resource? }))
    }

    pub(super) fn delegation(&mut self, at: Cursor<'_>) -> Option<Change> {
        let table = at.table(&[
            "id",
            "delegator",
            "agent",
            "scopes",
            "purpose",
            "resources",
            "onward",
            "max_depth",
            "not_before",
            "not_after",
            "status",
        ])?;
        let id = table.required("id", |at| self.delegations.define(at));
        let delegator = table.required("delegator", Cursor::parse);
        let agent = table.required("agent", |at| self.agents.refer(at));
        let scopes = table.required("scopes", |at| at.list(Cursor::parse));
        let purpose = table.required("purpose", Cursor::text);
        let resources = self.allowed_resources(table);
        let onward = table.optional("onward", BTreeSet::new(), |at| {
            at.list(|at| self.agents.refer(at)).map(|agents| agents.into_iter().collect())
        });
        let max_depth = table.optional("max_depth", 0, |at| at.number(0..=MAX_DEPTH.into()));
        let window = window(table);
        let status = table.optional("status", DelegationStatus::default(), |at| at.word(DELEGATION_STATUSES));
        Some(Change::Delegate(Delegation {
            id: id?,
            delegator: delegator?,
            agent: agent?,
            scopes: scopes?,
            purpose: purpose?.into(),
            resources: resources?,
            onward: onward?,
            max_depth: max_depth?,
            window: window?,
            status: status?,
        }))
    }

    fn allowed_resources(&self, table: Table<'_>) -> Option<Allow<ResourceId>> {
        let read = |at: Cursor<'_>| at.list(|at| self.resources.refer(at)).map(Allow::Only);
        table.optional("resources", Allow::Any, read)
    }
}

fn window(table: Table<'_>) -> Option<Window> {
    let not_before = table.optional("not_before", None, |at| at.time().map(Some));
    let not_after = table.optional("not_after", None, |at| at.time().map(Some));
    match Window::new(not_before?, not_after?) {
        Ok(window) => Some(window),
        Err(error) => table.get("not_after").unwrap_or(table.at()).refuse(error),
    }
}

pub(super) const ACTING: &[(&str, MayAct)] =
    &[("alone", MayAct::Alone), ("for_person", MayAct::ForPerson), ("either", MayAct::Either)];
pub(super) const MODES: &[(&str, ScopeMode)] = &[("narrow", ScopeMode::Narrow), ("exact", ScopeMode::Exact)];
pub(super) const STATUSES: &[(&str, Status)] =
    &[("active", Status::Active), ("suspended", Status::Suspended), ("revoked", Status::Revoked)];
pub(super) const DELEGATION_STATUSES: &[(&str, DelegationStatus)] =
    &[("active", DelegationStatus::Active), ("revoked", DelegationStatus::Revoked)];
