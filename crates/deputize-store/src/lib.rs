//! Storage that keeps its promises: the two traits that the rest of deputize asks, a store in
//! memory, one in SQLite, and one in PostgreSQL (feature `postgres`).
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
//! Every store passes the suite that `conformance` publishes, case by case; `tests/` holds the rest.
//! What is about PostgreSQL runs against the server that `DEPUTIZE_POSTGRES` names.
//!
//! | promise | shown by |
//! | --- | --- |
//! | all changes of an `apply` are made, or none | case *changes are made all or none*; `sqlite/tests.rs` and `postgres/tests.rs`, file full, deadlocks and dropped futures |
//! | a change is in force for whoever loads after it | case *changes are in force at once* |
//! | what was revoked or removed never comes back, nor by import | cases *nothing revoked or removed comes back*, *an export imports as the same* |
//! | a person changes their own delegations only, an agent nothing | case *people change only their own delegations* |
//! | after a change no decision from before is recorded | case *a stale decision is not recorded*; `tests/races.rs`, issuers against a revoker |
//! | a change of others makes no decision stale | case *what others change makes nothing stale* |
//! | a chain is recorded only if every part of it is live | cases *a chain lives as long as each of its parts*, *a suspended agent stops what is below it* |
//! | an agent never acts alone because its person was not found | case *a person of whom nothing is known is one* |
//! | a credential is used once, also by many at once | cases *a credential is used once*, *a replay key is forgotten in time*; `tests/races.rs` |
//! | a failed recording leaves nothing behind | case *a failed recording claims nothing* |
//! | every change, issuance and refusal is in the trail, in one order | case *every event is in the trail, in order*, and the four after it |
//! | who follows the feed knows all that is revoked | cases *the feed leads to what is revoked*, *the feed comes in pages* |
//! | tenants do not see each other | cases *tenants do not see each other*, *an unknown tenant is an error* |
//! | a store does whatever [`Configuration`](deputize_core::Configuration) does | `tests/model.rs`, over random changes by random actors |
//! | what was acknowledged is there after a crash of the process; a newer schema, a damaged row, a full file are told as such | `tests/sqlite.rs`, `sqlite/tests.rs` |
//! | a server may be restarted; an older or newer schema, a damaged row, a lost turn are told as such | `tests/postgres.rs`, `postgres/tests.rs` |
//! | writers of different tenants do not wait for each other, on PostgreSQL | `postgres/tests.rs` |
//! | no statement reads more than it needs | `sqlite/tests.rs` and `postgres/tests.rs`, over the plan of each |
//! | the suite sees what it is for | `tests/conformance_proves.rs`, over stores that break one promise each |
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
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;
mod traits;

pub use audit::{AuditEntry, AuditEvent, AuditKind, AuditOrder, AuditPage, AuditQuery, IssuedToken};
pub use error::{ChangeError, LedgerError, LoadError, RecordError, StoreError};
pub use feed::{Cursor, Revocation, RevocationPage};
pub use memory::MemoryStore;
#[cfg(feature = "postgres")]
pub use postgres::{PostgresOptions, PostgresStore};
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteOptions, SqliteStore};
pub use traits::{Directory, Ledger, Store};
