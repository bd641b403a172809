use deputize_core::{
    Agent, Binding, Bump, Delegation, DelegationStatus, Effect, ResourceId, Revision, Status, Subject, TenantId, Write,
};
use sqlx::SqliteConnection;

use super::{
    error,
    load::TenantRow,
    row::{integer, to_json},
};
use crate::error::StoreError;

type Done = Result<(), StoreError>;

pub(super) async fn create(db: &mut SqliteConnection, tenant: &TenantId) -> Result<TenantRow, StoreError> {
    const SQL: &str = "INSERT INTO tenant (id, latest, epoch, revoked, default_resource, events)
        VALUES (?, 0, 0, FALSE, NULL, 0)";
    sqlx::query(SQL).bind(tenant.as_str()).execute(db).await.map_err(error::store)?;
    Ok(TenantRow {
        id: tenant.clone(),
        latest: Revision::NONE,
        epoch: Revision::NONE,
        revoked: false,
        default_resource: None,
    })
}

/// Writes what a change comes to, and moves the revisions.
pub(super) async fn carry_out(
    db: &mut SqliteConnection,
    tenant: &mut TenantRow,
    effect: Effect,
    revision: Revision,
) -> Done {
    let id = tenant.id.clone();
    match effect.write {
        Write::Agent(agent) => put_agent(db, &id, &agent).await?,
        Write::Role(role) => {
            const SQL: &str = "INSERT INTO role (tenant, name, entry) VALUES (?, ?, ?)
                ON CONFLICT (tenant, name) DO UPDATE SET entry = excluded.entry";
            run(db, SQL, &[id.as_str(), role.name.as_str(), &to_json(&role)?]).await?;
        }
        Write::RemoveRole(name) => {
            run(db, "DELETE FROM role WHERE tenant = ? AND name = ?", &[id.as_str(), name.as_str()]).await?;
        }
        Write::Binding(binding) => put_binding(db, &id, &binding).await?,
        Write::RemoveBinding(binding) => {
            uses(db, &id, "binding", binding.as_str(), []).await?;
            run(db, "DELETE FROM binding WHERE tenant = ? AND id = ?", &[id.as_str(), binding.as_str()]).await?;
            const SQL: &str = "INSERT INTO removed_binding (tenant, id) VALUES (?, ?)";
            run(db, SQL, &[id.as_str(), binding.as_str()]).await?;
        }
        Write::Delegation(delegation) => put_delegation(db, &id, &delegation).await?,
        Write::Resource(resource) => {
            const SQL: &str = "INSERT INTO resource (tenant, uri, entry) VALUES (?, ?, ?)
                ON CONFLICT (tenant, uri) DO UPDATE SET entry = excluded.entry";
            run(db, SQL, &[id.as_str(), resource.uri.as_str(), &to_json(&resource)?]).await?;
        }
        Write::RemoveResource(uri) => {
            run(db, "DELETE FROM resource WHERE tenant = ? AND uri = ?", &[id.as_str(), uri.as_str()]).await?;
        }
        Write::DefaultResource(uri) => tenant.default_resource = uri,
        Write::RevokedToken(token) => {
            const SQL: &str = "INSERT INTO revoked_token (tenant, id) VALUES (?, ?) ON CONFLICT DO NOTHING";
            run(db, SQL, &[id.as_str(), &token.to_string()]).await?;
        }
        Write::RevokedPerson(person) => {
            const SQL: &str = "INSERT INTO person (tenant, id, revision, revoked) VALUES (?, ?, 0, TRUE)
                ON CONFLICT (tenant, id) DO UPDATE SET revoked = TRUE";
            run(db, SQL, &[id.as_str(), person.as_str()]).await?;
        }
        Write::RevokedTenant => tenant.revoked = true,
    }
    bump(db, tenant, effect.bump, revision).await
}

