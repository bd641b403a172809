use alloc::{collections::BTreeMap, vec::Vec};

use super::timeline::Timeline;
use crate::{
    config::Binding,
    vocabulary::{ResourceId, UnixTime, Window},
};

/// When, and for which resources, a set of bindings counts.
#[derive(Debug, Clone)]
pub(super) struct Grants {
    anywhere: Timeline,
    /// Of the bindings to one resource, by that resource.
    at_resource: Vec<(ResourceId, Timeline)>,
}

impl Grants {
    pub(super) fn new<'a>(bindings: impl Iterator<Item = &'a Binding>) -> Self {
        let mut anywhere: Vec<&Window> = Vec::new();
        let mut at_resource: BTreeMap<&ResourceId, Vec<&Window>> = BTreeMap::new();
        for binding in bindings {
            match &binding.resource {
                None => anywhere.push(&binding.window),
                Some(uri) => at_resource.entry(uri).or_default().push(&binding.window),
            }
        }
        let timeline = |(uri, windows): (&ResourceId, Vec<&Window>)| (uri.clone(), Timeline::new(windows.into_iter()));
        Self {
            anywhere: Timeline::new(anywhere.into_iter()),
            at_resource: at_resource.into_iter().map(timeline).collect(),
        }
    }

    /// The latest end among the bindings that count for `resource` at `now`.
    #[inline]
    pub(super) fn end(&self, resource: &ResourceId, now: UnixTime) -> Option<UnixTime> {
        let anywhere = self.anywhere.at(now);
        if self.at_resource.is_empty() {
            return anywhere;
        }
        let here = self.at_resource.binary_search_by(|(uri, _)| uri.cmp(resource)).ok();
        anywhere.max(here.and_then(|at| self.at_resource.get(at)).and_then(|(_, timeline)| timeline.at(now)))
    }
}
