//! The same configuration as entities, and the gates as policies, of another policy engine: it does
//! the whole intersection by itself, and comes to the same verdict, gate by gate.
//!
//! Cedar has no loops, so the policies have a place for each binding and each delegation that a case
//! may hold. It cannot count either: which of several delegations is meant is not asked of it.

use std::collections::BTreeSet;

use cedar_policy::{
    Authorizer, Context, Decision as Answered, Entities, EntityUid, Policy, PolicyId, PolicySet, Request,
};
use deputize_core::{
    Agent, Allow, Binding, Configuration, Delegation, Gate, Held, MayAct, ResourceId, Scope, Status, Subject, Window,
};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use serde_json::{Map, Value, json};

use crate::{
    strategies::cases,
    support::{Case, NOW, World, copy, now},
};

#[test]
fn another_policy_engine_comes_to_the_same_verdicts() {
    const CASES: usize = 2_000;
    let policies = policies();
    let mut runner = TestRunner::deterministic();
    let (mut scopes, mut granted, mut decided) = (0, 0, 0);
    for number in 0..CASES {
        let case = cases().new_tree(&mut runner).unwrap().current();
        let config = case.configuration();
        let Ok(policy) = config.policy(copy(&case.question)) else { continue };
        let Ok(decision) = policy.decide(&case.requested, case.lifetime, now()) else { continue };
        let asked = Asked::new(&case, &config, policy.resource());
        decided += 1;
        // Each in its turn: Cedar takes its time, and many scopes of one request are much alike.
        let count = case.requested.len();
        for scope in case.requested.iter().cycle().skip(number % count).take(count.min(5)) {
            let ours: BTreeSet<&str> = decision.refused_by(scope).map(Gate::as_str).collect();
            let theirs = asked.refused_by(&policies, scope);
            assert_eq!(theirs, ours.iter().map(ToString::to_string).collect(), "{scope} in {case:#?}");
            scopes += 1;
            granted += usize::from(ours.is_empty());
        }
    }
    println!("{decided} decisions, {scopes} scopes, {granted} of them pass every gate");
    assert!(decided > CASES * 8 / 10 && granted * 5 > scopes, "{decided} {scopes} {granted}");
}

/// The comparison fails when a gate is left out of the other engine's policies.
#[test]
fn cedar_disagrees_without_any_one_of_its_policies() {
    let mut runner = TestRunner::deterministic();
    let mut missed: BTreeSet<Gate> = Gate::ALL.into();
    for _ in 0..400 {
        let case = cases().new_tree(&mut runner).unwrap().current();
        let config = case.configuration();
        let Ok(policy) = config.policy(copy(&case.question)) else { continue };
        let Ok(decision) = policy.decide(&case.requested, case.lifetime, now()) else { continue };
        let scope = case.requested.iter().next().unwrap();
        let [one] = decision.refused_by(scope).collect::<Vec<_>>()[..] else { continue };
        if missed.contains(&one) {
            let mut fewer = policies();
            fewer.remove_static(PolicyId::new(one.as_str())).unwrap();
            if Asked::new(&case, &config, policy.resource()).refused_by(&fewer, scope).is_empty() {
                missed.remove(&one);
            }
        }
    }
    assert!(missed.is_empty(), "{missed:?}");
}

/// A question to Cedar, but for the scope.
struct Asked {
    principal: EntityUid,
    resource: EntityUid,
    entities: Entities,
    context: Map<String, Value>,
}

impl Asked {
    fn new(case: &Case, config: &Configuration, resource: &ResourceId) -> Self {
        let question = &case.question;
        let mut context = Map::new();
        context.insert("now".into(), NOW.into());
        context.insert("bindings".into(), case.world.bindings.iter().map(binding).collect::<Map<_, _>>().into());
        context
            .insert("delegations".into(), case.world.delegations.iter().map(delegation).collect::<Map<_, _>>().into());
        if let Some(person) = question.person() {
            context.insert("person".into(), entity("Person", person));
        }
        if let Some(id) = question.delegation() {
            context.insert("delegation".into(), id.as_str().into());
        }
        if let Some(parent) = question.parent() {
            context.insert("parent".into(), held(parent.held()));
        }
        Self {
            principal: uid("Agent", &question.client),
            resource: uid("Resource", resource),
            entities: entities(&case.world, config),
            context,
        }
    }

    /// The policies that forbid it; none when it is allowed.
    fn refused_by(&self, policies: &PolicySet, scope: &Scope) -> BTreeSet<String> {
        let mut context = self.context.clone();
        context.insert("scope".into(), scope.as_str().into());
        let context = Context::from_json_value(context.into(), None).unwrap();
        let action = "Action::\"use\"".parse().unwrap();
        let request = Request::new(self.principal.clone(), action, self.resource.clone(), context, None).unwrap();
        let response = Authorizer::new().is_authorized(&request, policies, &self.entities);
        let errors: Vec<String> = response.diagnostics().errors().map(ToString::to_string).collect();
        assert!(errors.is_empty(), "{errors:?}");
        match response.decision() {
            Answered::Allow => BTreeSet::new(),
            Answered::Deny => response.diagnostics().reason().map(ToString::to_string).collect(),
        }
    }
}

