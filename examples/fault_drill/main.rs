//! Kills the processes that write to a store, again and again, and then looks what is left:
//!
//!     cargo run --release --example fault_drill -- --engine sqlite [--minutes N]
//!
//! Issuers and a revoker are processes of their own on one store. Each says what was acknowledged to
//! it, until it is killed in the middle of whatever it is doing, and another one takes its place. In
//! the end everything that was acknowledged has to be there, and nothing that came too late.
//!
//! Status 0 when the store kept its promises, 1 when it did not, 2 on bad arguments.

mod check;
mod worker;

use std::{
    error::Error,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, ExitCode, Stdio},
    sync::mpsc::{Sender, channel},
    thread,
    time::{Duration, Instant},
};

use deputize::store::SqliteStore;
use deputize_examples::{Arguments, Problems};
use worker::{Acknowledged, Worker};

/// How many issue at once, beside the one that revokes.
const ISSUERS: usize = 3;
/// How long a process lives, in milliseconds: from the least on, by chance up to the most.
const LIFE: std::ops::Range<u64> = 50..600;

type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    let mut problems = Problems::default();
    let arguments = Arguments::read(&["engine", "minutes", "worker", "file"], &[], &mut problems);
    if let (Some(worker), Some(file)) = (arguments.get("worker"), arguments.get("file")) {
        return ended(worker::run(worker, file).await.map(|()| true));
    }
    let engine = problems.required("--engine", arguments.get("engine"));
    if engine.is_some_and(|engine| engine != "sqlite") {
        problems.add("--engine: sqlite is the only one yet");
    }
    let minutes = problems.parse("--minutes", Some(arguments.get("minutes").unwrap_or("1")));
    let Some(minutes) = minutes.filter(|_| problems.is_empty()) else { return problems.report() };
    ended(drill(minutes).await)
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

/// Whether the store kept its promises.
async fn drill(minutes: f64) -> Result<bool, Failure> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("drill.db");
    worker::found(&SqliteStore::open(&file).await?).await?;
    let (sender, receiver) = channel();
    let end = Instant::now() + Duration::from_secs_f64((minutes * 60.0).clamp(0.0, 86_400.0));
    let kills = thread::scope(|scope| {
        let places = [Worker::Revoker].into_iter().chain([Worker::Issuer; ISSUERS]);
        let places: Vec<_> = places
            .map(|worker| {
                let (sender, file) = (sender.clone(), file.as_path());
                scope.spawn(move || keep_killing(worker, file, end, &sender))
            })
            .collect();
        places.into_iter().map(|place| place.join().map_err(|_| "a place failed")?).sum::<Result<usize, Failure>>()
    })?;
    drop(sender);
    let acknowledged: Vec<Acknowledged> = receiver.into_iter().collect();
    let found = check::check(&SqliteStore::open(&file).await?, &acknowledged).await?;
    println!("killed {kills} processes");
    println!("{found}");
    Ok(found.is_kept())
}

/// One process after the other, each killed by chance: how many.
fn keep_killing(worker: Worker, file: &Path, end: Instant, sender: &Sender<Acknowledged>) -> Result<usize, Failure> {
    let mut kills = 0;
    while Instant::now() < end {
        let mut child = spawn(worker, file)?;
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

fn spawn(worker: Worker, file: &Path) -> Result<Child, Failure> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["--worker", worker.name(), "--file"]).arg(file);
    Ok(command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?)
}

fn by_chance() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0)
}
