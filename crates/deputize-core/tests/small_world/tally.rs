//! What was visited, and how often: a law that nothing interesting was seen under says nothing.

use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub(crate) struct Tally(BTreeMap<String, u64>);

impl Tally {
    pub(crate) fn count(&mut self, what: &str) {
        match self.0.get_mut(what) {
            Some(count) => *count += 1,
            None => drop(self.0.insert(what.to_owned(), 1)),
        }
    }

    /// Prints it all, and fails where one of these was never seen.
    pub(crate) fn saw_each_of<'a>(&self, whats: impl IntoIterator<Item = &'a str>) {
        for (what, count) in &self.0 {
            println!("{count:>10} {what}");
        }
        for what in whats {
            assert!(self.0.contains_key(what), "never: {what}");
        }
    }
}
