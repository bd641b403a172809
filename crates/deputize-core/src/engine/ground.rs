use crate::vocabulary::{BindingId, ClientId, DelegationId, ResourceId, RoleId, ScopePattern, TokenId};

/// What made a gate grant a scope: configuration that exists. Take all grounds of a gate away, and
/// the gate refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a new ground must break those who explain decisions")]
pub enum Ground<'a> {
    /// The agent's entry.
    Agent(&'a ClientId),
    /// A live binding, of the agent or of the person.
    Binding {
        /// The binding.
        binding: &'a BindingId,
        /// The role it leads to.
        role: &'a RoleId,
        /// The role's pattern that matches.
        pattern: &'a ScopePattern,
    },
    /// An allowed pattern of the agent's entry.
    AllowedScope(&'a ScopePattern),
    /// The resource.
    Resource(&'a ResourceId),
    /// The delegation.
    Delegation(&'a DelegationId),
    /// The parent token, by its id where it is known.
    Parent(Option<TokenId>),
}
