use alloc::{boxed::Box, collections::BTreeMap, vec::Vec};

use hashbrown::HashMap;

use super::{grants::Grants, ground::Ground, rows::RowsError};
use crate::{
    config::{Binding, Role},
    limits::MAX_BINDINGS,
    vocabulary::{NonEmptySet, ResourceId, RoleId, Scope, ScopePattern, UnixTime},
};

/// A subject's bindings and allowed patterns, by what a scope can look up: itself, and each of its
/// prefixes that ends with a colon. What a lookup costs depends on the scope only.
#[derive(Debug, Default)]
pub(super) struct Index {
    exact: HashMap<Box<str>, Entry>,
    prefixes: HashMap<Box<str>, Entry>,
    /// Of the roles that are bound, and of each set of roles that share a pattern.
    grants: Vec<Grants>,
    roles: Vec<BoundRole>,
}

/// One pattern: whether it is allowed, and which roles hold it.
#[derive(Debug)]
struct Entry {
    pattern: ScopePattern,
    allowed: bool,
    roles: Vec<usize>,
    /// The place in `Index::grants` of what these roles grant.
    grants: Option<usize>,
}

#[derive(Debug)]
struct BoundRole {
    name: RoleId,
    bindings: Vec<Binding>,
}

/// What the index says of one scope.
#[derive(Debug, Default)]
pub(super) struct Hit {
    /// An allowed pattern matches.
    pub(super) allowed: bool,
    /// The latest end among the live bindings that lead to a pattern that matches.
    pub(super) end: Option<UnixTime>,
}

impl Index {
    pub(super) fn new(
        bindings: Vec<Binding>,
        roles: &[Role],
        allowed: Option<&NonEmptySet<ScopePattern>>,
    ) -> Result<Self, RowsError> {
        if bindings.len() > MAX_BINDINGS {
            return Err(RowsError::TooManyBindings);
        }
        let roles: BTreeMap<&RoleId, &Role> = roles.iter().map(|role| (&role.name, role)).collect();
        let mut by_role: BTreeMap<&RoleId, (&Role, Vec<Binding>)> = BTreeMap::new();
        for binding in bindings {
            let Some((name, role)) = roles.get_key_value(&binding.role) else {
                return Err(RowsError::MissingRole(binding.role));
            };
            by_role.entry(name).or_insert((role, Vec::new())).1.push(binding);
        }
        let mut index = Self::default();
        for pattern in allowed.into_iter().flatten() {
            index.entry(pattern).allowed = true;
        }
        for (at, (name, (role, bindings))) in by_role.into_iter().enumerate() {
            for pattern in &role.permissions {
                index.entry(pattern).roles.push(at);
            }
            index.roles.push(BoundRole { name: name.clone(), bindings });
        }
        index.merge_shared();
        Ok(index)
    }

    /// What the index says of `scope`.
    pub(super) fn look_up(&self, scope: &Scope, resource: &ResourceId, now: UnixTime) -> Hit {
        let mut hit = Hit::default();
        for entry in self.matching(scope) {
            hit.allowed |= entry.allowed;
            let grants = entry.grants.and_then(|at| self.grants.get(at));
            hit.end = hit.end.max(grants.and_then(|grants| grants.end(resource, now)));
        }
        hit
    }

