//! Several writers at once: what was acknowledged holds, whoever else is writing.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "what fails here fails the test")]

mod support;

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use deputize_core::{
    Actor, Change, Configuration, Issuance, Lineage, Question, Recorded, ReplayKey, Report, Returned, Revision, Rows,
    Status, Subject, Target, TenantId, TokenId, UnixTime,
};
use deputize_store::{
    AuditEntry, AuditLines, AuditPage, AuditQuery, ChangeError, Checkpoint, Cursor, Directory, Ledger, LedgerError,
    LoadError, MemoryStore, PruneError, RecordError, RevocationPage, Store, verify_trail,
};
use support::{
    at, id,
    issuing::{agent, bind, delegation, found, issuance, olga},
};

/// What ends the authority that a round's issuers use, and what gives it back for the next.
fn end_and_restart(round: usize) -> (Change, Option<Change>) {
    match round % 3 {
        0 => (Change::Revoke(Target::Delegation(id(&format!("d{round}")))), None),
        1 => (Change::PutAgent(agent(Status::Suspended)), Some(Change::PutAgent(agent(Status::Active)))),
        _ => {
            let next = bind(&format!("a{round}"), Subject::User(id("alice")));
            let last = if round == 2 { 0 } else { round - 3 };
            (Change::Unbind(id(&format!("a{last}"))), Some(next))
        }
    }
}

/// Once a revocation has returned, no recording that begins after it succeeds.
async fn revocation_is_final<S: Store + Send + Sync + 'static>(issuing: Vec<Arc<S>>, revoking: Arc<S>) {
    let (recorded, too_late) = race(issuing, revoking).await;
    assert_eq!(too_late, 0);
    println!("{recorded} recorded, none too late");
}

/// Issuers record as fast as they can while what they rest on is revoked, suspended or unbound, in
/// twenty-one rounds. How many were recorded, and how many of them began after that had returned, or
/// have their event after its.
async fn race<S: Store + Send + Sync + 'static>(issuing: Vec<Arc<S>>, revoking: Arc<S>) -> (usize, usize) {
    found(&*revoking).await;
    let (recorded, stale) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    for round in 0..21 {
        revoking.apply(&id("acme"), &olga(), &[delegation(round)], at(1_000)).await.unwrap();
        until_all_know(&issuing, round + 1).await;
        let revoked = Arc::new(AtomicBool::new(false));
        let issuers = issuing.iter().enumerate().map(|(issuer, store)| {
            let (store, revoked) = (store.clone(), revoked.clone());
            let (recorded, stale) = (recorded.clone(), stale.clone());
            tokio::spawn(async move {
                // An end, so that a store that only ever answers stale fails and does not hang.
                for n in 0..5_000 {
                    let token = ((round * 10 + issuer) * 100_000 + n) as u64;
                    let Some(issuance) = issuance(&*store, round, token, Vec::new()).await else { break };
                    let token = issuance.grant().token;
                    // Read before the recording begins: from then on it must not succeed.
                    let too_late = revoked.load(Ordering::SeqCst);
                    match store.record(issuance, at(1_000)).await {
                        Ok(_) => {
                            stale.fetch_add(usize::from(too_late), Ordering::SeqCst);
                            recorded.fetch_add(1, Ordering::SeqCst);
                        }
                        Err(refused) => match refused.error {
                            RecordError::Revoked(_) => break,
                            RecordError::Stale => {}
                            other => panic!("{token}: {other}; {:?}", trail_of(&*store, token).await),
                        },
                    }
                }
            })
        });
        let issuers: Vec<_> = issuers.collect();
        // Some are recorded before it is over.
        let goal = recorded.load(Ordering::SeqCst) + 2;
        while recorded.load(Ordering::SeqCst) < goal && !issuers.iter().all(|issuer| issuer.is_finished()) {
            tokio::task::yield_now().await;
        }
        assert!(recorded.load(Ordering::SeqCst) >= goal, "nothing was recorded before the end");
        let (end, restart) = end_and_restart(round);
        revoking.apply(&id("acme"), &olga(), &[end], at(1_000)).await.unwrap();
        revoked.store(true, Ordering::SeqCst);
        for issuer in issuers {
            issuer.await.unwrap();
        }
        revoking.apply(&id("acme"), &olga(), restart.as_slice(), at(1_000)).await.unwrap();
    }
    // And each recording has its event, and none stands after the end of what it rests on.
    let mut query = AuditQuery::new(id("acme"));
    let (mut issued, mut ended) = (0, BTreeSet::new());
    loop {
        let page = revoking.audit(&query).await.unwrap();
        assert!(page.events.is_sorted_by(|a, b| a.sequence < b.sequence));
        for event in page.events {
            match event.what {
                AuditEntry::Changed { change, .. } => {
                    if let Change::Revoke(Target::Delegation(id)) = *change {
                        ended.insert(id);
                    }
                }
                AuditEntry::Issued { token, .. } => {
                    let after = ended.contains(token.lineage.delegation.as_ref().unwrap());
                    stale.fetch_add(usize::from(after), Ordering::SeqCst);
                    issued += 1;
                }
                AuditEntry::Refused { .. } | AuditEntry::Pruned { .. } | AuditEntry::Rekeyed { .. } => {}
            }
        }
        query.after = page.next;
        if !page.more {
            break;
        }
    }
    assert_eq!(issued, recorded.load(Ordering::SeqCst));
    // Whoever wrote, each event is linked to the one before it.
    let end = verify_trail(&*revoking, Checkpoint::new(id("acme"))).await.unwrap();
    assert_eq!(Some(end.sequence), query.after);
    (issued, stale.load(Ordering::SeqCst))
}

