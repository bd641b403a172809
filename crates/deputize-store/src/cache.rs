use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use deputize_core::{AgentPolicy, ClientId, Revision, TenantId};

use crate::limits::MAX_KEPT_POLICIES;

/// Compiled agents' halves, each of the revision it was compiled at. Bounded: when it is full, it
/// starts anew.
#[derive(Debug, Default)]
pub(crate) struct PolicyCache {
    compiled: Mutex<HashMap<(TenantId, ClientId), Arc<AgentPolicy>>>,
}

impl PolicyCache {
    /// The agent's half, if it is kept and of exactly these revisions.
    pub(crate) fn get(
        &self,
        tenant: &TenantId,
        client: &ClientId,
        revision: Revision,
        epoch: Revision,
    ) -> Option<Arc<AgentPolicy>> {
        let compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        let policy = compiled.get(&(tenant.clone(), client.clone()))?;
        (policy.revision() == revision && policy.epoch() == epoch).then(|| Arc::clone(policy))
    }

    pub(crate) fn put(&self, tenant: &TenantId, policy: &Arc<AgentPolicy>) {
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if compiled.len() >= MAX_KEPT_POLICIES {
            compiled.clear();
        }
        compiled.insert((tenant.clone(), policy.agent().client_id.clone()), Arc::clone(policy));
    }
}
