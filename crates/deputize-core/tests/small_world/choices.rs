//! Every row of choices that a function can make.

use std::env;

/// What was chosen so far, and what is to be chosen anew.
#[derive(Debug, Default)]
pub(crate) struct Choices {
    /// Which of how many.
    taken: Vec<(usize, usize)>,
    at: usize,
}

impl Choices {
    /// One of these: in the end each.
    pub(crate) fn of<T: Copy>(&mut self, of: &[T]) -> T {
        if self.at == self.taken.len() {
            self.taken.push((0, of.len()));
        }
        let (chosen, among) = self.taken[self.at];
        assert_eq!(among, of.len(), "the same choices lead to the same question");
        self.at += 1;
        of[chosen]
    }

    /// One of these; of the first `usual` only, unless a larger world is wanted.
    pub(crate) fn among<T: Copy>(&mut self, of: &[T], usual: usize) -> T {
        self.of(if larger() { of } else { &of[..usual] })
    }

    /// Moves on to the next row; whether there is one.
    fn next(&mut self) -> bool {
        self.at = 0;
        while let Some((chosen, among)) = self.taken.pop() {
            if chosen + 1 < among {
                self.taken.push((chosen + 1, among));
                return true;
            }
        }
        false
    }
}

/// Visits once with each row of choices.
pub(crate) fn every(mut visit: impl FnMut(&mut Choices)) {
    let mut choices = Choices::default();
    loop {
        visit(&mut choices);
        if !choices.next() {
            return;
        }
    }
}

fn larger() -> bool {
    env::var("DEPUTIZE_WORLDS").is_ok_and(|size| size != "1")
}

#[test]
fn every_row_of_choices_is_visited_once() {
    let mut rows = Vec::new();
    every(|choices| {
        let first = choices.of(&[1, 2]);
        let second = if first == 2 { choices.of(&[3, 4, 5]) } else { 0 };
        rows.push((first, second, choices.of(&['a', 'b'])));
    });
    let expected =
        [(1, 0, 'a'), (1, 0, 'b'), (2, 3, 'a'), (2, 3, 'b'), (2, 4, 'a'), (2, 4, 'b'), (2, 5, 'a'), (2, 5, 'b')];
    assert_eq!(rows, expected);
}
