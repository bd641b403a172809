//! How the company's tables are changed: there first, then in the ledger's store.

use deputize::{
    core::{
        Actor, Binding, Change, ClientId, NonEmptySet, Role, RoleId, ScopePattern, Subject, UnixTime, UserId,
        limits::MAX_PATTERNS,
    },
    store::{ChangeError, Store, StoreError},
};
use sqlx::SqliteConnection;

use super::{
    OwnDirectory,
    tables::{self, corrupt, failed, member, rights},
};

/// What is changed in the company's tables.
#[derive(Debug, Clone)]
pub(crate) enum Edit {
    Hire(UserId),
    AddBot { name: ClientId, spiffe_id: String, may: ScopePattern },
    SwitchBot { name: ClientId, on: bool },
    Join { team: RoleId, who: Subject },
    Leave { team: RoleId, who: Subject },
    Grant { team: RoleId, right: ScopePattern },
    Take { team: RoleId, right: ScopePattern },
}

const HIRE: &str = "INSERT INTO employees (login) VALUES (?1)";
const ADD_BOT: &str = "INSERT INTO bots (name, spiffe_id, may) VALUES (?1, ?2, ?3)";
const SWITCH_BOT: &str = "UPDATE bots SET is_on = ?2 WHERE name = ?1";
const JOIN_BOT: &str = "INSERT INTO members (team, bot) VALUES (?1, ?2) RETURNING id";
const JOIN_EMPLOYEE: &str = "INSERT INTO members (team, employee) VALUES (?1, ?2) RETURNING id";
const LEAVE_BOT: &str = "DELETE FROM members WHERE team = ?1 AND bot = ?2 RETURNING id";
const LEAVE_EMPLOYEE: &str = "DELETE FROM members WHERE team = ?1 AND employee = ?2 RETURNING id";
const GRANT: &str = "INSERT OR IGNORE INTO team_rights (team, scope) VALUES (?1, ?2)";
const TAKE: &str = "DELETE FROM team_rights WHERE team = ?1 AND scope = ?2";
const NOTE: &str = "INSERT INTO untold (operator, changes) VALUES (?1, ?2)";
const UNTOLD: &str = "SELECT id, operator, changes FROM untold ORDER BY id LIMIT 1";
const TOLD: &str = "DELETE FROM untold WHERE id = ?1";

/// What the ledger is told that a team may do which may do nothing. It is in no answer of this
/// directory, and stands for no scope that anybody has.
const NOTHING: &str = "no-right-at-all";

impl<S: Store + Sync> OwnDirectory<S> {
    /// Makes an edit. When it has returned, no decision from before is recorded any more.
    ///
    /// The company's tables come first: whoever loads after the ledger was told reads the new rows
    /// with the new revisions. The other way round, somebody could load the new revisions with the
    /// old rows, and nothing would ever be stale.
    pub(crate) async fn edit(&self, operator: &UserId, edit: &Edit, now: UnixTime) -> Result<(), ChangeError> {
        self.write(operator, edit).await?;
        self.tell(now).await
    }

    /// The company's transaction: its own tables, and a note of what is to be told.
    pub(crate) async fn write(&self, operator: &UserId, edit: &Edit) -> Result<(), StoreError> {
        let mut write = self.tables.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        let changes = carry_out(&mut write, edit).await?;
        let changes = serde_json::to_string(&changes).map_err(corrupt)?;
        sqlx::query(NOTE).bind(operator.as_str()).bind(changes).execute(&mut *write).await.map_err(failed)?;
        write.commit().await.map_err(failed)
    }

