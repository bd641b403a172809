use alloc::vec::Vec;

use super::{confirmation::Confirmation, grant::ChainAgent};
use crate::{
    config::Lineage,
    vocabulary::{ClientId, DelegationId, ResourceId, ScopeSet, TenantId, TokenId, UnixTime, UserId},
};

/// A token that was verified and is about to be handed on (RFC 8693 §2.1: the subject token).
///
/// Neither `Clone` nor `Deserialize`; the issuer's key ring makes it of one of its own tokens, by
/// [`Parent::assertion`].
///
/// It is moved, never copied:
/// ```
/// # fn use_up(parent: deputize_core::Parent) {
/// let moved = parent;
/// # }
/// ```
/// ```compile_fail,E0599
/// # fn use_up(parent: deputize_core::Parent) {
/// let moved = parent.clone();
/// # }
/// ```
/// It comes through its door, and neither from its parts nor off the wire:
/// ```
/// # fn make(held: deputize_core::Held) {
/// let parent = deputize_core::Parent::assertion(held);
/// # }
/// ```
/// ```compile_fail,E0451
/// # fn make(held: deputize_core::Held) {
/// let parent = deputize_core::Parent { held };
/// # }
/// ```
/// ```
/// # fn read<T: serde::de::DeserializeOwned>() {}
/// read::<deputize_core::Report>();
/// ```
/// ```compile_fail,E0277
/// # fn read<T: serde::de::DeserializeOwned>() {}
/// read::<deputize_core::Parent>();
/// ```
#[derive(Debug)]
#[must_use]
pub struct Parent {
    held: Held,
}

/// What the token says: the content of a [`Parent`]. It acts for a person under a delegation:
/// nothing else can be handed on.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "a verifier has to decide on each field")]
pub struct Held {
    /// The tenant that issued it.
    pub tenant: TenantId,
    /// The person it acts for.
    pub person: UserId,
    /// The delegation it rests on.
    pub delegation: DelegationId,
    /// The resource it is for.
    pub resource: ResourceId,
    /// What it grants.
    pub scopes: ScopeSet,
    /// The tokens of its chain, root first, itself last.
    pub tokens: Vec<TokenId>,
    /// The agents of its chain, root first, its own last.
    pub agents: Vec<ChainAgent>,
    /// Hops from the root.
    pub depth: u8,
    /// Hops that it allows in all.
    pub max_depth: u8,
    /// From when on it no longer counts.
    pub expires_at: UnixTime,
    /// The key or certificate it is bound to.
    pub confirmation: Option<Confirmation>,
}

impl Parent {
    /// Asserts that `held` is what a token says that was verified, with proof of possession where
    /// it is bound.
    pub fn assertion(held: Held) -> Self {
        Self { held }
    }

    /// What the token says.
    #[must_use]
    pub fn held(&self) -> &Held {
        &self.held
    }

    /// Everything the token rests on.
    #[must_use]
    pub fn lineage(&self) -> Lineage {
        Lineage {
            tenant: self.held.tenant.clone(),
            person: Some(self.held.person.clone()),
            delegation: Some(self.held.delegation.clone()),
            agents: self.clients().cloned().collect(),
            tokens: self.held.tokens.clone(),
        }
    }

    pub(crate) fn clients(&self) -> impl Iterator<Item = &ClientId> {
        self.held.agents.iter().map(|agent| &agent.client_id)
    }
}
