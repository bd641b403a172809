use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use deputize_core::{AgentPolicy, ClientId, Revision, TenantId};

/// Compiled agents' halves, each of the revision it was compiled at. Bounded: when it is full, it
/// starts anew.
#[derive(Debug, Default)]
pub(crate) struct PolicyCache {
    compiled: Mutex<HashMap<(TenantId, ClientId), Arc<AgentPolicy>>>,
}

/// Agents whose compiled half is kept.
const MAX_CACHED: usize = 10_000;

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
        if compiled.len() >= MAX_CACHED {
            compiled.clear();
        }
        compiled.insert((tenant.clone(), policy.agent().client_id.clone()), Arc::clone(policy));
    }
}
