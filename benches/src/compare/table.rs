//! The rows, and how they are written: as Markdown, and as JSON.

use std::fmt::Write;

use serde::Serialize;

use crate::harness::{Measured, Side, Spread, measure};

/// A comparison.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    /// What is done.
    pub(crate) name: String,
    /// Beside what.
    pub(crate) beside: String,
    #[serde(flatten)]
    pub(crate) measured: Measured,
    /// What ours ÷ theirs is to be at most.
    pub(crate) target: Option<f64>,
}

/// All comparisons so far.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(crate) rows: Vec<Row>,
}

impl Table {
    /// Measures ours beside something, and keeps the row.
    pub(crate) fn compare(
        &mut self,
        name: &str,
        mut ours: Side<'_>,
        beside: &str,
        mut theirs: Side<'_>,
        target: Option<f64>,
    ) {
        let measured = measure(&mut ours, &mut theirs);
        let row = Row { name: name.to_owned(), beside: beside.to_owned(), measured, target };
        // One goes by as it is measured: nobody has to wonder whether it hangs.
        eprintln!("{}", row.markdown());
        self.rows.push(row);
    }

    pub(crate) fn markdown(&self) -> String {
        let mut text = String::from("| name | ours | theirs | ratio |\n| --- | --- | --- | --- |\n");
        for row in &self.rows {
            text.push_str(&row.markdown());
            text.push('\n');
        }
        text
    }

    /// The rows that are dearer than they should be.
    pub(crate) fn missed(&self) -> String {
        let mut text = String::new();
        for row in &self.rows {
            if let Some(target) = row.target.filter(|target| row.measured.ratio.median > *target) {
                let is = ratio(row.measured.ratio.median);
                // Writing to a string can't fail.
                let _ = writeln!(text, "- {}, beside {}: {is}, wanted {}", row.name, row.beside, ratio(target));
            }
        }
        text
    }
}

impl Row {
    fn markdown(&self) -> String {
        let Measured { ours, theirs, ratio: of, .. } = self.measured;
        let spread = format!("{} ({} to {})", ratio(of.median), ratio(of.q1), ratio(of.q3));
        format!("| {} | {} | {}: {} | {spread} |", self.name, times(ours), self.beside, times(theirs))
    }
}

fn times(spread: Spread) -> String {
    format!("{} ({} to {})", time(spread.median), time(spread.q1), time(spread.q3))
}

/// A time with three digits.
pub(crate) fn time(nanoseconds: f64) -> String {
    let (value, unit) = match nanoseconds {
        ..1e3 => (nanoseconds, "ns"),
        1e3..1e6 => (nanoseconds / 1e3, "µs"),
        1e6..1e9 => (nanoseconds / 1e6, "ms"),
        _ => (nanoseconds / 1e9, "s"),
    };
    format!("{} {unit}", digits(value))
}

/// Ours ÷ theirs: `1.08` where ours is dearer, `1/350` where theirs is.
pub(crate) fn ratio(of: f64) -> String {
    if of >= 0.95 { format!("{of:.2}") } else { format!("1/{}", digits(1.0 / of)) }
}

fn digits(value: f64) -> String {
    match value {
        ..10.0 => format!("{value:.2}"),
        10.0..100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}
