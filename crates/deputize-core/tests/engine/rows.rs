//! Rows that do not answer their question are refused, each with its own error; so is a question
//! that has no answer.

use std::error::Error;

use deputize_core::{
    Acting, AgentPolicy, AgentRows, Binding, ChainAgent, DelegationId, Parent, Policy, Question, QuestionError,
    Resource, Revision, Rows, RowsError, Subject, Target, Window,
};

use crate::support::{
    World, alone, at, bound, copy, for_alice, handed_on, held, id, issued, now, office, scopes, token,
};

/// What becomes of the rows for this question after this was done to them.
#[track_caller]
fn refused(question: Question, change: impl FnOnce(&mut Rows)) -> QuestionError {
    let mut rows = office().configuration().rows(&question).unwrap();
    Policy::compile(copy(&question), rows.clone()).unwrap();
    change(&mut rows);
    let client = question.client.clone();
    let returned = Policy::compile(question, rows).unwrap_err();
    assert_eq!(returned.value.client, client, "the question comes back");
    // As an error it is transparent.
    assert_eq!(returned.to_string(), returned.error.to_string());
    assert_eq!(returned.source().map(ToString::to_string), returned.error.source().map(ToString::to_string));
    returned.error
}

fn summary_of_alice() -> Question {
    handed_on("summary", held(issued(&office(), None).grant()))
}

fn agent_rows(world: &World) -> AgentRows {
    let config = world.configuration();
    config.agent_rows(config.agent(&id("research")).unwrap())
}

#[test]
fn rows_of_another_tenant_are_refused() {
    assert_eq!(refused(alone("research"), |rows| rows.tenant = id("other.example")), RowsError::Tenant.into());
    let foreign = AgentPolicy::compile(AgentRows { tenant: id("other.example"), ..agent_rows(&office()) }).unwrap();
    assert_eq!(refused(alone("research"), |rows| rows.agent = Some(foreign)), RowsError::Tenant.into());
}

#[test]
fn rows_of_another_agent_are_refused() {
    let research = AgentPolicy::compile(agent_rows(&office())).unwrap();
    assert_eq!(refused(alone("summary"), |rows| rows.agent = Some(research)), RowsError::Agent.into());
}

/// A store that fails to find a person must not turn their agent into one that acts alone.
#[test]
fn a_person_that_was_not_found_is_no_agent_that_acts_alone() {
    for question in [for_alice("research"), summary_of_alice()] {
        assert_eq!(refused(question, |rows| rows.person = None), RowsError::Person.into());
    }
}

#[test]
fn rows_of_another_person_are_refused() {
    let alice = office().configuration().rows(&for_alice("research")).unwrap().person;
    assert_eq!(refused(alone("research"), |rows| rows.person = alice), RowsError::Person.into());
    let of_bob = |rows: &mut Rows| rows.person.as_mut().unwrap().person = id("bob");
    assert_eq!(refused(for_alice("research"), of_bob), RowsError::Person.into());
}

#[test]
fn rows_with_another_resource_are_refused() {
    let other = Resource { uri: id("https://mail.example"), scopes: Default::default() };
    assert_eq!(refused(alone("research"), |rows| rows.resource = Some(other)), RowsError::Resource.into());
}

#[test]
fn rows_without_the_state_of_the_lineage_are_refused() {
    assert_eq!(refused(summary_of_alice(), |rows| rows.lineage = None), RowsError::Lineage.into());
    let state = Some(Default::default());
    assert_eq!(refused(for_alice("research"), |rows| rows.lineage = state), RowsError::Lineage.into());
}

#[test]
fn rows_of_different_moments_are_refused() {
    let moved = |rows: &mut Rows| rows.epoch = rows.epoch.next();
    assert_eq!(refused(alone("research"), moved), RowsError::Epoch.into());
    let old = AgentPolicy::compile(AgentRows { epoch: Revision::NONE, ..agent_rows(&office()) }).unwrap();
    assert_eq!(refused(alone("research"), |rows| rows.agent = Some(old)), RowsError::Epoch.into());
    let new =
        AgentPolicy::compile(AgentRows { epoch: Revision::from_number(u64::MAX), ..agent_rows(&office()) }).unwrap();
    assert_eq!(refused(alone("research"), |rows| rows.agent = Some(new)), RowsError::Epoch.into());
}

