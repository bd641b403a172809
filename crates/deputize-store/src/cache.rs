use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use deputize_core::{AgentPolicy, ClientId, TenantId};

use crate::limits::MAX_KEPT_POLICIES;

/// Compiled agents' halves, each of the revision it was compiled at. Bounded: when it is full, it
/// starts anew.
#[derive(Debug, Default)]
pub(crate) struct PolicyCache {
    compiled: Mutex<HashMap<(TenantId, ClientId), Arc<AgentPolicy>>>,
}

impl PolicyCache {
    /// The agent's half, if it is kept: of the revisions that it says itself.
    pub(crate) fn get(&self, tenant: &TenantId, client: &ClientId) -> Option<Arc<AgentPolicy>> {
        let compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        compiled.get(&(tenant.clone(), client.clone())).map(Arc::clone)
    }

    pub(crate) fn put(&self, tenant: &TenantId, policy: &Arc<AgentPolicy>) {
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if compiled.len() >= MAX_KEPT_POLICIES {
            compiled.clear();
        }
        compiled.insert((tenant.clone(), policy.agent().client_id.clone()), Arc::clone(policy));
    }
}

#[cfg(test)]
mod tests {
    use deputize_core::{Agent, AgentRows, Allow, MayAct, NonEmptySet, Revision};

    use super::*;

    fn compiled(n: usize, revision: u64, epoch: u64) -> Arc<AgentPolicy> {
        let agent = Agent {
            client_id: format!("a{n}").parse().unwrap(),
            spiffe_id: format!("spiffe://acme/{n}").parse().unwrap(),
            acting: MayAct::Alone,
            allowed_scopes: NonEmptySet::of("a".parse().unwrap()),
            max_lifetime_seconds: 60.try_into().unwrap(),
            resources: Allow::Any,
            mode: Default::default(),
            status: Default::default(),
        };
        AgentPolicy::compile(AgentRows {
            tenant: "acme".parse().unwrap(),
            epoch: Revision::from_number(epoch),
            revision: Revision::from_number(revision),
            agent,
            bindings: Vec::new(),
            roles: Vec::new(),
        })
        .unwrap()
    }

    #[test]
    fn gives_what_was_put_last_and_nothing_of_another_tenant() {
        let (cache, acme) = (PolicyCache::default(), "acme".parse().unwrap());
        let (earlier, later) = (compiled(1, 5, 7), compiled(1, 6, 7));
        let client = &later.agent().client_id;
        assert!(cache.get(&acme, client).is_none());
        cache.put(&acme, &earlier);
        cache.put(&acme, &later);
        assert!(Arc::ptr_eq(&cache.get(&acme, client).unwrap(), &later));
        assert!(cache.get(&"other".parse().unwrap(), client).is_none());
    }

    #[test]
    fn is_bounded() {
        let (cache, acme) = (PolicyCache::default(), "acme".parse().unwrap());
        for n in 0..=MAX_KEPT_POLICIES {
            cache.put(&acme, &compiled(n, 1, 1));
        }
        assert!(cache.compiled.lock().unwrap().len() <= MAX_KEPT_POLICIES);
    }
}
