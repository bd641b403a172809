//! The world: what there is in numbers and masks, and the configuration that says the same.

use std::str::FromStr;

use deputize_core::{
    Actor, Agent, Allow, Binding, Change, Configuration, Delegation, MayAct, NonEmptySet, Resource, ResourceId, Role,
    Scope, ScopeMode, ScopePattern, ScopeSet, Status, Subject, Target, TokenId, UnixTime, Window,
};

/// A set of scopes: bit `n` stands for `SCOPES[n]`.
pub(crate) type Mask = u8;

pub(crate) const SCOPES: [&str; 2] = ["s:a", "s:b"];
pub(crate) const A: Mask = 1;
pub(crate) const B: Mask = 2;
pub(crate) const AB: Mask = 3;

pub(crate) const AGENTS: [&str; 3] = ["a0", "a1", "a2"];
pub(crate) const RESOURCES: [&str; 2] = ["https://r0.example", "https://r1.example"];
pub(crate) const NOW: u64 = 1_000;
/// When a window that ends soon ends, and one that opens later opens.
pub(crate) const SOON: u64 = 1_050;

/// When something counts, if it is there at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Span {
    Never,
    Open,
    Soon,
    Later,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    /// To each of the two roles.
    pub(crate) bound: [Span; 2],
    /// Its bindings are for the second resource only.
    pub(crate) bound_elsewhere: bool,
    pub(crate) allowed: Mask,
    pub(crate) acting: MayAct,
    pub(crate) status: Status,
    pub(crate) mode: ScopeMode,
    pub(crate) lifetime: u32,
    /// It may target the first resource only.
    pub(crate) first_resource_only: bool,
}

/// From the one person to the first agent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Delegated {
    pub(crate) scopes: Mask,
    pub(crate) span: Span,
    /// Bit `n`: to `AGENTS[n]`.
    pub(crate) onward: u8,
    pub(crate) max_depth: u8,
    /// Bit `n`: for `RESOURCES[n]`; nothing: for any.
    pub(crate) only: Option<u8>,
    pub(crate) revoked: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct World {
    pub(crate) roles: [Mask; 2],
    pub(crate) agents: [Entry; 3],
    /// The person's bindings.
    pub(crate) bound: [Span; 2],
    pub(crate) delegations: [Option<Delegated>; 2],
    /// What the first resource supports; the second supports all.
    pub(crate) supported: Option<Mask>,
    /// Bit `n`: the token of depth `n`.
    pub(crate) revoked_tokens: u8,
    pub(crate) person_revoked: bool,
    pub(crate) revoked: bool,
}

impl Entry {
    /// One that stands in the way of nothing.
    pub(crate) const OPEN: Self = Self {
        bound: [Span::Open; 2],
        bound_elsewhere: false,
        allowed: AB,
        acting: MayAct::Either,
        status: Status::Active,
        mode: ScopeMode::Narrow,
        lifetime: 600,
        first_resource_only: false,
    };
}

impl Delegated {
    pub(crate) const OPEN: Self =
        Self { scopes: AB, span: Span::Open, onward: 0b110, max_depth: 2, only: None, revoked: false };
}

impl World {
    /// In which everything is granted.
    pub(crate) const OPEN: Self = Self {
        roles: [A, B],
        agents: [Entry::OPEN; 3],
        bound: [Span::Open; 2],
        delegations: [Some(Delegated::OPEN), None],
        supported: None,
        revoked_tokens: 0,
        person_revoked: false,
        revoked: false,
    };

    pub(crate) fn configuration(&self, tenant: &str) -> Configuration {
        let mut config = Configuration::new(id(tenant));
        self.bring(&mut config);
        config
    }

    /// Makes the configuration say what the world says. What was in it and is not any more is removed.
    pub(crate) fn bring(&self, config: &mut Configuration) {
        let olga = Actor::Operator(id("olga"));
        for change in self.changes() {
            config.apply(&olga, &change).unwrap();
        }
        let wanted: Vec<_> = self.bindings().map(|binding| binding.id).collect();
        let gone: Vec<_> = config.bindings().map(|b| b.id.clone()).filter(|id| !wanted.contains(id)).collect();
        for id in gone {
            config.apply(&olga, &Change::Unbind(id)).unwrap();
        }
        let tokens = (0..3).filter(|n| self.revoked_tokens >> n & 1 == 1).map(|n| Target::Token(token(n)));
        let person = self.person_revoked.then(|| Target::Person(id("alice")));
        for target in tokens.chain(person).chain(self.revoked.then_some(Target::Tenant)) {
            config.apply(&olga, &Change::Revoke(target)).unwrap();
        }
    }

