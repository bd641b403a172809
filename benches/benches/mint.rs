//! From what was recorded to the finished token, beside the bare signature of the same bytes.

use std::hint::black_box;

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair},
};
use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use deputize_benches::{Failure, Size, World, now, ring};
use deputize_token::{Algorithm, fresh_token_id};

fn mint(criterion: &mut Criterion) -> Result<(), Failure> {
    let mut group = criterion.benchmark_group("mint");
    let world = World::new(Size::new(1, 8, 0, 3))?;
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
        let ring = ring(algorithm)?;
        group.bench_function(BenchmarkId::new("sign", algorithm), |bencher| {
            // Deciding and recording are not signing: they are done in the set-up.
            let recorded = || fresh_token_id(now()).map_err(Failure::from).and_then(|id| world.recorded(id));
            bencher.iter_batched(recorded, |recorded| recorded.map(|one| ring.sign(one, now())), BatchSize::SmallInput);
        });
    }
    let token = ring(Algorithm::EdDsa)?.sign(world.recorded(fresh_token_id(now())?)?, now())?;
    let input = token.secret().rsplit_once('.').ok_or("no signature")?.0.as_bytes();
    let ed25519 = Ed25519KeyPair::generate()?;
    group.bench_function(BenchmarkId::new("floor_bare_signature", Algorithm::EdDsa), |bencher| {
        bencher.iter(|| ed25519.try_sign(black_box(input)));
    });
    let ecdsa = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
    group.bench_function(BenchmarkId::new("floor_bare_signature", Algorithm::Es256), |bencher| {
        bencher.iter(|| ecdsa.sign(&SystemRandom::new(), black_box(input)));
    });
    group.finish();
    Ok(())
}

fn all(criterion: &mut Criterion) {
    let done = mint(criterion);
    assert!(done.is_ok(), "{done:?}");
}

criterion_group!(benches, all);
criterion_main!(benches);
