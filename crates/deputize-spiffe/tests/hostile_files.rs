//! A bundle's file that is none: what would never end, or never begin.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a panic here is the failure")]

use std::{fs, path::Path, process::Command, sync::mpsc, thread, time::Duration};

use deputize_spiffe::{Bundle, BundleError, BundleFile, BundleFileError, Bundles, TrustDomain};

fn acme() -> TrustDomain {
    "acme".parse().unwrap()
}

fn issue(sequence: u64) -> String {
    format!(r#"{{"keys": [], "spiffe_sequence": {sequence}}}"#)
}

fn fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// What it gives, if it comes back within that time.
fn within<T: Send + 'static>(seconds: u64, run: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(run()));
    receiver.recv_timeout(Duration::from_secs(seconds)).ok()
}

#[test]
fn a_pipe_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bundle");
    fifo(&path);
    let opened = within(2, move || BundleFile::open(acme(), path, Bundle::from_json).map(drop));
    assert!(opened.is_some_and(|opened| opened.is_err()), "it does not wait for a writer");
}

#[test]
fn a_pipe_in_its_place_leaves_the_last_good_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bundle");
    fs::write(&path, issue(1)).unwrap();
    let file = BundleFile::open(acme(), &path, Bundle::from_json).unwrap();
    fs::remove_file(&path).unwrap();
    fifo(&path);
    let sequence = within(2, move || file.bundle(&acme()).unwrap().sequence());
    assert_eq!(sequence, Some(Some(1)), "no lookup waits for a writer");
}

#[test]
fn what_never_ends_is_refused() {
    let opened = within(5, || BundleFile::open(acme(), "/dev/zero", Bundle::from_json).map(drop));
    assert!(opened.is_some_and(|opened| opened.is_err()));
}

/// A file of any length costs no more than a bundle may have.
#[test]
fn a_huge_file_is_not_read_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bundle");
    fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
    let opened = within(5, || BundleFile::open(acme(), path, Bundle::from_json).map(drop));
    assert!(matches!(opened, Some(Err(BundleFileError::Refused(BundleError::TooLarge)))), "{opened:?}");
}
