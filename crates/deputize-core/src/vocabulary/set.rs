use alloc::{boxed::Box, vec::Vec};
use core::{borrow::Borrow, fmt};

use serde::{Deserialize, Deserializer, Serialize, de};

/// An ordered set of at least one element, in memory and in serde a plain list.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct NonEmptySet<T>(Box<[T]>);

impl<T: Ord> NonEmptySet<T> {
    /// The distinct elements of `items`; nothing when there are none.
    pub fn new(items: impl IntoIterator<Item = T>) -> Option<Self> {
        let mut items: Vec<T> = items.into_iter().collect();
        items.sort_unstable();
        items.dedup();
        (!items.is_empty()).then(|| Self(items.into_boxed_slice()))
    }

    /// The set of one element.
    pub fn of(item: T) -> Self {
        Self(Box::new([item]))
    }

    /// Whether `item` is in the set.
    #[must_use]
    pub fn contains<Q: Ord + ?Sized>(&self, item: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.0.binary_search_by(|own| own.borrow().cmp(item)).is_ok()
    }
}

impl<T> NonEmptySet<T> {
    /// The elements, in order.
    pub fn iter(&self) -> core::slice::Iter<'_, T> {
        self.0.iter()
    }

    /// How many elements: at least one.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "it never is")]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The elements, in order, as a slice.
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        &self.0
    }
}

impl<'a, T> IntoIterator for &'a NonEmptySet<T> {
    type Item = &'a T;
    type IntoIter = core::slice::Iter<'a, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T> IntoIterator for NonEmptySet<T> {
    type Item = T;
    type IntoIter = alloc::vec::IntoIter<T>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_vec().into_iter()
    }
}

impl<'de, T: Ord + Deserialize<'de>> Deserialize<'de> for NonEmptySet<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(Vec::deserialize(deserializer)?).ok_or_else(|| de::Error::custom("a list here is never empty"))
    }
}

impl<T: fmt::Debug> fmt::Debug for NonEmptySet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// Everything, or only what is listed. There is no empty list: that would be a third meaning.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(clippy::exhaustive_enums, reason = "there is no third case")]
pub enum Allow<T> {
    /// No restriction. In documents and JSON: the list is absent.
    #[default]
    Any,
    /// Only what is listed.
    Only(NonEmptySet<T>),
}

impl<T: Ord> Allow<T> {
    /// Whether `item` is allowed.
    #[must_use]
    pub fn allows(&self, item: &T) -> bool {
        match self {
            Self::Any => true,
            Self::Only(set) => set.contains(item),
        }
    }
}

impl<T> Allow<T> {
    /// What is listed: nothing for `Any`.
    pub fn listed(&self) -> impl Iterator<Item = &T> {
        match self {
            Self::Any => [].iter(),
            Self::Only(set) => set.iter(),
        }
    }

    pub(crate) fn is_any(&self) -> bool {
        matches!(self, Self::Any)
    }
}

impl<T: Serialize> Serialize for Allow<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Any => serializer.serialize_none(),
            Self::Only(set) => serializer.serialize_some(set),
        }
    }
}

impl<'de, T: Ord + Deserialize<'de>> Deserialize<'de> for Allow<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Any, Self::Only))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_ordered_and_distinct_and_never_empty() {
        let set = NonEmptySet::new([3, 1, 3, 2]).unwrap();
        assert_eq!(set.as_slice(), [1, 2, 3]);
        assert!(set.contains(&2) && !set.contains(&4));
        assert_eq!(NonEmptySet::<u8>::new([]), None);
        assert!(serde_json::from_str::<NonEmptySet<u8>>("[]").is_err());
    }

    #[test]
    fn an_absent_list_is_any_and_an_empty_one_an_error() {
        assert_eq!(serde_json::from_str::<Allow<u8>>("null").unwrap(), Allow::Any);
        assert_eq!(serde_json::from_str::<Allow<u8>>("[1]").unwrap(), Allow::Only(NonEmptySet::of(1)));
        assert!(serde_json::from_str::<Allow<u8>>("[]").is_err());
        assert!(Allow::Any.allows(&7) && !Allow::Only(NonEmptySet::of(1)).allows(&7));
    }
}
