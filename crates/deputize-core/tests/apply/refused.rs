//! Every reason for which a change is refused, and who may make which.

use deputize_core::{
    Actor, Agent, Allow, ApplyError, Binding, Change, Delegation, DelegationStatus, Status, Subject, Target,
};

use crate::support::*;

#[test]
fn each_change_is_refused_for_its_reasons() {
    let config = base();
    let nowhere = Allow::Only(set("urn:none"));
    let d = |id: &str| delegation(id, "alice", "bot");
    for (change, expected) in [
        (Change::PutAgent(Agent { resources: nowhere.clone(), ..agent("new", "n") }), missing("resource", "urn:none")),
        (Change::PutAgent(agent("gone", "gone")), retired("agent", "gone")),
        (Change::PutAgent(Agent { status: Status::Suspended, ..agent("gone", "gone") }), retired("agent", "gone")),
        (Change::PutAgent(agent("new", "bot")), conflict("SPIFFE ID", "spiffe://acme/bot")),
        (Change::PutAgent(agent("bat", "bot")), conflict("SPIFFE ID", "spiffe://acme/bot")),
        // A revoked agent keeps its identity: nobody else becomes it.
        (Change::PutAgent(agent("new", "gone")), conflict("SPIFFE ID", "spiffe://acme/gone")),
        (Change::RemoveRole(p("none")), missing("role", "none")),
        (Change::RemoveRole(p("reader")), in_use("role", "reader")),
        (Change::Bind(binding("new", Subject::Agent(p("none")), "reader")), missing("agent", "none")),
        (Change::Bind(binding("new", bot(), "none")), missing("role", "none")),
        (
            Change::Bind(Binding { resource: Some(p("urn:none")), ..binding("new", bot(), "reader") }),
            missing("resource", "urn:none"),
        ),
        (Change::Bind(binding("gone", bot(), "reader")), retired("binding", "gone")),
        (Change::Bind(binding("new", user("gone"), "reader")), retired("person", "gone")),
        (Change::Bind(binding("b1", user("alice"), "reader")), conflict("binding", "b1")),
        (Change::Bind(binding("b2", user("bob"), "reader")), conflict("binding", "b2")),
        (Change::Delegate(delegation("new", "alice", "none")), missing("agent", "none")),
        (Change::Delegate(Delegation { onward: [p("none")].into(), ..d("new") }), missing("agent", "none")),
        (Change::Delegate(Delegation { resources: nowhere, ..d("new") }), missing("resource", "urn:none")),
        (Change::Delegate(d("gone")), retired("delegation", "gone")),
        (
            Change::Delegate(Delegation { status: DelegationStatus::Revoked, max_depth: 1, ..d("gone") }),
            retired("delegation", "gone"),
        ),
        (Change::Delegate(delegation("new", "gone", "bot")), retired("person", "gone")),
        (Change::Delegate(delegation("d1", "bob", "bot")), conflict("delegation", "d1")),
        (Change::Delegate(delegation("d1", "alice", "bat")), conflict("delegation", "d1")),
        (Change::RemoveResource(p("urn:none")), missing("resource", "urn:none")),
        (Change::RemoveResource(p("urn:used")), in_use("resource", "urn:used")),
        (Change::RemoveResource(p(A)), in_use("resource", A)),
        (Change::SetDefaultResource(Some(p("urn:none"))), missing("resource", "urn:none")),
        (Change::Revoke(Target::Delegation(p("none"))), missing("delegation", "none")),
        (Change::Revoke(Target::Agent(p("none"))), missing("agent", "none")),
    ] {
        refused(&config, &olga(), &change, &expected);
    }
}

#[test]
fn each_reason_has_its_words() {
    for (error, text) in [
        (ApplyError::Forbidden, "this actor may not make this change"),
        (missing("role", "r"), "there is no role `r`"),
        (retired("agent", "a"), "the agent `a` was revoked or removed, for good"),
        (conflict("binding", "b"), "the binding `b` belongs to another"),
        (in_use("resource", "urn:r"), "the resource `urn:r` is still referred to"),
        (ApplyError::Limit { what: "bindings of one subject", max: 7 }, "more than 7 bindings of one subject"),
        (ApplyError::TenantRevoked, "the tenant is revoked"),
    ] {
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn an_actor_says_what_they_are() {
    assert_eq!(olga().to_string(), "operator olga");
    assert_eq!(person("alice").to_string(), "person alice");
    assert_eq!(Actor::Agent(p("bot")).to_string(), "agent bot");
    assert_eq!((bot().to_string(), user("alice").to_string()), ("agent bot".into(), "person alice".into()));
}

#[test]
fn an_operator_may_make_every_change_an_agent_none_and_others_only_delegate() {
    let config = base();
    for change in one_of_each() {
        config.clone().apply(&olga(), &change).unwrap();
        refused(&config, &Actor::Agent(p("bot")), &change, &ApplyError::Forbidden);
        // Not hers: not even the new delegation, which is from bob.
        refused(&config, &person("carol"), &change, &ApplyError::Forbidden);
    }
}

#[test]
fn a_person_changes_only_their_own_delegations() {
    let config = base();
    let renewed = Delegation { scopes: set("mail:send"), ..delegation("d1", "alice", "bot") };
    for change in [
        Change::Delegate(delegation("new", "alice", "bat")),
        Change::Delegate(renewed.clone()),
        Change::Revoke(Target::Delegation(p("d1"))),
    ] {
        config.clone().apply(&person("alice"), &change).unwrap();
        refused(&config, &person("bob"), &change, &ApplyError::Forbidden);
    }
    // Nor is another's id taken over by one's own name, or told from one that is not there.
    let taken = Change::Delegate(delegation("d1", "bob", "bot"));
    refused(&config, &person("bob"), &taken, &ApplyError::Forbidden);
    let none = Change::Revoke(Target::Delegation(p("none")));
    refused(&config, &person("bob"), &none, &ApplyError::Forbidden);
    // To be named as the delegator is not to be the actor.
    refused(&config, &Actor::Agent(p("alice")), &Change::Delegate(renewed), &ApplyError::Forbidden);
    // What the operator is refused, a person is too.
    let gone = Change::Delegate(delegation("gone", "alice", "bot"));
    refused(&config, &person("alice"), &gone, &retired("delegation", "gone"));
    for change in one_of_each().into_iter().filter(|c| !matches!(c, Change::Delegate(_))) {
        if change != Change::Revoke(Target::Delegation(p("d1"))) {
            refused(&config, &person("alice"), &change, &ApplyError::Forbidden);
        }
    }
}

#[test]
fn nothing_changes_in_a_revoked_tenant() {
    let mut config = base();
    config.apply(&olga(), &Change::Revoke(Target::Tenant)).unwrap();
    for change in one_of_each().into_iter().chain(base().changes()) {
        match change {
            Change::Revoke(Target::Tenant) => assert_eq!(config.clone().apply(&olga(), &change), Ok(config.latest())),
            _ => refused(&config, &olga(), &change, &ApplyError::TenantRevoked),
        }
    }
    // Who may not make a change does not learn why else it would be refused.
    refused(&config, &person("bob"), &role("new", "x"), &ApplyError::Forbidden);
}
