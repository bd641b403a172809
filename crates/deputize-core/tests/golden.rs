//! The whole answer to a whole configuration: every agent, alone and for every person, at every
//! resource, for every scope that is spoken of. Whoever changes the engine sees here what it changes.
//!
//! `UPDATE_GOLDEN=1` writes the matrix anew.
#![expect(clippy::unwrap_used, reason = "a panic here is a failure of the test")]

use std::{collections::BTreeSet, env, fmt::Write, fs, path::Path};

use deputize_core::{
    Acting, Agent, Configuration, Gate, Question, ResourceId, Scope, ScopeSet, Subject, UnixTime, UserId,
};

#[test]
fn the_matrix_is_as_it_was() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/golden");
    let config = Configuration::from_toml(&fs::read_to_string(directory.join("policy.toml")).unwrap()).unwrap();
    let matrix = matrix(&config);
    let golden = directory.join("matrix.txt");
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&golden, &matrix).unwrap();
    }
    let expected = fs::read_to_string(&golden).unwrap();
    for (number, (is, was)) in matrix.lines().zip(expected.lines()).enumerate() {
        assert_eq!(is, was, "line {}", number + 1);
    }
    assert_eq!(matrix.lines().count(), expected.lines().count());
}

fn matrix(config: &Configuration) -> String {
    let scopes = scopes(config);
    let people = people(config);
    let mut matrix = String::new();
    for agent in config.agents() {
        for person in [None].into_iter().chain(people.iter().map(Some)) {
            for resource in config.resources() {
                block(&mut matrix, config, agent, person, &resource.uri, &scopes);
            }
        }
    }
    matrix
}

fn block(
    matrix: &mut String,
    config: &Configuration,
    agent: &Agent,
    person: Option<&UserId>,
    resource: &ResourceId,
    scopes: &ScopeSet,
) {
    let acting = person.map_or(Acting::Alone, |person| Acting::For { person: person.clone(), delegation: None });
    let whom = person.map_or("alone".to_string(), |person| format!("for {person}"));
    writeln!(matrix, "{} {whom} at {resource}", agent.client_id).unwrap();
    let question = Question {
        tenant: config.tenant().clone(),
        client: agent.client_id.clone(),
        acting,
        resource: Some(resource.clone()),
    };
    let policy = config.policy(question).unwrap();
    let decision = match policy.decide(scopes, None, now()) {
        Ok(decision) => decision,
        Err(ambiguous) => return writeln!(matrix, "  {ambiguous}: {:?}\n", ambiguous.ids).unwrap(),
    };
    for scope in scopes {
        let refused: Vec<&str> = decision.refused_by(scope).map(Gate::as_str).collect();
        let verdict = match decision.granted().any(|granted| granted == scope) {
            true => "✔".to_string(),
            false if refused.is_empty() => "withheld".to_string(),
            false => refused.join(" "),
        };
        writeln!(matrix, "  {scope:18}{verdict}").unwrap();
    }
    let end = decision.end().map_or("nothing".to_string(), |end| format!("for {} s", end.since(now())));
    writeln!(matrix, "  issued: {end}\n").unwrap();
}

/// All that somebody delegates or a resource lists.
fn scopes(config: &Configuration) -> ScopeSet {
    let delegated = config.delegations().flat_map(|delegation| &delegation.scopes);
    let listed = config.resources().flat_map(|resource| resource.scopes.listed());
    let all: BTreeSet<Scope> = delegated.chain(listed).cloned().collect();
    ScopeSet::new(all).unwrap()
}

fn people(config: &Configuration) -> BTreeSet<UserId> {
    let bound = config.bindings().filter_map(|binding| match &binding.subject {
        Subject::User(user) => Some(user.clone()),
        Subject::Agent(_) => None,
    });
    bound.chain(config.delegations().map(|delegation| delegation.delegator.clone())).collect()
}

/// 2026-03-02T09:00:00Z, a Monday.
fn now() -> UnixTime {
    UnixTime::from_secs(1_772_442_000).unwrap()
}
