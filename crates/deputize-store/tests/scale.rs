//! Many tokens: a tree of them is taken by one revocation, whatever it is that is revoked. How much
//! that writes, and how many statements anything takes, is counted in `src/sql/tests.rs`; that each is
//! led by an index, in `src/*/tests.rs`.
//!
//! A tree has 1 000 tokens, or as many as `DEPUTIZE_SCALE` says.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what fails here fails the test")]

mod support;

use std::{env, sync::Arc};

use deputize_core::{
    Acting, Actor, Agent, AgentProof, Allow, Binding, ChainAgent, Change, Delegation, Grant, Held, Issuance, MayAct,
    NonEmptySet, Parent, Policy, Proven, ProvenBy, Question, Resource, Role, Subject, Target, TenantId, TokenId,
};
use deputize_store::{AuditOrder, AuditQuery, Cursor, MemoryStore, RecordError, Store};
use support::{at, id};

/// Agents of a chain at most: one acts for alice, eight are handed on to.
const LEVELS: usize = 9;
/// Who works at a time.
const CALLERS: usize = 64;

fn olga() -> Actor {
    Actor::Operator(id("olga"))
}

fn client(level: usize) -> String {
    format!("agent-{level}")
}

fn founding() -> Vec<Change> {
    let bind = |binding: &str, subject| {
        let (window, resource) = (Default::default(), None);
        Change::Bind(Binding { id: id(binding), subject, role: id("reader"), window, resource })
    };
    let mut changes = vec![
        Change::PutResource(Resource { uri: id("https://api.example"), scopes: Allow::Any }),
        Change::PutRole(Role { name: id("reader"), permissions: NonEmptySet::of(id("a:*")) }),
        bind("alice", Subject::User(id("alice"))),
    ];
    for level in 0..LEVELS {
        changes.push(Change::PutAgent(Agent {
            client_id: id(&client(level)),
            spiffe_id: id(&format!("spiffe://acme/{level}")),
            acting: MayAct::ForPerson,
            allowed_scopes: NonEmptySet::of(id("a:*")),
            max_lifetime_seconds: 600.try_into().unwrap(),
            resources: Allow::Any,
            mode: Default::default(),
            status: Default::default(),
        }));
        changes.push(bind(&client(level), Subject::Agent(id(&client(level)))));
    }
    changes.push(Change::Delegate(Delegation {
        id: id("d1"),
        delegator: id("alice"),
        agent: id(&client(0)),
        scopes: NonEmptySet::of(id("a:read")),
        purpose: "a tree".into(),
        resources: Allow::Any,
        onward: (1..LEVELS).map(|level| id(&client(level))).collect(),
        max_depth: 8,
        window: Default::default(),
        status: Default::default(),
    }));
    changes
}

fn token(n: usize) -> TokenId {
    let mut random = [0; 10];
    random[..8].copy_from_slice(&(n as u64).to_be_bytes());
    TokenId::v7(at(1_000), random)
}

/// The token as the parent of another: as a key ring would make it.
fn parent(grant: &Grant) -> Parent {
    Parent::assertion(Held {
        tenant: grant.tenant.clone(),
        person: grant.person.clone().unwrap(),
        delegation: grant.delegation.clone().unwrap(),
        resource: grant.resource.clone(),
        scopes: grant.scopes.clone(),
        tokens: grant.lineage().tokens,
        agents: grant.earlier.iter().chain([&grant.agent]).cloned().collect::<Vec<ChainAgent>>(),
        depth: grant.depth,
        max_depth: grant.max_depth,
        expires_at: grant.expires_at,
        confirmation: grant.confirmation,
    })
}

/// What may be issued below a token, or at the root.
async fn policy<S: Store>(store: &S, tenant: &TenantId, above: Option<&Grant>) -> Policy {
    let acting = match above {
        Some(grant) => Acting::HandedOn(parent(grant)),
        None => Acting::For { person: id("alice"), delegation: None },
    };
    let level = above.map_or(0, |grant| usize::from(grant.depth) + 1);
    let resource = Some(id("https://api.example"));
    let question = Question { tenant: tenant.clone(), client: id(&client(level)), acting, resource };
    let rows = store.load(&question).await.unwrap();
    Policy::compile(question, rows).unwrap()
}

fn issuance(policy: &Policy, token: TokenId) -> Issuance {
    let proof = AgentProof::assertion(Proven {
        tenant: policy.question().tenant.clone(),
        by: ProvenBy::JwtSvid(policy.agent().spiffe_id.clone()),
        expires_at: at(1_300),
        replay: Vec::new(),
        confirmation: None,
    });
    policy.decide(&id("a:read"), None, at(1_000)).unwrap().issue(proof, token).unwrap()
}

/// A token of the tree, and one that would have been the next below it.
struct Node {
    grant: Grant,
    next: Option<Issuance>,
}

