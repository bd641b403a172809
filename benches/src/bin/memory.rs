//! What is kept, in bytes that were asked of the allocator: for each binding of a configuration, for each
//! permission of a compiled policy, and for each event of a trail in memory.
//!
//! ```sh
//! cargo run --release -p deputize-benches --bin memory
//! ```

use allocation_counter::measure;
use deputize_benches::{Failure, SIZES, Size, World, now, tenant};
use deputize_core::{Actor, AgentPolicy, Binding, Change, Configuration, Subject};
use deputize_store::{MemoryStore, Store};
use deputize_token::fresh_token_id;
use tokio::runtime::Builder;

const BINDINGS: usize = 100_000;
const EVENTS: usize = 10_000;

fn main() -> Result<(), Failure> {
    println!("| what | bytes for each |\n| --- | --- |");
    for of_each in [1, 10, 100] {
        let mut config = World::new(Size::new(1, 8, 0, 3))?.config;
        let bytes = kept(|| bind(&mut config, of_each))?;
        println!("| binding, {of_each} of each person | {} |", bytes / BINDINGS);
    }
    for (name, size) in SIZES {
        let world = World::new(size)?;
        let rows = world.config.agent_rows(world.config.agents().next().ok_or("no agent")?);
        let mut policy = None;
        let bytes = kept(|| {
            policy = Some(AgentPolicy::compile(rows)?);
            Ok(())
        })?;
        println!("| permission of a compiled policy, {name} | {} |", bytes / (size.roles * size.permissions));
    }
    println!("| event of an issuance, in memory | {} |", event()?);
    Ok(())
}

/// What is left of what was allocated meanwhile.
fn kept(run: impl FnOnce() -> Result<(), Failure>) -> Result<usize, Failure> {
    let mut outcome = Ok(());
    let info = measure(|| outcome = run());
    outcome?;
    Ok(usize::try_from(info.bytes_current)?)
}

fn bind(config: &mut Configuration, of_each: usize) -> Result<(), Failure> {
    let operator = Actor::Operator("olga".parse()?);
    for n in 0..BINDINGS {
        let (id, role) = (format!("binding-{n}").parse()?, "role-0".parse()?);
        let subject = Subject::User(format!("user-{}", n / of_each).parse()?);
        let binding = Binding { id, subject, role, window: Default::default(), resource: None };
        config.apply(&operator, &Change::Bind(binding))?;
    }
    Ok(())
}

fn event() -> Result<usize, Failure> {
    let runtime = Builder::new_current_thread().build()?;
    let (store, world) = (MemoryStore::new(), World::new(Size::new(1, 8, 0, 3))?);
    runtime.block_on(store.import(&world.config, &Actor::Operator("olga".parse()?), now()))?;
    let policy = world.config.policy(world.question(true)?)?;
    let bytes = kept(|| {
        for _ in 0..EVENTS {
            let issuance = world.issuance(&policy, fresh_token_id(now())?)?;
            drop(runtime.block_on(deputize_store::Ledger::record(&store, issuance, now()))?);
        }
        Ok(())
    })?;
    assert!(runtime.block_on(store.export(&tenant()?)).is_ok());
    Ok(bytes / EVENTS)
}
