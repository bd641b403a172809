//! What is decided, in plain words that every engine's adapter translates: roles of patterns, what
//! the client entry allows, what a person has delegated, and what is asked for.

use deputize_benches::{Failure, now, resource, tenant};
use deputize_core::{
    Acting, Actor, Agent, Allow, Binding, Change, Configuration, Delegation, MayAct, NonEmptySet, Policy, Question,
    Resource, Role, ScopeSet, Subject,
};

/// How large a model is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) roles: usize,
    pub(crate) permissions: usize,
    pub(crate) allowed: usize,
    pub(crate) scopes: usize,
}

/// The three sizes of every comparison.
pub(crate) const SIZES: [Size; 3] = [
    Size { roles: 1, permissions: 8, allowed: 8, scopes: 3 },
    Size { roles: 5, permissions: 50, allowed: 100, scopes: 10 },
    Size { roles: 20, permissions: 500, allowed: 2_000, scopes: 50 },
];

/// A tenant with one agent, one person and one delegation.
#[derive(Debug)]
pub(crate) struct Model {
    /// The patterns of each role. The agent has them all.
    pub(crate) roles: Vec<Vec<String>>,
    /// How many of the roles the person has: all but the last, where there are several.
    pub(crate) of_person: usize,
    pub(crate) allowed: Vec<String>,
    pub(crate) delegated: Vec<String>,
    /// In order. Of five, one is refused; of ten, one is not delegated.
    pub(crate) requested: Vec<String>,
}

impl Model {
    pub(crate) fn new(size: Size) -> Self {
        let pattern = |role: usize, n: usize| match n % 8 {
            7 => format!("r{role}:g{n}:*"),
            _ => format!("r{role}:p{n}:read"),
        };
        let role = |role| (0..size.permissions).map(|n| pattern(role, n)).collect();
        let roles: Vec<Vec<String>> = (0..size.roles).map(role).collect();
        let all = roles.iter().flatten();
        let total = size.roles * size.permissions;
        let allowed: Vec<String> = all.step_by((total / size.allowed).max(1)).take(size.allowed).cloned().collect();
        let from_allowed = allowed.iter().step_by((allowed.len() / size.scopes).max(1)).take(size.scopes);
        let refuse = |(n, text): (usize, &String)| match n % 5 {
            2 => format!("nobody:p{n}:read"),
            _ => text.replace('*', "some:thing"),
        };
        let mut requested: Vec<String> = from_allowed.enumerate().map(refuse).collect();
        requested.sort();
        let listed = requested.iter().enumerate().filter(|(n, _)| n % 10 != 7);
        let delegated = listed.map(|(_, scope)| scope.clone()).collect();
        Self { of_person: (size.roles - 1).max(1), roles, allowed, delegated, requested }
    }

    /// Every pattern that would match a scope: itself, and one for each `:` in it. Engines without
    /// patterns of their own are given these, prepared, with the request.
    pub(crate) fn candidates(scope: &str) -> Vec<String> {
        let prefixes = scope.match_indices(':').filter_map(|(at, _)| scope.get(..=at));
        [scope.to_owned()].into_iter().chain(prefixes.map(|prefix| format!("{prefix}*"))).collect()
    }

    pub(crate) fn request(&self) -> Result<ScopeSet, Failure> {
        let scopes: Result<Vec<_>, _> = self.requested.iter().map(|scope| scope.parse()).collect();
        Ok(ScopeSet::new(scopes?)?)
    }

    /// Ours, compiled.
    pub(crate) fn policy(&self, for_person: bool) -> Result<Policy, Failure> {
        let person = || "alice".parse();
        let acting = match for_person {
            true => Acting::For { person: person()?, delegation: None },
            false => Acting::Alone,
        };
        let client = "research".parse()?;
        let question = Question { tenant: tenant()?, client, acting, resource: Some(resource()?) };
        Ok(self.configuration()?.policy(question)?)
    }

    /// Which of the requested scopes are granted, a bit for each.
    pub(crate) fn decide(&self, policy: &Policy, request: &ScopeSet) -> Result<u64, Failure> {
        let granted: Vec<&str> = policy.decide(request, None, now())?.granted().map(|scope| scope.as_str()).collect();
        let places = self.requested.iter().enumerate();
        Ok(places.filter(|(_, scope)| granted.contains(&scope.as_str())).fold(0, |mask, (n, _)| mask | 1 << n))
    }

    fn configuration(&self) -> Result<Configuration, Failure> {
        let mut config = Configuration::new(tenant()?);
        let operator = Actor::Operator("olga".parse()?);
        let mut apply = |change: Change| config.apply(&operator, &change).map(drop);
        apply(Change::PutResource(Resource { uri: resource()?, scopes: Allow::Any }))?;
        for (n, patterns) in self.roles.iter().enumerate() {
            let name = format!("role-{n}").parse()?;
            apply(Change::PutRole(Role { name, permissions: parsed(patterns)? }))?;
            let bind = |id: String, subject| -> Result<Change, Failure> {
                let (id, role) = (id.parse()?, format!("role-{n}").parse()?);
                Ok(Change::Bind(Binding { id, subject, role, window: Default::default(), resource: None }))
            };
            if n == 0 {
                apply(Change::PutAgent(Agent {
                    client_id: "research".parse()?,
                    spiffe_id: "spiffe://acme/agent/research".parse()?,
                    acting: MayAct::Either,
                    allowed_scopes: parsed(&self.allowed)?,
                    max_lifetime_seconds: 900.try_into()?,
                    resources: Allow::Any,
                    mode: Default::default(),
                    status: Default::default(),
                }))?;
            }
            apply(bind(format!("a-{n}"), Subject::Agent("research".parse()?))?)?;
            if n < self.of_person {
                apply(bind(format!("u-{n}"), Subject::User("alice".parse()?))?)?;
            }
        }
        apply(Change::Delegate(Delegation {
            id: "d1".parse()?,
            delegator: "alice".parse()?,
            agent: "research".parse()?,
            scopes: parsed(&self.delegated)?,
            purpose: "measuring".into(),
            resources: Allow::Any,
            onward: Default::default(),
            max_depth: 0,
            window: Default::default(),
            status: Default::default(),
        }))?;
        Ok(config)
    }
}

fn parsed<T: std::str::FromStr<Err: std::error::Error + 'static> + Ord>(
    texts: &[String],
) -> Result<NonEmptySet<T>, Failure> {
    let all: Result<Vec<T>, _> = texts.iter().map(|text| text.parse()).collect();
    Ok(NonEmptySet::new(all?).ok_or("nothing in it")?)
}
