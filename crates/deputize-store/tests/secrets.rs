//! What a store is opened with, and what it keeps sealed, is in no error, in nothing that is printed and
//! in no log.
#![cfg(all(feature = "mysql", feature = "postgres", feature = "sqlite"))]

mod support;

use std::{
    error::Error,
    fmt::Debug,
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    process::Command,
    time::Duration,
};

use deputize_core::Actor;
use deputize_store::{MySqlOptions, MySqlStore, PostgresOptions, PostgresStore, SqliteOptions, SqliteStore, Store};
use support::{at, founding, id, log::Log};

/// Of a URL's password, of a parameter whose name is misspelled, and of a password file.
const SECRETS: [&str; 3] = ["open-sesame-1", "open-sesame-2", "open-sesame-3"];

/// sqlx finds a password file by the environment, which a test may not change for itself.
#[test]
fn nothing_a_store_is_opened_with_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pgpass");
    fs::write(&file, format!("{}\n127.0.0.1:1:other:u:x\n", SECRETS[2])).unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap());
    let child = child.args(["--exact", "--ignored", "opened_with_secrets"]).env("PGPASSFILE", file);
    let output = child.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test]
#[ignore = "is run by the test above, with a password file"]
async fn opened_with_secrets() {
    let log = Log::default();
    tracing::subscriber::set_global_default(log.clone()).unwrap();
    let [password, misspelled, _] = SECRETS;
    let mut said = Vec::new();
    for place in [
        // Nobody listens there; no such host; no port; no database; no mode of TLS; no text.
        format!("u:{password}@127.0.0.1:1/d?pasword={misspelled}"),
        format!("u:{password}@host.invalid/d"),
        format!("u:{password}@127.0.0.1:port/d"),
        format!("u:{password}@127.0.0.1:1"),
        format!("u:{password}@127.0.0.1:1/d?sslmode=x&ssl-mode=x"),
        format!("u:{password}%FF@127.0.0.1:1/d"),
        format!("u:{password}@[::x]/d"),
        // The password is in a file.
        "u@127.0.0.1:1/d".to_owned(),
    ] {
        let mut postgres = PostgresOptions::default();
        postgres.acquire_timeout = Duration::from_secs(1);
        said.push(chain(&PostgresStore::connect_with(&format!("postgres://{place}"), postgres).await.unwrap_err()));
        said.push(chain(&PostgresStore::migrate(&format!("postgres://{place}")).await.unwrap_err()));
        let mut mysql = MySqlOptions::default();
        mysql.acquire_timeout = Duration::from_secs(1);
        said.push(chain(&MySqlStore::connect_with(&format!("mysql://{place}"), mysql).await.unwrap_err()));
        said.push(chain(&MySqlStore::migrate(&format!("mysql://{place}")).await.unwrap_err()));
    }
    assert_eq!(said.len(), 32);
    said.push(printed(&(PostgresOptions::default(), MySqlOptions::default(), SqliteOptions::default())));
    said.extend(log.lines());
    for secret in SECRETS {
        let told: Vec<_> = said.iter().filter(|line| line.contains(secret)).collect();
        assert!(told.is_empty(), "{secret}: {told:?}");
    }
}

/// A log that holds a sealed ring is opened once its key-encryption key has leaked.
#[tokio::test]
async fn a_sealed_key_ring_is_not_printed() {
    let (tenant, olga) = (id("acme"), Actor::Operator(id("olga")));
    let store = SqliteStore::in_memory().await.unwrap();
    store.apply(&tenant, &olga, &founding(), at(1_000)).await.unwrap();
    let sealed = SECRETS.join(".") + ".d.e";
    store.put_key_ring(&tenant, &olga, &sealed, 0, at(1_001)).await.unwrap();
    let kept = store.key_ring(&tenant).await.unwrap().unwrap();
    let unsealed = SECRETS.join(" ");
    let refused = store.put_key_ring(&tenant, &olga, &unsealed, 1, at(1_001)).await.unwrap_err();
    let said = [printed(&kept), printed(&store), chain(&refused)];
    assert!(said.iter().all(|said| SECRETS.iter().all(|secret| !said.contains(secret))), "{said:?}");
    assert!(kept.sealed == sealed && said[0].contains("version: 1"));
}

fn printed(value: &impl Debug) -> String {
    format!("{value:?} {value:#?}")
}

/// The error in every way it can be printed, with all it comes from.
fn chain(error: &(impl Error + 'static)) -> String {
    let mut said = printed(error);
    let mut next: Option<&dyn Error> = Some(error);
    while let Some(error) = next {
        said += &format!(" {error} {error:?}");
        next = error.source();
    }
    said
}
