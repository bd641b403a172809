//! Processes that are killed.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Stdio},
    sync::mpsc::{Sender, channel},
    thread,
    time::{Duration, Instant},
};

use crate::{Failure, engine::Engine, worker::Said, world::Person};

/// How long a process lives once it is at work, in milliseconds: from the least on, by chance up to the most.
const LIFE: std::ops::Range<u64> = 50..1_500;
/// How long it may take until it is.
const START: Duration = Duration::from_secs(5);

/// One process after the other, each killed by chance: how many.
pub(crate) fn keep_killing(
    engine: Engine,
    person: Person,
    place: &str,
    end: Instant,
    sender: &Sender<Said>,
) -> Result<usize, Failure> {
    let mut kills = 0;
    while Instant::now() < end {
        let mut child = spawn(engine, person, place)?;
        let lines = BufReader::new(child.stdout.take().ok_or("no output")?);
        let (begins, begun) = channel();
        let heard = thread::spawn({
            let sender = sender.clone();
            move || {
                // What was said before the kill is read to its end; half a line was not said.
                for said in lines.lines().map_while(Result::ok).filter_map(|line| line.parse().ok()) {
                    match said {
                        Said::AtWork => drop(begins.send(())),
                        other => drop(sender.send(other)),
                    }
                }
            }
        });
        // One that ended by itself, since there was nothing to open, is not waited for.
        let _ = begun.recv_timeout(START.min(end.saturating_duration_since(Instant::now())));
        thread::sleep(Duration::from_millis(LIFE.start + by_chance() % (LIFE.end - LIFE.start)));
        child.kill()?;
        child.wait()?;
        heard.join().map_err(|_| "a listener failed")?;
        kills += 1;
    }
    Ok(kills)
}

fn spawn(engine: Engine, person: Person, place: &str) -> Result<Child, Failure> {
    let arguments = ["--engine", engine.name(), "--person", person.name(), "--place", place].map(Into::into);
    let mut command = engine.command(place, &std::env::current_exe()?, &arguments)?;
    // Whatever it is that it can't do while everything is being broken.
    Ok(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?)
}

pub(crate) fn by_chance() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0)
}
