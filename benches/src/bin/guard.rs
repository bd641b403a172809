//! The hot paths, one at a time, for `.ci/guard` to count what each costs: `guard NAME` runs one under
//! callgrind and prints its allocations; without a name it lists them. Counts don't depend on what
//! else the machine does.

use std::{env, hint::black_box};

use allocation_counter::measure;
use deputize_benches::{Failure, SIZES, Size, World, now, resource, ring, tenant};
use deputize_core::{AgentPolicy, Revoked};
use deputize_spiffe::{Bundle, Layout, StaticBundles, SvidVerifier, testing::Authority};
use deputize_token::{Algorithm, Presented, Revocation, Trust, Verifier, fresh_token_id};

/// How often each runs: what varies from one token or hash seed to the next is evened out.
const RUNS: u64 = 64;

/// Callgrind counts what happens in here, but for the signatures, which `.ci/guard` leaves out: what
/// they take depends on the processor.
#[inline(never)]
fn measured(run: &mut dyn FnMut()) {
    run();
}

/// Runs it so often and says what one run takes. Callgrind forgets what came before.
#[inline(never)]
fn count(run: &mut dyn FnMut() -> bool) {
    let mut good = true;
    let info = measure(|| {
        for _ in 0..RUNS {
            measured(&mut || good &= run());
        }
    });
    assert!(good, "every run does what it is to do");
    println!("{RUNS} {}", info.count_total / RUNS);
}

fn decide(size: Size, for_person: bool) -> Result<(), Failure> {
    let world = World::new(size)?;
    let policy = world.config.policy(world.question(for_person)?)?;
    count(&mut || policy.decide(black_box(&world.request), None, now()).is_ok_and(|decision| decision.end().is_some()));
    Ok(())
}

fn compile() -> Result<(), Failure> {
    let world = World::new(Size::new(5, 50, 0, 3))?;
    let agent = world.config.agents().next().ok_or("no agent")?;
    let mut rows: Vec<_> = (0..RUNS).map(|_| world.config.agent_rows(agent)).collect();
    count(&mut || rows.pop().is_some_and(|rows| AgentPolicy::compile(rows).is_ok()));
    Ok(())
}

fn mint() -> Result<(), Failure> {
    let world = World::new(Size::new(1, 8, 0, 3))?;
    let ring = ring(Algorithm::EdDsa)?;
    let recorded = |_| fresh_token_id(now()).map_err(Failure::from).and_then(|id| world.recorded(id));
    let mut recorded: Vec<_> = (0..RUNS).map(recorded).collect::<Result<_, _>>()?;
    count(&mut || recorded.pop().is_some_and(|one| ring.sign(one, now()).is_ok()));
    Ok(())
}

fn verify() -> Result<(), Failure> {
    let world = World::new(Size::new(1, 8, 0, 3))?;
    let ring = ring(Algorithm::EdDsa)?;
    let token = ring.sign(world.recorded(fresh_token_id(now())?)?, now())?;
    let verifier = Verifier::new(tenant()?, ring.issuer().clone(), resource()?);
    let (keys, revoked) = (ring.public(now()), Revoked::default());
    let trust = Trust { keys: &keys, revoked: Revocation::Snapshot(&revoked) };
    count(&mut || verifier.verify(trust, black_box(token.secret()), Presented::Bearer, now()).is_ok());
    Ok(())
}

fn svid() -> Result<(), Failure> {
    let authority = Authority::generate("acme".parse()?)?;
    let agent = "spiffe://acme/agent/research/summarizer".parse()?;
    let bundle = Bundle::from_json("acme".parse()?, &authority.bundle())?;
    let svid = authority.svid(&agent, "https://id.example", now(), 300)?;
    let verifier = SvidVerifier::new(Layout::default(), "https://id.example", StaticBundles::new([bundle]));
    count(&mut || verifier.jwt(black_box(&svid), now()).is_ok());
    Ok(())
}

fn main() -> Result<(), Failure> {
    let decisions = SIZES.into_iter().flat_map(|(name, size)| {
        [("alone", false), ("for_person", true)]
            .map(|(acting, for_person)| (format!("decide_{acting}_{name}"), size, for_person))
    });
    let Some(name) = env::args().nth(1) else {
        decisions.for_each(|(name, ..)| println!("{name}"));
        println!("compile_250_permissions\nmint_eddsa\nverify_eddsa\nverify_jwt_svid");
        return Ok(());
    };
    match name.as_str() {
        "compile_250_permissions" => compile(),
        "mint_eddsa" => mint(),
        "verify_eddsa" => verify(),
        "verify_jwt_svid" => svid(),
        _ => {
            let (_, size, for_person) = decisions.into_iter().find(|(own, ..)| *own == name).ok_or("no such path")?;
            decide(size, for_person)
        }
    }
}
