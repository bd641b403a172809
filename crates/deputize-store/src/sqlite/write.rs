use deputize_core::{
    Agent, Binding, Bump, Delegation, DelegationStatus, Effect, ResourceId, Revision, Status, Subject, TenantId, Write,
};
use sqlx::SqliteConnection;

use super::{error, sql, tenant::TenantRow};
use crate::{
    error::StoreError,
    row::{integer, to_json},
};

type Done = Result<(), StoreError>;

/// Writes what a change comes to, and moves the revisions: those of the tenant in `tenant`, which
/// its row follows in the end.
pub(super) async fn carry_out(
    db: &mut SqliteConnection,
    tenant: &mut TenantRow,
    effect: Effect,
    revision: Revision,
) -> Done {
    let id = tenant.id.as_str();
    match effect.write {
        Write::Agent(agent) => put_agent(db, &tenant.id, &agent).await?,
        Write::Role(role) => run(db, sql::PUT_ROLE, &[id, role.name.as_str(), &to_json(&role)?]).await?,
        Write::RemoveRole(name) => run(db, sql::REMOVE_ROLE, &[id, name.as_str()]).await?,
        Write::Binding(binding) => put_binding(db, &tenant.id, &binding).await?,
        Write::RemoveBinding(binding) => {
            uses(db, &tenant.id, "binding", binding.as_str(), []).await?;
            run(db, sql::REMOVE_BINDING, &[id, binding.as_str()]).await?;
            run(db, sql::RETIRE_BINDING, &[id, binding.as_str()]).await?;
        }
        Write::Delegation(delegation) => put_delegation(db, &tenant.id, &delegation).await?,
        Write::Resource(resource) => {
            run(db, sql::PUT_RESOURCE, &[id, resource.uri.as_str(), &to_json(&resource)?]).await?;
        }
        Write::RemoveResource(uri) => run(db, sql::REMOVE_RESOURCE, &[id, uri.as_str()]).await?,
        Write::DefaultResource(uri) => tenant.default_resource = uri,
        Write::RevokedToken(token) => run(db, sql::REVOKE_TOKEN, &[id, &token.to_string()]).await?,
        Write::RevokedPerson(person) => run(db, sql::REVOKE_PERSON, &[id, person.as_str()]).await?,
        Write::RevokedTenant => tenant.revoked = true,
    }
    tenant.latest = revision;
    match effect.bump {
        Some(Bump::Agent(client)) => bump(db, sql::BUMP_AGENT, &tenant.id, client.as_str(), revision).await,
        Some(Bump::Person(person)) => bump(db, sql::BUMP_PERSON, &tenant.id, person.as_str(), revision).await,
        Some(Bump::Epoch) => {
            tenant.epoch = revision;
            Ok(())
        }
        None => Ok(()),
    }
}

async fn bump(db: &mut SqliteConnection, sql: &'static str, tenant: &TenantId, id: &str, revision: Revision) -> Done {
    let query = sqlx::query(sql).bind(tenant.as_str()).bind(id).bind(integer(revision.number()));
    query.execute(db).await.map_err(error::store)?;
    Ok(())
}

async fn put_agent(db: &mut SqliteConnection, tenant: &TenantId, agent: &Agent) -> Done {
    let status = match agent.status {
        Status::Active => "active",
        Status::Suspended => "suspended",
        Status::Revoked => "revoked",
    };
    let client = agent.client_id.as_str();
    let columns = [tenant.as_str(), client, agent.spiffe_id.as_str(), status, &to_json(agent)?];
    run(db, sql::PUT_AGENT, &columns).await?;
    uses(db, tenant, "agent", client, agent.resources.listed()).await
}

async fn put_binding(db: &mut SqliteConnection, tenant: &TenantId, binding: &Binding) -> Done {
    let (kind, subject) = match &binding.subject {
        Subject::Agent(client) => ("agent", client.as_str()),
        Subject::User(user) => ("user", user.as_str()),
    };
    let id = binding.id.as_str();
    let columns = [tenant.as_str(), id, kind, subject, binding.role.as_str(), &to_json(binding)?];
    run(db, sql::PUT_BINDING, &columns).await?;
    uses(db, tenant, "binding", id, &binding.resource).await
}

async fn put_delegation(db: &mut SqliteConnection, tenant: &TenantId, delegation: &Delegation) -> Done {
    let status = match delegation.status {
        DelegationStatus::Active => "active",
        DelegationStatus::Revoked => "revoked",
    };
    let (id, delegator, agent) = (delegation.id.as_str(), delegation.delegator.as_str(), delegation.agent.as_str());
    let columns = [tenant.as_str(), id, delegator, agent, status, &to_json(delegation)?];
    run(db, sql::PUT_DELEGATION, &columns).await?;
    uses(db, tenant, "delegation", id, delegation.resources.listed()).await
}

/// Replaces what a holder refers to.
async fn uses<'a>(
    db: &mut SqliteConnection,
    tenant: &TenantId,
    kind: &'static str,
    holder: &str,
    resources: impl IntoIterator<Item = &'a ResourceId>,
) -> Done {
    run(db, sql::FORGET_USES, &[tenant.as_str(), kind, holder]).await?;
    let resources: Vec<_> = resources.into_iter().collect();
    if resources.is_empty() {
        return Ok(());
    }
    run(db, sql::NOTE_USES, &[tenant.as_str(), kind, holder, &to_json(&resources)?]).await
}

async fn run(db: &mut SqliteConnection, sql: &'static str, columns: &[&str]) -> Done {
    let query = columns.iter().fold(sqlx::query(sql), |query, column| query.bind((*column).to_owned()));
    query.execute(db).await.map_err(error::store)?;
    Ok(())
}
