//! Cedar: a policy for each role permits, and a policy for each other gate forbids. Patterns are
//! members of sets, and a request brings the patterns that would match its scope, so that each set
//! is asked by hash: the quickest model we know. Policies, entities and requests are all prepared.

use cedar_policy::{Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request};
use deputize_benches::Failure;
use serde_json::{Value, json};

use crate::{decide::Engine, model::Model};

pub(crate) fn engine(model: &Model, for_person: bool) -> Result<Engine<'_>, Failure> {
    let policies: PolicySet = policies(model).parse()?;
    let entities = Entities::from_json_value(entities(model), None)?;
    let requests: Result<Vec<Request>, Failure> =
        model.requested.iter().map(|scope| request(scope, for_person)).collect();
    let (requests, authorizer) = (requests?, Authorizer::new());
    let decide = move || {
        let mut mask = 0;
        for (place, request) in requests.iter().enumerate() {
            let response = authorizer.is_authorized(request, &policies, &entities);
            if let Some(error) = response.diagnostics().errors().next() {
                return Err(error.to_string().into());
            }
            mask |= u64::from(response.decision() == Decision::Allow) << place;
        }
        Ok(mask)
    };
    Ok(Engine { name: "cedar-policy", decide: Box::new(decide) })
}

fn policies(model: &Model) -> String {
    let holds = |role: usize| format!("Role::\"{role}\".permissions.containsAny(context.patterns)");
    let permit = |role| {
        let holds = holds(role);
        format!("permit(principal in Role::\"{role}\", action, resource) when {{ {holds} }};\n")
    };
    let of_person = |role| format!("(context.person in Role::\"{role}\" && {})", holds(role));
    let roles = (0..model.roles.len()).map(permit).collect::<String>();
    let person = (0..model.of_person).map(of_person).collect::<Vec<_>>().join(" || ");
    format!(
        "{roles}
        forbid(principal, action, resource) unless {{ principal.allowed.containsAny(context.patterns) }};
        forbid(principal, action, resource) when {{ context has person }}
            unless {{ Delegation::\"d1\".scopes.contains(context.scope) }};
        forbid(principal, action, resource) when {{ context has person }} unless {{ {person} }};"
    )
}

fn entities(model: &Model) -> Value {
    let uid = |kind: &str, id: &str| json!({"type": kind, "id": id});
    let of = |count: usize| (0..count).map(|role| uid("Role", &role.to_string())).collect::<Vec<_>>();
    let role = |(n, patterns): (usize, &Vec<String>)| {
        let n = n.to_string();
        json!({"uid": uid("Role", &n), "attrs": {"permissions": patterns}, "parents": []})
    };
    let agent = json!({
        "uid": uid("Agent", "research"), "attrs": {"allowed": model.allowed}, "parents": of(model.roles.len()),
    });
    let person = json!({"uid": uid("Person", "alice"), "attrs": {}, "parents": of(model.of_person)});
    let delegation = json!({"uid": uid("Delegation", "d1"), "attrs": {"scopes": model.delegated}, "parents": []});
    model.roles.iter().enumerate().map(role).chain([agent, person, delegation]).collect()
}

fn request(scope: &str, for_person: bool) -> Result<Request, Failure> {
    let mut context = json!({"scope": scope, "patterns": Model::candidates(scope)});
    if let (true, Some(context)) = (for_person, context.as_object_mut()) {
        context.insert("person".into(), json!({"__entity": {"type": "Person", "id": "alice"}}));
    }
    let uid = |text: &str| -> Result<EntityUid, Failure> { Ok(text.parse()?) };
    let (agent, action, resource) =
        (uid("Agent::\"research\"")?, uid("Action::\"use\"")?, uid("Resource::\"reports\"")?);
    Ok(Request::new(agent, action, resource, Context::from_json_value(context, None)?, None)?)
}
