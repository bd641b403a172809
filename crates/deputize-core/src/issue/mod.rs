//! From a decision to what may be signed. Each type is had from the one before it and in no other
//! way, but for the doors called `assertion`.

mod confirmation;
mod grant;
mod issuance;
mod parent;
mod proof;
mod recorded;
mod refusal;
mod returned;

pub use confirmation::{Confirmation, Thumbprint};
pub use grant::{ChainAgent, Grant};
pub use issuance::{Basis, Issuance};
pub use parent::{Held, Parent};
pub use proof::{AgentProof, ProofMethod, Proven, ProvenBy, ReplayKey};
pub use recorded::Recorded;
pub use refusal::Refusal;
pub use returned::Returned;
