//! The file: one line for each write, durable before it is acknowledged.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, BufRead, BufReader, ErrorKind, Write},
    path::Path,
};

use deputize::store::StoreError;

use super::entry::Entry;

/// A journal that this process has for itself.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
    /// An append failed: what of it is in the file is known when it is opened anew.
    broken: bool,
}

impl Journal {
    /// Opens the file, hands every entry on, and cuts off a last line that was never finished, and
    /// so never acknowledged.
    pub(crate) fn open(path: &Path, mut take: impl FnMut(Entry) -> Result<(), StoreError>) -> Result<Self, StoreError> {
        let file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(failed)?;
        // Before anything is read: another process might still be in the middle of a line.
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => StoreError::Conflict("another process has the journal open".into()),
            TryLockError::Error(error) => failed(error),
        })?;
        let (mut lines, mut whole) = (BufReader::new(&file), 0);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line).map_err(failed)? > 0 && line.ends_with(b"\n") {
            take(serde_json::from_slice(&line).map_err(|error| StoreError::Corrupt(error.into()))?)?;
            whole += line.len() as u64;
            line.clear();
        }
        file.set_len(whole).and_then(|()| file.sync_all()).map_err(failed)?;
        // A new file is found after a power failure only if its folder is durable too.
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
        Ok(Self { file, broken: false })
    }

    /// Writes one entry. When it has returned without an error, the entry is durable.
    pub(crate) fn append(&mut self, entry: &Entry) -> Result<(), StoreError> {
        if self.broken {
            return Err(StoreError::Unavailable("the journal has to be opened anew".into()));
        }
        let mut line = serde_json::to_vec(entry).map_err(|error| StoreError::Corrupt(error.into()))?;
        line.push(b'\n');
        self.broken = true;
        self.file.write_all(&line).and_then(|()| self.file.sync_data()).map_err(failed)?;
        self.broken = false;
        Ok(())
    }
}

fn failed(error: io::Error) -> StoreError {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => StoreError::Full(error.into()),
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => StoreError::Denied(error.into()),
        _ => StoreError::Unavailable(error.into()),
    }
}