#[test]
fn bindings_of_somebody_else_are_refused() {
    let foreign = bound("b9", Subject::User(id("bob")));
    let mut rows = agent_rows(&office());
    rows.bindings.push(foreign.clone());
    assert_eq!(AgentPolicy::compile(rows).unwrap_err(), RowsError::Binding(id("b9")));
    let push = |rows: &mut Rows| rows.person.as_mut().unwrap().bindings.push(foreign);
    assert_eq!(refused(for_alice("research"), push), RowsError::Binding(id("b9")).into());
}

#[test]
fn delegations_of_somebody_else_are_refused() {
    let of_bob = |rows: &mut Rows| rows.person.as_mut().unwrap().delegations[0].delegator = id("bob");
    assert_eq!(refused(for_alice("research"), of_bob), RowsError::Delegation(id("d1")).into());
}

#[test]
fn bindings_to_a_role_that_is_missing_are_refused() {
    let rows = AgentRows { roles: Vec::new(), ..agent_rows(&office()) };
    assert_eq!(AgentPolicy::compile(rows).unwrap_err(), RowsError::MissingRole(id("reader")));
    let forget = |rows: &mut Rows| rows.person.as_mut().unwrap().roles.clear();
    assert_eq!(refused(for_alice("research"), forget), RowsError::MissingRole(id("reader")).into());
}

#[test]
fn more_bindings_than_there_may_be_are_refused() {
    let many = |count: usize| -> Vec<Binding> {
        (0..count).map(|n| bound(&format!("n{n}"), Subject::Agent(id("research")))).collect()
    };
    let rows = |count| AgentRows { bindings: many(count), ..agent_rows(&office()) };
    assert!(AgentPolicy::compile(rows(1_000)).is_ok());
    assert_eq!(AgentPolicy::compile(rows(1_001)).unwrap_err(), RowsError::TooManyBindings);
}

/// More delegations than answer the question do no harm, and one that comes twice counts once.
#[test]
fn delegations_that_do_not_fit_are_left_out() {
    let question = for_alice("research");
    let config = office().configuration();
    let mut rows = config.rows(&question).unwrap();
    let delegations = &mut rows.person.as_mut().unwrap().delegations;
    let fits = delegations[0].clone();
    for (name, agent) in [("d0", "summary"), ("d2", "research")] {
        let mut more = fits.clone();
        more.id = id(name);
        more.agent = id(agent);
        more.resources = deputize_core::Allow::Only(crate::support::set("https://mail.example"));
        delegations.push(more);
    }
    delegations.push(fits);
    let policy = Policy::compile(question, rows).unwrap();
    let asked = scopes("reports:read");
    let decision = policy.decide(&asked, None, now()).unwrap();
    assert_eq!(decision.delegation().unwrap().id, id("d1"));
}

#[test]
fn questions_without_an_answer_are_given_back() {
    let ask = |question: Question, world: &World| world.configuration().policy(question).unwrap_err().error;
    let elsewhere = |resource: Option<&str>| Question { resource: resource.map(id), ..alone("research") };
    assert_eq!(ask(alone("nobody"), &office()), QuestionError::UnknownAgent);
    assert_eq!(ask(elsewhere(Some("urn:unknown")), &office()), QuestionError::UnknownResource);
    assert_eq!(ask(elsewhere(None), &office()), QuestionError::NoResource);
    assert_eq!(ask(alone("research"), &World { revoked: true, ..office() }), QuestionError::TenantRevoked);
    let mut foreign = held(issued(&office(), None).grant());
    foreign.tenant = id("other.example");
    assert_eq!(ask(handed_on("summary", foreign), &office()), QuestionError::ForeignParent);
    let question = Question { tenant: id("other.example"), ..alone("research") };
    assert_eq!(ask(question, &office()), RowsError::Tenant.into());
}

/// A request that names no resource means its parent's, else the tenant's default.
#[test]
fn a_resource_that_is_not_named_is_the_parents_else_the_default() {
    let world = World { default_resource: Some(id("https://mail.example")), ..office() };
    let target = |question: Question| {
        let policy = world.configuration().policy(Question { resource: None, ..question }).unwrap();
        policy.resource().to_string()
    };
    assert_eq!(target(alone("research")), "https://mail.example");
    assert_eq!(target(for_alice("research")), "https://mail.example");
    assert_eq!(target(summary_of_alice()), "https://api.example");
}

