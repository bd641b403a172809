//! Casbin: RBAC with patterns by `keyMatch`, an enforcer for each gate, since one request of Casbin
//! is a union of policies and never an intersection. It tries policy after policy, with the matcher
//! compiled once; the cheap half of the matcher comes first.

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use casbin::{CoreApi, DefaultModel, Enforcer, MemoryAdapter, MgmtApi, Model as _};
use deputize_benches::Failure;

use crate::{decide::Engine, model::Model};

pub(crate) fn engine(model: &Model, for_person: bool) -> Result<Engine<'_>, Failure> {
    let roles = |subject: &str, count: usize| -> Vec<_> {
        (0..count).map(|role| vec![subject.to_owned(), format!("role-{role}")]).collect()
    };
    let mut permissions = Vec::new();
    for (role, patterns) in model.roles.iter().enumerate() {
        permissions.extend(patterns.iter().map(|pattern| vec![format!("role-{role}"), pattern.clone()]));
    }
    let links = [roles("research", model.roles.len()), roles("alice", model.of_person)].concat();
    let listed = |subject: &str, scopes: &[String]| -> Vec<_> {
        scopes.iter().map(|scope| vec![subject.to_owned(), scope.clone()]).collect()
    };
    let bound = enforcer(permissions, links)?;
    let allowed = enforcer(listed("research", &model.allowed), Vec::new())?;
    let delegated = enforcer(listed("alice", &model.delegated), Vec::new())?;
    let decide = move || {
        let mut mask = 0;
        for (place, scope) in model.requested.iter().enumerate() {
            let scope = scope.as_str();
            let granted = allowed.enforce(("research", scope))?
                && (!for_person || delegated.enforce(("alice", scope))?)
                && bound.enforce(("research", scope))?
                && (!for_person || bound.enforce(("alice", scope))?);
            mask |= u64::from(granted) << place;
        }
        Ok(mask)
    };
    Ok(Engine { name: "casbin", decide: Box::new(decide) })
}

fn enforcer(policies: Vec<Vec<String>>, links: Vec<Vec<String>>) -> Result<Enforcer, Failure> {
    let matcher = match links.is_empty() {
        true => "keyMatch(r.obj, p.obj) && r.sub == p.sub",
        false => "keyMatch(r.obj, p.obj) && g(r.sub, p.sub)",
    };
    let mut model = DefaultModel::default();
    for (section, text) in
        [("r", "sub, obj"), ("p", "sub, obj"), ("g", "_, _"), ("e", "some(where (p.eft == allow))"), ("m", matcher)]
    {
        model.add_def(section, section, text);
    }
    let mut enforcer = ready(Enforcer::new(model, MemoryAdapter::default()))??;
    ready(enforcer.add_policies(policies))??;
    if !links.is_empty() {
        ready(enforcer.add_grouping_policies(links))??;
    }
    Ok(enforcer)
}

/// Everything is in memory: nothing has to be waited for.
fn ready<T>(future: impl Future<Output = T>) -> Result<T, Failure> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Ok(value),
        Poll::Pending => Err("casbin waits for something".into()),
    }
}
