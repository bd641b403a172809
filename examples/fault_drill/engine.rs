//! The stores that can be drilled.

use std::{
    any::Any,
    collections::BTreeMap,
    ffi::OsString,
    path::Path,
    process::Command,
    str::FromStr,
    thread,
    time::{Duration, Instant},
};

use crate::{Failure, Task, galera, perform, postgres, servers::Started, sqlite};

/// Between two faults the store is used in peace.
const PEACE: Duration = Duration::from_secs(3);

/// A kind of store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
    Galera,
}

/// Where a drill's store is, and what can be done to it.
pub(crate) struct Site {
    /// What a process needs to know to open it.
    pub(crate) place: String,
    pub(crate) faults: Vec<Fault>,
    /// What goes with it: files, servers.
    #[expect(dead_code, reason = "only dropped")]
    pub(crate) kept: Box<dyn Any + Send>,
}

/// Something to break, and to put in order again: then it is whole, though not all at once.
pub(crate) struct Fault {
    pub(crate) name: &'static str,
    pub(crate) cause: Box<dyn FnMut() -> Result<(), Failure> + Send>,
}

impl Engine {
    const ALL: [Self; 3] = [Self::Sqlite, Self::Postgres, Self::Galera];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::Galera => "galera",
        }
    }

    /// Makes a place for a new store, with the servers that it needs.
    pub(crate) async fn site(self) -> Result<Started<Site>, Failure> {
        match self {
            Self::Sqlite => sqlite::site().await,
            Self::Postgres => postgres::site().await,
            Self::Galera => galera::site().await,
        }
    }

    /// Opens the stores that a process uses and does it.
    pub(crate) async fn perform(self, place: &str, task: Task<'_>) -> Result<(), Failure> {
        match self {
            Self::Sqlite => perform(sqlite::open(place).await?, task).await,
            Self::Postgres => perform(postgres::open(place).await?, task).await,
            Self::Galera => perform(galera::open(place).await?, task).await,
        }
    }

    /// How a process is started.
    pub(crate) fn command(self, place: &str, program: &Path, arguments: &[OsString]) -> Result<Command, Failure> {
        match self {
            Self::Sqlite => sqlite::command(place, program, arguments),
            Self::Postgres | Self::Galera => {
                let mut command = Command::new(program);
                command.args(arguments);
                Ok(command)
            }
        }
    }
}

impl FromStr for Engine {
    type Err = String;
    fn from_str(name: &str) -> Result<Self, String> {
        let names = Self::ALL.map(Self::name).join(", ");
        let named = Self::ALL.into_iter().find(|engine| engine.name() == name);
        named.ok_or_else(|| format!("there is no engine {name:?}, only {names}"))
    }
}

/// One fault after the other, in turn: how often each.
pub(crate) fn break_until(end: Instant, faults: &mut [Fault]) -> Result<BTreeMap<&'static str, usize>, Failure> {
    let mut times = BTreeMap::new();
    while Instant::now() < end && !faults.is_empty() {
        for fault in &mut *faults {
            thread::sleep(PEACE.min(end.saturating_duration_since(Instant::now())));
            if Instant::now() >= end {
                break;
            }
            (fault.cause)()?;
            *times.entry(fault.name).or_default() += 1;
        }
    }
    Ok(times)
}