/// Each gate forbids what it does not grant.
fn policies() -> PolicySet {
    let gate = |gate: Gate, applies: &str, grants: &str| {
        let text = format!("forbid(principal, action, resource) when {{ {applies} }} unless {{ {grants} }};");
        Policy::parse(Some(PolicyId::new(gate.as_str())), text).unwrap()
    };
    let or = |conditions: Vec<String>| format!("({})", conditions.join(" || "));
    let bound = |subject: &str| or(BINDINGS.map(|slot| bound(slot, subject)).into());
    let delegated = or(DELEGATIONS.map(|slot| format!("({} && {LISTS})", live(slot)).replace("SLOT", slot)).into());
    let onward =
        or(DELEGATIONS.map(|slot| format!("({} && {ONE_MORE_HOP})", alive(slot)).replace("SLOT", slot)).into());
    let everything = Policy::parse(Some(PolicyId::new("everything")), "permit(principal, action, resource);").unwrap();
    PolicySet::from_policies([
        everything,
        gate(Gate::Agent, "true", AGENT),
        gate(Gate::RoleBinding, "true", &bound("principal")),
        gate(Gate::AllowedScopes, "true", &matches("principal.allowed_scopes")),
        gate(Gate::Resource, "true", RESOURCE),
        gate(Gate::Delegation, "context has person", &delegated),
        gate(Gate::Delegator, "context has person", &format!("{NOT_REVOKED} && {}", bound("context.person"))),
        gate(Gate::Parent, "context has parent", &format!("{PARENT} && {onward}")),
    ])
    .unwrap()
}

const AGENT: &str = r#"principal.status == "active"
    && (if context has person then principal.for_person else principal.alone)"#;

const RESOURCE: &str = "(!(principal has resources) || principal.resources.contains(resource))
    && (!(resource has scopes) || resource.scopes.contains(context.scope))";

const NOT_REVOKED: &str = r#"!Tenant::"acme".revoked_people.contains(context.person)"#;

const LISTS: &str = "context.delegations.SLOT.scopes.contains(context.scope)";

const PARENT: &str = r#"context.parent.scopes.contains(context.scope)
    && context.now < context.parent.expires_at
    && !Tenant::"acme".revoked_people.contains(context.person)
    && Tenant::"acme".active.containsAll(context.parent.agents)
    && !Tenant::"acme".revoked_tokens.containsAny(context.parent.tokens)
    && context.parent has root && !context.parent.agents.contains(principal)"#;

const ONE_MORE_HOP: &str = "context.parent.depth + 1 <= context.parent.max_depth
    && context.parent.depth + 1 <= context.delegations.SLOT.max_depth
    && context.parent.depth + 1 <= 8
    && (context.parent.resource == resource
        || (context.delegations.SLOT has resources && context.delegations.SLOT.resources.contains(resource)))";

const BINDINGS: [&str; 8] = ["b_agent", "b_person", "b2", "b3", "b4", "b5", "root_1", "root_2"];
const DELEGATIONS: [&str; 3] = ["d0", "d1", "d2"];
const PREFIXES: [&str; 6] = ["files:", "files:a:", "mail:", "mail:read:", "reports:", "reports:eu:"];

/// A live binding of `subject`, not bound to another resource, leads to a role that matches.
fn bound(slot: &str, subject: &str) -> String {
    let binding = format!("context.bindings.{slot}");
    format!(
        "(context.bindings has {slot} && {binding}.subject == {subject} && {} \
           && (!({binding} has resource) || {binding}.resource == resource) && {})",
        open(&binding),
        matches(&format!("{binding}.role.permissions"))
    )
}

/// The delegation is live, is from this person to this agent, and fits the resource.
fn live(slot: &str) -> String {
    let delegation = format!("context.delegations.{slot}");
    format!(
        "{} && (if context has parent \
               then {delegation}.onward.contains(principal) \
               else {delegation}.agent == principal) \
           && (!({delegation} has resources) || {delegation}.resources.contains(resource))",
        alive(slot)
    )
}

/// The delegation is there, is this person's, is the one that is named, and is live.
fn alive(slot: &str) -> String {
    let delegation = format!("context.delegations.{slot}");
    format!(
        "context.delegations has {slot} && {delegation}.delegator == context.person && {NOT_REVOKED} \
           && {delegation}.active && {} \
           && (!(context has delegation) || context.delegation == \"{slot}\")",
        open(&delegation)
    )
}

fn open(of: &str) -> String {
    format!(
        "(!({of} has not_before) || {of}.not_before <= context.now) \
         && (!({of} has not_after) || context.now < {of}.not_after)"
    )
}

