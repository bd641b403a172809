use super::{grant::Grant, issuance::Issuance};
use crate::{limits::MAX_SIGN_DELAY_SECONDS, vocabulary::UnixTime};

/// An issuance whose audit event is durable: the only thing that a key ring signs, and it consumes
/// it.
///
/// Neither `Clone` nor `Deserialize`; a ledger makes it, by [`Recorded::assertion`].
///
/// It is moved, never copied:
/// ```
/// # fn use_up(recorded: deputize_core::Recorded) {
/// let moved = recorded;
/// # }
/// ```
/// ```compile_fail,E0599
/// # fn use_up(recorded: deputize_core::Recorded) {
/// let moved = recorded.clone();
/// # }
/// ```
/// It comes through its door, and neither from its parts nor off the wire:
/// ```
/// # fn make(issuance: deputize_core::Issuance, at: deputize_core::UnixTime) {
/// let recorded = deputize_core::Recorded::assertion(issuance, at);
/// # }
/// ```
/// ```compile_fail,E0451
/// # fn make(grant: deputize_core::Grant, proof_ends: deputize_core::UnixTime, at: deputize_core::UnixTime) {
/// let recorded = deputize_core::Recorded { grant, proof_ends, at };
/// # }
/// ```
/// ```
/// # fn read<T: serde::de::DeserializeOwned>() {}
/// read::<deputize_core::Report>();
/// ```
/// ```compile_fail,E0277
/// # fn read<T: serde::de::DeserializeOwned>() {}
/// read::<deputize_core::Recorded>();
/// ```
#[derive(Debug)]
#[must_use = "what was recorded is in the audit trail as issued: sign it"]
pub struct Recorded {
    grant: Grant,
    proof_ends: UnixTime,
    at: UnixTime,
}

impl Recorded {
    /// Asserts that `issuance` was recorded at `at`: replay keys claimed, revisions and lineage
    /// checked, audit event appended, in one transaction that is durable.
    pub fn assertion(issuance: Issuance, at: UnixTime) -> Self {
        let proof_ends = issuance.proof().expires_at();
        Self { grant: issuance.into_grant(), proof_ends, at }
    }

    /// What the token will say.
    #[must_use]
    pub fn grant(&self) -> &Grant {
        &self.grant
    }

    /// Gives up the recording: what the token says, once it is signed.
    #[must_use]
    pub fn into_grant(self) -> Grant {
        self.grant
    }

    /// Whether it may still be signed: within [`MAX_SIGN_DELAY_SECONDS`] of its recording in either
    /// direction, so that neither a held value nor a clock that was set back outlives a
    /// revocation, and before the token's and the proof's ends.
    #[must_use]
    pub fn is_signable(&self, now: UnixTime) -> bool {
        let delay = now.since(self.at).max(self.at.since(now));
        delay <= u64::from(MAX_SIGN_DELAY_SECONDS) && now < self.grant.expires_at && now < self.proof_ends
    }
}
