//! A Galera cluster under load: issuers on every node, and a revoker that never comes too late.
#![cfg(feature = "mysql")]
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "what fails here fails the test")]

mod support;

use std::{
    env,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use deputize_core::{Change, Target};
use deputize_store::{Checkpoint, Ledger, MySqlStore, RecordError, Store, verify_trail};
use sqlx::{Connection, MySqlConnection, Row};
use support::{
    at, id,
    issuing::{decided, delegation, found, olga, policy},
    mysql::{Server, cluster},
};

/// As many tasks issue on each node.
const ISSUERS: usize = 16;

#[derive(Default)]
struct Load {
    /// The delegation that is issued under; those before it are revoked.
    current: AtomicUsize,
    /// Whose revocation has returned: all before it.
    revoked: AtomicUsize,
    tokens: AtomicUsize,
    recorded: AtomicUsize,
    stale: AtomicUsize,
    over: AtomicBool,
}

/// Records as fast as it can; or, `late`, what it decided before a revocation as soon as that has returned.
async fn issue(store: Arc<MySqlStore>, load: Arc<Load>, late: bool) {
    while !load.over.load(Ordering::SeqCst) {
        let n = load.current.load(Ordering::SeqCst);
        let policy = policy(&*store, n).await;
        loop {
            let token = load.tokens.fetch_add(1, Ordering::SeqCst) as u64;
            // Not there yet on this node, or not any more.
            let Some(issuance) = decided(&policy, token, Vec::new()) else { break };
            while late && n >= load.revoked.load(Ordering::SeqCst) && !load.over.load(Ordering::SeqCst) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            // Read before the recording begins: from then on it must not succeed.
            let too_late = n < load.revoked.load(Ordering::SeqCst);
            match store.record(issuance, at(1_000)).await {
                Ok(_) => {
                    load.recorded.fetch_add(1, Ordering::SeqCst);
                    load.stale.fetch_add(usize::from(too_late), Ordering::SeqCst);
                }
                Err(refused) => match refused.error {
                    RecordError::Revoked(_) | RecordError::Stale => break,
                    other => panic!("{other:?}"),
                },
            }
            if load.over.load(Ordering::SeqCst) {
                break;
            }
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// How long each revocation took.
async fn revoke(store: &MySqlStore, load: &Load, until: Instant) -> Vec<Duration> {
    let mut took = Vec::new();
    for n in 0.. {
        if Instant::now() >= until {
            break;
        }
        // A change of the person makes all decisions stale, so the next one is there long before.
        store.apply(&id("acme"), &olga(), &[delegation(n + 1)], at(1_000)).await.unwrap();
        tokio::time::sleep(Duration::from_millis(200)).await;
        let start = Instant::now();
        let end = Change::Revoke(Target::Delegation(id(&format!("d{n}"))));
        store.apply(&id("acme"), &olga(), &[end], at(1_000)).await.unwrap();
        took.push(start.elapsed());
        load.revoked.store(n + 1, Ordering::SeqCst);
        // A while in which issuers still try.
        tokio::time::sleep(Duration::from_millis(50)).await;
        load.current.store(n + 1, Ordering::SeqCst);
    }
    took.sort_unstable();
    took
}

/// Others write a lot on the first node: what it commits reaches the others' tables late, so that they
/// still find in theirs what was revoked.
async fn keep_behind(url: String, load: Arc<Load>) {
    let mut connection = MySqlConnection::connect(&url).await.unwrap();
    let table = "CREATE TABLE filler (n INT PRIMARY KEY, text VARBINARY(200))";
    sqlx::raw_sql(table).execute(&mut connection).await.unwrap();
    let fill = "INSERT INTO filler WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 100)
        SELECT a.n + 100 * b.n, REPEAT('x', 200) FROM s a, s b; DELETE FROM filler";
    while !load.over.load(Ordering::SeqCst) {
        sqlx::raw_sql(fill).execute(&mut connection).await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// What was rolled back in favour of another node, on all nodes.
async fn aborts(cluster: &Server) -> u64 {
    let mut count = 0;
    for url in &cluster.nodes {
        let mut connection = MySqlConnection::connect(url).await.unwrap();
        let status = "SHOW GLOBAL STATUS WHERE Variable_name IN ('wsrep_local_cert_failures', 'wsrep_local_bf_aborts')";
        for row in sqlx::raw_sql(status).fetch_all(&mut connection).await.unwrap() {
            count += row.get::<String, _>(1).parse::<u64>().unwrap();
        }
    }
    count
}

async fn under_load(cluster: &Server, nodes: usize, behind: bool, time: Duration) -> usize {
    let first = Arc::new(cluster.fresh().await);
    found(&*first).await;
    first.apply(&id("acme"), &olga(), &[delegation(0)], at(1_000)).await.unwrap();
    let mut stores = vec![first.clone()];
    for node in 1..nodes {
        stores.push(Arc::new(cluster.connect_to(node).await.unwrap()));
    }
    let (load, before) = (Arc::new(Load::default()), aborts(cluster).await);
    let issuers = (0..ISSUERS * nodes).map(|n| {
        let node = n % nodes;
        tokio::spawn(issue(stores[node].clone(), load.clone(), behind && node > 0))
    });
    let mut issuers: Vec<_> = issuers.collect();
    if behind {
        issuers.push(tokio::spawn(keep_behind(cluster.url(), load.clone())));
    }
    let start = Instant::now();
    let took = revoke(&first, &load, start + time).await;
    load.over.store(true, Ordering::SeqCst);
    for issuer in issuers {
        issuer.await.unwrap();
    }
    let seconds = start.elapsed().as_secs_f64();
    let (recorded, stale) = (load.recorded.load(Ordering::SeqCst), load.stale.load(Ordering::SeqCst));
    let part = |of: usize| took[(took.len() * of / 100).min(took.len() - 1)];
    println!(
        "{nodes} nodes, behind: {behind}: {:.0} issuances/s, {:.1} aborts/s; {} revocations, p50 {:?}, p99 {:?}, max {:?}; {stale} stale of {recorded}",
        recorded as f64 / seconds,
        (aborts(cluster).await - before) as f64 / seconds,
        took.len(),
        part(50),
        part(99),
        part(100),
    );
    assert!(recorded > 0 && took.len() > 2, "nothing happened");
    verify_trail(&*first, Checkpoint::new(id("acme"))).await.unwrap();
    stale
}

/// For longer, with `DEPUTIZE_GALERA_SECONDS`.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_node_issues_what_another_has_revoked() {
    let Some(cluster) = cluster() else { return };
    let seconds = env::var("DEPUTIZE_GALERA_SECONDS").map_or(4, |seconds| seconds.parse().unwrap());
    for (nodes, behind) in [(1, false), (3, false), (3, true)] {
        assert_eq!(under_load(&cluster, nodes, behind, Duration::from_secs(seconds)).await, 0);
    }
}