/// One of these patterns matches the scope.
fn matches(patterns: &str) -> String {
    let below = |prefix| {
        format!(
            "({patterns}.contains(\"{prefix}*\") && context.scope like \"{prefix}*\" && context.scope != \"{prefix}\")"
        )
    };
    format!("({patterns}.contains(context.scope) || {})", PREFIXES.map(below).join(" || "))
}

fn entities(world: &World, config: &Configuration) -> Entities {
    let told = |kind: &str, id: &dyn ToString, attrs: Value| json!({"uid": {"type": kind, "id": id.to_string()}, "attrs": attrs, "parents": []});
    let agents = config.agents().map(|agent| told("Agent", &agent.client_id, agent_attrs(agent)));
    let roles = config.roles().map(|role| told("Role", &role.name, json!({"permissions": texts(&role.permissions)})));
    let resources = config.resources().map(|resource| {
        let scopes = only(&resource.scopes, |scope| scope.as_str().into());
        told("Resource", &resource.uri, attributes([("scopes", scopes)]))
    });
    let active = config.agents().filter(|agent| agent.status == Status::Active);
    let tenant = json!({
        "active": active.map(|agent| entity("Agent", &agent.client_id)).collect::<Value>(),
        "revoked_people": world.revoked_people.iter().map(|person| entity("Person", person)).collect::<Value>(),
        "revoked_tokens": texts(&world.revoked_tokens),
    });
    let all = agents.chain(roles).chain(resources).chain([told("Tenant", &"acme", tenant)]);
    Entities::from_json_value(all.collect(), None).unwrap()
}

fn agent_attrs(agent: &Agent) -> Value {
    attributes([
        ("status", Some(if agent.status == Status::Active { "active" } else { "not active" }.into())),
        ("alone", Some((agent.acting != MayAct::ForPerson).into())),
        ("for_person", Some((agent.acting != MayAct::Alone).into())),
        ("allowed_scopes", Some(texts(&agent.allowed_scopes))),
        ("resources", only(&agent.resources, |uri| entity("Resource", uri))),
    ])
}

fn binding(binding: &Binding) -> (String, Value) {
    let subject = match &binding.subject {
        Subject::Agent(client) => entity("Agent", client),
        Subject::User(user) => entity("Person", user),
    };
    let [from, to] = bounds(&binding.window);
    let attrs = attributes([
        ("subject", Some(subject)),
        ("role", Some(entity("Role", &binding.role))),
        ("resource", binding.resource.as_ref().map(|uri| entity("Resource", uri))),
        from,
        to,
    ]);
    (binding.id.to_string().replace('-', "_"), attrs)
}

fn delegation(delegation: &Delegation) -> (String, Value) {
    let [from, to] = bounds(&delegation.window);
    let attrs = attributes([
        ("delegator", Some(entity("Person", &delegation.delegator))),
        ("agent", Some(entity("Agent", &delegation.agent))),
        ("scopes", Some(texts(&delegation.scopes))),
        ("onward", Some(delegation.onward.iter().map(|client| entity("Agent", client)).collect())),
        ("max_depth", Some(delegation.max_depth.into())),
        ("active", Some((delegation.status == deputize_core::DelegationStatus::Active).into())),
        ("resources", only(&delegation.resources, |uri| entity("Resource", uri))),
        from,
        to,
    ]);
    (delegation.id.to_string(), attrs)
}

fn held(held: &Held) -> Value {
    attributes([
        ("scopes", Some(texts(&held.scopes))),
        ("agents", Some(held.agents.iter().map(|agent| entity("Agent", &agent.client_id)).collect())),
        ("root", held.agents.first().map(|agent| entity("Agent", &agent.client_id))),
        ("tokens", Some(texts(&held.tokens))),
        ("resource", Some(entity("Resource", &held.resource))),
        ("depth", Some(held.depth.into())),
        ("max_depth", Some(held.max_depth.into())),
        ("expires_at", Some(held.expires_at.as_secs().into())),
    ])
}

fn bounds(window: &Window) -> [(&'static str, Option<Value>); 2] {
    [
        ("not_before", window.not_before().map(|from| from.as_secs().into())),
        ("not_after", window.not_after().map(|to| to.as_secs().into())),
    ]
}

/// Those that are there: what is absent here is absent there.
fn attributes<const N: usize>(attributes: [(&str, Option<Value>); N]) -> Value {
    attributes.into_iter().filter_map(|(name, value)| Some((name.to_string(), value?))).collect()
}

fn only<T>(allow: &Allow<T>, value: impl Fn(&T) -> Value) -> Option<Value> {
    match allow {
        Allow::Any => None,
        Allow::Only(listed) => Some(listed.iter().map(value).collect()),
    }
}

fn texts<T: ToString>(items: impl IntoIterator<Item = T>) -> Value {
    items.into_iter().map(|item| item.to_string()).collect()
}

fn entity(kind: &str, id: &dyn ToString) -> Value {
    json!({"__entity": {"type": kind, "id": id.to_string()}})
}

fn uid(kind: &str, id: &dyn ToString) -> EntityUid {
    EntityUid::from_json(json!({"type": kind, "id": id.to_string()})).unwrap()
}
