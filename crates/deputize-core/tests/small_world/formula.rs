//! DESIGN §1, in masks: each gate's, and their intersection.

use deputize_core::{Gate, MayAct, ScopeMode, Status};

use super::world::{AB, Delegated, Mask, SOON, Span, World};

/// What is asked, by places in the world.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) agent: usize,
    pub(crate) acting: Way,
    pub(crate) resource: usize,
    pub(crate) scopes: Mask,
    pub(crate) lifetime: Option<u32>,
    pub(crate) now: u64,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Way {
    Alone,
    /// For the person, under the delegation that is named, or the only one that fits.
    For(Option<usize>),
    /// For the person, with a token of the first delegation.
    HandedOn(Token),
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Token {
    pub(crate) scopes: Mask,
    pub(crate) resource: usize,
    /// Bit `n`: `AGENTS[n]` is in its chain.
    pub(crate) agents: u8,
    pub(crate) depth: u8,
    pub(crate) max_depth: u8,
    pub(crate) end: u64,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Said {
    TenantRevoked,
    Ambiguous,
    Decided(Decided),
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Decided {
    pub(crate) granted: Mask,
    pub(crate) end: Option<u64>,
    /// Of the requested scopes, what each gate that applies refuses.
    pub(crate) refused: Vec<(Gate, Mask)>,
}

pub(crate) fn says(world: &World, asked: &Asked) -> Said {
    if world.revoked {
        return Said::TenantRevoked;
    }
    let meant = match asked.acting {
        Way::Alone => None,
        _ => match meant(world, asked).as_slice() {
            [] => None,
            [one] => Some(*one),
            _ => return Said::Ambiguous,
        },
    };
    let entry = &world.agents[asked.agent];
    let own = |now| if entry.bound_elsewhere && asked.resource != 1 { 0 } else { held(world.roles, entry.bound, now) };
    let theirs = |now| if world.person_revoked { 0 } else { held(world.roles, world.bound, now) };
    let this_way =
        entry.acting == MayAct::Either || (entry.acting == MayAct::Alone) == matches!(asked.acting, Way::Alone);
    let targets = asked.resource == 0 || !entry.first_resource_only;
    let supported = if asked.resource == 0 { world.supported.unwrap_or(AB) } else { AB };
    let mut gates = vec![
        (Gate::Agent, when(entry.status == Status::Active && this_way)),
        (Gate::RoleBinding, own(asked.now)),
        (Gate::AllowedScopes, entry.allowed),
        (Gate::Resource, when(targets) & supported),
    ];
    if !matches!(asked.acting, Way::Alone) {
        gates.push((Gate::Delegation, meant.map_or(0, |delegated| delegated.scopes)));
        gates.push((Gate::Delegator, theirs(asked.now)));
    }
    let mut ends = vec![Some(asked.now + u64::from(entry.lifetime))];
    ends.push(asked.lifetime.map(|seconds| asked.now + u64::from(seconds)));
    ends.push(meant.and_then(|delegated| end(delegated.span)));
    if let Way::HandedOn(token) = asked.acting {
        gates.push((Gate::Parent, when(may_be_handed_on(world, asked, &token)) & token.scopes));
        ends.push(Some(token.end));
    }
    let passed = gates.iter().fold(asked.scopes, |passed, (_, mask)| passed & mask);
    let granted = if entry.mode == ScopeMode::Exact && passed != asked.scopes { 0 } else { passed };
    for bit in [1, 2].into_iter().filter(|bit| granted & bit != 0) {
        ends.push(latest_end(world.roles, entry.bound, bit, asked.now));
        if !matches!(asked.acting, Way::Alone) {
            ends.push(latest_end(world.roles, world.bound, bit, asked.now));
        }
    }
    let end = ends.into_iter().flatten().min().filter(|end| granted != 0 && asked.now < *end);
    let refused = gates.into_iter().map(|(gate, mask)| (gate, asked.scopes & !mask));
    Said::Decided(Decided { granted: end.map_or(0, |_| granted), end, refused: refused.collect() })
}

/// The delegations that could be meant.
fn meant(world: &World, asked: &Asked) -> Vec<Delegated> {
    let named = match asked.acting {
        Way::For(named) => named,
        Way::HandedOn(_) => Some(0),
        Way::Alone => return Vec::new(),
    };
    let fits = |delegated: &Delegated| {
        let to = if matches!(asked.acting, Way::HandedOn(_)) { delegated.onward } else { 1 };
        stands(world, delegated, asked.now)
            && to >> asked.agent & 1 == 1
            && delegated.only.is_none_or(|only| only >> asked.resource & 1 == 1)
    };
    let there = world.delegations.iter().enumerate().filter(|(n, _)| named.is_none_or(|named| named == *n));
    there.filter_map(|(_, delegated)| *delegated).filter(fits).collect()
}

/// The parent token is live with its whole lineage, allows one more hop, and is for this resource or the
/// delegation's `Only` list names this one.
fn may_be_handed_on(world: &World, asked: &Asked, token: &Token) -> bool {
    let Some(delegated) = world.delegations[0].filter(|delegated| stands(world, delegated, asked.now)) else {
        return false;
    };
    let in_chain = |n: &usize| token.agents >> n & 1 == 1;
    asked.now < token.end
        && (0..3).filter(in_chain).all(|n| world.agents[n].status == Status::Active)
        && !in_chain(&asked.agent)
        && (0..=token.depth).all(|n| world.revoked_tokens >> n & 1 == 0)
        && token.depth < token.max_depth.min(delegated.max_depth)
        && (token.resource == asked.resource || delegated.only.is_some_and(|only| only >> asked.resource & 1 == 1))
}

fn stands(world: &World, delegated: &Delegated, now: u64) -> bool {
    !delegated.revoked && !world.person_revoked && is_live(delegated.span, now)
}

/// What live bindings lead to.
fn held(roles: [Mask; 2], bound: [Span; 2], now: u64) -> Mask {
    (0..2).filter(|n| is_live(bound[*n], now)).fold(0, |mask, n| mask | roles[n])
}

/// Of a scope, the latest end among the live bindings that grant it; nothing where one has none.
fn latest_end(roles: [Mask; 2], bound: [Span; 2], bit: Mask, now: u64) -> Option<u64> {
    let grants = |n: &usize| is_live(bound[*n], now) && roles[*n] & bit != 0;
    let ends: Vec<_> = (0..2).filter(grants).map(|n| end(bound[n])).collect();
    if ends.contains(&None) { None } else { ends.into_iter().flatten().max() }
}

fn is_live(span: Span, now: u64) -> bool {
    match span {
        Span::Never => false,
        Span::Open => true,
        Span::Soon => now < SOON,
        Span::Later => now >= SOON,
    }
}

fn end(span: Span) -> Option<u64> {
    (span == Span::Soon).then_some(SOON)
}

fn when(grants: bool) -> Mask {
    if grants { AB } else { 0 }
}
