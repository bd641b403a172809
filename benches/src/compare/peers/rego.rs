//! Rego, by `regorus`: one query answers for all scopes. Patterns are keys of objects, and the input
//! brings, prepared, those that would match each scope. Compiled to regorus's virtual machine.

use std::collections::BTreeMap;

use deputize_benches::Failure;
use regorus::{Engine as Compiled, Value, languages::rego::compiler::Compiler, rvm::vm::RegoVM};
use serde_json::json;

use crate::{decide::Engine, model::Model};

const POLICY: &str = "package deputize
import rego.v1

bound(roles, patterns) if {
    some role in roles
    some pattern in patterns
    data.roles[role][pattern]
}

allowed(patterns) if {
    some pattern in patterns
    data.allowed[pattern]
}

delegated(_) if not input.person

delegated(asked) if {
    data.delegations[input.person][asked.scope]
    bound(data.bindings[input.person], asked.patterns)
}

granted contains place if {
    some place, asked in input.requested
    allowed(asked.patterns)
    bound(data.bindings.research, asked.patterns)
    delegated(asked)
}
";

const QUERY: &str = "data.deputize.granted";

pub(crate) fn engine(model: &Model, for_person: bool) -> Result<Engine<'_>, Failure> {
    let failure = |error| Failure::from(format!("regorus: {error:?}"));
    let mut compiled = Compiled::new();
    compiled.add_policy("deputize.rego".into(), POLICY.into()).map_err(failure)?;
    let policy = compiled.compile_with_entrypoint(&QUERY.into()).map_err(failure)?;
    let program = Compiler::compile_from_policy(&policy, &[QUERY]).map_err(|error| format!("regorus: {error:?}"))?;
    let mut machine = RegoVM::new();
    machine.load_program(program);
    machine.set_max_instructions(usize::MAX);
    machine.set_data(value(&data(model))?).map_err(|error| format!("regorus: {error:?}"))?;
    let asked = model.requested.iter().map(|scope| json!({"scope": scope, "patterns": Model::candidates(scope)}));
    let mut input = json!({"requested": asked.collect::<Vec<_>>()});
    if let (true, Some(input)) = (for_person, input.as_object_mut()) {
        input.insert("person".into(), "alice".into());
    }
    let input = value(&input)?;
    let decide = move || {
        machine.set_input(input.clone());
        let granted = machine.execute().map_err(|error| format!("regorus: {error:?}"))?;
        let places = granted.as_set().map_err(failure)?.iter();
        Ok(places.filter_map(|place| place.as_u64().ok()).fold(0, |mask, place| mask | 1 << place))
    };
    Ok(Engine { name: "regorus", decide: Box::new(decide) })
}

fn data(model: &Model) -> serde_json::Value {
    let keys = |texts: &[String]| texts.iter().map(|text| (text.clone(), true)).collect::<BTreeMap<_, _>>();
    let names = |count: usize| (0..count).map(|n| format!("role-{n}")).collect::<Vec<_>>();
    let roles: BTreeMap<String, _> =
        names(model.roles.len()).into_iter().zip(model.roles.iter().map(|role| keys(role))).collect();
    json!({
        "roles": roles,
        "allowed": keys(&model.allowed),
        "bindings": {"research": names(model.roles.len()), "alice": names(model.of_person)},
        "delegations": {"alice": keys(&model.delegated)},
    })
}

fn value(json: &serde_json::Value) -> Result<Value, Failure> {
    Value::from_json_str(&json.to_string()).map_err(|error| format!("regorus: {error:?}").into())
}
