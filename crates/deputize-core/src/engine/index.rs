use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};
use core::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::{
    ground::Ground,
    role_sets::{RoleSets, SetId},
    rows::RowsError,
};
use crate::{
    config::{Binding, Role},
    limits::MAX_BINDINGS,
    vocabulary::{NonEmptySet, ResourceId, RoleId, Scope, ScopePattern, UnixTime},
};

/// A subject's bindings and allowed patterns, by what a scope can look up: itself, else the longest
/// of its prefixes that there is a pattern for. From there each pattern leads to the next wider one,
/// so that a scope which is listed is looked up once, however many patterns match it. What a lookup
/// costs depends on the scope only.
#[derive(Debug, Default)]
pub(super) struct Index {
    entries: HashTable<Entry>,
    /// Keyed at random: requests only look up, and who writes patterns does not know the key.
    hasher: DefaultHashBuilder,
    /// Of the prefixes that occur, longest first.
    prefix_lengths: Vec<u8>,
    roles: RoleSets,
}

/// One pattern: whether it is allowed, and which roles hold it.
#[derive(Debug)]
struct Entry {
    pattern: ScopePattern,
    allowed: bool,
    roles: Option<SetId>,
    /// How long the prefix is of the narrowest pattern that matches all that this one matches, and
    /// more: that of this pattern begins with it.
    wider: Option<u8>,
}

