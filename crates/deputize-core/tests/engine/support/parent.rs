use deputize_core::{
    Acting, ChainAgent, ClientId, Confirmation, Delegation, Held, Parent, Question, ResourceId, ScopeSet, Thumbprint,
    TokenId, UserId,
};

use super::{
    Tape, World, at,
    case::{AGENTS, PEOPLE, id, resources},
    now,
    world::TENANT,
};

/// A question like this one: questions are not `Clone`, for what they hold is consumed.
pub(crate) fn copy(question: &Question) -> Question {
    let acting = match &question.acting {
        Acting::Alone => Acting::Alone,
        Acting::For { person, delegation } => Acting::For { person: person.clone(), delegation: delegation.clone() },
        Acting::HandedOn(parent) => Acting::HandedOn(Parent::assertion(copy_held(parent.held()))),
    };
    Question {
        tenant: question.tenant.clone(),
        client: question.client.clone(),
        acting,
        resource: question.resource.clone(),
    }
}

pub(crate) fn copy_held(held: &Held) -> Held {
    Held {
        tenant: held.tenant.clone(),
        person: held.person.clone(),
        delegation: held.delegation.clone(),
        scopes: held.scopes.clone(),
        resource: held.resource.clone(),
        tokens: held.tokens.clone(),
        agents: held.agents.clone(),
        ..*held
    }
}

pub(crate) fn token(number: u8) -> TokenId {
    TokenId::v7(now(), [number; 10])
}

/// A chain of other agents than the one that asks; mostly short, up to nine.
pub(crate) fn chain(tape: &mut Tape, asker: &ClientId) -> Vec<ClientId> {
    let length = tape.one(&[1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9]);
    let from = tape.below(AGENTS.len());
    let around = AGENTS.iter().cycle().skip(from).take(AGENTS.len());
    around.map(|client| id(client)).filter(|client| client != asker).take(length).collect()
}

/// What the configuration grants the chain's root under this delegation, and then perturbed.
pub(crate) fn held(
    tape: &mut Tape,
    world: &World,
    mut chain: Vec<ClientId>,
    asker: &ClientId,
    delegation: &Delegation,
    target: &ResourceId,
) -> Held {
    let resource = if tape.below(10) < 9 { target.clone() } else { tape.one(&resources()) };
    let scopes = granted(tape, world, &chain, delegation, &resource);
    let hops = u8::try_from(chain.len()).unwrap() - 1;
    let tokens: Vec<TokenId> = (0..=hops).map(token).collect();
    if tape.once_in(40) {
        let place = tape.below(chain.len());
        chain[place] = asker.clone();
    }
    if tape.once_in(60) {
        chain.push(id("ghost"));
    }
    if tape.once_in(60) {
        chain.clear();
    }
    Held {
        tenant: if tape.once_in(60) { id("other.example") } else { id(TENANT) },
        person: if tape.once_in(60) { person(tape) } else { delegation.delegator.clone() },
        delegation: if tape.once_in(60) { id("d-unknown") } else { delegation.id.clone() },
        resource,
        scopes,
        tokens,
        agents: chain.into_iter().map(|client_id| ChainAgent { client_id, spiffe_id: None }).collect(),
        depth: if tape.once_in(24) { tape.one(&[0, 1, 7, 8, 9, u8::MAX]) } else { hops },
        max_depth: if tape.once_in(24) { tape.one(&[0, hops, hops + 1, 8, 9, u8::MAX]) } else { delegation.max_depth },
        expires_at: match tape.below(40) {
            0..20 => at(300),
            20..28 => at(40),
            28..32 => at(4_000),
            32..35 => at(2),
            35..38 => at(1),
            38 => at(0),
            _ => at(-1),
        },
        confirmation: tape.once_in(3).then(|| Confirmation::Jkt(Thumbprint::from_bytes([1; 32]))),
    }
}

fn granted(
    tape: &mut Tape,
    world: &World,
    chain: &[ClientId],
    delegation: &Delegation,
    resource: &ResourceId,
) -> ScopeSet {
    let asked = ScopeSet::new(delegation.scopes.iter().take(64).cloned()).unwrap();
    let acting = Acting::For { person: delegation.delegator.clone(), delegation: Some(delegation.id.clone()) };
    let question = Question { tenant: id(TENANT), client: chain[0].clone(), acting, resource: Some(resource.clone()) };
    let policy = world.configuration().policy(question).unwrap();
    let mut granted: Vec<_> = policy.decide(&asked, None, now()).unwrap().granted().cloned().collect();
    // A token of former days: more was granted then.
    if granted.is_empty() || tape.below(2) == 1 {
        granted = asked.iter().cloned().collect();
    }
    if granted.len() > 1 && tape.once_in(4) {
        granted.remove(0);
    }
    if tape.once_in(6) && granted.len() < 64 {
        granted.push(id("admin"));
    }
    ScopeSet::new(granted).unwrap()
}

fn person(tape: &mut Tape) -> UserId {
    id(tape.one(&PEOPLE))
}
