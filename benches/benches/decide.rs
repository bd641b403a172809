//! A decision, everything compiled: beside the floor, one hash map from scope to gate bits.

use std::{collections::HashMap, hint::black_box};

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use deputize_benches::{Failure, SIZES, Size, World, now};

fn decide(criterion: &mut Criterion) -> Result<(), Failure> {
    let mut group = criterion.benchmark_group("decide");
    for (name, size) in SIZES {
        let world = World::new(size)?;
        for (acting, for_person) in [("alone", false), ("for_person", true)] {
            let policy = world.config.policy(world.question(for_person)?)?;
            let decision = policy.decide(&world.request, None, now())?;
            assert_eq!(decision.granted().count(), world.request.len(), "everything is granted");
            group.bench_function(BenchmarkId::new(acting, name), |bencher| {
                bencher.iter(|| policy.decide(black_box(&world.request), None, black_box(now())).map(|d| d.end()));
            });
        }
        let bits: HashMap<&str, u64> = world.request.iter().map(|scope| (scope.as_str(), 0b111)).collect();
        group.bench_function(BenchmarkId::new("floor_one_hash_map", name), |bencher| {
            bencher.iter(|| {
                let gates = black_box(&world.request).iter().map(|scope| bits.get(scope.as_str()).copied());
                gates.fold(0, |all, gates| all ^ gates.unwrap_or(0))
            });
        });
    }
    group.finish();
    Ok(())
}

/// The same request, whatever else the tenant holds.
fn flat(criterion: &mut Criterion) -> Result<(), Failure> {
    let mut group = criterion.benchmark_group("decide_flat");
    for others in [10, 1_000, 100_000] {
        let world = World::new(Size::new(5, 50, others, 10))?;
        let policy = world.config.policy(world.question(true)?)?;
        group.bench_function(BenchmarkId::new("bindings_in_tenant", others), |bencher| {
            bencher.iter(|| policy.decide(black_box(&world.request), None, now()).map(|d| d.end()));
        });
    }
    for permissions in [8, 100, 1_000, 10_000] {
        let world = World::new(Size::new(1, permissions, 10, 8))?;
        let policy = world.config.policy(world.question(true)?)?;
        group.bench_function(BenchmarkId::new("permissions_of_agent", permissions), |bencher| {
            bencher.iter(|| policy.decide(black_box(&world.request), None, now()).map(|d| d.end()));
        });
    }
    group.finish();
    Ok(())
}

fn all(criterion: &mut Criterion) {
    let done = decide(criterion).and_then(|()| flat(criterion));
    assert!(done.is_ok(), "{done:?}");
}

criterion_group!(benches, all);
criterion_main!(benches);
