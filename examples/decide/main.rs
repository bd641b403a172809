//! Explains a decision for any policy document.
//!
//!     cargo run --example decide -- --policy FILE --agent CLIENT_ID --scope "a b c" [--user U]
//!         [--delegation ID] [--resource URI] [--parent FILE] [--lifetime SECONDS] [--at RFC3339] [--json]
//!
//! Status 0 when a decision was made, whichever; 2 with everything that is wrong on stderr.

mod answer;
mod parent;

use std::process::ExitCode;

use deputize::core::{Acting, Configuration, Policy, Question, Scope, ScopeSet, UnixTime};
use deputize_examples::{Arguments, Problems, moment};

fn main() -> ExitCode {
    let mut problems = Problems::default();
    let Some(Request { policy, scopes, lifetime, now, json }) = Request::read(&mut problems) else {
        return problems.report();
    };
    match policy.decide(&scopes, lifetime, now) {
        Ok(decision) if problems.is_empty() => {
            answer::print(&decision, json);
            ExitCode::SUCCESS
        }
        Ok(_) => problems.report(),
        Err(ambiguous) => {
            let ids: Vec<&str> = ambiguous.ids.iter().map(|id| id.as_str()).collect();
            problems.add(format_args!("--delegation is missing: {ambiguous}: {}", ids.join(", ")));
            problems.report()
        }
    }
}

struct Request {
    policy: Policy,
    scopes: ScopeSet,
    lifetime: Option<u32>,
    now: UnixTime,
    json: bool,
}

impl Request {
    /// What was asked for. It may be there although there are problems, so that the policy can have
    /// its say on what is left.
    fn read(problems: &mut Problems) -> Option<Self> {
        let values = ["policy", "agent", "scope", "user", "delegation", "resource", "parent", "lifetime", "at"];
        let arguments = Arguments::read(&values, &["json"], problems);
        let scope = problems.required("--scope", arguments.get("scope"));
        let scopes = problems.parse("--scope", scope);
        let lifetime = lifetime(&arguments, problems);
        let now = moment(&arguments, problems);
        let acting = acting(&arguments, problems);
        let resource = problems.parse("--resource", arguments.get("resource"));
        let agent = problems.required("--agent", arguments.get("agent"));
        let client = problems.parse("--agent", agent);
        let config = configuration(&arguments, problems)?;

        let acting = acting.map(|acting| acting.of_tenant(config.tenant()));
        if let Some(client) = &client
            && config.agent(client).is_none()
        {
            problems.add(format_args!("--agent: there is no agent `{client}`"));
        }
        let question = Question { tenant: config.tenant().clone(), client: client?, acting: acting?, resource };
        match question.target(config.default_resource()) {
            None if arguments.get("resource").is_some() => return None,
            None => problems.add("--resource is missing, and the policy has no default"),
            Some(uri) if config.resource(uri).is_none() => problems.add(format_args!("there is no resource `{uri}`")),
            Some(_) => {}
        }
        let policy = config.policy(question).map_err(|error| {
            if problems.is_empty() {
                problems.add(error);
            }
        });
        // Ambiguity is to be found too when the scopes are malformed.
        let scopes = scopes.unwrap_or(ScopeSet::new([Scope::from_static("any")]).ok()?);
        Some(Self { policy: policy.ok()?, scopes, lifetime, now: now?, json: arguments.get("json").is_some() })
    }
}

fn configuration(arguments: &Arguments, problems: &mut Problems) -> Option<Configuration> {
    let path = problems.required("--policy", arguments.get("policy"))?;
    let text = problems.read("--policy", path)?;
    let parsed = match path.rsplit_once('.') {
        Some((_, "toml")) => Configuration::from_toml(&text),
        Some((_, "json")) => Configuration::from_json(&text),
        _ => {
            problems.add(format_args!("--policy {path}: the file's name ends with neither .toml nor .json"));
            return None;
        }
    };
    parsed.map_err(|errors| errors.iter().for_each(|error| problems.add(format_args!("{path}: {error}")))).ok()
}

fn lifetime(arguments: &Arguments, problems: &mut Problems) -> Option<u32> {
    let seconds = problems.parse("--lifetime", arguments.get("lifetime"));
    if seconds == Some(0) {
        problems.add("--lifetime: a token lives for at least a second");
    }
    seconds
}

/// For whom: alone, for a person, or by what a parent token says.
fn acting(arguments: &Arguments, problems: &mut Problems) -> Option<Who> {
    let person = problems.parse("--user", arguments.get("user"));
    let delegation = problems.parse("--delegation", arguments.get("delegation"));
    let named = ["user", "delegation"].map(|name| arguments.get(name).is_some());
    match (arguments.get("parent"), named) {
        (Some(path), [user, delegation]) => {
            if user {
                problems.add("--user comes from the parent and may not be given with it");
            }
            if delegation {
                problems.add("--delegation comes from the parent and may not be given with it");
            }
            parent::read(path, problems).map(Who::Parent)
        }
        (None, [false, true]) => {
            problems.add("--delegation needs --user");
            None
        }
        (None, [true, false]) => Some(Who::Asked(Acting::For { person: person?, delegation: None })),
        (None, [true, true]) => Some(Who::Asked(Acting::For { person: person?, delegation: Some(delegation?) })),
        (None, [false, false]) => Some(Who::Asked(Acting::Alone)),
    }
}

enum Who {
    Asked(Acting),
    Parent(parent::ParentFile),
}

impl Who {
    fn of_tenant(self, tenant: &deputize::core::TenantId) -> Acting {
        match self {
            Self::Asked(acting) => acting,
            Self::Parent(file) => Acting::HandedOn(file.parent(tenant)),
        }
    }
}
