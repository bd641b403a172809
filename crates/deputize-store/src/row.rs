//! Between Rust and columns: everything that comes out goes through its parser again.

use std::{error::Error, str::FromStr};

use deputize_core::{Revision, UnixTime};
use serde::{Serialize, de::DeserializeOwned};

use crate::error::StoreError;

pub(crate) fn to_json(entry: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(entry).map_err(corrupt)
}

pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(corrupt)
}

pub(crate) fn parse<T: FromStr<Err: Error + Send + Sync + 'static>>(text: &str) -> Result<T, StoreError> {
    text.parse().map_err(corrupt)
}

/// A database's integers are signed. A counter that no longer fits is one that never got so far.
pub(crate) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(crate) fn number(integer: i64) -> Result<u64, StoreError> {
    u64::try_from(integer).map_err(corrupt)
}

pub(crate) fn revision(integer: i64) -> Result<Revision, StoreError> {
    Ok(Revision::from_number(number(integer)?))
}

pub(crate) fn seconds(time: UnixTime) -> i64 {
    integer(time.as_secs())
}

pub(crate) fn time(integer: i64) -> Result<UnixTime, StoreError> {
    UnixTime::try_from(number(integer)?).map_err(corrupt)
}

fn corrupt(error: impl Error + Send + Sync + 'static) -> StoreError {
    StoreError::Corrupt(error.into())
}
