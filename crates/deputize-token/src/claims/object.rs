use deputize_core::UnixTime;
use serde_json::{Map, Value};

use crate::verify::VerifyError;

/// A JSON object whose members are claims: what is missing or of the wrong type has a name.
#[derive(Clone, Copy)]
pub(super) struct Object<'a>(&'a Map<String, Value>);

type Found<T> = Result<T, VerifyError>;

impl<'a> Object<'a> {
    pub(super) fn new(value: &'a Value, name: &'static str) -> Found<Self> {
        value.as_object().map(Self).ok_or(VerifyError::InvalidClaim(name))
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name)
    }

    pub(super) fn required(&self, name: &'static str) -> Found<&'a Value> {
        self.get(name).ok_or(VerifyError::MissingClaim(name))
    }

    pub(super) fn text(&self, name: &'static str) -> Found<&'a str> {
        self.required(name)?.as_str().ok_or(VerifyError::InvalidClaim(name))
    }

    /// A claim whose value goes through the parser of its type.
    pub(super) fn parsed<T: core::str::FromStr>(&self, name: &'static str) -> Found<T> {
        self.text(name)?.parse().map_err(|_| VerifyError::InvalidClaim(name))
    }

    /// A NumericDate (RFC 7519 §2), here always a whole number that is not negative.
    pub(super) fn time(&self, name: &'static str) -> Found<UnixTime> {
        let seconds = self.required(name)?.as_u64().and_then(UnixTime::from_secs);
        seconds.ok_or(VerifyError::InvalidClaim(name))
    }

    pub(super) fn small(&self, name: &'static str) -> Found<u8> {
        let number = self.required(name)?.as_u64().and_then(|number| u8::try_from(number).ok());
        number.ok_or(VerifyError::InvalidClaim(name))
    }

    pub(super) fn texts(&self, name: &'static str) -> Found<Vec<&'a str>> {
        let items = self.required(name)?.as_array().ok_or(VerifyError::InvalidClaim(name))?;
        items.iter().map(|item| item.as_str().ok_or(VerifyError::InvalidClaim(name))).collect()
    }
}
