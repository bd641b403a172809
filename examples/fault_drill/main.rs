//! Breaks whatever a store rests on, again and again, while it is used, and then looks what is left:
//!
//!     cargo run --release --example fault_drill -- --engine sqlite|postgres|galera [--minutes N]
//!
//! Processes of their own issue and revoke. Each says what was acknowledged to it, until it is killed
//! in the middle of whatever it is doing, and another one takes its place; their clocks jump back all
//! the time. In the end everything that was acknowledged has to be there, and nothing that came too
//! late.
//!
//! - `sqlite`: one file, two stores in each process. Every fourth process finds the disk full soon.
//! - `postgres`: a primary and its synchronous standby, which the drill starts by `.ci/postgres_pair`.
//!   Sessions are ended, servers restarted; the primary is killed, the standby promoted, and the pair
//!   made whole again. Where `DEPUTIZE_POSTGRES` names a server, that one is used and left alone.
//! - `galera`: a cluster of three nodes, which the drill starts by `.ci/galera` and each of which is
//!   written to. Nodes are killed and come back, and are paused. `DEPUTIZE_GALERA` names another one.
//!
//! Status 0 when the store kept its promises, 1 when it did not, 2 on bad arguments, and 3 with
//! `skipped:` where the servers can't be started.

mod check;
mod engine;
mod galera;
mod measure;
mod postgres;
mod processes;
mod servers;
mod sqlite;
mod worker;
mod world;

use std::{
    error::Error,
    process::ExitCode,
    sync::mpsc::channel,
    thread,
    time::{Duration, Instant},
};

use deputize::store::Store;
use deputize_examples::{Arguments, Problems};
use engine::Engine;
use measure::Measured;
use servers::Started;
use worker::Said;
use world::Person;

type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    let mut problems = Problems::default();
    let arguments = Arguments::read(&["engine", "minutes", "person", "place"], &[], &mut problems);
    let engine = problems.required("--engine", arguments.get("engine"));
    let engine: Option<Engine> = problems.parse("--engine", engine);
    let minutes: Option<f64> = problems.parse("--minutes", Some(arguments.get("minutes").unwrap_or("1")));
    let person = problems.parse("--person", arguments.get("person"));
    let (Some(engine), Some(minutes), true) = (engine, minutes, problems.is_empty()) else { return problems.report() };
    let ended = match (person, arguments.get("place")) {
        (Some(person), Some(place)) => engine.perform(place, Task::Work(person)).await.map(|()| ExitCode::SUCCESS),
        _ => drill(engine, minutes).await,
    };
    ended.unwrap_or_else(|error| {
        let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
        eprintln!("{error}{cause}");
        ExitCode::from(1)
    })
}

/// What is done with stores of one place.
enum Task<'a> {
    Found,
    Work(Person),
    Check(&'a mut Measured),
}

async fn perform(stores: Vec<impl Store + Send + Sync + 'static>, task: Task<'_>) -> Result<(), Failure> {
    match task {
        Task::Found => world::found(stores.first().ok_or("no store")?).await,
        Task::Work(person) => worker::run(person, stores).await,
        Task::Check(measured) => {
            measured.found = Some(check::check(stores.first().ok_or("no store")?, measured).await?);
            Ok(())
        }
    }
}

async fn drill(engine: Engine, minutes: f64) -> Result<ExitCode, Failure> {
    let mut site = match engine.site().await? {
        Started::There(site) => site,
        Started::Skipped(why) => {
            println!("{why}");
            return Ok(ExitCode::from(3));
        }
    };
    engine.perform(&site.place, Task::Found).await?;
    let (sender, receiver) = channel::<Said>();
    let start = Instant::now();
    let end = start + Duration::from_secs_f64((minutes * 60.0).clamp(0.0, 86_400.0));
    let mut measured = Measured::default();
    let (place, faults) = (site.place.clone(), &mut site.faults);
    thread::scope(|scope| {
        let breaking = scope.spawn(|| engine::break_until(end, faults));
        let running = Person::ALL.map(|person| {
            let (sender, place) = (sender.clone(), place.as_str());
            scope.spawn(move || processes::keep_killing(engine, person, place, end, &sender))
        });
        for place in running {
            measured.faults("processes killed", place.join().map_err(|_| "a place failed")??);
        }
        for (fault, times) in breaking.join().map_err(|_| "the breaker failed")?? {
            measured.faults(fault, times);
        }
        Ok::<_, Failure>(())
    })?;
    measured.lasted = start.elapsed();
    drop(sender);
    receiver.into_iter().for_each(|said| measured.take(said));
    engine.perform(&site.place, Task::Check(&mut measured)).await?;
    println!("{measured}");
    Ok(if measured.is_kept() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
