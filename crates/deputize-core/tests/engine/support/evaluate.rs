//! The one rule, as the design's table has it: gate by gate, scope by scope, over plain lists.
//! Slow, obvious, and without a line of the engine.

use std::collections::{BTreeMap, BTreeSet};

use deputize_core::{
    Agent, Allow, Binding, ClientId, Delegation, DelegationId, DelegationStatus, Gate, Held, MayAct, Question,
    QuestionError, Resource, Scope, ScopeMode, ScopePattern, ScopeSet, Status, Subject, UnixTime, UserId, Window,
};

use super::World;

/// What is said to a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Unanswered(QuestionError),
    Ambiguous(Vec<DelegationId>),
    Decided(Decided),
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Decided {
    pub(crate) scopes: Vec<Judged>,
    pub(crate) end: Option<UnixTime>,
    pub(crate) delegation: Option<DelegationId>,
}

/// What is said of one scope: each gate that applies, with its grounds in print; none refuse.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Judged {
    pub(crate) scope: Scope,
    pub(crate) granted: bool,
    pub(crate) withheld: bool,
    pub(crate) gates: BTreeMap<Gate, BTreeSet<String>>,
}

impl Judged {
    fn passes(&self) -> bool {
        self.gates.values().all(|grounds| !grounds.is_empty())
    }
}

pub(crate) fn evaluate(
    world: &World,
    question: &Question,
    requested: &ScopeSet,
    lifetime: Option<u32>,
    now: UnixTime,
) -> Answer {
    let held = question.parent().map(|parent| parent.held());
    if held.is_some_and(|held| held.tenant != question.tenant) {
        return Answer::Unanswered(QuestionError::ForeignParent);
    }
    if world.revoked {
        return Answer::Unanswered(QuestionError::TenantRevoked);
    }
    let Some(agent) = world.agents.iter().find(|agent| agent.client_id == question.client) else {
        return Answer::Unanswered(QuestionError::UnknownAgent);
    };
    let of_parent = held.map(|held| &held.resource);
    let Some(target) = question.resource.as_ref().or(of_parent).or(world.default_resource.as_ref()) else {
        return Answer::Unanswered(QuestionError::NoResource);
    };
    let Some(resource) = world.resources.iter().find(|resource| resource.uri == *target) else {
        return Answer::Unanswered(QuestionError::UnknownResource);
    };
    let mut view = View { world, question, held, agent, resource, delegation: None, now };
    match view.delegations().as_slice() {
        [] => {}
        [one] => view.delegation = Some(one),
        several => return Answer::Ambiguous(several.iter().map(|delegation| delegation.id.clone()).collect()),
    }
    Answer::Decided(view.decide(requested, lifetime))
}

struct View<'a> {
    world: &'a World,
    question: &'a Question,
    held: Option<&'a Held>,
    agent: &'a Agent,
    resource: &'a Resource,
    delegation: Option<&'a Delegation>,
    now: UnixTime,
}

impl<'a> View<'a> {
    fn decide(&self, requested: &ScopeSet, lifetime: Option<u32>) -> Decided {
        let judge =
            |scope: &Scope| Judged { scope: scope.clone(), granted: false, withheld: false, gates: self.gates(scope) };
        let mut scopes: Vec<Judged> = requested.iter().map(judge).collect();
        let all_or_nothing = self.agent.mode == ScopeMode::Exact && !scopes.iter().all(Judged::passes);
        let granted = |scope: &&Judged| scope.passes() && !all_or_nothing;
        let ends = scopes.iter().filter(granted).map(|scope| self.end_of(&scope.scope)).min();
        let end = ends.map(|end| end.min(self.latest(lifetime))).filter(|end| self.now < *end);
        for scope in &mut scopes {
            scope.granted = scope.passes() && !all_or_nothing && end.is_some();
            scope.withheld = scope.passes() && !scope.granted;
        }
        Decided { scopes, end, delegation: self.delegation.map(|delegation| delegation.id.clone()) }
    }

