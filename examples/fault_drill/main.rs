//! Kills the processes that write to a store, again and again, and then looks what is left:
//!
//!     cargo run --release --example fault_drill -- --engine sqlite [--minutes N]
//!     cargo run --release --example fault_drill --features postgres -- --engine postgres [--minutes N]
//!
//! The second wants `DEPUTIZE_POSTGRES`, as `.ci/postgres start DIR` prints it.
//!
//! Issuers and a revoker are processes of their own on one store. Each says what was acknowledged to
//! it, until it is killed in the middle of whatever it is doing, and another one takes its place. In
//! the end everything that was acknowledged has to be there, and nothing that came too late.
//!
//! Status 0 when the store kept its promises, 1 when it did not, 2 on bad arguments.

mod check;
mod engine;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(not(feature = "postgres"))]
#[path = "no_postgres.rs"]
mod postgres;
mod worker;

use std::{
    error::Error,
    io::{BufRead, BufReader},
    process::{Child, Command, ExitCode, Stdio},
    sync::mpsc::{Sender, channel},
    thread,
    time::{Duration, Instant},
};

use deputize::store::Store;
use deputize_examples::{Arguments, Problems};
use engine::Engine;
use worker::{Acknowledged, Worker};

/// How many issue at once, beside the one that revokes.
const ISSUERS: usize = 3;
/// How long a process lives, in milliseconds: from the least on, by chance up to the most.
const LIFE: std::ops::Range<u64> = 50..600;

type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    let mut problems = Problems::default();
    let arguments = Arguments::read(&["engine", "minutes", "worker", "place"], &[], &mut problems);
    let engine = problems.required("--engine", arguments.get("engine"));
    let engine: Option<Engine> = problems.parse("--engine", engine);
    let minutes: Option<f64> = problems.parse("--minutes", Some(arguments.get("minutes").unwrap_or("1")));
    let worker = problems.parse("--worker", arguments.get("worker"));
    let (Some(engine), Some(minutes), true) = (engine, minutes, problems.is_empty()) else { return problems.report() };
    match (worker, arguments.get("place")) {
        (Some(worker), Some(place)) => ended(engine.perform(place, Task::Work(worker)).await),
        _ => ended(drill(engine, minutes).await),
    }
}

fn ended(result: Result<bool, Failure>) -> ExitCode {
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
            eprintln!("{error}{cause}");
            ExitCode::from(1)
        }
    }
}

/// What is done with a store.
enum Task {
    Found,
    Work(Worker),
    Check(Vec<Acknowledged>),
}

/// Whether it went well.
async fn perform(store: &impl Store, task: Task) -> Result<bool, Failure> {
    match task {
        Task::Found => worker::found(store).await.map(|()| true),
        Task::Work(worker) => worker::run(worker, store).await.map(|()| true),
        Task::Check(acknowledged) => {
            let found = check::check(store, &acknowledged).await?;
            println!("{found}");
            Ok(found.is_kept())
        }
    }
}

/// Whether the store kept its promises.
async fn drill(engine: Engine, minutes: f64) -> Result<bool, Failure> {
    let folder = tempfile::tempdir()?;
    let place = engine.place(folder.path()).await?;
    engine.perform(&place, Task::Found).await?;
    let (sender, receiver) = channel();
    let end = Instant::now() + Duration::from_secs_f64((minutes * 60.0).clamp(0.0, 86_400.0));
    let kills = thread::scope(|scope| {
        let places = [Worker::Revoker].into_iter().chain([Worker::Issuer; ISSUERS]);
        let places: Vec<_> = places
            .map(|worker| {
                let (sender, place) = (sender.clone(), place.as_str());
                scope.spawn(move || keep_killing(engine, worker, place, end, &sender))
            })
            .collect();
        places.into_iter().map(|place| place.join().map_err(|_| "a place failed")?).sum::<Result<usize, Failure>>()
    })?;
    drop(sender);
    println!("killed {kills} processes");
    engine.perform(&place, Task::Check(receiver.into_iter().collect())).await
}

/// One process after the other, each killed by chance: how many.
fn keep_killing(
    engine: Engine,
    worker: Worker,
    place: &str,
    end: Instant,
    sender: &Sender<Acknowledged>,
) -> Result<usize, Failure> {
    let mut kills = 0;
    while Instant::now() < end {
        let mut child = spawn(engine, worker, place)?;
        let lines = BufReader::new(child.stdout.take().ok_or("no output")?);
        let heard = thread::spawn({
            let sender = sender.clone();
            move || {
                // What was said before the kill is read to its end; half a line was not said.
                for line in lines.lines().map_while(Result::ok) {
                    line.parse().map(|said| sender.send(said).ok()).ok();
                }
            }
        });
        thread::sleep(Duration::from_millis(LIFE.start + by_chance() % (LIFE.end - LIFE.start)));
        child.kill()?;
        child.wait()?;
        heard.join().map_err(|_| "a listener failed")?;
        kills += 1;
    }
    Ok(kills)
}

fn spawn(engine: Engine, worker: Worker, place: &str) -> Result<Child, Failure> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["--engine", engine.name(), "--worker", worker.name(), "--place", place]);
    Ok(command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?)
}

fn by_chance() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0)
}