    /// Tells the ledger's store what it was not told yet, also what a crash left behind.
    ///
    /// Under the tables' write lock, so that nobody else tells a later note before an earlier one;
    /// and one note at a time, so that a crash repeats the last one only: that makes no difference.
    /// A note that is refused would be refused for ever, and is taken off, so that it is in nobody's
    /// way: what takes something away is refused only of what is revoked already.
    pub(crate) async fn tell(&self, now: UnixTime) -> Result<(), ChangeError> {
        let mut outcome = Ok(());
        loop {
            let mut write = self.tables.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
            let note = sqlx::query_as(UNTOLD).fetch_optional(&mut *write).await.map_err(failed)?;
            let Some((id, operator, changes)): Option<(i64, String, String)> = note else { return outcome };
            let operator = Actor::Operator(operator.parse().map_err(corrupt)?);
            let changes: Vec<Change> = serde_json::from_str(&changes).map_err(corrupt)?;
            match self.ledger.apply(&self.tenant, &operator, &changes, now).await {
                Ok(_) => {}
                Err(refused @ ChangeError::Refused { .. }) => outcome = Err(refused),
                Err(error) => return Err(error),
            }
            sqlx::query(TOLD).bind(id).execute(&mut *write).await.map_err(failed)?;
            write.commit().await.map_err(failed)?;
        }
    }
}

/// Makes the edit, and says what it is in deputize's words.
async fn carry_out(db: &mut SqliteConnection, edit: &Edit) -> Result<Vec<Change>, StoreError> {
    match edit {
        // Of whom nothing is known is a person too.
        Edit::Hire(login) => {
            sqlx::query(HIRE).bind(login.as_str()).execute(db).await.map_err(failed)?;
            Ok(Vec::new())
        }
        Edit::AddBot { name, spiffe_id, may } => {
            let query = sqlx::query(ADD_BOT).bind(name.as_str()).bind(spiffe_id).bind(may.to_string());
            query.execute(&mut *db).await.map_err(failed)?;
            put_agent(db, name).await
        }
        Edit::SwitchBot { name, on } => {
            sqlx::query(SWITCH_BOT).bind(name.as_str()).bind(on).execute(&mut *db).await.map_err(failed)?;
            put_agent(db, name).await
        }
        Edit::Join { team, who } => {
            let (statement, name) = match who {
                Subject::Agent(client) => (JOIN_BOT, client.as_str()),
                Subject::User(user) => (JOIN_EMPLOYEE, user.as_str()),
            };
            let query = sqlx::query_as(statement).bind(team.as_str()).bind(name);
            let (id,): (i64,) = query.fetch_one(&mut *db).await.map_err(failed)?;
            let (window, resource) = Default::default();
            let bound = Binding { id: member(id)?, subject: who.clone(), role: team.clone(), window, resource };
            Ok(vec![put_role(db, team).await?, Change::Bind(bound)])
        }
        Edit::Leave { team, who } => {
            let (statement, name) = match who {
                Subject::Agent(client) => (LEAVE_BOT, client.as_str()),
                Subject::User(user) => (LEAVE_EMPLOYEE, user.as_str()),
            };
            let query = sqlx::query_as(statement).bind(team.as_str()).bind(name);
            let left: Vec<(i64,)> = query.fetch_all(db).await.map_err(failed)?;
            left.into_iter().map(|(id,)| member(id).map(Change::Unbind)).collect()
        }
        Edit::Grant { team, right } | Edit::Take { team, right } => {
            let statement = if matches!(edit, Edit::Grant { .. }) { GRANT } else { TAKE };
            let query = sqlx::query(statement).bind(team.as_str()).bind(right.to_string());
            query.execute(&mut *db).await.map_err(failed)?;
            Ok(vec![put_role(db, team).await?])
        }
    }
}

async fn put_agent(db: &mut SqliteConnection, name: &ClientId) -> Result<Vec<Change>, StoreError> {
    Ok(tables::bot(db, name).await?.map(Change::PutAgent).into_iter().collect())
}

async fn put_role(db: &mut SqliteConnection, team: &RoleId) -> Result<Change, StoreError> {
    let permissions = match rights(db, team).await? {
        // The ledger would refuse the role, and then never hear what is taken from it.
        Some(permissions) if permissions.len() > MAX_PATTERNS => return Err(corrupt("a team of too many rights")),
        Some(permissions) => permissions,
        None => NonEmptySet::of(NOTHING.parse().map_err(corrupt)?),
    };
    Ok(Change::PutRole(Role { name: team.clone(), permissions }))
}
