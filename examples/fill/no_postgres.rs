//! In place of PostgreSQL, where the feature `postgres` is not there.

use std::future::{Ready, ready};

use deputize::store::MemoryStore;

use crate::Failure;

pub(crate) fn open(_: &str) -> Ready<Result<MemoryStore, Failure>> {
    ready(Err("built without the feature `postgres`".into()))
}
