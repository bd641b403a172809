//! Decisions: beside the floor and other engines, and beside themselves in larger tenants.

use std::{fs, hint::black_box};

use deputize_benches::{Failure, World, now};
use deputize_core::AgentPolicy;
use hashbrown::HashMap;

use crate::{
    harness::{each, measure},
    model::{Model, SIZES},
    peers,
    table::{Table, time},
};

/// An engine that answers for all scopes of a request: a bit for each that it grants.
pub(crate) struct Engine<'a> {
    pub(crate) name: &'static str,
    pub(crate) decide: Box<dyn FnMut() -> Result<u64, Failure> + 'a>,
}

pub(crate) fn rows(table: &mut Table) -> Result<(), Failure> {
    for (size, faster_than_cedar) in SIZES.into_iter().zip([150.0, 500.0, 2_000.0]) {
        let model = Model::new(size);
        let request = model.request()?;
        for (acting, for_person) in [("alone", false), ("for a person", true)] {
            let policy = model.policy(for_person)?;
            let ours = model.decide(&policy, &request)?;
            let ours_run = || each(|| policy.decide(black_box(&request), None, black_box(now())).map(|d| d.end()));
            let name =
                format!("decide, {acting}: {} scopes, {} × {} permissions", size.scopes, size.roles, size.permissions);
            let engines = [floor(&model, for_person)].into_iter().chain(peers::engines(&model, for_person)?);
            for mut engine in engines {
                let theirs = (engine.decide)()?;
                if theirs != ours {
                    return Err(format!("{name}: we say {ours:b}, {} says {theirs:b}", engine.name).into());
                }
                let target = match engine.name {
                    "one hash map" => Some(2.0),
                    "cedar-policy" => Some(1.0 / faster_than_cedar),
                    _ => None,
                };
                table.compare(&name, ours_run(), engine.name, each(&mut engine.decide), target);
            }
        }
    }
    Ok(())
}

/// The least that an answer costs: each scope looked up once, in a map of everything that could be
/// granted, to its gates' bits.
fn floor(model: &Model, for_person: bool) -> Engine<'_> {
    let matches = |patterns: &[String], scope: &str| {
        Model::candidates(scope).iter().any(|candidate| patterns.binary_search(candidate).is_ok())
    };
    let sorted = |patterns: &mut dyn Iterator<Item = &String>| {
        let mut patterns: Vec<String> = patterns.cloned().collect();
        patterns.sort();
        patterns
    };
    let roles = sorted(&mut model.roles.iter().flatten());
    let of_person = sorted(&mut model.roles.iter().take(model.of_person).flatten());
    let (allowed, delegated) = (sorted(&mut model.allowed.iter()), sorted(&mut model.delegated.iter()));
    let everything = roles.iter().filter(|text| !text.ends_with('*')).chain(&model.requested);
    let gates = |scope: &String| {
        let agent = [matches(&roles, scope), matches(&allowed, scope)];
        let person = [matches(&delegated, scope), matches(&of_person, scope)].map(|gate| gate || !for_person);
        agent.into_iter().chain(person).fold(0_u64, |bits, gate| bits << 1 | u64::from(gate))
    };
    let bits: HashMap<String, u64> = everything.map(|scope| (scope.clone(), gates(scope))).collect();
    let decide = move || {
        let found = black_box(&model.requested).iter().map(|scope| bits.get(scope.as_str()) == Some(&0b1111));
        Ok(found.enumerate().fold(0, |mask, (n, granted)| mask | u64::from(granted) << n))
    };
    Engine { name: "one hash map", decide: Box::new(decide) }
}

/// The same request, whatever else there is: the smallest world beside each larger one. The largest
/// takes minutes to build.
pub(crate) fn flat(table: &mut Table, notes: &mut Vec<String>, large: bool) -> Result<(), Failure> {
    let size = deputize_benches::Size::new;
    let decision = |table: &mut Table, name: &str, small: &World, large: &World| -> Result<(), Failure> {
        let policies = [large, small].map(|world| Ok(world.config.policy(world.question(true)?)?));
        let [large_policy, small_policy]: [Result<_, Failure>; 2] = policies;
        let (large_policy, small_policy) = (large_policy?, small_policy?);
        let same = large.request.len() == small.request.len()
            && large_policy.decide(&large.request, None, now())?.granted().count() == large.request.len()
            && small_policy.decide(&small.request, None, now())?.granted().count() == small.request.len();
        if !same {
            return Err(format!("{name}: not everything is granted").into());
        }
        let ours = each(|| large_policy.decide(black_box(&large.request), None, now()).map(|d| d.end()));
        let theirs = each(|| small_policy.decide(black_box(&small.request), None, now()).map(|d| d.end()));
        table.compare(name, ours, "ours, smallest", theirs, Some(1.05));
        Ok(())
    };
    let small = World::new(size(5, 50, 10, 10))?;
    let mut others = vec![1_000, 100_000];
    match available_gigabytes() {
        Some(12..) if large => others.push(10_000_000),
        _ => notes.push("10 000 000 bindings: only with `--large`, and where 12 GB of memory are free".into()),
    }
    for others in others {
        let large = World::new(size(5, 50, others, 10))?;
        decision(table, &format!("decide, {others} bindings in the tenant, beside 10"), &small, &large)?;
    }
    let small = World::new(size(1, 8, 10, 8))?;
    for permissions in [100, 1_000, 10_000] {
        let large = World::new(size(1, permissions, 10, 8))?;
        decision(table, &format!("decide, {permissions} permissions of the agent, beside 8"), &small, &large)?;
    }
    Ok(())
}

/// The agent's half, for each permission: ours alone, so it is a note.
pub(crate) fn compile(notes: &mut Vec<String>) -> Result<(), Failure> {
    for (roles, permissions) in [(1, 8), (5, 50), (20, 500)] {
        let world = World::new(deputize_benches::Size::new(roles, permissions, 0, 3))?;
        let agent = world.config.agents().next().ok_or("no agent")?;
        let rows = world.config.agent_rows(agent);
        let run = || crate::harness::consuming(|| rows.clone(), AgentPolicy::compile);
        let measured = measure(&mut run(), &mut run());
        let of = |time: f64| time / (roles * permissions) as f64;
        let (each, spread) = (of(measured.ours.median), measured.ours);
        let verdict = if each <= 150.0 { "within" } else { "missed" };
        notes.push(format!(
            "compile an agent's policy, {roles} × {permissions} permissions: {} for each ({} to {}); wanted 150 ns: {verdict}",
            time(each),
            time(of(spread.q1)),
            time(of(spread.q3))
        ));
    }
    Ok(())
}

fn available_gigabytes() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? / 1_000_000)
}
