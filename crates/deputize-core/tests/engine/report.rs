//! The report: its shape as JSON, and what it prints.

use deputize_core::{
    AgentPolicy, AgentProof, AgentRows, Configuration, Decision, Gate, Issuance, Parent, Policy, Question,
    QuestionError, Recorded, Report, Revision, Rows, ScopeMode, Verdict,
};

use crate::support::{alone, for_alice, handed_on, held, id, issued, now, office, scopes};

fn report(config: &Configuration, question: Question, asked: &str) -> Report {
    let policy = config.policy(question).unwrap();
    policy.decide(&scopes(asked), Some(60), now()).unwrap().report()
}

#[test]
fn prints_as_a_table_with_the_grounds_below() {
    let report = report(&office().configuration(), for_alice("research"), "admin mail:read reports:list reports:read");
    let expected = "\
scope         agent  role_binding  allowed_scopes  resource  delegation  delegator  result
admin         ✔      ✘             ✘               ✔         ✘           ✘          denied
mail:read     ✔      ✔             ✘               ✔         ✔           ✔          denied
reports:list  ✔      ✔             ✔               ✔         ✘           ✔          denied
reports:read  ✔      ✔             ✔               ✔         ✔           ✔          granted

admin
  agent           entry research
  role_binding    refused
  allowed_scopes  refused
  resource        https://api.example
  delegation      refused
  delegator       refused

mail:read
  agent           entry research
  role_binding    binding b1 → role reader → mail:read
  allowed_scopes  refused
  resource        https://api.example
  delegation      delegation d1
  delegator       binding b2 → role reader → mail:read

reports:list
  agent           entry research
  role_binding    binding b1 → role reader → reports:*
  allowed_scopes  allows reports:list
  resource        https://api.example
  delegation      refused
  delegator       binding b2 → role reader → reports:*

reports:read
  agent           entry research
  role_binding    binding b1 → role reader → reports:*
  allowed_scopes  allows reports:read
  resource        https://api.example
  delegation      delegation d1
  delegator       binding b2 → role reader → reports:*
";
    assert_eq!(report.to_string(), expected);
    let refused: Vec<Gate> = report.scopes[0].refused_by().collect();
    assert_eq!(refused, [Gate::RoleBinding, Gate::AllowedScopes, Gate::Delegation, Gate::Delegator]);
}

#[test]
fn prints_what_is_withheld_and_why_nothing_was_issued() {
    let mut world = office();
    world.agents[0].mode = ScopeMode::Exact;
    let report =
        report(&world.configuration(), alone("research"), "admin reports:read").because(QuestionError::NoResource);
    let expected = "\
scope         agent  role_binding  allowed_scopes  resource  result
admin         ✔      ✘             ✘               ✔         denied
reports:read  ✔      ✔             ✔               ✔         withheld

admin
  agent           entry research
  role_binding    refused
  allowed_scopes  refused
  resource        https://api.example

reports:read
  agent           entry research
  role_binding    binding b1 → role reader → reports:*
  allowed_scopes  allows reports:read
  resource        https://api.example

refused: no resource was named, and there is no default
";
    assert_eq!(report.to_string(), expected);
}

#[test]
fn names_the_parent_token_by_its_id() {
    let config = office().configuration();
    let mut parent = held(issued(&office(), None).grant());
    let print = |parent| {
        let report = report(&config, handed_on("summary", parent), "reports:read");
        report.to_string().lines().last().unwrap().to_string()
    };
    assert_eq!(
        print(crate::support::copy_held(&parent)),
        "  parent          token 00003b9a-ca00-7000-8000-000000000000"
    );
    parent.tokens.clear();
    assert_eq!(print(parent), "  parent          the parent token");
}

/// The width of the first column is at least that of its head.
#[test]
fn keeps_its_columns_for_short_scopes() {
    let mut config = office();
    config.roles[0].permissions = crate::support::set("x");
    let text = report(&config.configuration(), alone("research"), "x").to_string();
    assert!(text.starts_with("scope  agent  role_binding  allowed_scopes  resource  result\nx      ✔"), "{text}");
}