/// What the trail says of a token.
async fn trail_of<S: Store>(store: &S, token: TokenId) -> AuditPage {
    let mut query = AuditQuery::new(id("acme"));
    query.token = Some(token);
    store.audit(&query).await.unwrap()
}

/// Nodes of a cluster know of it a moment later.
async fn until_all_know<S: Store>(stores: &[Arc<S>], delegations: usize) {
    for store in stores {
        while !store.export(&id("acme")).await.is_ok_and(|known| known.delegations().count() >= delegations) {
            tokio::task::yield_now().await;
        }
    }
}

/// Many claim one replay key at once: one wins.
async fn one_winner<S: Store + Send + Sync + 'static>(stores: Vec<Arc<S>>) {
    found(&*stores[0]).await;
    stores[0].apply(&id("acme"), &olga(), &[delegation(0)], at(1_000)).await.unwrap();
    until_all_know(&stores, 1).await;
    for round in 0..10_u8 {
        let claims = (0..8).map(|n| {
            let store = stores[n % stores.len()].clone();
            tokio::spawn(async move {
                let key = ReplayKey { digest: [round; 32], keep_until: at(2_000) };
                let token = 1_000_000 + u64::from(round) * 100 + n as u64;
                let issuance = issuance(&*store, 0, token, vec![key]).await.unwrap();
                match store.record(issuance, at(1_000)).await {
                    Ok(_) => 1,
                    Err(refused) => {
                        assert!(matches!(refused.error, RecordError::Replayed), "{refused}");
                        0
                    }
                }
            })
        });
        let mut winners = 0;
        for claim in claims.collect::<Vec<_>>() {
            winners += claim.await.unwrap();
        }
        assert_eq!(winners, 1);
    }
}

/// A store that answers before what it was told is in force.
struct Hasty(Arc<MemoryStore>);

impl Directory for Hasty {
    fn load(&self, question: &Question) -> impl Future<Output = Result<Rows, LoadError>> + Send {
        self.0.load(question)
    }
}

impl Ledger for Hasty {
    fn record(
        &self,
        issuance: Issuance,
        now: UnixTime,
    ) -> impl Future<Output = Result<Recorded, Returned<RecordError, Issuance>>> + Send {
        self.0.record(issuance, now)
    }
    fn refuse(
        &self,
        report: Report,
        now: UnixTime,
    ) -> impl Future<Output = Result<(), Returned<LedgerError, Report>>> + Send {
        self.0.refuse(report, now)
    }
    fn revoked(&self, lineage: &Lineage) -> impl Future<Output = Result<Option<Target>, LedgerError>> + Send {
        self.0.revoked(lineage)
    }
    fn revoked_since(
        &self,
        tenant: &TenantId,
        since: Cursor,
    ) -> impl Future<Output = Result<RevocationPage, LedgerError>> + Send {
        self.0.revoked_since(tenant, since)
    }
    fn audit(&self, query: &AuditQuery) -> impl Future<Output = Result<AuditPage, LedgerError>> + Send {
        self.0.audit(query)
    }
    fn audit_lines(
        &self,
        tenant: &TenantId,
        after: u64,
        limit: usize,
    ) -> impl Future<Output = Result<AuditLines, LedgerError>> + Send {
        self.0.audit_lines(tenant, after, limit)
    }
}

