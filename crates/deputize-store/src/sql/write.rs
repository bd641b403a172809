use deputize_core::{
    Agent, Binding, Bump, Delegation, DelegationStatus, Effect, ResourceId, Revision, Status, Subject, TenantId, Write,
};

use super::{arg::Arg, engine::Link, tenant::TenantRow};
use crate::{
    error::StoreError,
    row::{integer, to_json},
};

type Done = Result<(), StoreError>;

/// Writes what a change comes to, and moves the revisions: those of the tenant in `tenant`, which
/// its row follows in the end.
pub(super) async fn carry_out<L: Link>(db: &mut L, tenant: &mut TenantRow, effect: Effect, revision: Revision) -> Done {
    let id = tenant.id.as_str();
    match effect.write {
        Write::Agent(agent) => put_agent(db, &tenant.id, &agent).await?,
        Write::Role(role) => run(db, L::SQL.put_role, &[id, role.name.as_str(), &to_json(&role)?]).await?,
        Write::RemoveRole(name) => run(db, L::SQL.remove_role, &[id, name.as_str()]).await?,
        Write::Binding(binding) => put_binding(db, &tenant.id, &binding).await?,
        Write::RemoveBinding(binding) => {
            uses(db, &tenant.id, "binding", binding.as_str(), []).await?;
            run(db, L::SQL.remove_binding, &[id, binding.as_str()]).await?;
            run(db, L::SQL.retire_binding, &[id, binding.as_str()]).await?;
        }
        Write::Delegation(delegation) => put_delegation(db, &tenant.id, &delegation).await?,
        Write::Resource(resource) => {
            run(db, L::SQL.put_resource, &[id, resource.uri.as_str(), &to_json(&resource)?]).await?;
        }
        Write::RemoveResource(uri) => run(db, L::SQL.remove_resource, &[id, uri.as_str()]).await?,
        Write::DefaultResource(uri) => tenant.default_resource = uri,
        Write::RevokedToken(token) => run(db, L::SQL.revoke_token, &[id, &token.to_string()]).await?,
        Write::RevokedPerson(person) => run(db, L::SQL.revoke_person, &[id, person.as_str()]).await?,
        Write::RevokedTenant => tenant.revoked = true,
    }
    tenant.latest = revision;
    match effect.bump {
        Some(Bump::Agent(client)) => bump(db, L::SQL.bump_agent, &tenant.id, client.as_str(), revision).await,
        Some(Bump::Person(person)) => bump(db, L::SQL.bump_person, &tenant.id, person.as_str(), revision).await,
        Some(Bump::Epoch) => {
            tenant.epoch = revision;
            Ok(())
        }
        None => Ok(()),
    }
}

async fn bump<L: Link>(db: &mut L, sql: &'static str, tenant: &TenantId, id: &str, revision: Revision) -> Done {
    db.run(sql, vec![Arg::Text(tenant.as_str()), Arg::Text(id), Arg::Int(integer(revision.number()))]).await
}

async fn put_agent<L: Link>(db: &mut L, tenant: &TenantId, agent: &Agent) -> Done {
    let status = match agent.status {
        Status::Active => "active",
        Status::Suspended => "suspended",
        Status::Revoked => "revoked",
    };
    let client = agent.client_id.as_str();
    let columns = [tenant.as_str(), client, agent.spiffe_id.as_str(), status, &to_json(agent)?];
    run(db, L::SQL.put_agent, &columns).await?;
    uses(db, tenant, "agent", client, agent.resources.listed()).await
}

async fn put_binding<L: Link>(db: &mut L, tenant: &TenantId, binding: &Binding) -> Done {
    let (kind, subject) = match &binding.subject {
        Subject::Agent(client) => ("agent", client.as_str()),
        Subject::User(user) => ("user", user.as_str()),
    };
    let id = binding.id.as_str();
    let columns = [tenant.as_str(), id, kind, subject, binding.role.as_str(), &to_json(binding)?];
    run(db, L::SQL.put_binding, &columns).await?;
    uses(db, tenant, "binding", id, &binding.resource).await
}

async fn put_delegation<L: Link>(db: &mut L, tenant: &TenantId, delegation: &Delegation) -> Done {
    let status = match delegation.status {
        DelegationStatus::Active => "active",
        DelegationStatus::Revoked => "revoked",
    };
    let (id, delegator, agent) = (delegation.id.as_str(), delegation.delegator.as_str(), delegation.agent.as_str());
    let columns = [tenant.as_str(), id, delegator, agent, status, &to_json(delegation)?];
    run(db, L::SQL.put_delegation, &columns).await?;
    uses(db, tenant, "delegation", id, delegation.resources.listed()).await
}

/// Replaces what a holder refers to.
async fn uses<'a, L: Link>(
    db: &mut L,
    tenant: &TenantId,
    kind: &'static str,
    holder: &str,
    resources: impl IntoIterator<Item = &'a ResourceId>,
) -> Done {
    run(db, L::SQL.forget_uses, &[tenant.as_str(), kind, holder]).await?;
    let mut resources = resources.into_iter().peekable();
    if resources.peek().is_none() {
        return Ok(());
    }
    let args = vec![Arg::Text(tenant.as_str()), Arg::Text(kind), Arg::Text(holder), Arg::texts(resources)];
    db.run(L::SQL.note_uses, args).await
}

async fn run<L: Link>(db: &mut L, sql: &'static str, columns: &[&str]) -> Done {
    db.run(sql, columns.iter().map(|column| Arg::Text(column)).collect()).await
}
