//! SQLite: one file, and now and then a process that finds the disk full.

use std::{
    ffi::{OsStr, OsString},
    fs,
    path::Path,
    process::Command,
};

use deputize::store::SqliteStore;

use crate::{Failure, engine::Site, processes::by_chance, servers::Started};

/// Of how many processes one finds the disk full, sooner or later.
const ONE_OF: u64 = 4;
/// How far the files may still grow then, in blocks of 512 bytes. Often no further than they are.
const LITTLE: u64 = 100;

/// Files are as long as the limit allows (`ulimit -f`, POSIX, in blocks of 512 bytes); what is beyond
/// is an error like that of a full disk, and no signal.
const LIMITED: &str = r#"trap "" XFSZ; ulimit -f "$0"; exec "$@""#;

pub(crate) async fn site() -> Result<Started<Site>, Failure> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("drill.db");
    SqliteStore::migrate(&path).await?;
    let place = path.to_str().ok_or("a folder that is not UTF-8")?.to_owned();
    Ok(Started::There(Site { place, faults: Vec::new(), kept: Box::new(folder) }))
}

pub(crate) async fn open(place: &str) -> Result<Vec<SqliteStore>, Failure> {
    Ok(vec![SqliteStore::open(place).await?, SqliteStore::open(place).await?])
}

pub(crate) fn command(place: &str, program: &Path, arguments: &[OsString]) -> Result<Command, Failure> {
    let mut command = Command::new(program);
    if cfg!(unix) && by_chance().is_multiple_of(ONE_OF) {
        let length = |path: &str| fs::metadata(path).map(|file| file.len()).unwrap_or_default();
        // The log is written from its beginning, again and again.
        let blocks = by_chance() % (length(place).max(length(&format!("{place}-wal"))) / 512 + LITTLE);
        command = Command::new("sh");
        command.args([OsStr::new("-c"), OsStr::new(LIMITED), OsStr::new(&blocks.to_string()), program.as_os_str()]);
    }
    command.args(arguments);
    Ok(command)
}
