//! DESIGN's promises, over the configuration as it is and nothing of the engine.

use std::collections::BTreeSet;

use deputize_core::{
    Acting, Basis, Binding, Configuration, Delegation, DelegationStatus, Grant, Issuance, Lineage, MayAct, Question,
    Scope, Status, Subject, TokenId, UnixTime,
};
use deputize_token::Verified;

use super::Reached;

/// §1: no scope is in a grant that one of its grounds lacks, and the grant ends no later than any.
pub(super) fn is_within(config: &Configuration, grant: &Grant, parent: Option<&Grant>) {
    let agent = config.agent(&grant.agent.client_id).unwrap();
    assert_eq!(grant.tenant, *config.tenant());
    assert_eq!(agent.status, Status::Active);
    assert!(match agent.acting {
        MayAct::Alone => grant.person.is_none(),
        MayAct::ForPerson => grant.person.is_some(),
        MayAct::Either => true,
    });
    assert!(grant.issued_at < grant.expires_at);
    assert!(grant.expires_at <= grant.issued_at.plus(agent.max_lifetime_seconds.get()));
    assert!(agent.resources.allows(&grant.resource));
    assert!(!config.revoked_directly().tenant);
    for scope in &grant.scopes {
        assert!(agent.allowed_scopes.iter().any(|pattern| pattern.matches(scope)));
        assert!(config.resource(&grant.resource).unwrap().scopes.allows(scope));
        assert!(is_bound(config, grant, &Subject::Agent(agent.client_id.clone()), scope));
        if let Some(person) = &grant.person {
            assert!(is_bound(config, grant, &Subject::User(person.clone()), scope));
        }
    }
    assert_eq!(grant.person.is_some(), grant.delegation.is_some());
    if let (Some(person), Some(id)) = (&grant.person, &grant.delegation) {
        assert!(!config.revoked_directly().people.contains(person));
        let delegation = config.delegation(id).unwrap();
        assert_eq!(delegation.delegator, *person);
        rests_on(delegation, grant, parent);
    }
    match parent {
        None => assert!(grant.depth == 0 && grant.ancestors.is_empty() && grant.earlier.is_empty()),
        Some(parent) => descends_from(grant, parent),
    }
}

/// A live binding leads to the scope, and ends no sooner than the grant.
fn is_bound(config: &Configuration, grant: &Grant, subject: &Subject, scope: &Scope) -> bool {
    let leads = |binding: &&Binding| {
        let role = config.role(&binding.role).unwrap();
        role.permissions.iter().any(|pattern| pattern.matches(scope))
            && binding.is_live(&grant.resource, grant.issued_at)
            && binding.window.not_after().is_none_or(|end| grant.expires_at <= end)
    };
    config.bindings().filter(|binding| binding.subject == *subject).any(|binding| leads(&binding))
}

fn rests_on(delegation: &Delegation, grant: &Grant, parent: Option<&Grant>) {
    assert!(delegation.status == DelegationStatus::Active && delegation.window.holds(grant.issued_at));
    assert!(delegation.window.not_after().is_none_or(|end| grant.expires_at <= end));
    assert!(delegation.resources.allows(&grant.resource));
    assert!(grant.scopes.iter().all(|scope| delegation.scopes.contains(scope)));
    assert!(grant.depth <= grant.max_depth && grant.max_depth <= delegation.max_depth);
    match parent {
        None => assert_eq!(delegation.agent, grant.agent.client_id),
        Some(_) => assert!(delegation.onward.contains(&grant.agent.client_id)),
    }
}

fn descends_from(grant: &Grant, parent: &Grant) {
    assert_eq!((&grant.tenant, &grant.person, &grant.delegation), (&parent.tenant, &parent.person, &parent.delegation));
    assert!(grant.scopes.iter().all(|scope| parent.scopes.contains(scope)));
    assert!(grant.expires_at <= parent.expires_at);
    assert!(grant.depth == parent.depth + 1 && grant.max_depth <= parent.max_depth);
    assert_eq!(grant.ancestors, parent.lineage().tokens);
    assert!(grant.earlier.iter().chain([&grant.agent]).map(|agent| &agent.client_id).eq(&grant.lineage().agents));
    assert!(!parent.lineage().agents.contains(&grant.agent.client_id));
    assert!(parent.confirmation.is_none() || grant.confirmation.is_some(), "bound weaker than what it came from");
}

