use deputize_core::{ClientId, DelegationId, Lineage, Revision, Target, TenantId, TokenId, UserId};
use sqlx::PgConnection;

use super::{error, sql, tenant::TenantRow};
use crate::{
    error::StoreError,
    row::{parse, revision, texts},
};

/// How everything that a token rests on stands, at one moment and by one statement: who asks holds
/// the tenant meanwhile.
#[derive(Debug)]
pub(super) struct Standing {
    agent_revision: Option<i64>,
    person_revision: Option<i64>,
    person_revoked: Option<bool>,
    delegation_status: Option<String>,
    active_agents: Vec<String>,
    revoked_tokens: Vec<String>,
}

impl Standing {
    /// Of this lineage, and of the agent whose revision is wanted.
    pub(super) async fn of(
        db: &mut PgConnection,
        lineage: &Lineage,
        agent: Option<&ClientId>,
    ) -> Result<Self, StoreError> {
        let query = sqlx::query_as(sql::STANDING)
            .bind(lineage.tenant.as_str())
            .bind(agent.map(ClientId::as_str))
            .bind(lineage.person.as_ref().map(UserId::as_str))
            .bind(lineage.delegation.as_ref().map(DelegationId::as_str))
            .bind(texts(&lineage.agents))
            .bind(texts(&lineage.tokens));
        let (agent_revision, person_revision, person_revoked, delegation_status, active_agents, revoked_tokens) =
            query.fetch_one(db).await.map_err(error::store)?;
        Ok(Self { agent_revision, person_revision, person_revoked, delegation_status, active_agents, revoked_tokens })
    }

    /// The first thing in the lineage that is revoked, suspended or not there.
    pub(super) fn dead(&self, tenant: &TenantRow, lineage: &Lineage) -> Option<Target> {
        if tenant.revoked {
            return Some(Target::Tenant);
        }
        if let Some(person) = &lineage.person
            && self.person_revoked == Some(true)
        {
            return Some(Target::Person(person.clone()));
        }
        if let Some(delegation) = &lineage.delegation
            && self.delegation_status.as_deref() != Some("active")
        {
            return Some(Target::Delegation(delegation.clone()));
        }
        let active = |agent: &&ClientId| self.active_agents.iter().any(|active| active == agent.as_str());
        if let Some(agent) = lineage.agents.iter().find(|agent| !active(agent)) {
            return Some(Target::Agent(agent.clone()));
        }
        let revoked = |token: &&TokenId| self.revoked_tokens.contains(&token.to_string());
        lineage.tokens.iter().find(revoked).copied().map(Target::Token)
    }

    /// The agent's revision; of one who is not known, none.
    pub(super) fn agent_revision(&self) -> Result<Revision, StoreError> {
        self.agent_revision.map_or(Ok(Revision::NONE), revision)
    }

    /// The person's revision; of one who is not known, none.
    pub(super) fn person_revision(&self) -> Result<Revision, StoreError> {
        self.person_revision.map_or(Ok(Revision::NONE), revision)
    }
}

/// A person's revision, and whether they are revoked; of one who is not known, neither.
pub(super) async fn person_state(
    db: &mut PgConnection,
    tenant: &TenantId,
    id: &UserId,
) -> Result<(Revision, bool), StoreError> {
    let query = sqlx::query_as(sql::PERSON).bind(tenant.as_str()).bind(id.as_str());
    let row: Option<(i64, bool)> = query.fetch_optional(db).await.map_err(error::store)?;
    row.map_or(Ok((Revision::NONE, false)), |(own, revoked)| Ok((revision(own)?, revoked)))
}

/// Those of the agents that are there and active.
pub(super) async fn active_agents(
    db: &mut PgConnection,
    tenant: &TenantId,
    agents: &[ClientId],
) -> Result<Vec<ClientId>, StoreError> {
    let query = sqlx::query_as(sql::ACTIVE_AGENTS).bind(tenant.as_str()).bind(texts(agents));
    let rows: Vec<(String,)> = query.fetch_all(db).await.map_err(error::store)?;
    rows.iter().map(|(client,)| parse(client)).collect()
}

/// Those of the tokens that are revoked.
pub(super) async fn revoked_tokens(
    db: &mut PgConnection,
    tenant: &TenantId,
    tokens: &[TokenId],
) -> Result<Vec<TokenId>, StoreError> {
    let query = sqlx::query_as(sql::REVOKED_TOKENS).bind(tenant.as_str()).bind(texts(tokens));
    let rows: Vec<(String,)> = query.fetch_all(db).await.map_err(error::store)?;
    rows.iter().map(|(token,)| parse(token)).collect()
}
