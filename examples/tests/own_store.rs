//! The store of one's own: it keeps every promise, and keeps it over whatever happens to its file.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod support;

#[path = "../own_store/store/mod.rs"]
mod store;

use std::{
    cell::Cell,
    fs::{self, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

use deputize::{
    core::{Actor, Change, Configuration, Revision, Target, TokenId, UnixTime},
    store::{AuditQuery, Checkpoint, Cursor, Ledger, MemoryStore, Store, StoreError, conformance, verify_trail},
};
use store::JournalStore;
use support::run;

fn olga() -> Actor {
    Actor::Operator("olga".parse().unwrap())
}

fn policy() -> Configuration {
    Configuration::from_toml(include_str!("../quickstart/policy.toml")).unwrap()
}

fn token(n: u8) -> TokenId {
    TokenId::v7(UnixTime::EPOCH, [n; 10])
}

/// A journal with a configuration and two revocations in it.
async fn founded(folder: &Path) -> PathBuf {
    let path = folder.join("journal");
    let store = JournalStore::open(&path).unwrap();
    store.import(&policy(), &olga(), UnixTime::EPOCH).await.unwrap();
    for n in [1, 2] {
        revoke(&store, n).await;
    }
    path
}

async fn revoke(store: &JournalStore, n: u8) -> Revision {
    let change = Change::Revoke(Target::Token(token(n)));
    store.apply(policy().tenant(), &olga(), &[change], UnixTime::EPOCH).await.unwrap()
}

#[tokio::test]
async fn it_keeps_every_promise() {
    let folder = tempfile::tempdir().unwrap();
    let count = Cell::new(0);
    let fresh = async || {
        count.set(count.get() + 1);
        JournalStore::open(folder.path().join(count.get().to_string())).unwrap()
    };
    conformance::run(fresh).await.unwrap();
    // Each of the journals that the suite left says the same once more.
    for n in 1..=count.get() {
        drop(JournalStore::open(folder.path().join(n.to_string())).unwrap());
    }
}

#[tokio::test]
async fn what_was_acknowledged_is_there_when_it_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = founded(folder.path()).await;
    let tenant = policy().tenant().clone();
    let (before, again) = (JournalStore::open(&path).unwrap(), MemoryStore::new());
    again.import(&policy(), &olga(), UnixTime::EPOCH).await.unwrap();
    for n in [1, 2] {
        let change = Change::Revoke(Target::Token(token(n)));
        again.apply(&tenant, &olga(), &[change], UnixTime::EPOCH).await.unwrap();
    }
    // Revisions too: as if it had never been closed.
    assert_eq!(before.export(&tenant).await.unwrap(), again.export(&tenant).await.unwrap());
    assert_eq!(before.export(&tenant).await.unwrap().latest(), again.export(&tenant).await.unwrap().latest());
    let query = AuditQuery::new(tenant.clone());
    assert_eq!(before.audit(&query).await.unwrap(), again.audit(&query).await.unwrap());
    let feed = before.revoked_since(&tenant, Cursor::START).await.unwrap();
    assert_eq!(feed, again.revoked_since(&tenant, Cursor::START).await.unwrap());

    let through = verify_trail(&before, Checkpoint::new(tenant.clone())).await.unwrap();
    before.prune(&olga(), &through, UnixTime::EPOCH).await.unwrap();
    let lines = before.audit_lines(&tenant, 0, 10).await.unwrap();
    drop(before);
    let after = JournalStore::open(&path).unwrap();
    assert_eq!(after.audit_lines(&tenant, 0, 10).await.unwrap(), lines);
    assert_eq!((lines.start, lines.lines.len()), (through, 1));
}

#[tokio::test]
async fn a_tenant_of_which_nothing_is_known_yet_is_there_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let store = JournalStore::open(&path).unwrap();
    let nothing = store.apply(policy().tenant(), &olga(), &[], UnixTime::EPOCH).await.unwrap();
    assert_eq!(nothing, Revision::NONE);
    drop(store);
    let store = JournalStore::open(&path).unwrap();
    assert_eq!(store.export(policy().tenant()).await.unwrap(), Configuration::new(policy().tenant().clone()));
}