/// §6: what `record` has to say, in the order in which it has to say it.
pub(super) fn may_be_recorded(
    config: &Configuration,
    issuance: &Issuance,
    recorded: &[TokenId],
    replay: &BTreeSet<[u8; 32]>,
    now: UnixTime,
) -> Result<(), Reached> {
    let grant = issuance.grant();
    if now >= grant.expires_at || now >= issuance.proof().expires_at() {
        return Err(Reached::Expired);
    }
    if config.revoked().find(&grant.lineage()).is_some() {
        return Err(Reached::Revoked);
    }
    let basis = Basis {
        agent: config.agent_revision(&grant.agent.client_id),
        epoch: config.epoch(),
        person: grant.person.as_ref().map(|person| config.person_revision(person)),
    };
    if issuance.basis() != basis {
        return Err(Reached::Stale);
    }
    let keys = issuance.proof().replay();
    let mut own = BTreeSet::new();
    let used = keys.iter().any(|key| !own.insert(key.digest) || replay.contains(&key.digest));
    if used || recorded.contains(&grant.token) { Err(Reached::Replayed) } else { Ok(()) }
}

/// §6: nothing is recorded with old authority. What was decided then would be decided of today's
/// configuration too.
pub(super) fn would_still_be_granted(config: &Configuration, grant: &Grant, parent: Option<&Grant>) {
    let acting = match (parent, &grant.person) {
        (Some(parent), _) => Acting::HandedOn(super::world::parent(parent)),
        (None, Some(person)) => Acting::For { person: person.clone(), delegation: grant.delegation.clone() },
        (None, None) => Acting::Alone,
    };
    let (tenant, client) = (grant.tenant.clone(), grant.agent.client_id.clone());
    let question = Question { tenant, client, acting, resource: Some(grant.resource.clone()) };
    let policy = config.policy(question).unwrap();
    let decision = policy.decide(&grant.scopes, None, grant.issued_at).unwrap();
    assert_eq!(decision.granted().count(), grant.scopes.len());
    assert!(decision.end().is_some_and(|end| grant.expires_at <= end));
}

/// §5: a token says what was granted, and no more than its parent.
pub(super) fn says(verified: &Verified, grant: &Grant, parent: Option<&Grant>) {
    assert_eq!(
        (verified.scopes(), verified.resource(), verified.tenant()),
        (&grant.scopes, &grant.resource, &grant.tenant)
    );
    assert_eq!((verified.person(), verified.delegation()), (grant.person.as_ref(), grant.delegation.as_ref()));
    assert_eq!(
        (verified.token_id(), verified.expires_at(), verified.depth()),
        (grant.token, grant.expires_at, grant.depth)
    );
    assert_eq!((verified.client_id(), verified.agent()), (&grant.agent.client_id, grant.agent.spiffe_id.as_ref()));
    assert_eq!((verified.lineage(), verified.confirmation()), (&grant.lineage(), grant.confirmation));
    let above = parent.is_none_or(|parent| verified.scopes().iter().all(|scope| parent.scopes.contains(scope)));
    assert!(above);
}

/// Whether something is revoked that never comes back: not a suspended agent.
pub(super) fn is_dead_for_good(config: &Configuration, lineage: &Lineage) -> bool {
    let revoked = |client| config.agent(client).is_some_and(|agent| agent.status == Status::Revoked);
    let (directly, all) = (config.revoked_directly(), config.revoked());
    directly.tenant
        || lineage.person.iter().any(|person| directly.people.contains(person))
        || lineage.tokens.iter().any(|token| directly.tokens.contains(token))
        || lineage.delegation.iter().any(|delegation| all.delegations.contains(delegation))
        || lineage.agents.iter().any(revoked)
}