/// A scope, hashed once for all indexes that share a hasher.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key<'a> {
    text: &'a str,
    hash: u64,
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
    /// With the hasher of another index a [`Key`] is good for both.
    pub(super) fn new(
        bindings: Vec<Binding>,
        roles: &[Role],
        allowed: Option<&NonEmptySet<ScopePattern>>,
        hasher: DefaultHashBuilder,
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
        let mut index = Self { hasher, ..Self::default() };
        let of_roles = by_role.values().map(|(role, _)| role.permissions.len()).sum();
        let patterns = allowed.map_or(0, NonEmptySet::len).max(of_roles);
        index.entries.reserve(patterns, |_| 0);
        for pattern in allowed.into_iter().flatten() {
            index.entry(pattern).0.allowed = true;
        }
        for (name, (role, bindings)) in by_role {
            let bound = index.roles.bind(name.clone(), bindings);
            for pattern in &role.permissions {
                let (entry, sets) = index.entry(pattern);
                entry.roles = Some(sets.with(entry.roles, bound));
            }
        }
        if index.entries.len() < patterns / 2 {
            let hasher = index.hasher();
            index.entries.shrink_to_fit(|entry| hasher.hash_one(entry.text()));
        }
        index.widen();
        index.roles.merge(index.entries.iter().filter_map(|entry| entry.roles));
        Ok(index)
    }

    /// For another index whose keys are to be the same.
    pub(super) fn hasher(&self) -> DefaultHashBuilder {
        self.hasher.clone()
    }

    #[inline]
    pub(super) fn key<'a>(&self, scope: &'a Scope) -> Key<'a> {
        let text = scope.as_str();
        Key { text, hash: self.hasher.hash_one(text) }
    }

    /// What the index says of a scope.
    #[inline]
    pub(super) fn look_up(&self, key: Key<'_>, resource: &ResourceId, now: UnixTime) -> Hit {
        let mut hit = Hit::default();
        for entry in self.matching(key) {
            hit.allowed |= entry.allowed;
            hit.end = hit.end.max(entry.roles.and_then(|set| self.roles.end(set, resource, now)));
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
        self.matching(self.key(scope)).flat_map(move |entry| {
            let live = move |binding: &&Binding| binding.is_live(resource, now);
            self.roles.of(entry.roles).flat_map(move |role| {
                role.bindings.iter().filter(live).map(move |binding| Ground::Binding {
                    binding: &binding.id,
                    role: &role.name,
                    pattern: &entry.pattern,
                })
            })
        })
    }

    /// Every allowed pattern that matches `scope`.
    pub(super) fn allowed<'a>(&'a self, scope: &'a Scope) -> impl Iterator<Item = Ground<'a>> {
        let allowed = self.matching(self.key(scope)).filter(|entry| entry.allowed);
        allowed.map(|entry| Ground::AllowedScope(&entry.pattern))
    }

    /// Every pattern that matches, narrowest first.
    #[inline]
    fn matching(&self, key: Key<'_>) -> impl Iterator<Item = &Entry> {
        let own = self.find(key, |pattern| pattern.as_str() == key.text);
        let narrowest = own.or_else(|| self.longest_prefix(key.text));
        core::iter::successors(narrowest, move |narrower| self.prefix(key.text, narrower.wider?))
    }

    /// The longest `prefix:*` that matches `text`, which wants at least one more byte.
    fn longest_prefix(&self, text: &str) -> Option<&Entry> {
        self.prefix_lengths.iter().find_map(|length| self.prefix(text, *length))
    }

    /// The `prefix:*` of that length that matches `text`.
    fn prefix(&self, text: &str, length: u8) -> Option<&Entry> {
        let (prefix, rest) = text.split_at_checked(length.into())?;
        if !prefix.ends_with(':') || rest.is_empty() {
            return None;
        }
        let key = Key { text: prefix, hash: self.hasher.hash_one(prefix) };
        self.find(key, |pattern| pattern.prefix() == Some(prefix))
    }

    #[inline]
    fn find(&self, key: Key<'_>, is: impl Fn(&ScopePattern) -> bool) -> Option<&Entry> {
        self.entries.find(key.hash, |entry| is(&entry.pattern))
    }

    /// The entry of a pattern, a new one if there was none.
    fn entry(&mut self, pattern: &ScopePattern) -> (&mut Entry, &mut RoleSets) {
        let Self { entries, hasher, roles, .. } = self;
        let hash = |entry: &Entry| hasher.hash_one(entry.text());
        let new = Entry { pattern: pattern.clone(), allowed: false, roles: None, wider: None };
        let entry = entries.entry(hash(&new), |entry| entry.pattern == *pattern, hash);
        (entry.or_insert(new).into_mut(), roles)
    }

    /// Links each pattern to the next wider one.
    fn widen(&mut self) {
        let lengths = self.entries.iter().filter_map(|entry| u8::try_from(entry.pattern.prefix()?.len()).ok());
        let lengths: BTreeSet<u8> = lengths.collect();
        self.prefix_lengths = lengths.into_iter().rev().collect();
        let length = |wider: &Entry| u8::try_from(wider.text().len()).ok();
        let wider = self.entries.iter().map(|entry| self.longest_prefix(entry.text()).and_then(length));
        let wider: Vec<Option<u8>> = wider.collect();
        self.entries.iter_mut().zip(wider).for_each(|(entry, wider)| entry.wider = wider);
    }
}

impl Entry {
    /// What it is found by: the scope, or the prefix with its colon.
    fn text(&self) -> &str {
        self.pattern.prefix().unwrap_or(self.pattern.as_str())
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
        let hit = index.look_up(index.key(&scope), &here, now);
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
        let index = Index::new(bindings.into(), &roles, Some(&allowed), Default::default()).unwrap();
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
        let index = Index::new(bindings.into(), &roles, None, Default::default()).unwrap();
        assert_eq!(index.roles.merged(), 2, "that of both roles, and that of the first");
        assert_eq!(found(&index, "a").1, Some(30), "neither elsewhere nor what ends at this moment");
        assert_eq!(found(&index, "b").1, Some(20));
        assert_eq!(found(&index, "a").2.len(), 2);
    }

    #[test]
    fn says_nothing_without_bindings() {
        let index = Index::new(Vec::new(), &[role("one", "a")], None, Default::default()).unwrap();
        assert_eq!(found(&index, "a"), (false, None, Vec::new()));
        assert!(index.entries.is_empty(), "a role that is not bound takes no place");
    }
}