    fn gates(&self, scope: &Scope) -> BTreeMap<Gate, BTreeSet<String>> {
        let mut gates = BTreeMap::from([
            (Gate::Agent, self.by_agent()),
            (Gate::RoleBinding, self.by_bindings(&self.agent_subject(), scope)),
            (Gate::AllowedScopes, self.by_allowed_scopes(scope)),
            (Gate::Resource, self.by_resource(scope)),
        ]);
        if let Some(person) = self.question.person() {
            gates.insert(Gate::Delegation, self.by_delegation(scope));
            gates.insert(Gate::Delegator, self.by_delegator(person, scope));
        }
        if let Some(held) = self.held {
            gates.insert(Gate::Parent, self.by_parent(held, scope));
        }
        gates
    }

    /// The entry is active and its `acting` allows this way of acting (alone, for a person).
    fn by_agent(&self) -> BTreeSet<String> {
        let this_way = match (self.agent.acting, self.question.person()) {
            (MayAct::Either, _) | (MayAct::Alone, None) | (MayAct::ForPerson, Some(_)) => true,
            (MayAct::Alone, Some(_)) | (MayAct::ForPerson, None) => false,
        };
        when(this_way && self.agent.status == Status::Active, format!("entry {}", self.agent.client_id))
    }

    /// A live binding, not bound to another resource, leads to a role with a pattern that matches.
    fn by_bindings(&self, subject: &Subject, scope: &Scope) -> BTreeSet<String> {
        let live = self.live_bindings(subject);
        live.flat_map(|binding| {
            let patterns = self.patterns(binding).filter(|pattern| matches(pattern, scope));
            patterns.map(|pattern| format!("binding {} → role {} → {pattern}", binding.id, binding.role))
        })
        .collect()
    }

    /// One of the client entry's allowed patterns matches.
    fn by_allowed_scopes(&self, scope: &Scope) -> BTreeSet<String> {
        let patterns = self.agent.allowed_scopes.iter().filter(|pattern| matches(pattern, scope));
        patterns.map(|pattern| format!("allows {pattern}")).collect()
    }

    /// The agent may target the resource, and the resource supports the scope.
    fn by_resource(&self, scope: &Scope) -> BTreeSet<String> {
        let targets = lists(&self.agent.resources, &self.resource.uri).unwrap_or(true);
        let supports = lists(&self.resource.scopes, scope).unwrap_or(true);
        when(targets && supports, self.resource.uri.to_string())
    }

    /// The delegation is live, is from this person to this agent (when handed on: names this agent
    /// in `onward`), fits the resource, and lists the scope.
    fn by_delegation(&self, scope: &Scope) -> BTreeSet<String> {
        let listed = self.delegation.filter(|delegation| delegation.scopes.iter().any(|own| own == scope));
        listed.map(|delegation| format!("delegation {}", delegation.id)).into_iter().collect()
    }

    fn by_delegator(&self, person: &UserId, scope: &Scope) -> BTreeSet<String> {
        if self.is_revoked(person) {
            return BTreeSet::new();
        }
        self.by_bindings(&Subject::User(person.clone()), scope)
    }

    /// The parent token holds the scope, is live with its whole lineage, allows one more hop, and
    /// is for this resource or the delegation's `Only` list names this one.
    fn by_parent(&self, held: &Held, scope: &Scope) -> BTreeSet<String> {
        let rests_on = |delegation: &&Delegation| {
            delegation.id == held.delegation
                && delegation.delegator == held.person
                && delegation.status == DelegationStatus::Active
                && contains(&delegation.window, self.now)
        };
        let Some(delegation) = self.world.delegations.iter().find(rests_on) else { return BTreeSet::new() };
        let holds = held.scopes.iter().any(|own| own == scope);
        let active =
            |client: &ClientId| self.world.agents.iter().any(|a| a.client_id == *client && a.status == Status::Active);
        let live = self.now < held.expires_at
            && !self.is_revoked(&held.person)
            && held.agents.iter().all(|agent| active(&agent.client_id))
            && !held.tokens.iter().any(|token| self.world.revoked_tokens.contains(token));
        let newcomer =
            !held.agents.is_empty() && !held.agents.iter().any(|agent| agent.client_id == self.question.client);
        let hop = u32::from(held.depth) + 1;
        let one_more = hop <= held.max_depth.into() && hop <= delegation.max_depth.into() && hop <= 8;
        let here = held.resource == self.resource.uri
            || lists(&delegation.resources, &self.resource.uri).is_some_and(|listed| listed);
        let name = held.tokens.last().map_or("the parent token".into(), |token| format!("token {token}"));
        when(holds && live && newcomer && one_more && here, name)
    }

