//! The decision: one pure function from a compiled policy, a request and a moment to what is
//! granted, and why.

mod agent_policy;
mod decide;
mod decision;
mod gate;
mod grants;
mod ground;
mod index;
mod lookup;
mod policy;
mod question;
mod report;
mod role_sets;
mod rows;
mod timeline;

pub use agent_policy::AgentPolicy;
pub use decide::AmbiguousDelegation;
pub use decision::{Decision, Outcome};
pub use gate::{Gate, Verdict};
pub use ground::Ground;
pub use policy::{Policy, QuestionError};
pub use question::{Acting, Question};
pub use report::{GateReport, GroundReport, Report, ScopeReport};
pub use rows::{AgentRows, LineageRows, PersonRows, Rows, RowsError};