    /// Every live binding that leads to a pattern that matches `scope`.
    pub(super) fn bindings<'a>(
        &'a self,
        scope: &'a Scope,
        resource: &'a ResourceId,
        now: UnixTime,
    ) -> impl Iterator<Item = Ground<'a>> {
        self.matching(scope).flat_map(move |entry| {
            entry.roles.iter().filter_map(|at| self.roles.get(*at)).flat_map(move |role| {
                role.bindings.iter().filter(move |binding| binding.is_live(resource, now)).map(move |binding| {
                    Ground::Binding { binding: &binding.id, role: &role.name, pattern: &entry.pattern }
                })
            })
        })
    }

    /// Every allowed pattern that matches `scope`.
    pub(super) fn allowed<'a>(&'a self, scope: &'a Scope) -> impl Iterator<Item = Ground<'a>> {
        self.matching(scope).filter(|entry| entry.allowed).map(|entry| Ground::AllowedScope(&entry.pattern))
    }

    fn matching<'a>(&'a self, scope: &'a Scope) -> impl Iterator<Item = &'a Entry> {
        let text = scope.as_str();
        let prefixes = (!self.prefixes.is_empty()).then_some(text).into_iter().flat_map(|text| text.match_indices(':'));
        // `prefix:*` wants at least one more byte.
        let prefixes = prefixes.map(|(colon, _)| text.split_at(colon + 1)).filter(|(_, rest)| !rest.is_empty());
        let exact = self.exact.get(text).into_iter();
        exact.chain(prefixes.filter_map(|(prefix, _)| self.prefixes.get(prefix)))
    }

    fn entry(&mut self, pattern: &ScopePattern) -> &mut Entry {
        let (map, key) = match pattern.prefix() {
            Some(prefix) => (&mut self.prefixes, prefix),
            None => (&mut self.exact, pattern.as_str()),
        };
        let new = || Entry { pattern: pattern.clone(), allowed: false, roles: Vec::new(), grants: None };
        map.entry(key.into()).or_insert_with(new)
    }

    /// Roles that share a pattern are looked up as one: the work is done once for each set of
    /// roles, here and not in the decision.
    fn merge_shared(&mut self) {
        let Self { exact, prefixes, grants, roles } = self;
        let mut places: BTreeMap<Vec<usize>, usize> = BTreeMap::new();
        for entry in exact.values_mut().chain(prefixes.values_mut()) {
            if entry.roles.is_empty() {
                continue;
            }
            if let Some(place) = places.get(&entry.roles) {
                entry.grants = Some(*place);
                continue;
            }
            let bindings = entry.roles.iter().filter_map(|at| roles.get(*at)).flat_map(|role| &role.bindings);
            entry.grants = Some(grants.len());
            places.insert(entry.roles.clone(), grants.len());
            grants.push(Grants::new(bindings));
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::{String, ToString};

    use super::*;
    use crate::{
        config::Subject,
        engine::GroundReport,
        vocabulary::{BindingId, Window},
    };

    const HERE: &str = "https://here.example";

    fn role(name: &str, patterns: &str) -> Role {
        let permissions = patterns.split(' ').map(|pattern| pattern.parse().unwrap());
        Role { name: name.parse().unwrap(), permissions: NonEmptySet::new(permissions).unwrap() }
    }

    fn binding(id: &str, role: &str, until: u64, resource: Option<&str>) -> Binding {
        Binding {
            id: id.parse::<BindingId>().unwrap(),
            subject: Subject::User("alice".parse().unwrap()),
            role: role.parse().unwrap(),
            window: Window::new(None, UnixTime::from_secs(until)).unwrap(),
            resource: resource.map(|uri| uri.parse().unwrap()),
        }
    }

    /// What one scope finds at second 10: whether it is allowed, until when it is bound, and why.
    fn found(index: &Index, scope: &str) -> (bool, Option<u64>, Vec<String>) {
        let (scope, here) = (scope.parse().unwrap(), HERE.parse().unwrap());
        let now = UnixTime::from_secs(10).unwrap();
        let hit = index.look_up(&scope, &here, now);
        let grounds = index.bindings(&scope, &here, now).chain(index.allowed(&scope));
        let mut grounds: Vec<String> = grounds.map(|ground| GroundReport::from(ground).to_string()).collect();
        grounds.sort();
        (hit.allowed, hit.end.map(UnixTime::as_secs), grounds)
    }

    /// A scope finds its own pattern and that of each of its prefixes, and takes the latest end.
    #[test]
    fn finds_every_pattern_that_matches() {
        let roles = [role("deep", "a:b:*"), role("exact", "a:b:c"), role("wide", "a:* z")];
        let bindings =
            [binding("1", "deep", 30, None), binding("2", "exact", 20, None), binding("3", "wide", 40, None)];
        let allowed = NonEmptySet::new(["a:b:*", "z"].map(|pattern| pattern.parse().unwrap())).unwrap();
        let index = Index::new(bindings.into(), &roles, Some(&allowed)).unwrap();
        let (deep, exact) = ("binding 1 → role deep → a:b:*", "binding 2 → role exact → a:b:c");
        let wide = "binding 3 → role wide → a:*";
        let all = [deep, exact, wide].map(String::from);
        let told = |grounds: &[&str]| grounds.iter().map(ToString::to_string).collect::<Vec<String>>();
        let (allowed, end, grounds) = found(&index, "a:b:c");
        assert_eq!((allowed, end), (true, Some(40)));
        assert_eq!(grounds[1..], all);
        assert_eq!(found(&index, "a:b:d"), (true, Some(40), told(&["allows a:b:*", deep, wide])));
        assert_eq!(found(&index, "a:b:"), (false, Some(40), told(&[wide])), "at least one byte more");
        assert_eq!(found(&index, "a:"), (false, None, told(&[])));
        assert_eq!(found(&index, "a"), (false, None, told(&[])));
        assert_eq!(found(&index, "z"), (true, Some(40), told(&["allows z", "binding 3 → role wide → z"])));
        assert_eq!(found(&index, "z:z"), (false, None, told(&[])));
    }

    /// Roles that share a pattern are merged, and each binding keeps its window and its resource.
    #[test]
    fn merges_roles_that_share_a_pattern() {
        let roles = [role("one", "a b"), role("two", "a")];
        let bindings = [
            binding("1", "one", 20, None),
            binding("2", "two", 30, Some(HERE)),
            binding("3", "two", 40, Some("https://elsewhere.example")),
            binding("4", "one", 10, None),
        ];
        let index = Index::new(bindings.into(), &roles, None).unwrap();
        assert_eq!(index.grants.len(), 2, "that of both roles, and that of the first");
        assert_eq!(found(&index, "a").1, Some(30), "neither elsewhere nor what ends at this moment");
        assert_eq!(found(&index, "b").1, Some(20));
        assert_eq!(found(&index, "a").2.len(), 2);
    }

    #[test]
    fn says_nothing_without_bindings() {
        let index = Index::new(Vec::new(), &[role("one", "a")], None).unwrap();
        assert_eq!(found(&index, "a"), (false, None, Vec::new()));
        assert!(index.exact.is_empty() && index.prefixes.is_empty(), "a role that is not bound takes no place");
    }
}
