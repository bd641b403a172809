//! Runs the example programs as their users do.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]
#![allow(dead_code, clippy::allow_attributes, reason = "each test file uses a part of this")]

use std::{
    env,
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};

/// What a program came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Where an example is, which `cargo test` has built beside this very test.
pub(crate) fn program(example: &str) -> PathBuf {
    let mut program: PathBuf = env::current_exe().unwrap();
    program.pop();
    program.pop();
    program.push("examples");
    program.push(format!("{example}{}", env::consts::EXE_SUFFIX));
    program
}

/// Runs an example.
pub(crate) fn run(example: &str, arguments: &[&str], stdin: &[u8]) -> Ended {
    let mut child = Command::new(program(example))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that refuses its arguments need not read what it is given.
    drop(child.stdin.take().unwrap().write_all(stdin));
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ended { status: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// A folder of files for one test.
pub(crate) struct Files(tempfile::TempDir);

impl Files {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn write(&self, name: &str, content: &str) -> String {
        let path = self.0.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }
}
