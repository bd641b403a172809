//! What one write comes to: one line of the journal.

use std::collections::BTreeSet;

use deputize::{
    core::{ReplayKey, TenantId, UnixTime},
    store::{AuditLine, NewEvent},
};
use serde::{Deserialize, Serialize};

/// Everything that one operation changes, all of it or none. The events say it all: a change is in
/// its event, and an issuance claims its token's id by its own. Only replay keys are in no event.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    pub(crate) tenant: TenantId,
    pub(crate) events: Vec<Event>,
    pub(crate) claims: Vec<Claim>,
}

/// One event, sealed, and the keys by which it is found.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Event {
    pub(crate) line: AuditLine,
    pub(crate) keys: BTreeSet<(String, String)>,
}

/// A replay key, and until when it is kept.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Claim {
    pub(crate) digest: [u8; 32],
    pub(crate) keep_until: UnixTime,
}

impl Event {
    pub(crate) fn new(line: AuditLine, event: &NewEvent) -> Self {
        let keys = event.about.keys().iter().map(|(kind, id)| ((*kind).to_owned(), id.clone()));
        Self { line, keys: keys.collect() }
    }
}

impl From<&ReplayKey> for Claim {
    fn from(key: &ReplayKey) -> Self {
        Self { digest: key.digest, keep_until: key.keep_until }
    }
}
