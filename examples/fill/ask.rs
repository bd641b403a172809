//! Questions at random, and how long the answers took.

use std::{
    hash::{BuildHasher, RandomState},
    time::{Duration, Instant},
};

use deputize::store::Store;

use crate::{Failure, Job, fill, tenant::Tenant};

/// Asks about a tenant and a person at random: once, when the agent's half is hardly ever kept from
/// before, and once more, when it is. Then records one token for them.
pub(crate) async fn ask(store: &impl Store, job: Job) -> Result<(), Failure> {
    let (mut first, mut again, mut record) = (Times::default(), Times::default(), Times::default());
    for asked in 0..job.ask {
        let tenant = Tenant::new(by_chance(job.tenants), job)?;
        let person = by_chance(tenant.people);
        let now = deputize_examples::now();
        for times in [&mut first, &mut again] {
            let question = tenant.question(person, asked, now)?;
            let start = Instant::now();
            store.load(&question).await?;
            times.0.push(start.elapsed());
        }
        let issuance = fill::issuance(&fill::policy(store, &tenant, person).await?, now)?;
        let start = Instant::now();
        drop(store.record(issuance, now).await.map_err(|refused| refused.error)?);
        record.0.push(start.elapsed());
    }
    first.say("load, asked first");
    again.say("load, asked again");
    record.say("record, one at a time");
    Ok(())
}

fn by_chance(below: usize) -> usize {
    usize::try_from(RandomState::new().hash_one(0) >> 1).unwrap_or(0) % below
}

#[derive(Debug, Default)]
struct Times(Vec<Duration>);

impl Times {
    fn say(mut self, what: &str) {
        self.0.sort_unstable();
        let Some(max) = self.0.last() else { return };
        let at = |percent: usize| self.0.get(self.0.len() * percent / 100).unwrap_or(max);
        println!("{what}: p50 {:.1?}, p99 {:.1?}, max {max:.1?}", at(50), at(99));
    }
}