    /// The delegations that could be meant, at this moment.
    fn delegations(&self) -> Vec<&'a Delegation> {
        let Some(person) = self.question.person() else { return Vec::new() };
        let asker = &self.question.client;
        let meant = |delegation: &&Delegation| {
            delegation.delegator == *person
                && !self.is_revoked(person)
                && (if self.held.is_some() { delegation.onward.contains(asker) } else { delegation.agent == *asker })
                && delegation.status == DelegationStatus::Active
                && contains(&delegation.window, self.now)
                && lists(&delegation.resources, &self.resource.uri).unwrap_or(true)
                && self.question.delegation().is_none_or(|id| *id == delegation.id)
        };
        let mut meant: Vec<&Delegation> = self.world.delegations.iter().filter(meant).collect();
        meant.sort_by_key(|delegation| &delegation.id);
        meant
    }

    /// The earliest of what has one end for all scopes.
    fn latest(&self, lifetime: Option<u32>) -> UnixTime {
        let mut latest = self.now.plus(self.agent.max_lifetime_seconds.get());
        latest = lifetime.map_or(latest, |seconds| latest.min(self.now.plus(seconds)));
        latest = self.delegation.map_or(latest, |delegation| latest.min(end(&delegation.window)));
        self.held.map_or(latest, |held| latest.min(held.expires_at))
    }

    /// The earliest, over the gates, of the latest end among the live bindings that grant the scope.
    fn end_of(&self, scope: &Scope) -> UnixTime {
        let person = self.question.person().map(|person| Subject::User(person.clone()));
        let latest = |subject: &Subject| {
            let grants = |binding: &&Binding| self.patterns(binding).any(|pattern| matches(pattern, scope));
            self.live_bindings(subject).filter(grants).map(|binding| end(&binding.window)).max().unwrap()
        };
        let of_agent = latest(&self.agent_subject());
        person.map_or(of_agent, |person| of_agent.min(latest(&person)))
    }

    fn live_bindings(&self, subject: &Subject) -> impl Iterator<Item = &'a Binding> {
        self.world.bindings.iter().filter(move |binding| {
            binding.subject == *subject
                && contains(&binding.window, self.now)
                && binding.resource.as_ref().is_none_or(|uri| *uri == self.resource.uri)
        })
    }

    fn patterns(&self, binding: &Binding) -> impl Iterator<Item = &'a ScopePattern> {
        self.world.roles.iter().filter(|role| role.name == binding.role).flat_map(|role| &role.permissions)
    }

    fn is_revoked(&self, person: &UserId) -> bool {
        self.world.revoked_people.contains(person)
    }

    fn agent_subject(&self) -> Subject {
        Subject::Agent(self.agent.client_id.clone())
    }
}

fn when(grants: bool, ground: String) -> BTreeSet<String> {
    grants.then_some(ground).into_iter().collect()
}

/// `prefix:*` matches every scope that starts with `prefix:` and has at least one more byte.
fn matches(pattern: &ScopePattern, scope: &Scope) -> bool {
    match pattern.as_str().split_once('*') {
        Some((prefix, "")) => scope.as_str().starts_with(prefix) && scope.as_str().len() > prefix.len(),
        _ => pattern.as_str() == scope.as_str(),
    }
}

/// Whether an `Only` list names it; nothing for `Any`.
fn lists<T: Ord>(allow: &Allow<T>, item: &T) -> Option<bool> {
    match allow {
        Allow::Any => None,
        Allow::Only(listed) => Some(listed.iter().any(|own| own == item)),
    }
}

/// `not_before ≤ now < not_after`.
fn contains(window: &Window, now: UnixTime) -> bool {
    window.not_before().is_none_or(|from| from <= now) && window.not_after().is_none_or(|to| now < to)
}

fn end(window: &Window) -> UnixTime {
    window.not_after().unwrap_or(UnixTime::MAX)
}