impl Store for Hasty {
    async fn apply(
        &self,
        tenant: &TenantId,
        actor: &Actor,
        changes: &[Change],
        now: UnixTime,
    ) -> Result<Revision, ChangeError> {
        if !matches!(changes, [Change::Revoke(_)]) {
            return self.0.apply(tenant, actor, changes, now).await;
        }
        let (store, tenant, actor, changes) = (self.0.clone(), tenant.clone(), actor.clone(), changes.to_vec());
        tokio::spawn(async move {
            for _ in 0..1_000 {
                tokio::task::yield_now().await;
            }
            store.apply(&tenant, &actor, &changes, now).await.unwrap();
        });
        Ok(Revision::NONE)
    }
    fn prune(
        &self,
        actor: &Actor,
        through: &Checkpoint,
        now: UnixTime,
    ) -> impl Future<Output = Result<(), PruneError>> + Send {
        self.0.prune(actor, through, now)
    }
    fn export(&self, tenant: &TenantId) -> impl Future<Output = Result<Configuration, LedgerError>> + Send {
        self.0.export(tenant)
    }
}

/// The race finds what it is for.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_store_that_answers_too_early_is_found_out() {
    let store = Arc::new(Hasty(Arc::new(MemoryStore::new())));
    let (recorded, stale) = race(vec![store.clone(), store.clone()], store).await;
    println!("{stale} of {recorded} too late");
    assert!(stale > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn memory() {
    let store = Arc::new(MemoryStore::new());
    revocation_is_final(vec![store.clone(), store.clone()], store).await;
    let store = Arc::new(MemoryStore::new());
    one_winner(vec![store]).await;
}

#[cfg(feature = "sqlite")]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sqlite_and_two_of_them_on_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let open = async |name: &str| {
        let mut options = deputize_store::SqliteOptions::default();
        options.may_lose_on_power_failure = true;
        let path = folder.path().join(name);
        deputize_store::SqliteStore::migrate(&path).await.unwrap();
        Arc::new(deputize_store::SqliteStore::open_with(path, options).await.unwrap())
    };
    let (first, second) = (open("a.db").await, open("a.db").await);
    revocation_is_final(vec![first.clone(), second], first).await;
    let (first, second) = (open("b.db").await, open("b.db").await);
    one_winner(vec![first, second]).await;
}

#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_postgres_stores_on_one_database() {
    let Some(server) = support::postgres::server() else { return };
    let two = async || {
        let first = server.fresh().await;
        let second = server.connect(server.options()).await.unwrap();
        (Arc::new(first), Arc::new(second))
    };
    let (first, second) = two().await;
    revocation_is_final(vec![first.clone(), second.clone(), second], first).await;
    let (first, second) = two().await;
    one_winner(vec![first, second]).await;
}

#[cfg(feature = "mysql")]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_mysql_stores_on_one_database() {
    let Some(server) = support::mysql::server() else { return };
    let two = async || (Arc::new(server.fresh().await), Arc::new(server.connect().await.unwrap()));
    let (first, second) = two().await;
    revocation_is_final(vec![first.clone(), second.clone(), second], first).await;
    let (first, second) = two().await;
    one_winner(vec![first, second]).await;
}

/// Nodes know of each other's commits a moment later: what they collide at is the tenant's row.
#[cfg(feature = "mysql")]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn three_nodes_of_galera() {
    let Some(cluster) = support::mysql::cluster() else { return };
    let three = async || {
        let first = Arc::new(cluster.fresh().await);
        let second = Arc::new(cluster.connect_to(1).await.unwrap());
        (first, second, Arc::new(cluster.connect_to(2).await.unwrap()))
    };
    let (first, second, third) = three().await;
    revocation_is_final(vec![first.clone(), second, third], first).await;
    let (first, second, third) = three().await;
    one_winner(vec![first, second, third]).await;
}