#[test]
fn is_this_json() {
    let report = report(&office().configuration(), for_alice("research"), "mail:read reports:read");
    let json = serde_json::to_value(&report).unwrap();
    let binding =
        |id: &str, pattern: &str| serde_json::json!({"binding": {"id": id, "role": "reader", "pattern": pattern}});
    let expected = serde_json::json!({
        "tenant": "acme.example",
        "client": "research",
        "person": "alice",
        "delegation": "d1",
        "resource": "https://api.example",
        "parent": null,
        "at": 1_000_000,
        "outcome": "issued",
        "expires_at": 1_000_060,
        "scopes": [
            {"scope": "mail:read", "granted": false, "gates": [
                {"gate": "agent", "grounds": [{"agent": "research"}]},
                {"gate": "role_binding", "grounds": [binding("b1", "mail:read")]},
                {"gate": "allowed_scopes", "grounds": []},
                {"gate": "resource", "grounds": [{"resource": "https://api.example"}]},
                {"gate": "delegation", "grounds": [{"delegation": "d1"}]},
                {"gate": "delegator", "grounds": [binding("b2", "mail:read")]},
            ]},
            {"scope": "reports:read", "granted": true, "gates": [
                {"gate": "agent", "grounds": [{"agent": "research"}]},
                {"gate": "role_binding", "grounds": [binding("b1", "reports:*")]},
                {"gate": "allowed_scopes", "grounds": [{"allowed_scope": "reports:read"}]},
                {"gate": "resource", "grounds": [{"resource": "https://api.example"}]},
                {"gate": "delegation", "grounds": [{"delegation": "d1"}]},
                {"gate": "delegator", "grounds": [binding("b2", "reports:*")]},
            ]},
        ],
    });
    assert_eq!(json, expected);
    assert_eq!(serde_json::from_value::<Report>(json).unwrap(), report);
    let refused = report.because("out of order");
    let json = serde_json::to_value(&refused).unwrap();
    assert_eq!((&json["outcome"], &json["reason"]), (&"refused".into(), &"out of order".into()));
    assert_eq!((&json["expires_at"], &json["scopes"][1]["granted"]), (&serde_json::Value::Null, &false.into()));
    assert_eq!(serde_json::from_value::<Report>(json).unwrap(), refused);
}

/// A question that does not come to a decision leaves a report too.
#[test]
fn a_question_reports_what_was_asked() {
    let parent = held(issued(&office(), None).grant());
    let question = Question { resource: None, ..handed_on("summary", parent) };
    let report = question.report(now()).because(QuestionError::UnknownAgent);
    assert_eq!((report.client.as_str(), report.at), ("summary", now()));
    assert_eq!((report.person, report.delegation), (Some(id("alice")), Some(id("d1"))));
    assert_eq!((report.resource, report.parent), (Some(id("https://api.example")), Some(crate::support::token(0))));
    assert_eq!(report.reason.as_deref(), Some("the agent is not known"));
    assert!(report.scopes.is_empty());
    assert_eq!(alone("research").report(now()).to_string(), "");
}

/// A decision knows the resource that was meant, also where the question did not name it.
#[test]
fn names_the_default_resource() {
    let world = crate::support::World { default_resource: Some(id("https://mail.example")), ..office() };
    let question = || Question { resource: None, ..alone("research") };
    assert_eq!(question().report(now()).resource, None);
    let report = report(&world.configuration(), question(), "reports:read");
    assert_eq!(report.resource, Some(id("https://mail.example")));
}

/// Nothing is said of a scope that was not requested.
#[test]
fn says_nothing_of_what_was_not_asked() {
    let policy = office().configuration().policy(alone("research")).unwrap();
    let asked = scopes("reports:read");
    let decision = policy.decide(&asked, None, now()).unwrap();
    let other = id("admin");
    assert_eq!(decision.verdict(&other, Gate::Agent), None);
    assert_eq!(decision.refused_by(&other).count(), 0);
    assert!(matches!(decision.verdict(&id("reports:read"), Gate::Agent), Some(Verdict::Granted(_))));
}

#[test]
fn gates_are_named_alike_everywhere() {
    let names = ["agent", "role_binding", "allowed_scopes", "resource", "delegation", "delegator", "parent"];
    for (gate, name) in Gate::ALL.into_iter().zip(names) {
        assert_eq!((gate.as_str(), gate.to_string().as_str()), (name, name));
        assert_eq!(serde_json::to_value(gate).unwrap(), name);
    }
}

/// A policy is compiled once and asked from many threads; what goes through the pipeline may cross
/// them.
#[test]
fn is_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Configuration>();
    shared::<Question>();
    shared::<Rows>();
    shared::<AgentRows>();
    shared::<AgentPolicy>();
    shared::<Policy>();
    shared::<Decision<'_>>();
    shared::<Verdict<'_>>();
    shared::<Report>();
    shared::<AgentProof>();
    shared::<Parent>();
    shared::<Issuance>();
    shared::<Recorded>();
}

/// A policy says what it was made of.
#[test]
fn a_policy_keeps_its_question() {
    let config = office().configuration();
    let policy = config.policy(for_alice("research")).unwrap();
    assert_eq!((policy.question().client.as_str(), policy.agent().client_id.as_str()), ("research", "research"));
    assert_eq!(policy.resource().as_str(), "https://api.example");
    assert_eq!(policy.into_question().person(), Some(&id("alice")));
    let agent = config.rows(&alone("research")).unwrap().agent.unwrap();
    assert_eq!(agent.agent().client_id, id("research"));
    assert_eq!((agent.revision(), agent.epoch()), (config.agent_revision(&id("research")), config.epoch()));
    assert_ne!(agent.revision(), Revision::NONE);
    assert_ne!(agent.revision(), agent.epoch());
}
