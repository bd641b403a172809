//! The vocabulary, configuration and decision engine of deputize: which part of a person's authority
//! an agent gets, until when, and why.
//!
//! Nothing here does I/O, reads a clock, draws a random number, allocates in a decision or panics:
//! the same question, rows and moment have the same answer on every machine. `no_std` with `alloc`
//! keeps it so.
//!
//! # From a question to what may be signed
//!
//! ```text
//! Question → Policy → Decision ─(AgentProof)→ Issuance ─(a ledger)→ Recorded ─(a key ring)→ token
//! ```
//!
//! Each arrow consumes the value on its left, and each type is had in no other way, but for three
//! doors for other implementers, each called `assertion`: [`AgentProof::assertion`],
//! [`Parent::assertion`] and [`Recorded::assertion`]. So no token comes without a decision, without
//! a proven agent, or without its audit event: leave a step out, and it does not compile.
//!
//! For the decision alone a [`Configuration`] is enough:
//!
//! ```
//! use deputize_core::{Acting, Actor, Change, Configuration, Question, QuestionError};
//!
//! let config = Configuration::new("acme".parse()?);
//! let question = Question {
//!     tenant: "acme".parse()?,
//!     client: "research".parse()?,
//!     acting: Acting::For { person: "alice".parse()?, delegation: None },
//!     resource: Some("https://reports.example".parse()?),
//! };
//! // An empty configuration grants nothing; it does not even know the agent.
//! let refused = config.policy(question).unwrap_err();
//! assert_eq!(refused.error, QuestionError::UnknownAgent);
//! # Ok::<(), deputize_core::ParseError>(())
//! ```
//!
//! # The one rule
//!
//! ```text
//! granted = role binding ∩ allowed scopes ∩ requested scopes ∩ resource
//!         ∩ delegation ∩ the person's own authority        when acting for a person
//!         ∩ parent token                                   when handed on by another agent
//! ```
//!
//! A [`Gate`] that applies and has no configuration grants nothing. Which gates apply follows from
//! the question, never from what a lookup happened to return: [`Policy::compile`] refuses rows that
//! do not answer their question.
//!
//! # What a store does
//!
//! Rules exist once, in [`Change::judge`]. A store looks up what [`Change::needs`], hands it in as
//! [`Facts`], and writes the [`Effect`]; [`Configuration`] is the model that it has to agree with.
//!
//! # Laws, and the tests that hold them
//!
//! | law | test |
//! | --- | --- |
//! | the engine says what an evaluator written from the rule says, scope by scope and gate by gate | `tests/engine/oracle.rs` |
//! | and what the formula says, in every small world, for every question | `tests/small_world/main.rs` |
//! | and what Cedar says of the same configuration | `tests/engine/cedar.rs` |
//! | granted ⊆ every operand; order never matters; adding never removes, removing never adds | `tests/engine/laws.rs` |
//! | a child's grant ⊆ its parent's, at every depth | `tests/engine/chain.rs` |
//! | an explanation names what exists, and removing it flips the verdict | `tests/engine/explanation.rs` |
//! | rows that do not answer their question are refused | `tests/engine/rows.rs` |
//! | nothing is allocated in a decision | `tests/allocation.rs` |
//! | a change of meaning is a changed line | `tests/golden.rs` |
//! | changes are judged alike, and nothing revoked comes back | `tests/apply/main.rs` |
//! | a document reads as it was written | `tests/document_round_trip.rs` |
//!
#![no_std]

extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

mod config;
#[cfg(feature = "document")]
mod document;
mod engine;
#[cfg(any(fuzzing, test))]
#[doc(hidden)]
pub mod fuzzing;
mod issue;
pub mod limits;
mod vocabulary;

pub use config::{
    Actor, Agent, ApplyError, Binding, Bump, Change, Configuration, Delegation, DelegationStatus, Effect, Facts,
    Lineage, MayAct, Needs, Resource, Revoked, Role, ScopeMode, Status, Subject, Target, Use, Write,
};
#[cfg(feature = "document")]
pub use document::{DocumentError, DocumentErrors};
pub use engine::{
    Acting, AgentPolicy, AgentRows, AmbiguousDelegation, Decision, Gate, GateReport, Ground, GroundReport, LineageRows,
    Outcome, PersonRows, Policy, Question, QuestionError, Report, Rows, RowsError, ScopeReport, Verdict,
};
pub use issue::{
    AgentProof, Basis, ChainAgent, Confirmation, Grant, Held, Issuance, Parent, ProofMethod, Proven, ProvenBy,
    Recorded, Refusal, ReplayKey, Returned, Thumbprint,
};
pub use vocabulary::{
    AgentId, Allow, BindingId, ClientId, DelegationId, Issuer, NonEmptySet, ParseError, ResourceId, Revision, RoleId,
    Scope, ScopePattern, ScopeSet, TenantId, TokenId, UnixTime, UserId, Window,
};
