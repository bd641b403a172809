//! The parent file: what a token says that is to be handed on.

use deputize::core::{
    ChainAgent, ClientId, DelegationId, Held, Parent, ResourceId, ScopeSet, TenantId, UnixTime, UserId,
};
use deputize_examples::Problems;
use serde::Deserialize;

/// As it stands in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    user: String,
    delegation: String,
    resource: String,
    scopes: String,
    agents: Vec<String>,
    depth: u8,
    max_depth: u8,
    expires_at: String,
}

/// As it was parsed.
pub(crate) struct ParentFile {
    person: UserId,
    delegation: DelegationId,
    resource: ResourceId,
    scopes: ScopeSet,
    agents: Vec<ClientId>,
    depth: u8,
    max_depth: u8,
    expires_at: UnixTime,
}

pub(crate) fn read(path: &str, problems: &mut Problems) -> Option<ParentFile> {
    let raw: Raw = problems.read_json("--parent", path)?;
    let at = |field: &str| format!("--parent {path}: {field}");
    let person = problems.parse(&at("user"), Some(&raw.user));
    let delegation = problems.parse(&at("delegation"), Some(&raw.delegation));
    let resource = problems.parse(&at("resource"), Some(&raw.resource));
    let scopes = problems.parse(&at("scopes"), Some(&raw.scopes));
    let clients: Vec<_> = raw.agents.iter().map(|id| problems.parse(&at("agents"), Some(id))).collect();
    if clients.is_empty() {
        problems.add(at("agents: a chain has at least one agent"));
    }
    let expires_at = problems.check(at("expires_at"), UnixTime::from_rfc3339(&raw.expires_at));
    Some(ParentFile {
        person: person?,
        delegation: delegation?,
        resource: resource?,
        scopes: scopes?,
        agents: clients.into_iter().collect::<Option<_>>()?,
        depth: raw.depth,
        max_depth: raw.max_depth,
        expires_at: expires_at?,
    })
}

impl ParentFile {
    /// For a dry run it is taken at its word: what comes of it can't become a token, for want of a
    /// proof. A service has its key ring verify the parent token instead.
    pub(crate) fn parent(self, tenant: &TenantId) -> Parent {
        let agents = self.agents.into_iter().map(|client_id| ChainAgent { client_id, spiffe_id: None });
        Parent::assertion(Held {
            tenant: tenant.clone(),
            person: self.person,
            delegation: self.delegation,
            resource: self.resource,
            scopes: self.scopes,
            tokens: Vec::new(),
            agents: agents.collect(),
            depth: self.depth,
            max_depth: self.max_depth,
            expires_at: self.expires_at,
            confirmation: None,
        })
    }
}
