//! Fills a database through the public API, then asks it:
//!
//! ```text
//! cargo run --release --example fill -- --engine sqlite --place fill.db \
//!     --tenants 1000 --bindings 1000000 --tokens 1000000 --ask 2000
//! ```
//!
//! `--place` is a file, or the URL of a PostgreSQL database, where everything
//! goes into the schema `deputize_fill`. What is there already stays: filled anew with the same
//! numbers it grows by the tokens only, so `--tokens 0 --ask 2000` asks what was filled before.

mod ask;
mod engine;
mod fill;
mod postgres;
mod progress;
mod tenant;

use std::{error::Error, process::ExitCode, sync::Arc};

use deputize::store::Store;
use deputize_examples::{Arguments, Problems};
use engine::Engine;

type Failure = Box<dyn Error + Send + Sync>;

/// How much there is to be.
#[derive(Debug, Clone, Copy)]
struct Job {
    tenants: usize,
    bindings: usize,
    tokens: usize,
    /// Questions that are asked in the end.
    ask: usize,
}

#[tokio::main]
async fn main() -> ExitCode {
    let mut problems = Problems::default();
    let names = ["engine", "place", "tenants", "bindings", "tokens", "ask"];
    let arguments = Arguments::read(&names, &[], &mut problems);
    let engine = problems.required("--engine", arguments.get("engine"));
    let engine: Option<Engine> = problems.parse("--engine", engine);
    let place = problems.required("--place", arguments.get("place"));
    let mut number = |name: &str, default| match arguments.get(name) {
        Some(text) => problems.check(format_args!("--{name}"), text.parse()).unwrap_or(default),
        None => default,
    };
    let (tenants, bindings) = (number("tenants", 10), number("bindings", 10_000));
    let job = Job { tenants: tenants.max(1), bindings, tokens: number("tokens", 10_000), ask: number("ask", 0) };
    let (Some(engine), Some(place), true) = (engine, place, problems.is_empty()) else { return problems.report() };
    match engine.perform(place, job).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
            eprintln!("{error}{cause}");
            ExitCode::from(1)
        }
    }
}

async fn perform<S: Store + Send + Sync + 'static>(store: S, job: Job) -> Result<(), Failure> {
    let store = Arc::new(store);
    fill::configure(&store, job).await?;
    fill::issue(&store, job).await?;
    ask::ask(&*store, job).await
}