/// Records some tokens with one policy, and finds out what may be issued below each.
async fn below<S: Store>(
    store: &S,
    tenant: &TenantId,
    above: Option<&Grant>,
    tokens: std::ops::Range<usize>,
) -> Vec<Node> {
    let policy = policy(store, tenant, above).await;
    let mut nodes = Vec::new();
    for n in tokens {
        let issuance = issuance(&policy, token(n));
        let grant = issuance.grant().clone();
        drop(store.record(issuance, at(1_000)).await.unwrap());
        let next = match usize::from(grant.depth) + 1 < LEVELS {
            true => Some(self::issuance(&self::policy(store, tenant, Some(&grant)).await, token(1_000_000_000 + n))),
            false => None,
        };
        nodes.push(Node { grant, next });
    }
    nodes
}

/// The least number of children each by which the tree is no deeper than it may be.
fn children(size: usize) -> usize {
    let fits = |children: &usize| (0..LEVELS as u32).map(|level| children.pow(level)).sum::<usize>() >= size;
    (2..).find(fits).unwrap()
}

async fn tree<S: Store + Send + Sync + 'static>(store: &Arc<S>, tenant: &TenantId, size: usize) -> Vec<Node> {
    let (mut tree, children) = (below(&**store, tenant, None, 0..1).await, children(size));
    let mut parents = 0..1;
    while tree.len() < size {
        // A level, by many at once.
        let each = parents.clone().map(|n| {
            let first = (n * children + 1).min(size);
            (tree[n].grant.clone(), first..(first + children).min(size))
        });
        let mut work = each.collect::<Vec<_>>().into_iter();
        parents = tree.len()..tree.len();
        loop {
            let some: Vec<_> = work.by_ref().take(CALLERS).collect();
            if some.is_empty() {
                break;
            }
            let callers = some.into_iter().map(|(grant, tokens)| {
                let (store, tenant) = (Arc::clone(store), tenant.clone());
                tokio::spawn(async move { below(&*store, &tenant, Some(&grant), tokens).await })
            });
            for caller in callers.collect::<Vec<_>>() {
                tree.extend(caller.await.unwrap());
            }
        }
        parents.end = tree.len();
    }
    tree
}

/// Everything below what is revoked ends with it, by one event and one entry in the feed.
async fn one_revocation_takes_a_whole_tree<S: Store + Send + Sync + 'static>(store: S) {
    let size = env::var("DEPUTIZE_SCALE").map_or(1_000, |size| size.parse().unwrap());
    let (store, tenant) = (Arc::new(store), id("acme"));
    store.apply(&tenant, &olga(), &founding(), at(1_000)).await.unwrap();
    let mut tree = tree(&store, &tenant, size).await;
    let deepest = tree.iter().map(|node| node.grant.depth).max().unwrap();
    println!("{} tokens, down to {deepest}", tree.len());
    assert_eq!(tree.len(), size);
    let mut newest = AuditQuery::new(tenant.clone());
    (newest.order, newest.limit) = (AuditOrder::NewestFirst, 1);
    // Each is named before the one that was revoked earlier.
    let targets = [
        Target::Token(token(0)),
        Target::Agent(id(&client(0))),
        Target::Delegation(id("d1")),
        Target::Person(id("alice")),
        Target::Tenant,
    ];
    for (revoked, target) in targets.into_iter().enumerate() {
        let before = store.audit(&newest).await.unwrap().events[0].sequence;
        store.apply(&tenant, &olga(), &[Change::Revoke(target.clone())], at(1_000)).await.unwrap();
        assert_eq!(store.audit(&newest).await.unwrap().events[0].sequence, before + 1);
        assert_eq!(store.revoked_since(&tenant, Cursor::START).await.unwrap().entries.len(), revoked + 1);
        tree = all_are_refused(&store, tree, &target).await;
    }
}

/// Of each token of the tree it is said that it is revoked, and nothing is issued below it.
async fn all_are_refused<S: Store + Send + Sync + 'static>(
    store: &Arc<S>,
    tree: Vec<Node>,
    target: &Target,
) -> Vec<Node> {
    let (mut nodes, mut refused) = (tree.into_iter(), Vec::new());
    while nodes.len() > 0 {
        let callers = nodes.by_ref().take(CALLERS).map(|mut node| {
            let (store, target) = (Arc::clone(store), target.clone());
            tokio::spawn(async move {
                assert_eq!(store.revoked(&node.grant.lineage()).await.unwrap().as_ref(), Some(&target));
                if let Some(next) = node.next {
                    let refused = store.record(next, at(1_000)).await.unwrap_err();
                    assert!(matches!(&refused.error, RecordError::Revoked(found) if *found == target), "{refused}");
                    node.next = Some(*refused.value);
                }
                node
            })
        });
        for caller in callers.collect::<Vec<_>>() {
            refused.push(caller.await.unwrap());
        }
    }
    refused
}

#[tokio::test(flavor = "multi_thread")]
async fn memory() {
    one_revocation_takes_a_whole_tree(MemoryStore::new()).await;
}

#[cfg(feature = "sqlite")]
#[tokio::test(flavor = "multi_thread")]
async fn sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    deputize_store::SqliteStore::migrate(&path).await.unwrap();
    one_revocation_takes_a_whole_tree(deputize_store::SqliteStore::open(&path).await.unwrap()).await;
}

#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread")]
async fn postgres() {
    let Some(server) = support::postgres::server() else { return };
    one_revocation_takes_a_whole_tree(server.fresh().await).await;
}
