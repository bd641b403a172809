//! Servers that a script of `.ci/` starts, for one drill.

use std::{
    path::Path,
    process::{Command, Output},
};

use crate::Failure;

/// Something, or why it can't be had.
pub(crate) enum Started<T> {
    There(T),
    Skipped(String),
}

/// Stopped, and all they hold removed, when dropped.
pub(crate) struct Servers {
    script: &'static str,
    folder: tempfile::TempDir,
}

impl Servers {
    /// Starts them: and what they are reached by.
    pub(crate) fn start(script: &'static str) -> Result<Started<(Self, String)>, Failure> {
        let servers = Self { script, folder: tempfile::tempdir()? };
        let output = servers.run("start", &[])?;
        let said = String::from_utf8(output.stdout)?;
        let last = said.lines().last().unwrap_or_default();
        match (output.status.code(), last.split_once('=')) {
            (Some(0), Some((_, urls))) => Ok(Started::There((servers, urls.to_owned()))),
            (Some(3), _) => Ok(Started::Skipped(last.to_owned())),
            _ => Err(format!("{script} start: {}", String::from_utf8_lossy(&output.stderr)).into()),
        }
    }

    /// Has the script do something, and it succeeds.
    pub(crate) fn tell(&self, what: &str, arguments: &[&str]) -> Result<String, Failure> {
        let output = self.run(what, arguments)?;
        if output.status.success() {
            Ok(String::from_utf8(output.stdout)?)
        } else {
            let said = [output.stdout, output.stderr].concat();
            Err(format!("{} {what}: {}", self.script, String::from_utf8_lossy(&said)).into())
        }
    }

    fn run(&self, what: &str, arguments: &[&str]) -> Result<Output, Failure> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.ci").join(self.script);
        Ok(Command::new(script).arg(what).arg(self.folder.path()).args(arguments).output()?)
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        if let Err(error) = self.tell("stop", &[]) {
            eprintln!("{error}");
        }
    }
}