/// A process that dies in the middle of a write leaves a part of a line, wherever it stopped.
#[tokio::test]
async fn a_line_that_was_never_finished_is_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let path = founded(folder.path()).await;
    let whole = fs::read(&path).unwrap();
    let last = whole[..whole.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    for cut in [last + 1, (last + whole.len()) / 2, whole.len() - 1] {
        fs::write(&path, &whole[..cut]).unwrap();
        let store = JournalStore::open(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().len(), last as u64);
        let revoked = store.export(policy().tenant()).await.unwrap().revoked();
        assert_eq!((revoked.tokens.contains(&token(1)), revoked.tokens.contains(&token(2))), (true, false));
        // What comes next goes on where the whole lines end.
        revoke(&store, 2).await;
        drop(store);
        assert_eq!(fs::read(&path).unwrap(), whole);
    }
}

#[tokio::test]
async fn a_whole_line_that_was_altered_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = founded(folder.path()).await;
    let whole = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    let [first, second, third] = lines[..] else { panic!("{} lines", lines.len()) };
    for altered in [
        [first, third].join("\n"),
        [first, third, second].join("\n"),
        [first, second, second].join("\n"),
        [first, "", second].join("\n"),
        [first, second, "{}"].join("\n"),
        whole.trim_end().replacen("payroll", "paywall", 1).replacen("reports:read", "reports:reap", 1),
    ] {
        fs::write(&path, format!("{altered}\n")).unwrap();
        let error = JournalStore::open(&path).unwrap_err();
        assert!(matches!(error, StoreError::Corrupt(_)), "{error}");
    }
}

#[tokio::test]
async fn one_process_has_it_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = founded(folder.path()).await;
    let store = JournalStore::open(&path).unwrap();
    let error = JournalStore::open(&path).unwrap_err();
    assert!(matches!(error, StoreError::Conflict(_)) && error.is_retryable(), "{error}");
    drop(store);
    JournalStore::open(&path).unwrap();
}

/// Half a line of another writer is not cut off while that one is at it.
#[test]
fn nothing_is_read_or_cut_before_the_lock() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let store = JournalStore::open(&path).unwrap();
    OpenOptions::new().append(true).open(&path).unwrap().write_all(b"half").unwrap();
    JournalStore::open(&path).unwrap_err();
    assert_eq!(fs::read(&path).unwrap(), b"half");
    drop(store);
}

/// The first entry does not fit under the limit, so the file ends in the middle of it.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_did_not_fit_was_never_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let program = support::program("own_store");
    let limited = format!("trap '' XFSZ; ulimit -f 2; exec {} --journal {}", program.display(), path.display());
    let ended = std::process::Command::new("sh").args(["-c", &limited]).output().unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(!ended.status.success() && said.contains("Full("), "{said}");
    assert!(fs::metadata(&path).unwrap().len() > 0);
    let store = JournalStore::open(&path).unwrap();
    store.export(policy().tenant()).await.unwrap_err();
    assert_eq!(fs::metadata(&path).unwrap().len(), 0);
}

#[test]
fn the_program_shows_it() {
    let ended = run("own_store", &[], b"");
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""), "{}", ended.stdout);
    for said in [
        "decided:   `reports:read` for bob\n",
        "refused:   something that the token rests on is revoked\n",
        "opened twice: another writer was in the way\n",
        "reopened:  the same configuration\n",
        "the token: stopped by Delegation(",
        "verified:  ",
    ] {
        assert!(ended.stdout.contains(said), "{said}\n{}", ended.stdout);
    }
    let ended = run("own_store", &["--paper", "x"], b"");
    assert_eq!((ended.status, ended.stderr.as_str()), (2, "--paper is not an option\nunexpected argument \"x\"\n"));
}
