//! What holds for every configuration.

use deputize_core::{ApplyError, Change, Configuration, Target};
use proptest::prelude::*;

use crate::{
    document_support::{changes, configurations},
    support::*,
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn changes_rebuild_the_configuration_and_leave_it_as_it_is(config in configurations()) {
        let mut rebuilt = Configuration::new(config.tenant().clone());
        for change in config.changes() {
            let done = rebuilt.apply(&olga(), &change);
            prop_assert!(done.is_ok(), "{change:?} {done:?}");
        }
        prop_assert_eq!(&rebuilt, &config);
        prop_assert_eq!(rebuilt.revoked(), config.revoked());
        let mut again = config.clone();
        for change in config.changes() {
            let before = again.latest();
            match again.apply(&olga(), &change) {
                Ok(revision) if matches!(change, Change::Revoke(Target::Token(_))) => {
                    prop_assert_eq!(revision, before.next());
                }
                Ok(revision) => prop_assert_eq!(revision, before, "{:?}", change),
                Err(error) => {
                    prop_assert_eq!(error, ApplyError::TenantRevoked);
                    prop_assert!(config.revoked().tenant);
                }
            }
        }
        prop_assert_eq!(again, config);
    }

    /// Once a change was refused or made, asking again gives the same; the rest of the
    /// configuration never refers to what is not there.
    #[test]
    fn every_configuration_is_whole(config in configurations(), change in changes()) {
        let mut after = config.clone();
        let first = after.apply(&olga(), &change);
        prop_assert!(first.is_ok() || after == config);
        prop_assert!(after.latest() >= config.latest());
        for binding in after.bindings() {
            prop_assert!(after.role(&binding.role).is_some());
            prop_assert!(binding.resource.as_ref().is_none_or(|uri| after.resource(uri).is_some()));
            prop_assert!(after.removed_bindings().all(|id| *id != binding.id));
            prop_assert!(after.bindings_of(&binding.subject).any(|own| own == binding));
        }
        for delegation in after.delegations() {
            prop_assert!(after.agent(&delegation.agent).is_some());
            prop_assert!(delegation.onward.iter().all(|client| after.agent(client).is_some()));
            prop_assert!(delegation.resources.listed().all(|uri| after.resource(uri).is_some()));
            prop_assert!(after.delegations_between(&delegation.delegator, &delegation.agent).any(|own| own == delegation));
        }
        for agent in after.agents() {
            prop_assert!(agent.resources.listed().all(|uri| after.resource(uri).is_some()));
            prop_assert_eq!(after.agent_by_spiffe_id(&agent.spiffe_id), Some(agent));
        }
        prop_assert!(after.default_resource().is_none_or(|uri| after.resource(uri).is_some()));
    }
}