    fn changes(&self) -> Vec<Change> {
        let mut changes = vec![
            Change::PutResource(Resource {
                uri: id(RESOURCES[0]),
                scopes: self.supported.map_or(Allow::Any, |mask| Allow::Only(listed(mask))),
            }),
            Change::PutResource(Resource { uri: id(RESOURCES[1]), scopes: Allow::Any }),
        ];
        for (n, mask) in self.roles.into_iter().enumerate() {
            changes.push(Change::PutRole(Role { name: id(&format!("role-{n}")), permissions: patterns(mask) }));
        }
        for (n, entry) in self.agents.iter().enumerate() {
            changes.push(Change::PutAgent(entry.agent(AGENTS[n])));
        }
        changes.extend(self.bindings().map(Change::Bind));
        for (n, delegated) in self.delegations.iter().enumerate() {
            changes.extend(delegated.map(|delegated| Change::Delegate(delegated.delegation(n))));
            if delegated.is_some_and(|delegated| delegated.revoked) {
                changes.push(Change::Revoke(Target::Delegation(id(&format!("d{n}")))));
            }
        }
        changes
    }

    fn bindings(&self) -> impl Iterator<Item = Binding> {
        let of_agents = self.agents.iter().enumerate().flat_map(|(n, entry)| {
            let elsewhere = entry.bound_elsewhere.then(|| id(RESOURCES[1]));
            bindings(AGENTS[n], Subject::Agent(id(AGENTS[n])), entry.bound, elsewhere)
        });
        of_agents.chain(bindings("alice", Subject::User(id("alice")), self.bound, None))
    }
}

fn bindings(
    name: &str,
    subject: Subject,
    bound: [Span; 2],
    resource: Option<ResourceId>,
) -> impl Iterator<Item = Binding> {
    let there = bound.into_iter().enumerate().filter(|(_, span)| *span != Span::Never);
    there.map(move |(role, span)| Binding {
        id: id(&format!("{name}-{role}")),
        subject: subject.clone(),
        role: id(&format!("role-{role}")),
        window: window(span),
        resource: resource.clone(),
    })
}

impl Entry {
    fn agent(&self, client: &str) -> Agent {
        Agent {
            client_id: id(client),
            spiffe_id: id(&format!("spiffe://acme/{client}")),
            acting: self.acting,
            allowed_scopes: patterns(self.allowed),
            max_lifetime_seconds: self.lifetime.try_into().unwrap(),
            resources: if self.first_resource_only {
                Allow::Only(NonEmptySet::of(id(RESOURCES[0])))
            } else {
                Allow::Any
            },
            mode: self.mode,
            status: self.status,
        }
    }
}

impl Delegated {
    fn delegation(&self, n: usize) -> Delegation {
        let some = |mask: u8| move |(n, name): (usize, &&'static str)| (mask >> n & 1 == 1).then_some(*name);
        let only = |mask| RESOURCES.iter().enumerate().filter_map(some(mask)).map(id);
        Delegation {
            id: id(&format!("d{n}")),
            delegator: id("alice"),
            agent: id(AGENTS[0]),
            scopes: listed(self.scopes),
            purpose: "a small world".into(),
            resources: self.only.map_or(Allow::Any, |mask| Allow::Only(NonEmptySet::new(only(mask)).unwrap())),
            onward: AGENTS.iter().enumerate().filter_map(some(self.onward)).map(id).collect(),
            max_depth: self.max_depth,
            window: window(self.span),
            status: Default::default(),
        }
    }
}

fn window(span: Span) -> Window {
    match span {
        Span::Never | Span::Open => Window::ALWAYS,
        Span::Soon => Window::new(None, Some(at(SOON))).unwrap(),
        Span::Later => Window::new(Some(at(SOON)), None).unwrap(),
    }
}

/// All of it by a prefix: the two ways to say the same are both in the world.
fn patterns(mask: Mask) -> NonEmptySet<ScopePattern> {
    if mask == AB { NonEmptySet::of(id("s:*")) } else { NonEmptySet::new(names(mask).map(id)).unwrap() }
}

fn listed(mask: Mask) -> NonEmptySet<Scope> {
    NonEmptySet::new(names(mask).map(id)).unwrap()
}

pub(crate) fn scopes(mask: Mask) -> ScopeSet {
    ScopeSet::new(names(mask).map(id)).unwrap()
}

fn names(mask: Mask) -> impl Iterator<Item = &'static str> {
    SCOPES.into_iter().enumerate().filter(move |(n, _)| mask >> n & 1 == 1).map(|(_, name)| name)
}

pub(crate) fn mask<'a>(scopes: impl IntoIterator<Item = &'a Scope>) -> Mask {
    let place = |scope: &Scope| SCOPES.iter().position(|name| *name == scope.as_str()).unwrap();
    scopes.into_iter().fold(0, |mask, scope| mask | 1 << place(scope))
}

pub(crate) fn id<T: FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

pub(crate) fn at(seconds: u64) -> UnixTime {
    UnixTime::from_secs(seconds).unwrap()
}

pub(crate) fn token(n: u8) -> TokenId {
    TokenId::v7(at(NOW), [n; 10])
}
