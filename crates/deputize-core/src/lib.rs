//! The vocabulary, configuration and decision engine of deputize: pure, no_std, no clock
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
