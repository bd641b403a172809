use core::{fmt, marker::PhantomData};

use deputize_core::Scope;

use super::verified::Verified;

/// A scope as a type, so that a function can ask for exactly the permission that it needs.
///
/// ```
/// use deputize_core::Scope;
/// use deputize_token::{Authorized, Permission};
///
/// struct ReadReports;
/// impl Permission for ReadReports {
///     const SCOPE: Scope = Scope::from_static("reports:read");
/// }
/// struct DeleteReports;
/// impl Permission for DeleteReports {
///     const SCOPE: Scope = Scope::from_static("reports:delete");
/// }
///
/// fn load(by: &Authorized<'_, ReadReports>) {}
///
/// fn handler(reader: Authorized<'_, ReadReports>) {
///     load(&reader);
/// }
/// ```
///
/// What is authorized for one thing is not for another:
///
/// ```compile_fail,E0308
/// use deputize_core::Scope;
/// use deputize_token::{Authorized, Permission};
///
/// struct ReadReports;
/// impl Permission for ReadReports {
///     const SCOPE: Scope = Scope::from_static("reports:read");
/// }
/// struct DeleteReports;
/// impl Permission for DeleteReports {
///     const SCOPE: Scope = Scope::from_static("reports:delete");
/// }
///
/// fn delete(by: &Authorized<'_, DeleteReports>) {}
///
/// fn handler(reader: Authorized<'_, ReadReports>) {
///     delete(&reader);
/// }
/// ```
pub trait Permission {
    /// The scope that stands for it.
    const SCOPE: Scope;
}

/// That a verified token holds the scope of `P`: the only yes, and only to this.
///
/// It can't outlive the verified token it came from:
///
/// ```compile_fail,E0597
/// # use deputize_token::{Authorized, Denied, Permission, Verified};
/// fn outlives<P: Permission>(token: fn() -> Verified) -> Result<(), Denied> {
///     let authorized: Authorized<'_, P>;
///     {
///         let verified = token();
///         authorized = verified.require::<P>()?;
///     }
///     drop(authorized);
///     Ok(())
/// }
/// ```
/// ```
/// # use deputize_token::{Authorized, Denied, Permission, Verified};
/// fn lives_within<P: Permission>(token: fn() -> Verified) -> Result<(), Denied> {
///     let verified = token();
///     let authorized: Authorized<'_, P>;
///     {
///         authorized = verified.require::<P>()?;
///     }
///     drop(authorized);
///     Ok(())
/// }
/// ```
#[must_use]
pub struct Authorized<'a, P> {
    verified: &'a Verified,
    permission: PhantomData<fn() -> P>,
}

/// The token does not hold the scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the token does not hold the scope `{scope}`")]
#[non_exhaustive]
pub struct Denied {
    /// The scope that would be needed (RFC 6750 §3.1: `insufficient_scope`).
    pub scope: Scope,
}

impl Verified {
    /// The permission `P`, if the token holds its scope.
    ///
    /// # Errors
    ///
    /// When it does not.
    pub fn require<P: Permission>(&self) -> Result<Authorized<'_, P>, Denied> {
        let scope = P::SCOPE;
        if self.allows(&scope) {
            Ok(Authorized { verified: self, permission: PhantomData })
        } else {
            Err(Denied { scope })
        }
    }
}

impl<'a, P> Authorized<'a, P> {
    /// The token: for whom, by whom, until when.
    pub fn verified(&self) -> &'a Verified {
        self.verified
    }
}

impl<P: Permission> fmt::Debug for Authorized<'_, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorized").field("scope", &P::SCOPE).field("verified", self.verified).finish()
    }
}
