use core::fmt;

use deputize_core::{Grant, ScopeSet, TokenId, UnixTime};
use zeroize::Zeroizing;

/// A signed token on its way out: whoever has the text may use it.
///
/// It is not printed, not compared and not cloned; its memory is cleared when it is dropped.
#[must_use = "a token that was signed is to be handed out"]
pub struct AccessToken {
    text: Zeroizing<String>,
    id: TokenId,
    scopes: ScopeSet,
    expires_at: UnixTime,
}

impl AccessToken {
    pub(super) fn new(text: String, grant: Grant) -> Self {
        let Grant { token, scopes, expires_at, .. } = grant;
        Self { text: Zeroizing::new(text), id: token, scopes, expires_at }
    }

    /// The text, for the response to the agent and for nothing else.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.text
    }

    /// Its id (`jti`).
    #[must_use]
    pub fn id(&self) -> TokenId {
        self.id
    }

    /// What it grants: to be said in the response (RFC 6749 §5.1).
    #[must_use]
    pub fn scopes(&self) -> &ScopeSet {
        &self.scopes
    }

    /// From when on it no longer counts.
    #[must_use]
    pub fn expires_at(&self) -> UnixTime {
        self.expires_at
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken").field("id", &self.id).finish_non_exhaustive()
    }
}
