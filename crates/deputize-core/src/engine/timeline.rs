use alloc::{collections::BinaryHeap, vec::Vec};

use crate::vocabulary::{UnixTime, Window};

/// For every moment the latest end among the windows that are open then: the answer to "until when
/// does this hold?", in a binary search, however many windows there are.
#[derive(Debug, Clone, Default)]
pub(super) struct Timeline {
    /// Mostly the only one, so it stands here.
    first: Option<Step>,
    later: Vec<Step>,
}

/// From this moment on, until the next step: the latest end, or nothing open.
type Step = (UnixTime, Option<UnixTime>);

impl Timeline {
    pub(super) fn new<'a>(windows: impl Iterator<Item = &'a Window>) -> Self {
        // A window without an end outlives one that ends at the last moment there is.
        let bounds = |w: &Window| (w.start(), (w.end(), w.not_after().is_none()));
        let mut opening: Vec<_> = windows.map(bounds).collect();
        opening.sort_unstable();
        let mut moments: Vec<UnixTime> = opening.iter().flat_map(|(start, (end, _))| [*start, *end]).collect();
        moments.sort_unstable();
        moments.dedup();

        let mut steps: Vec<Step> = Vec::new();
        let mut open = BinaryHeap::new();
        let mut opening = opening.into_iter().peekable();
        for moment in moments {
            while let Some((_, end)) = opening.next_if(|(start, _)| *start <= moment) {
                open.push(end);
            }
            while open.peek().is_some_and(|(end, endless)| *end <= moment && !endless) {
                open.pop();
            }
            let latest = open.peek().map(|(end, _)| *end);
            if steps.last().is_none_or(|(_, before)| *before != latest) {
                steps.push((moment, latest));
            }
        }
        let mut steps = steps.into_iter();
        Self { first: steps.next(), later: steps.collect() }
    }

    /// The latest end among the windows open at `now`; nothing when none is.
    #[inline]
    pub(super) fn at(&self, now: UnixTime) -> Option<UnixTime> {
        let first = self.first.as_ref().filter(|(from, _)| *from <= now)?;
        let later = self.later.partition_point(|(from, _)| *from <= now);
        later.checked_sub(1).and_then(|at| self.later.get(at)).unwrap_or(first).1
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn window((from, to): (Option<u64>, Option<u64>)) -> Option<Window> {
        Window::new(from.map(moment), to.map(moment)).ok()
    }

    /// The first moments, and the last two.
    fn moment(number: u64) -> UnixTime {
        let secs = if number < 10 { number } else { UnixTime::MAX.as_secs() - 11 + number };
        UnixTime::from_secs(secs).unwrap()
    }

    proptest! {
        /// As looking at every window would tell, at every moment and on every bound.
        #[test]
        fn tells_what_a_look_at_every_window_tells(
            bounds in prop::collection::vec((prop::option::of(0..12_u64), prop::option::of(1..12_u64)), 0..6),
        ) {
            let windows: Vec<Window> = bounds.into_iter().filter_map(window).collect();
            let timeline = Timeline::new(windows.iter());
            for now in (0..12).map(moment) {
                let expected = windows.iter().filter(|w| w.holds(now)).map(Window::end).max();
                prop_assert_eq!(timeline.at(now), expected);
            }
        }
    }
}
