//! A token verified with every check, beside the bare verification of its signature.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use deputize_benches::{Failure, Size, World, now, resource, ring, tenant};
use deputize_core::Revoked;
use deputize_token::{Algorithm, Presented, Revocation, Trust, Verifier, fresh_token_id, jws::Jws};

fn verify(criterion: &mut Criterion) -> Result<(), Failure> {
    let mut group = criterion.benchmark_group("verify");
    let world = World::new(Size::new(1, 8, 0, 3))?;
    let revoked = Revoked::default();
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
        let ring = ring(algorithm)?;
        let token = ring.sign(world.recorded(fresh_token_id(now())?)?, now())?;
        let verifier = Verifier::new(tenant()?, ring.issuer().clone(), resource()?);
        let keys = ring.public(now());
        let trust = Trust { keys: &keys, revoked: Revocation::Snapshot(&revoked) };
        let verified = verifier.verify(trust, token.secret(), Presented::Bearer, now())?;
        assert_eq!(verified.scopes(), &world.request);
        group.bench_function(BenchmarkId::new("all_checks", algorithm), |bencher| {
            bencher.iter(|| verifier.verify(trust, black_box(token.secret()), Presented::Bearer, now()));
        });
        let (input, signature) = token.secret().rsplit_once('.').ok_or("no signature")?;
        let signature = deputize_token::jws::decode(signature).ok_or("no signature")?;
        let jws = Jws::parse(token.secret(), usize::MAX)?;
        let key = jws.header().kid.as_deref().and_then(|kid| keys.get(kid)).ok_or("no key")?;
        group.bench_function(BenchmarkId::new("floor_bare_verification", algorithm), |bencher| {
            bencher.iter(|| key.verify(black_box(input.as_bytes()), black_box(&signature)));
        });
    }
    group.finish();
    Ok(())
}

fn all(criterion: &mut Criterion) {
    let done = verify(criterion);
    assert!(done.is_ok(), "{done:?}");
}

criterion_group!(benches, all);
criterion_main!(benches);
