use deputize_core::UnixTime;

use super::{
    arg::{Arg, Column},
    engine::{Columns, Link},
    tenant::TenantRow,
};
use crate::{
    audit::{AuditEvent, AuditLine, AuditOrder, AuditPage, AuditQuery, NewEvent},
    error::StoreError,
    row::{from_json, integer, number, seconds, time},
};

/// Events on their way into a tenant's trail, linked to what is there: in a transaction that holds the
/// tenant's row, so that the last event is the last until it commits.
#[derive(Debug, Default)]
pub(super) struct Appended {
    sequences: Vec<i64>,
    times: Vec<i64>,
    kinds: Vec<String>,
    chains: Vec<i64>,
    numbers: Vec<i64>,
    hashes: Vec<Vec<u8>>,
    entries: Vec<String>,
    key_kinds: Vec<String>,
    key_values: Vec<String>,
    key_sequences: Vec<i64>,
}

impl Appended {
    /// Adds an event, and moves the tenant's head to it.
    pub(super) fn push(&mut self, tenant: &mut TenantRow, at: UnixTime, event: &NewEvent) {
        let line = AuditLine::next(&tenant.id, Some(tenant.head), at, event.text.clone());
        tenant.head = line.head();
        let sequence = integer(line.sequence);
        for (kind, value) in event.about.keys() {
            self.key_kinds.push((*kind).to_owned());
            self.key_values.push(value.clone());
            self.key_sequences.push(sequence);
        }
        self.sequences.push(sequence);
        self.times.push(seconds(at));
        self.kinds.push(event.what.kind().as_str().to_owned());
        self.chains.push(integer(line.chain));
        self.numbers.push(integer(line.number));
        self.hashes.push(line.hash.as_bytes().to_vec());
        self.entries.push(line.entry);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sequences.is_empty()
    }

    /// Writes them, and the keys by which they are found. The tenant's row is still to follow.
    pub(super) async fn write<L: Link>(self, db: &mut L, tenant: &TenantRow) -> Result<(), StoreError> {
        if self.is_empty() {
            return Ok(());
        }
        let (lines, keys) = self.into_tables();
        db.run(L::SQL.append, vec![Arg::Text(tenant.id.as_str()), lines]).await?;
        db.run(L::SQL.append_keys, vec![Arg::Text(tenant.id.as_str()), keys]).await
    }

    /// The events, and the keys by which they are found.
    pub(super) fn into_tables(self) -> (Arg<'static>, Arg<'static>) {
        let lines = vec![
            Column::Ints(self.sequences),
            Column::Ints(self.times),
            Column::Texts(self.kinds),
            Column::Ints(self.chains),
            Column::Ints(self.numbers),
            Column::Blobs(self.hashes),
            Column::Texts(self.entries),
        ];
        let keys =
            vec![Column::Texts(self.key_kinds), Column::Texts(self.key_values), Column::Ints(self.key_sequences)];
        (Arg::Table(lines), Arg::Table(keys))
    }
}

pub(super) async fn find<L: Link>(db: &mut L, query: &AuditQuery) -> Result<AuditPage, StoreError> {
    let keys = query.keys();
    let statement = match (keys.is_empty(), query.order) {
        (true, AuditOrder::OldestFirst) => L::SQL.audit_oldest,
        (true, AuditOrder::NewestFirst) => L::SQL.audit_newest,
        (false, AuditOrder::OldestFirst) => L::SQL.audit_by_key_oldest,
        (false, AuditOrder::NewestFirst) => L::SQL.audit_by_key_newest,
    };
    let (above, below) = match (query.after.map(integer), query.order) {
        (None, _) => (0, i64::MAX),
        (Some(after), AuditOrder::OldestFirst) => (after, i64::MAX),
        (Some(after), AuditOrder::NewestFirst) => (0, after),
    };
    let mut args = vec![
        Arg::Text(query.tenant.as_str()),
        Arg::Int(above),
        Arg::Int(below),
        Arg::MaybeText(query.kind.map(|kind| kind.as_str())),
        Arg::Int(query.from.map_or(0, seconds)),
        Arg::Int(query.until.map_or(i64::MAX, seconds)),
        Arg::Int(i64::try_from(query.look_for()).unwrap_or(i64::MAX)),
    ];
    if let Some(((kind, value), others)) = keys.split_first() {
        let (kinds, values) = others.iter().cloned().unzip::<_, _, Vec<_>, Vec<_>>();
        args.extend([Arg::Text(kind), Arg::Text(value)]);
        args.push(Arg::Table(vec![Column::texts(kinds), Column::Texts(values)]));
    }
    let event = |row: &L::Row| -> Result<AuditEvent, StoreError> {
        Ok(AuditEvent {
            sequence: number(row.some_int(0)?)?,
            at: time(row.some_int(1)?)?,
            what: from_json(&row.some_text(2)?)?,
        })
    };
    let events: Result<_, _> = db.rows(statement, args).await?.iter().map(event).collect();
    Ok(query.page(events?))
}
