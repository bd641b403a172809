use std::vec;

use deputize_core::NonEmptySet;

/// A row of numbers that choices are read from. It shrinks towards zeros, and zero is the tame
/// choice everywhere: what is left of a failing case is what makes it fail.
pub(crate) struct Tape(vec::IntoIter<u16>);

impl Tape {
    pub(crate) fn new(numbers: Vec<u16>) -> Self {
        Self(numbers.into_iter())
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::from(self.0.next().unwrap_or(0)) % bound
    }

    /// Once in so many times.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) + 1 == times
    }

    pub(crate) fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }

    /// Each with this probability, and never none.
    pub(crate) fn some<T: Clone + Ord>(&mut self, of: &[T], per_cent: usize) -> NonEmptySet<T> {
        let chosen: Vec<T> = of.iter().filter(|_| self.below(100) < per_cent).cloned().collect();
        NonEmptySet::new(chosen).unwrap_or_else(|| NonEmptySet::of(of[0].clone()))
    }
}
