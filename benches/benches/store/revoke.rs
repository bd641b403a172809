//! Revocations: alone, and while 32 issuers of one agent record as fast as they can, on one store and
//! on two. What is under load is said with its spread besides: the mean hides who waited longest.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use deputize_benches::{now, tenant};
use deputize_core::{Change, Target};
use deputize_store::{ChangeError, RecordError, Store};
use deputize_token::fresh_token_id;
use tokio::task::JoinHandle;

use crate::{Ground, Group, olga, record};

const ISSUERS: usize = 32;

pub(crate) fn measure<S: Store + Send + Sync + 'static>(group: &mut Group<'_>, ground: &Arc<Ground<S>>) {
    group.bench_function("revoke", |bencher| {
        bencher.iter_custom(|rounds| (0..rounds).map(|_| ground.runtime.block_on(revoke(ground))).sum());
    });
    for stores in 1..=ground.stores.len() {
        let (mut seen, mut recorded, mut under_load) = (Vec::<Duration>::new(), 0, Duration::ZERO);
        let name = format!("revoke_under_load/{stores}_stores");
        group.bench_function(&name, |bencher| {
            bencher.iter_custom(|rounds| {
                let (load, start) = (Load::start(ground, stores), Instant::now());
                let times: Vec<Duration> = (0..rounds).map(|_| ground.runtime.block_on(revoke(ground))).collect();
                under_load += start.elapsed();
                recorded += load.end(ground);
                seen.extend(&times);
                times.iter().sum()
            });
        });
        seen.sort_unstable();
        // None, where only others are to be measured.
        if let Some(max) = seen.last() {
            let at = |percent: usize| seen.get(seen.len() * percent / 100).unwrap_or(max);
            let rate = f64::from(u32::try_from(recorded).unwrap()) / under_load.as_secs_f64();
            let (count, p50, p99) = (seen.len(), at(50), at(99));
            println!("{name}: {count} revocations, p50 {p50:.1?}, p99 {p99:.1?}, max {max:.1?}; {rate:.0} recorded/s");
        }
    }
}

/// One token, which no issuer rests on: theirs go on.
async fn revoke<S: Store + Send + Sync + 'static>(ground: &Ground<S>) -> Duration {
    let change = [Change::Revoke(Target::Token(fresh_token_id(now()).unwrap()))];
    let start = Instant::now();
    loop {
        match ground.store().apply(&tenant().unwrap(), &olga(), &change, now()).await {
            Ok(_) => return start.elapsed(),
            // It waited in vain, which counts.
            Err(ChangeError::Store(error)) if error.is_retryable() => {}
            Err(error) => panic!("{error}"),
        }
    }
}

/// Issuers at work.
struct Load {
    over: Arc<AtomicBool>,
    recorded: Arc<AtomicUsize>,
    issuers: Vec<JoinHandle<()>>,
}

impl Load {
    fn start<S: Store + Send + Sync + 'static>(ground: &Arc<Ground<S>>, stores: usize) -> Self {
        let (over, recorded) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let policy = Arc::new(record::policy(ground));
        let issuer = |store: &Arc<S>| {
            let (over, recorded, policy) = (Arc::clone(&over), Arc::clone(&recorded), Arc::clone(&policy));
            let (store, ground) = (Arc::clone(store), Arc::clone(ground));
            ground.runtime.handle().clone().spawn(async move {
                while !over.load(Ordering::Relaxed) {
                    match store.record(record::issuance(&ground, &policy), now()).await {
                        Ok(_) => drop(recorded.fetch_add(1, Ordering::Relaxed)),
                        Err(refused) => match refused.error {
                            RecordError::Store(error) if error.is_retryable() => {}
                            error => panic!("{error}"),
                        },
                    }
                }
            })
        };
        let issuers = ground.stores.iter().take(stores).cycle().take(ISSUERS).map(issuer).collect();
        Self { over, recorded, issuers }
    }

    /// How many were recorded.
    fn end<S>(self, ground: &Ground<S>) -> usize {
        self.over.store(true, Ordering::Relaxed);
        let recorded = self.recorded.load(Ordering::Relaxed);
        self.issuers.into_iter().for_each(|issuer| ground.runtime.block_on(issuer).unwrap());
        recorded
    }
}
