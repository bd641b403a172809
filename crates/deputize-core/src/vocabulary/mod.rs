//! The words that everything else is said in. Each type is parsed once and is right from then on.

mod agent_id;
mod id;
mod parse;
mod pattern;
mod revision;
mod scope;
mod scope_set;
mod set;
mod time;
mod token_id;
mod uri;
mod window;

pub use agent_id::AgentId;
pub use id::{BindingId, ClientId, DelegationId, RoleId, TenantId, UserId};
pub use parse::ParseError;
pub use pattern::ScopePattern;
pub use revision::Revision;
pub use scope::Scope;
pub use scope_set::ScopeSet;
pub use set::{Allow, NonEmptySet};
pub use time::UnixTime;
pub use token_id::TokenId;
pub use uri::{Issuer, ResourceId};
pub use window::Window;