async fn bump(db: &mut SqliteConnection, tenant: &mut TenantRow, bump: Option<Bump>, revision: Revision) -> Done {
    const AGENT: &str = "UPDATE agent SET revision = ? WHERE tenant = ? AND client = ?";
    const PERSON: &str = "INSERT INTO person (revision, tenant, id, revoked) VALUES (?, ?, ?, FALSE)
        ON CONFLICT (tenant, id) DO UPDATE SET revision = excluded.revision";
    const TENANT: &str = "UPDATE tenant SET latest = ?, epoch = ?, revoked = ?, default_resource = ? WHERE id = ?";
    let number = integer(revision.number());
    tenant.latest = revision;
    let whose = match bump {
        Some(Bump::Agent(client)) => Some((AGENT, client.to_string())),
        Some(Bump::Person(person)) => Some((PERSON, person.to_string())),
        Some(Bump::Epoch) => {
            tenant.epoch = revision;
            None
        }
        None => None,
    };
    if let Some((sql, id)) = whose {
        let query = sqlx::query(sql).bind(number).bind(tenant.id.as_str()).bind(id);
        query.execute(&mut *db).await.map_err(error::store)?;
    }
    let query = sqlx::query(TENANT)
        .bind(number)
        .bind(integer(tenant.epoch.number()))
        .bind(tenant.revoked)
        .bind(tenant.default_resource.as_ref().map(ResourceId::as_str))
        .bind(tenant.id.as_str());
    query.execute(db).await.map_err(error::store)?;
    Ok(())
}

async fn put_agent(db: &mut SqliteConnection, tenant: &TenantId, agent: &Agent) -> Done {
    const SQL: &str = "INSERT INTO agent (tenant, client, spiffe_id, status, revision, entry) VALUES (?, ?, ?, ?, 0, ?)
        ON CONFLICT (tenant, client) DO UPDATE
        SET spiffe_id = excluded.spiffe_id, status = excluded.status, entry = excluded.entry";
    let status = match agent.status {
        Status::Active => "active",
        Status::Suspended => "suspended",
        Status::Revoked => "revoked",
    };
    let client = agent.client_id.as_str();
    let columns = [tenant.as_str(), client, agent.spiffe_id.as_str(), status, &to_json(agent)?];
    run(db, SQL, &columns).await?;
    uses(db, tenant, "agent", client, agent.resources.listed()).await
}

async fn put_binding(db: &mut SqliteConnection, tenant: &TenantId, binding: &Binding) -> Done {
    const SQL: &str = "INSERT INTO binding (tenant, id, subject_kind, subject, role, entry) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (tenant, id) DO UPDATE SET role = excluded.role, entry = excluded.entry";
    let (kind, subject) = match &binding.subject {
        Subject::Agent(client) => ("agent", client.as_str()),
        Subject::User(user) => ("user", user.as_str()),
    };
    let id = binding.id.as_str();
    run(db, SQL, &[tenant.as_str(), id, kind, subject, binding.role.as_str(), &to_json(binding)?]).await?;
    uses(db, tenant, "binding", id, &binding.resource).await
}

async fn put_delegation(db: &mut SqliteConnection, tenant: &TenantId, delegation: &Delegation) -> Done {
    const SQL: &str = "INSERT INTO delegation (tenant, id, delegator, agent, status, entry) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (tenant, id) DO UPDATE SET status = excluded.status, entry = excluded.entry";
    let status = match delegation.status {
        DelegationStatus::Active => "active",
        DelegationStatus::Revoked => "revoked",
    };
    let (id, delegator, agent) = (delegation.id.as_str(), delegation.delegator.as_str(), delegation.agent.as_str());
    run(db, SQL, &[tenant.as_str(), id, delegator, agent, status, &to_json(delegation)?]).await?;
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
    const FORGET: &str = "DELETE FROM resource_use WHERE tenant = ? AND holder_kind = ? AND holder = ?";
    const NOTE: &str = "INSERT INTO resource_use (tenant, holder_kind, holder, uri) VALUES (?, ?, ?, ?)";
    run(db, FORGET, &[tenant.as_str(), kind, holder]).await?;
    for uri in resources {
        run(db, NOTE, &[tenant.as_str(), kind, holder, uri.as_str()]).await?;
    }
    Ok(())
}

async fn run(db: &mut SqliteConnection, sql: &'static str, columns: &[&str]) -> Done {
    let query = columns.iter().fold(sqlx::query(sql), |query, column| query.bind((*column).to_owned()));
    query.execute(db).await.map_err(error::store)?;
    Ok(())
}
