//! Storage that keeps its promises: the two traits that the rest of deputize asks, a store in
//! memory, one in SQLite, one in PostgreSQL (feature `postgres`), and one in MariaDB or MySQL, also as a
//! Galera cluster (feature `mysql`).
//!
//! Between a decision and a signature stands the ledger. It records an issuance in one transaction
//! with its audit event, and only if what was decided upon still holds; so once a revocation or any
//! other change has returned, no token with the old authority is recorded any more, and there is no
//! token without its event. What may be changed, and by whom, is judged in `deputize-core`: a store
//! looks up what the judgement needs, and writes what it comes to. That is why all stores agree with
//! [`Configuration`](deputize_core::Configuration), their model.
//!
//! ```
//! use deputize_core::{
//!     Acting, Actor, Agent, AgentProof, Allow, Binding, Change, MayAct, NonEmptySet, Policy, Proven, ProvenBy,
//!     Question, Resource, Role, Subject, TokenId, UnixTime,
//! };
//! use deputize_store::{Directory, Ledger, RecordError, SqliteStore, Store};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let (folder, now) = (tempfile::tempdir()?, UnixTime::from_secs(1_800_000_000).ok_or("time")?);
//! # let path = folder.path().join("deputize.db");
//! SqliteStore::migrate(&path).await?;
//! let store = SqliteStore::open(path).await?;
//! let (tenant, operator) = ("acme".parse()?, Actor::Operator("olga".parse()?));
//! let founding = [
//!     Change::PutResource(Resource { uri: "https://api.example".parse()?, scopes: Allow::Any }),
//!     Change::PutRole(Role { name: "reader".parse()?, permissions: NonEmptySet::of("reports:*".parse()?) }),
//!     Change::PutAgent(Agent {
//!         client_id: "research".parse()?,
//!         spiffe_id: "spiffe://acme/agent/research".parse()?,
//!         acting: MayAct::Alone,
//!         allowed_scopes: NonEmptySet::of("reports:read".parse()?),
//!         max_lifetime_seconds: 600.try_into()?,
//!         resources: Allow::Any,
//!         mode: Default::default(),
//!         status: Default::default(),
//!     }),
//!     Change::Bind(Binding {
//!         id: "b1".parse()?,
//!         subject: Subject::Agent("research".parse()?),
//!         role: "reader".parse()?,
//!         window: Default::default(),
//!         resource: None,
//!     }),
//! ];
//! store.apply(&tenant, &operator, &founding, now).await?;
//!
//! // A request: load, decide, record. What `record` returns is what a key ring signs.
//! let resource = Some("https://api.example".parse()?);
//! let question = Question { tenant: tenant.clone(), client: "research".parse()?, acting: Acting::Alone, resource };
//! let rows = store.load(&question).await?;
//! let policy = Policy::compile(question, rows)?;
//! # let proof = AgentProof::assertion(Proven {
//! #     tenant: tenant.clone(),
//! #     by: ProvenBy::JwtSvid("spiffe://acme/agent/research".parse()?),
//! #     expires_at: now.plus(300),
//! #     replay: Vec::new(),
//! #     confirmation: None,
//! # });
//! # let random = [7; 10];
//! let issuance = policy.decide(&"reports:read".parse()?, None, now)?.issue(proof, TokenId::v7(now, random))?;
//!
//! // The role changes before it is recorded: the issuance comes back, for a new decision.
//! let role = Role { name: "reader".parse()?, permissions: NonEmptySet::of("mail:*".parse()?) };
//! store.apply(&tenant, &operator, &[Change::PutRole(role)], now).await?;
//! let refused = store.record(issuance, now).await.err().ok_or("recorded")?;
//! assert!(matches!(refused.error, RecordError::Stale) && refused.error.is_retryable());
//! let proof = refused.value.into_proof();
//! # drop(proof);
//! # Ok(())
//! # }
//! ```
//!
//! # What is promised, and what shows it
//!
//! Every store passes the suite that `conformance` publishes, case by case, and whose documentation is
//! the guide to writing another; `tests/` holds the rest. What is about PostgreSQL runs against the server
//! that `DEPUTIZE_POSTGRES` names; what is about MariaDB against that of `DEPUTIZE_MYSQL`, and against the
//! three nodes that `DEPUTIZE_GALERA` names.
//!
//! | promise | shown by |
//! | --- | --- |
//! | all changes of an `apply` are made, or none | case *changes are made all or none*; `sqlite/tests.rs`, `postgres/tests.rs` and `mysql/tests.rs`, file full, deadlocks and dropped futures |
//! | a change is in force for whoever loads after it | case *changes are in force at once* |
//! | what was revoked or removed never comes back, nor by import | cases *nothing revoked or removed comes back*, *an export imports as the same* |
//! | a person changes their own delegations only, an agent nothing | case *people change only their own delegations* |
//! | after a change no decision from before is recorded | case *a stale decision is not recorded*; `tests/races.rs`, issuers against a revoker; `tests/galera.rs`, on every node of a cluster |
//! | a change of others makes no decision stale | case *what others change makes nothing stale* |
//! | a chain is recorded only if every part of it is live | cases *a chain lives as long as each of its parts*, *a suspended agent stops what is below it* |
//! | an agent never acts alone because its person was not found | case *a person of whom nothing is known is one* |
//! | a credential is used once, also by many at once | cases *a credential is used once*, *a replay key is forgotten in time*; `tests/races.rs` |
//! | recordings that share a transaction are judged each by itself, and one that can't be written fails alone | `sql/queue/tests.rs` |
//! | whatever the order in which they come, go and are written, each is told its own, once; the bounds of a line hold | `sql/queue/interleavings.rs` and `crowds.rs`, over all orders of a few |
//! | a compiled policy that is kept answers nothing that the database would answer otherwise | `sql/load/interleavings.rs`, over all orders of a few |
//! | whether a commit was carried out whose connection was lost is looked at, never guessed | `sql/attempt/tests.rs`; `postgres/tests/lost.rs`, through a proxy that cuts; `tests/postgres.rs`, with a standby |
//! | a question is one statement, a batch as many as one recording; a revocation writes as much for a tree of ten tokens as for thousands | `sql/counted.rs`, `tests/scale.rs` |
//! | signing keys get in sealed, or not at all | `tests/key_ring.rs` |
//! | operations are spans, and nothing that was bound is in one | `tests/spans.rs` |
//! | a failed recording leaves nothing behind | case *a failed recording claims nothing* |
//! | every change, issuance and refusal is in the trail, in one order | case *every event is in the trail, in order*, and the four after it |
//! | an event that was altered, moved, added or is missing is found, at the first place where it shows | case *the trail verifies*; `tests/trail.rs`, byte by byte; `tests/tampering.rs`, over rows that another program writes to |
//! | a trail that was cut off or written anew is found against a checkpoint that was kept | `tests/tampering.rs` |
//! | events are removed by operators only, up to what the trail holds, and nothing else with them; what is left verifies | cases *what is left after a removal verifies*, *what the trail does not hold removes nothing*, *tenants' trails are apart*; `tests/trail_pruned.rs`, while it is verified |
//! | what was exported once is verified for good, also in other languages | `audit/line.rs`, against another SHA-256 |
//! | who follows the feed knows all that is revoked | cases *the feed leads to what is revoked*, *the feed comes in pages* |
//! | tenants do not see each other | cases *tenants do not see each other*, *an unknown tenant is an error* |
//! | a store does whatever [`Configuration`](deputize_core::Configuration) does | `tests/model.rs`, over random changes by random actors |
//! | all of these, for every short sequence of operations on a small world | `tests/small_world/main.rs`, on the store in memory |
//! | what was acknowledged is there after a crash of the process; a newer schema, a damaged row, a full file are told as such | `tests/sqlite.rs`, `sqlite/tests.rs` |
//! | a server may be restarted; an older or newer schema, a damaged row, a lost turn are told as such | `tests/postgres.rs`, `postgres/tests.rs`, `tests/mysql.rs`, `mysql/tests.rs` |
//! | a server that forgets in a power failure what it acknowledged is refused, on MariaDB; a migration that was broken off is finished by the next | `tests/mysql.rs` |
//! | writers of different tenants do not wait for each other, on servers | `postgres/tests.rs`, `mysql/tests.rs` |
//! | no statement reads more than it needs | `sqlite/tests.rs`, `postgres/tests.rs` and `mysql/tests.rs`, over the plan of each |
//! | the suite sees what it is for | `tests/conformance_proves.rs`, over stores that break one promise each |
//!
//! # The audit trail, verified
//!
//! Every event is linked to the one before it by a SHA-256 over everything it says and where it
//! stands; [`AuditLine`] tells the format. [`verify_trail`] reads a store's trail and stops at the
//! first place where it is no longer what was written. It returns a [`Checkpoint`]: keep it where
//! those who can write to the database can't, such as another account's storage, a log service, or
//! paper, and verify from it the next time.
//!
//! ```
//! use deputize_core::{Actor, Change, Resource, UnixTime};
//! use deputize_store::{Checkpoint, Ledger, MemoryStore, Store, verify_trail};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let (store, now) = (MemoryStore::new(), UnixTime::from_secs(1_800_000_000).ok_or("time")?);
//! # let (tenant, olga) = ("acme".parse()?, Actor::Operator("olga".parse()?));
//! # let change = Change::PutResource(Resource { uri: "https://api.example".parse()?, scopes: Default::default() });
//! # store.apply(&tenant, &olga, &[change], now).await?;
//! // Everything, and then, every so often, what came since.
//! let checkpoint = verify_trail(&store, Checkpoint::new(tenant)).await?;
//! let kept = serde_json::to_string(&checkpoint)?;
//! let checkpoint = verify_trail(&store, serde_json::from_str(&kept)?).await?;
//!
//! // An export, as JSON lines: page by page, and verified on the way.
//! let mut exported = Checkpoint::new(checkpoint.tenant.clone());
//! while exported != checkpoint {
//!     for line in store.audit_lines(&exported.tenant, exported.sequence, 100).await?.lines {
//!         exported.advance(&line)?;
//!         println!("{}", serde_json::to_string(&line)?);
//!     }
//! }
//!
//! // What was exported need not stay.
//! store.prune(&olga, &exported, now).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # What an attacker with access to the database can still do
//!
//! The hashes hold no secret. They make it impossible to change the past without changing every
//! event after it, and nothing more. Whoever can write to the tables can
//!
//! - **write everything anew**, from some event on to the last, with hashes that fit: found only
//!   against a checkpoint of a later event than the first that was changed, kept elsewhere;
//! - **cut off the tail** since the last checkpoint that was kept elsewhere, and set the tenant's row
//!   back, which else tells at the next event: what was never seen elsewhere can't be missed. The more
//!   often one is kept, the less that is;
//! - **add events at the end**, as the store does: that something is in the trail shows that it was
//!   written, not by whom;
//! - **hide events from queries**: what events are found by (`AuditQuery`'s client, person, token,
//!   scope, kind) is not sealed. The lines are; what matters is searched in a verified export;
//! - **stop the store** from recording, by rows that are in its way: it then issues nothing;
//! - **change what is decided**: the configuration itself is not sealed. [`Store::export`], held against
//!   the changes in a verified trail that nothing was removed from, shows it.
//!
//! Whoever can only read, reads: nothing in the trail is encrypted. It holds no token and no key, but
//! it does tell who asked for what, for whom, and when; a checkpoint holds nothing of it.
//!
//! # Trust
//!
//! What a directory answers is believed, apart from whether it answers the question: whoever can
//! write to the tables decides what is granted. [`Directory`] tells what somebody weakens who keeps
//! agents in tables of their own.

