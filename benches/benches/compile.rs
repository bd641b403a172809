//! Compiling an agent's half: once for each of its revisions, and shared.

use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use deputize_benches::{Failure, Size, World};
use deputize_core::AgentPolicy;

fn compile(criterion: &mut Criterion) -> Result<(), Failure> {
    let mut group = criterion.benchmark_group("compile");
    for (roles, permissions) in [(1, 8), (5, 50), (20, 500)] {
        let world = World::new(Size::new(roles, permissions, 0, 3))?;
        let agent = world.config.agents().next().ok_or("no agent")?;
        let rows = world.config.agent_rows(agent);
        let count = roles * permissions;
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::new("permissions", count), |bencher| {
            bencher.iter_batched(|| rows.clone(), |rows| AgentPolicy::compile(black_box(rows)), BatchSize::LargeInput);
        });
    }
    group.finish();
    Ok(())
}

fn all(criterion: &mut Criterion) {
    let done = compile(criterion);
    assert!(done.is_ok(), "{done:?}");
}

criterion_group!(benches, all);
criterion_main!(benches);
