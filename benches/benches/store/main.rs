//! A store's operations on each engine, durable, beside what one commit of one row and one look-up
//! cost there. PostgreSQL where `DEPUTIZE_POSTGRES` names a server.
#![expect(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the benchmark")]

mod bare;
mod engine;
mod load;
mod record;
mod revoke;

use std::{sync::Arc, time::Duration};

use bare::Bare;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime};
use deputize_benches::{Size, World, now, tenant};
use deputize_core::{Actor, Change};
use deputize_store::Store;
use tokio::runtime::Runtime;

/// One engine: the tenant, in a store or in two on one database.
struct Ground<S> {
    world: World,
    stores: Vec<Arc<S>>,
    runtime: Runtime,
}

impl<S: Store + Send + Sync + 'static> Ground<S> {
    fn new(runtime: Runtime, stores: Vec<S>) -> Self {
        let world = World::new(Size::new(1, 8, 1_000, 3)).unwrap();
        let ground = Self { world, stores: stores.into_iter().map(Arc::new).collect(), runtime };
        ground.runtime.block_on(ground.store().import(&ground.world.config, &olga(), now())).unwrap();
        ground
    }

    fn store(&self) -> &Arc<S> {
        self.stores.first().unwrap()
    }

    fn apply(&self, changes: &[Change]) {
        self.runtime.block_on(self.store().apply(&tenant().unwrap(), &olga(), changes, now())).unwrap();
    }
}

fn olga() -> Actor {
    Actor::Operator("olga".parse().unwrap())
}

fn measure<S: Store + Send + Sync + 'static>(
    criterion: &mut Criterion,
    engine: &str,
    ground: Ground<S>,
    bare: Option<Bare>,
) {
    let ground = Arc::new(ground);
    let mut group = criterion.benchmark_group(format!("store_{engine}"));
    group.sample_size(10).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(1));
    if let Some(bare) = bare {
        bare.measure(&mut group, &ground.runtime);
    }
    load::measure(&mut group, &ground);
    record::measure(&mut group, &ground);
    revoke::measure(&mut group, &ground);
    group.finish();
}

fn all(criterion: &mut Criterion) {
    engine::memory(criterion);
    engine::sqlite(criterion);
    engine::postgres(criterion);
}

type Group<'a> = BenchmarkGroup<'a, WallTime>;

criterion_group!(benches, all);
criterion_main!(benches);
