use alloc::vec::Vec;

use super::grants::Grants;
use crate::{
    config::Binding,
    vocabulary::{ResourceId, RoleId, UnixTime},
};

/// The roles that are bound, and every set of them that shares a pattern: what such a set grants is
/// worked out once, and not in the decision.
#[derive(Debug, Default)]
pub(super) struct RoleSets {
    roles: Vec<BoundRole>,
    sets: Vec<RoleSet>,
}

#[derive(Debug)]
pub(super) struct BoundRole {
    pub(super) name: RoleId,
    pub(super) bindings: Vec<Binding>,
    /// The sets that this role is the last of: each with the set it was added to.
    ends: Vec<(Option<SetId>, SetId)>,
}

/// A set of roles by its last one and the set of the others, so that sets share their beginnings.
#[derive(Debug)]
struct RoleSet {
    last: BoundId,
    others: Option<SetId>,
    grants: Option<Grants>,
}

/// The place of a role that is bound.
#[derive(Debug, Clone, Copy)]
pub(super) struct BoundId(usize);

/// The place of a set of roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SetId(u32);

impl RoleSets {
    pub(super) fn bind(&mut self, name: RoleId, bindings: Vec<Binding>) -> BoundId {
        self.roles.push(BoundRole { name, bindings, ends: Vec::new() });
        BoundId(self.roles.len() - 1)
    }

    /// The set `others` and `last`: roles are added in the order in which they were bound.
    pub(super) fn with(&mut self, others: Option<SetId>, last: BoundId) -> SetId {
        // Sets are no more than patterns of roles, which a tenant has not that many of.
        let new = SetId(u32::try_from(self.sets.len()).unwrap_or(u32::MAX));
        let Some(role) = self.roles.get_mut(last.0) else { return new };
        match role.ends.binary_search_by_key(&others, |(others, _)| *others) {
            Ok(at) => role.ends.get(at).map_or(new, |(_, set)| *set),
            Err(at) => {
                role.ends.insert(at, (others, new));
                self.sets.push(RoleSet { last, others, grants: None });
                new
            }
        }
    }

    /// Works out what these sets grant; the others are only beginnings.
    pub(super) fn merge(&mut self, used: impl Iterator<Item = SetId>) {
        for set in used {
            if self.set(set).is_none_or(|set| set.grants.is_some()) {
                continue;
            }
            let grants = Grants::new(self.of(Some(set)).flat_map(|role| &role.bindings));
            usize::try_from(set.0)
                .ok()
                .and_then(|at| self.sets.get_mut(at))
                .into_iter()
                .for_each(|set| set.grants = Some(grants.clone()));
        }
        self.roles.iter_mut().for_each(|role| role.ends = Vec::new());
    }

    /// The latest end among the bindings of a set that count for `resource` at `now`.
    #[inline]
    pub(super) fn end(&self, set: SetId, resource: &ResourceId, now: UnixTime) -> Option<UnixTime> {
        self.set(set)?.grants.as_ref()?.end(resource, now)
    }

    #[inline]
    fn set(&self, id: SetId) -> Option<&RoleSet> {
        self.sets.get(usize::try_from(id.0).ok()?)
    }

    /// The roles of a set, last first.
    pub(super) fn of(&self, set: Option<SetId>) -> impl Iterator<Item = &BoundRole> {
        let get = |id: SetId| self.set(id);
        let ends = core::iter::successors(set.and_then(get), move |set| set.others.and_then(get));
        ends.filter_map(|set| self.roles.get(set.last.0))
    }

    #[cfg(test)]
    pub(super) fn merged(&self) -> usize {
        self.sets.iter().filter(|set| set.grants.is_some()).count()
    }
}
