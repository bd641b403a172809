//! What answers a question, with the agent's half kept from before or not.

use std::time::{Duration, Instant};

use deputize_benches::World;
use deputize_core::{Change, NonEmptySet, Question, Role};
use deputize_store::Store;

use crate::{Ground, Group};

type Ask = fn(&World) -> Question;

const WAYS: [(&str, Ask); 3] = [
    ("alone", |world| world.question(false).unwrap()),
    ("for_person", |world| world.question(true).unwrap()),
    ("handed_on", |world| world.handed_on().unwrap()),
];

pub(crate) fn measure<S: Store + Send + Sync + 'static>(group: &mut Group<'_>, ground: &Ground<S>) {
    for (way, ask) in WAYS {
        let question = ask(&ground.world);
        group.bench_function(format!("load_warm/{way}"), |bencher| {
            bencher.iter_custom(|rounds| {
                load(ground, &question);
                (0..rounds).map(|_| load(ground, &question)).sum()
            });
        });
        let mut changes = 0;
        group.bench_function(format!("load_cold/{way}"), |bencher| {
            bencher.iter_custom(|rounds| {
                let cold = |_| {
                    changes += 1;
                    ground.apply(&[another_role(changes)]);
                    load(ground, &question)
                };
                (0..rounds).map(cold).sum()
            });
        });
    }
}

fn load<S: Store + Send + Sync + 'static>(ground: &Ground<S>, question: &Question) -> Duration {
    ground.runtime.block_on(async {
        let start = Instant::now();
        ground.store().load(question).await.unwrap();
        start.elapsed()
    })
}

/// A role that nobody has: it moves the tenant's epoch, so that nothing compiled before is of use.
fn another_role(n: usize) -> Change {
    let permissions = NonEmptySet::of(format!("n:{n}").parse().unwrap());
    Change::PutRole(Role { name: "of-nobody".parse().unwrap(), permissions })
}
