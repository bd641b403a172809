//! Ours beside every alternative, on the machine that runs it:
//!
//! ```sh
//! cargo run --release -p deputize-benches --features peers --bin compare -- --json FILE --svg FILE
//! ```
//!
//! prints a Markdown table, a row for each comparison, after both sides gave the same answer for the
//! same input. Without the feature `peers` it compares with the floors alone. `harness` says how
//! the times are taken, and what they can't tell. `--large` adds a tenant of 10 000 000 bindings.

mod decide;
mod environment;
mod floor;
mod harness;
mod issuer;
mod mint;
mod model;
#[cfg(feature = "peers")]
mod peers;
#[cfg(not(feature = "peers"))]
#[path = "no_peers.rs"]
mod peers;
mod svg;
mod svid;
mod table;
mod verify;

use std::{fs, path::PathBuf};

use deputize_benches::Failure;
use lexopt::prelude::*;

use crate::table::Table;

fn main() -> Result<(), Failure> {
    let (mut json, mut svg, mut large): (Option<PathBuf>, Option<PathBuf>, bool) = Default::default();
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("json") => json = Some(arguments.value()?.into()),
            Long("large") => large = true,
            Long("svg") => svg = Some(arguments.value()?.into()),
            other => return Err(other.unexpected().into()),
        }
    }
    let mut table = Table::default();
    let mut notes = environment::notes();
    decide::rows(&mut table)?;
    mint::rows(&mut table, &mut notes)?;
    verify::rows(&mut table)?;
    svid::rows(&mut table)?;
    decide::compile(&mut notes)?;
    decide::flat(&mut table, &mut notes, large)?;
    notes.extend(environment::load());

    println!("{}", table.markdown());
    println!("{}\n", EXPLANATION);
    notes.iter().for_each(|note| println!("- {note}"));
    match table.missed() {
        missed if missed.is_empty() => println!("\nEvery target is met."),
        missed => println!("\nTargets that are missed:\n\n{missed}"),
    }
    if let Some(file) = json {
        let all = serde_json::json!({ "notes": notes, "rows": table.rows });
        fs::write(file, serde_json::to_string_pretty(&all)?)?;
    }
    if let Some(file) = svg {
        fs::write(file, svg::picture(&table.rows))?;
    }
    Ok(())
}

const EXPLANATION: &str = "Median (quartiles) of interleaved rounds; ratio is ours ÷ theirs, round by round: \
                           1/350 means that theirs takes 350 times as long.";