mod audit;
mod cache;
#[cfg(feature = "conformance")]
pub mod conformance;
mod error;
mod feed;
pub mod limits;
mod memory;
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
mod migration;
#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
mod row;
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
mod sql;
#[cfg(feature = "sqlite")]
mod sqlite;
mod traits;

pub use audit::{
    About, AuditEntry, AuditEvent, AuditHash, AuditHashError, AuditHead, AuditKind, AuditLine, AuditLines, AuditOrder,
    AuditPage, AuditQuery, BrokenTrail, Checkpoint, Flaw, IssuedToken, NewEvent, VerifyError, verify_trail,
};
pub use error::{ChangeError, LedgerError, LoadError, PruneError, RecordError, StoreError};
pub use feed::{Cursor, Revocation, RevocationPage};
pub use memory::MemoryStore;
#[cfg(feature = "mysql")]
pub use mysql::{MySql, MySqlOptions, MySqlStore};
#[cfg(feature = "postgres")]
pub use postgres::{Postgres, PostgresOptions, PostgresStore};
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
pub use sql::{KeyRingError, SqlStore, StoredKeyRing};
#[cfg(feature = "sqlite")]
pub use sqlite::{Sqlite, SqliteOptions, SqliteStore};
pub use traits::{Directory, Ledger, Store};