#[test]
fn errors_blame_the_right_side() {
    for (error, code, message) in [
        (QuestionError::UnknownAgent, "invalid_client", "the agent is not known"),
        (QuestionError::TenantRevoked, "invalid_client", "the tenant is revoked"),
        (QuestionError::NoResource, "invalid_target", "no resource was named, and there is no default"),
        (QuestionError::UnknownResource, "invalid_target", "the resource is not known"),
        (QuestionError::ForeignParent, "invalid_request", "the parent token is of another tenant"),
        (RowsError::Epoch.into(), "server_error", "what the directory found does not answer the question"),
    ] {
        assert_eq!((error.oauth_code(), error.to_string().as_str()), (code, message));
        let source = error.source().map(ToString::to_string);
        assert_eq!(source.as_deref(), (code == "server_error").then_some("the rows were read at different moments"));
    }
}

/// Several delegations are never united: all that are live and fit are named, and no other.
#[test]
fn several_delegations_are_ambiguous() {
    let mut world = office();
    let first = world.delegations[0].clone();
    for (name, window) in [("d3", Window::ALWAYS), ("d2", window(Some(0), Some(1))), ("d4", window(None, Some(0)))] {
        world.delegations.push(deputize_core::Delegation { id: id(name), window, ..first.clone() });
    }
    let config = world.configuration();
    let policy = config.policy(for_alice("research")).unwrap();
    let asked = scopes("reports:read");
    let ids = |names: &[&str]| names.iter().map(|name| id(name)).collect::<Vec<DelegationId>>();
    let ambiguous = policy.decide(&asked, None, now()).unwrap_err();
    assert_eq!(ambiguous.ids, ids(&["d1", "d2", "d3"]));
    assert_eq!(ambiguous.to_string(), "3 delegations are live and fit, and none is named");
    assert_eq!(ambiguous.oauth_code(), "invalid_request");
    assert_eq!(policy.decide(&asked, None, at(1)).unwrap_err().ids, ids(&["d1", "d3"]));
    assert_eq!(policy.decide(&asked, None, at(-1)).unwrap_err().ids, ids(&["d1", "d3", "d4"]));

    // In order, however a directory found them.
    let mut rows = config.rows(&for_alice("research")).unwrap();
    rows.person.as_mut().unwrap().delegations.reverse();
    let found = Policy::compile(for_alice("research"), rows).unwrap();
    assert_eq!(found.decide(&asked, None, now()).unwrap_err().ids, ids(&["d1", "d2", "d3"]));

    let named = Acting::For { person: id("alice"), delegation: Some(id("d2")) };
    let policy = config.policy(Question { acting: named, ..for_alice("research") }).unwrap();
    assert_eq!(policy.decide(&asked, None, now()).unwrap().delegation().unwrap().id, id("d2"));
    assert!(policy.decide(&asked, None, at(1)).unwrap().delegation().is_none(), "as good as none");
}

/// Everything in the lineage must be live, whoever it is in the chain.
#[test]
fn what_is_not_live_in_the_lineage_stops_what_is_below() {
    let granted = |world: &World, change: fn(&mut deputize_core::Held)| {
        let mut parent = held(issued(&office(), None).grant());
        change(&mut parent);
        let policy = world.configuration().policy(handed_on("summary", parent)).unwrap();
        policy.decide(&scopes("reports:read"), None, now()).unwrap().granted().count()
    };
    assert_eq!(granted(&office(), |_| {}), 1);
    let mut suspended = office();
    suspended.agents[0].status = deputize_core::Status::Suspended;
    assert_eq!(granted(&suspended, |_| {}), 0);
    assert_eq!(granted(&World { revoked_tokens: vec![token(0)], ..office() }, |_| {}), 0);
    assert_eq!(granted(&World { revoked_tokens: vec![token(1)], ..office() }, |_| {}), 1);
    assert_eq!(granted(&World { revoked_people: vec![id("alice")], ..office() }, |_| {}), 0);
    assert_eq!(granted(&office(), |held| held.agents.clear()), 0);
    assert_eq!(granted(&office(), |held| held.agents.push(ChainAgent { client_id: id("ghost"), spiffe_id: None })), 0);
    assert_eq!(granted(&office(), |held| held.depth = 1), 0);
    assert_eq!(granted(&office(), |held| held.max_depth = 0), 0);
    assert_eq!(granted(&office(), |held| held.expires_at = now()), 0);
    assert_eq!(granted(&office(), |held| held.resource = id("https://mail.example")), 0);
    let found =
        office().configuration().revoked().find(&Parent::assertion(held(issued(&office(), None).grant())).lineage());
    assert_eq!(found, None);
    let found = suspended.configuration().revoked().find(&issued(&office(), None).grant().lineage());
    assert_eq!(found, Some(Target::Agent(id("research"))));
}

fn window(from: Option<i64>, to: Option<i64>) -> Window {
    Window::new(from.map(at), to.map(at)).unwrap()
}
