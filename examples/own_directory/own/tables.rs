//! A company's own tables, from before there was deputize, and how they are read as its vocabulary.

use std::{path::Path, str::FromStr};

use deputize::{
    core::{Agent, AgentId, Allow, Binding, BindingId, ClientId, MayAct, NonEmptySet, Role, RoleId, Status, Subject},
    store::StoreError,
};
use sqlx::{
    SqliteConnection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS employees (login TEXT PRIMARY KEY);
    CREATE TABLE IF NOT EXISTS bots (
        name TEXT PRIMARY KEY, spiffe_id TEXT NOT NULL UNIQUE, may TEXT NOT NULL, is_on INTEGER NOT NULL DEFAULT 1
    );
    CREATE TABLE IF NOT EXISTS team_rights (team TEXT NOT NULL, scope TEXT NOT NULL, PRIMARY KEY (team, scope));
    -- AUTOINCREMENT: who leaves and joins again is bound anew, by an id that there never was.
    CREATE TABLE IF NOT EXISTS members (
        id INTEGER PRIMARY KEY AUTOINCREMENT, team TEXT NOT NULL,
        employee TEXT REFERENCES employees, bot TEXT REFERENCES bots,
        UNIQUE (team, employee), UNIQUE (team, bot), CHECK ((employee IS NULL) <> (bot IS NULL))
    );
    -- What the ledger has not been told of yet, in order. The only table that is here for deputize.
    CREATE TABLE IF NOT EXISTS untold (
        id INTEGER PRIMARY KEY AUTOINCREMENT, operator TEXT NOT NULL, changes TEXT NOT NULL
    );
";

const BOT: &str = "SELECT spiffe_id, may, is_on FROM bots WHERE name = ?1";
const RIGHTS: &str = "SELECT scope FROM team_rights WHERE team = ?1 ORDER BY scope";
const TEAMS: &str = "SELECT id, team FROM members WHERE CASE ?1 WHEN 'bot' THEN bot ELSE employee END = ?2 ORDER BY id";

pub(super) async fn open(path: &Path) -> Result<SqlitePool, sqlx::Error> {
    let connect = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let pool = SqlitePool::connect_with(connect.journal_mode(SqliteJournalMode::Wal).foreign_keys(true)).await?;
    sqlx::raw_sql(SCHEMA).execute(&pool).await?;
    Ok(pool)
}

/// A bot as an agent.
pub(super) async fn bot(db: &mut SqliteConnection, name: &ClientId) -> Result<Option<Agent>, StoreError> {
    let row: Option<(String, String, bool)> =
        sqlx::query_as(BOT).bind(name.as_str()).fetch_optional(db).await.map_err(failed)?;
    let Some((spiffe_id, may, is_on)) = row else { return Ok(None) };
    let patterns = may.split_whitespace().map(parse).collect::<Result<Vec<_>, _>>()?;
    Ok(Some(Agent {
        client_id: name.clone(),
        spiffe_id: parse::<AgentId>(&spiffe_id)?,
        acting: MayAct::Either,
        allowed_scopes: NonEmptySet::new(patterns).ok_or_else(|| corrupt("a bot that may do nothing"))?,
        max_lifetime_seconds: std::num::NonZeroU32::MIN.saturating_add(599),
        resources: Allow::Any,
        mode: Default::default(),
        status: if is_on { Status::Active } else { Status::Suspended },
    }))
}

/// The teams that somebody is in, as bindings, and what the teams may do, as roles.
pub(super) async fn teams(
    db: &mut SqliteConnection,
    subject: &Subject,
) -> Result<(Vec<Binding>, Vec<Role>), StoreError> {
    let (kind, name) = match subject {
        Subject::Agent(client) => ("bot", client.as_str()),
        Subject::User(user) => ("employee", user.as_str()),
    };
    let rows: Vec<(i64, String)> =
        sqlx::query_as(TEAMS).bind(kind).bind(name).fetch_all(&mut *db).await.map_err(failed)?;
    let (mut bindings, mut roles) = (Vec::new(), Vec::new());
    for (id, team) in rows {
        let role: RoleId = parse(&team)?;
        // A team without a right is a role of nothing, and there is no such role.
        let Some(permissions) = rights(db, &role).await? else { continue };
        roles.push(Role { name: role.clone(), permissions });
        let (window, resource) = Default::default();
        bindings.push(Binding { id: member(id)?, subject: subject.clone(), role, window, resource });
    }
    Ok((bindings, roles))
}

/// What a team may do, if anything.
pub(super) async fn rights(
    db: &mut SqliteConnection,
    team: &RoleId,
) -> Result<Option<NonEmptySet<deputize::core::ScopePattern>>, StoreError> {
    let rows: Vec<(String,)> = sqlx::query_as(RIGHTS).bind(team.as_str()).fetch_all(db).await.map_err(failed)?;
    let patterns: Result<Vec<_>, _> = rows.iter().map(|(scope,)| parse(scope)).collect();
    Ok(NonEmptySet::new(patterns?))
}

/// A membership's id as a binding's.
pub(super) fn member(id: i64) -> Result<BindingId, StoreError> {
    parse(&format!("member-{id}"))
}

/// What stands in a table and can't be read grants nothing: it fails the request.
fn parse<T: FromStr<Err: std::error::Error + Send + Sync + 'static>>(text: &str) -> Result<T, StoreError> {
    text.parse().map_err(corrupt)
}

pub(super) fn corrupt(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::Corrupt(error.into())
}

pub(super) fn failed(error: sqlx::Error) -> StoreError {
    StoreError::Unavailable(error.into())
}
