//! Recordings, one after the other and by many callers at once. A round is one recording of each
//! caller, so what one costs is in the throughput.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use criterion::Throughput;
use deputize_benches::now;
use deputize_core::{Issuance, Policy};
use deputize_store::Store;
use deputize_token::fresh_token_id;

use crate::{Ground, Group};

pub(crate) fn measure<S: Store + Send + Sync + 'static>(group: &mut Group<'_>, ground: &Ground<S>) {
    let policy = policy(ground);
    for callers in [1, 8, 32, 128] {
        group.throughput(Throughput::Elements(callers));
        group.bench_function(format!("record/{callers}_callers"), |bencher| {
            bencher.iter_custom(|rounds| {
                let issuances = |_| (0..rounds).map(|_| issuance(ground, &policy)).collect();
                let of_each = (0..callers).map(issuances).collect();
                ground.runtime.block_on(record(ground.store(), of_each))
            });
        });
    }
    group.throughput(Throughput::Elements(1));
}

/// What the hot agent may do for its person, from now until somebody changes something.
pub(crate) fn policy<S: Store + Send + Sync + 'static>(ground: &Ground<S>) -> Policy {
    let question = ground.world.question(true).unwrap();
    let rows = ground.runtime.block_on(ground.store().load(&question)).unwrap();
    Policy::compile(question, rows).unwrap()
}

pub(crate) fn issuance<S>(ground: &Ground<S>, policy: &Policy) -> Issuance {
    ground.world.issuance(policy, fresh_token_id(now()).unwrap()).unwrap()
}

async fn record<S: Store + Send + Sync + 'static>(store: &Arc<S>, of_each: Vec<Vec<Issuance>>) -> Duration {
    let start = Instant::now();
    let caller = |issuances: Vec<Issuance>| {
        let store = Arc::clone(store);
        tokio::spawn(async move {
            for issuance in issuances {
                drop(store.record(issuance, now()).await.unwrap());
            }
        })
    };
    for caller in of_each.into_iter().map(caller).collect::<Vec<_>>() {
        caller.await.unwrap();
    }
    start.elapsed()
}
