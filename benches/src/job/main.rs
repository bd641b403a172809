//! The whole job in one process: a JWT-SVID in, a durable token out.
//!
//! ```sh
//! cargo run --release -p deputize-benches --bin job -- --engine memory|sqlite|postgres
//! ```
//!
//! Many callers at once prove the agent, load what answers, decide, record and sign, again and again.
//! What is counted is processor time of this whole process, not of a database server: so it says the same
//! on a busy machine, but for colder caches. It is set beside the two signature operations that there are
//! in each job, bare, with keys that were prepared.
//!
//! `--callers N` (128) and `--seconds N` (5); PostgreSQL is the server that `DEPUTIZE_POSTGRES` names.

mod cpu;
mod engine;
mod floor;
mod stages;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use deputize_benches::{Failure, Size, World, now, resource, ring, tenant};
use deputize_core::{Actor, AgentId, Policy};
use deputize_spiffe::{Bundle, Layout, StaticBundles, SvidVerifier, testing::Authority};
use deputize_store::Store;
use deputize_token::{Algorithm, KeyRing, Presented, Revocation, Trust, Verifier, fresh_token_id};
use lexopt::prelude::*;
use stages::{Stage, Stages};
use tokio::runtime::Builder;

const AUDIENCE: &str = "https://id.example";

/// How much of it.
struct Load {
    callers: usize,
    time: Duration,
}

fn main() -> Result<(), Failure> {
    let (mut engine, mut load) = (String::from("sqlite"), Load { callers: 128, time: Duration::from_secs(5) });
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("engine") => engine = arguments.value()?.string()?,
            Long("callers") => load.callers = arguments.value()?.parse()?,
            Long("seconds") => load.time = Duration::from_secs(arguments.value()?.parse()?),
            other => return Err(other.unexpected().into()),
        }
    }
    Builder::new_multi_thread().enable_all().build()?.block_on(engine::run(&engine, &load))
}

/// All that a token service keeps.
struct Service<S> {
    store: S,
    svids: SvidVerifier<StaticBundles>,
    keys: KeyRing,
    world: World,
    svid: String,
}

impl<S: Store + Send + Sync + 'static> Service<S> {
    async fn new(store: S) -> Result<(Arc<Self>, Authority), Failure> {
        let world = World::new(Size::new(1, 8, 1_000, 3))?;
        store.import(&world.config, &Actor::Operator("olga".parse()?), now()).await?;
        let authority = Authority::generate("acme".parse()?)?;
        let bundle = Bundle::from_json("acme".parse()?, &authority.bundle())?;
        let agent: AgentId = "spiffe://acme/agent/research".parse()?;
        let service = Self {
            svids: SvidVerifier::new(Layout::default(), AUDIENCE, StaticBundles::new([bundle])),
            svid: authority.svid(&agent, AUDIENCE, now(), 300)?,
            keys: ring(Algorithm::EdDsa)?,
            store,
            world,
        };
        Ok((Arc::new(service), authority))
    }

    /// One job.
    async fn issue(&self, stages: &mut Stages) -> Result<String, Failure> {
        let start = Instant::now();
        let proof = self.svids.jwt(&self.svid, now())?;
        let proven = stages.end(Stage::Prove, start);
        let question = self.world.question(true)?;
        let rows = self.store.load(&question).await?;
        let loaded = stages.end(Stage::Load, proven);
        let policy = Policy::compile(question, rows)?;
        let decision = policy.decide(&self.world.request, None, now())?;
        let issuance = decision.issue(proof, fresh_token_id(now())?)?;
        let decided = stages.end(Stage::Decide, loaded);
        let recorded = self.store.record(issuance, now()).await?;
        let kept = stages.end(Stage::Record, decided);
        let token = self.keys.sign(recorded, now())?.secret().to_owned();
        stages.end(Stage::Sign, kept);
        stages.all(start);
        Ok(token)
    }
}

async fn measure<S: Store + Send + Sync + 'static>(name: &str, store: S, load: &Load) -> Result<(), Failure> {
    let (service, authority) = Service::new(store).await?;
    let token = service.issue(&mut Stages::default()).await?;
    check(&service.keys, &token)?;
    // Once before and once after: the processor's frequency is not the same all the time.
    let before = floor::both(&authority, &service.svid, &token)?;
    // So that everything is warm.
    run(&service, load.callers, load.time / 5).await?;
    let (used, start) = (cpu::used()?, Instant::now());
    let mut stages = run(&service, load.callers, load.time).await?;
    let (used, time) = (cpu::used()? - used, start.elapsed());
    let after = floor::both(&authority, &service.svid, &token)?;
    let floor = (before + after) / 2;
    let jobs = stages.jobs();
    let each = used / u32::try_from(jobs)?;
    println!("{name}, {} callers: {jobs} tokens in {:.1} s, {:.0} each second", load.callers, time.as_secs_f64(), {
        jobs as f64 / time.as_secs_f64()
    });
    println!("processor time of each: {each:.1?}, of its two bare signature operations {floor:.1?}: {:.2}", {
        each.as_secs_f64() / floor.as_secs_f64()
    });
    println!("{:.0} tokens for each second of a core", 1.0 / each.as_secs_f64());
    stages.print(each);
    Ok(())
}

/// As many at once as there are callers, for some time.
async fn run<S: Store + Send + Sync + 'static>(
    service: &Arc<Service<S>>,
    callers: usize,
    time: Duration,
) -> Result<Stages, Failure> {
    let end = Instant::now() + time;
    let caller = |_| {
        let service = Arc::clone(service);
        tokio::spawn(async move {
            let mut stages = Stages::default();
            while Instant::now() < end {
                service.issue(&mut stages).await.map_err(|failure| failure.to_string())?;
            }
            Ok::<_, String>(stages)
        })
    };
    let mut all = Stages::default();
    for caller in (0..callers).map(caller).collect::<Vec<_>>() {
        all.extend(caller.await??);
    }
    Ok(all)
}

/// Whether a consumer would take it.
fn check(keys: &KeyRing, token: &str) -> Result<(), Failure> {
    let verifier = Verifier::new(tenant()?, AUDIENCE.parse()?, resource()?);
    let keys = keys.public(now());
    drop(verifier.verify(Trust { keys: &keys, revoked: Revocation::ExpiryOnly }, token, Presented::Bearer, now())?);
    Ok(())
}
