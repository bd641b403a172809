//! A directory over the company's tables, beside a ledger of deputize's.

mod edit;
mod tables;

use std::path::Path;

use deputize::{
    core::{AgentPolicy, AgentRows, PersonRows, Question, Rows, Status, Subject, TenantId, UnixTime},
    store::{ChangeError, Directory, LoadError, Store},
};
pub(crate) use edit::Edit;
use sqlx::SqlitePool;
use tables::failed;

/// Agents, roles and bindings are the company's. Resources, delegations and what is revoked are the
/// ledger's store's own, which is told of all the rest too: see `edit`.
#[derive(Debug)]
pub(crate) struct OwnDirectory<S> {
    tables: SqlitePool,
    /// The tables know of one tenant, the store may of several.
    tenant: TenantId,
    ledger: S,
}

impl<S: Store + Sync> OwnDirectory<S> {
    /// Opens the tables, and tells the ledger what a crash kept from it.
    pub(crate) async fn open(path: &Path, tenant: TenantId, ledger: S, now: UnixTime) -> Result<Self, ChangeError> {
        let tables = tables::open(path).await.map_err(failed)?;
        let own = Self { tables, tenant, ledger };
        match own.tell(now).await {
            // Whoever made that edit is no longer there to be told.
            Ok(()) | Err(ChangeError::Refused { .. }) => Ok(own),
            Err(error) => Err(error),
        }
    }

    /// Where decisions are recorded, delegations are made, and things are revoked.
    pub(crate) fn ledger(&self) -> &S {
        &self.ledger
    }

    /// The company's rows, at the revisions that the ledger's store answers.
    ///
    /// The store is asked to the end before a row is read. A change in between then makes the rows
    /// newer than their revisions, and the decision stale; read first, they would be older, and it
    /// would be recorded.
    pub(crate) async fn around(
        &self,
        question: &Question,
        told: impl Future<Output = Result<Rows, LoadError>>,
    ) -> Result<Rows, LoadError> {
        let told = told.await?;
        // One transaction: all rows are of one moment.
        let mut read = self.tables.begin().await.map_err(failed)?;
        // An agent that the ledger does not know can't be recorded, so it is not there yet.
        let agent = match (&told.agent, tables::bot(&mut read, &question.client).await?) {
            (Some(known), Some(mut agent)) => {
                // What the ledger's store says is suspended or revoked stays so.
                if known.agent().status != Status::Active {
                    agent.status = known.agent().status;
                }
                let (bindings, roles) = tables::teams(&mut read, &Subject::Agent(question.client.clone())).await?;
                let (tenant, epoch, revision) = (told.tenant.clone(), told.epoch, known.revision());
                Some(AgentPolicy::compile(AgentRows { tenant, epoch, revision, agent, bindings, roles })?)
            }
            _ => None,
        };
        let person = match told.person {
            Some(person) => {
                let (bindings, roles) = tables::teams(&mut read, &Subject::User(person.person.clone())).await?;
                Some(PersonRows { bindings, roles, ..person })
            }
            None => None,
        };
        Ok(Rows { agent, person, ..told })
    }
}

impl<S: Store + Sync> Directory for OwnDirectory<S> {
    async fn load(&self, question: &Question) -> Result<Rows, LoadError> {
        if question.tenant != self.tenant {
            return Err(LoadError::UnknownTenant);
        }
        self.around(question, self.ledger.load(question)).await
    }
}
