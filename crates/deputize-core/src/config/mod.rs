//! What administrators and persons configure, and how it changes.

mod actor;
mod agent;
mod binding;
mod change;
mod configuration;
mod delegation;
mod facts;
mod resource;
mod revoked;
mod role;
mod rules;

pub use actor::Actor;
pub use agent::{Agent, MayAct, ScopeMode, Status};
pub use binding::{Binding, Subject};
pub use change::{Change, Target};
pub use configuration::Configuration;
pub use delegation::{Delegation, DelegationStatus};
pub use facts::{Facts, Needs, Use};
pub use resource::Resource;
pub use revoked::{Lineage, Revoked};
pub use role::Role;
pub use rules::{ApplyError, Bump, Effect, Write};
