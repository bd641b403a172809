use alloc::{string::String, sync::Arc};
use core::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::parse::ParseError;
use crate::limits::{MAX_ID_BYTES, MAX_TENANT_BYTES};

/// An identifier: cheap to clone, compared byte by byte, and only ever made by its parser.
macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $what:literal, $check:path) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// The text, as it was parsed.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = ParseError;
            fn from_str(text: &str) -> Result<Self, ParseError> {
                $check($what, text)?;
                Ok(Self(text.into()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = ParseError;
            fn try_from(text: String) -> Result<Self, ParseError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.as_str().into()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    };
}
pub(super) use identifier;

identifier! {
    /// The unit of isolation: every other identifier has meaning only inside one tenant.
    /// 1 to 255 bytes of `[a-z0-9._-]`, so that it can be a SPIFFE trust domain.
    TenantId, "tenant id", tenant
}
identifier! {
    /// An agent's OAuth name (RFC 6749 §2.2, appendix A.1): 1 to 256 bytes of `%x21-7E`.
    ClientId, "client id", visible_ascii
}
identifier! {
    /// A person: 1 to 256 bytes without control characters.
    UserId, "user id", no_control
}
identifier! {
    /// A role's name: 1 to 256 bytes without control characters.
    RoleId, "role name", no_control
}
identifier! {
    /// A binding: 1 to 256 bytes without control characters. Never used again once removed.
    BindingId, "binding id", no_control
}
identifier! {
    /// A delegation: 1 to 256 bytes without control characters. Never used again once revoked.
    DelegationId, "delegation id", no_control
}

fn tenant(what: &'static str, text: &str) -> Result<(), ParseError> {
    ParseError::length(what, text, MAX_TENANT_BYTES)?;
    let allowed = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-');
    match text.bytes().position(|b| !allowed(b)) {
        Some(at) => Err(ParseError::at(what, at, "takes only a-z, 0-9, `.`, `_` and `-`")),
        None => Ok(()),
    }
}

fn visible_ascii(what: &'static str, text: &str) -> Result<(), ParseError> {
    ParseError::length(what, text, MAX_ID_BYTES)?;
    match text.bytes().position(|b| !b.is_ascii_graphic()) {
        Some(at) => Err(ParseError::at(what, at, "takes only visible ASCII characters")),
        None => Ok(()),
    }
}

fn no_control(what: &'static str, text: &str) -> Result<(), ParseError> {
    ParseError::length(what, text, MAX_ID_BYTES)?;
    match text.char_indices().find(|(_, c)| c.is_control()) {
        Some((at, _)) => Err(ParseError::at(what, at, "takes no control characters")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[track_caller]
    fn refused<T: FromStr<Err = ParseError> + fmt::Debug>(text: &str) -> String {
        text.parse::<T>().unwrap_err().to_string()
    }

    #[test]
    fn each_id_has_its_grammar() {
        assert_eq!(refused::<TenantId>(""), "tenant id: is empty");
        assert_eq!(refused::<TenantId>(&"a".repeat(256)), "tenant id: is longer than 255 bytes");
        assert_eq!(refused::<TenantId>("aC"), "tenant id: takes only a-z, 0-9, `.`, `_` and `-` (at byte 1)");
        assert_eq!(refused::<ClientId>("a b"), "client id: takes only visible ASCII characters (at byte 1)");
        assert_eq!(refused::<ClientId>("é"), "client id: takes only visible ASCII characters (at byte 0)");
        assert_eq!(refused::<ClientId>(&"a".repeat(257)), "client id: is longer than 256 bytes");
        assert_eq!(refused::<UserId>("a\u{85}"), "user id: takes no control characters (at byte 1)");
        assert_eq!(refused::<RoleId>("\n"), "role name: takes no control characters (at byte 0)");
        assert_eq!(refused::<BindingId>(""), "binding id: is empty");
        assert_eq!(refused::<DelegationId>("\0"), "delegation id: takes no control characters (at byte 0)");
        assert!("Zoë Ärmel".parse::<UserId>().is_ok());
        assert!(&"a".repeat(255).parse::<TenantId>().is_ok());
        assert!(&"~".repeat(256).parse::<ClientId>().is_ok());
    }

    #[test]
    fn serde_goes_through_the_parser() {
        assert_eq!(serde_json::to_string(&"acme".parse::<TenantId>().unwrap()).unwrap(), r#""acme""#);
        let error = serde_json::from_str::<TenantId>(r#""ACME""#).unwrap_err().to_string();
        assert!(error.starts_with("tenant id: takes only"), "{error}");
    }
}
