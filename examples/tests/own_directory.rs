//! A directory over tables of one's own: it decides as a store does, and what changes there makes
//! what was decided before stale.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod support;

#[path = "../own_directory/own/mod.rs"]
mod own;

use deputize::{
    core::{
        Acting, Actor, AgentProof, Change, Delegation, Issuance, NonEmptySet, Policy, Proven, ProvenBy, Question,
        Report, Resource, Subject, Target, TokenId, UnixTime, UserId,
    },
    store::{ChangeError, Directory, Ledger, LoadError, MemoryStore, RecordError, SqliteStore, Store},
};
use own::{Edit, OwnDirectory};
use support::run;
use tempfile::TempDir;

const REPORTS: &str = "https://reports.acme.example";
const OTHER: &str = "https://other.acme.example";

struct World {
    own: OwnDirectory<SqliteStore>,
    folder: TempDir,
}

fn now() -> UnixTime {
    UnixTime::from_secs(1_800_000_000).unwrap()
}

fn olga() -> UserId {
    "olga".parse().unwrap()
}

fn bot(name: &str) -> Subject {
    Subject::Agent(name.parse().unwrap())
}

fn employee(name: &str) -> Subject {
    Subject::User(name.parse().unwrap())
}

fn grant(team: &str, right: &str) -> Edit {
    Edit::Grant { team: team.parse().unwrap(), right: right.parse().unwrap() }
}

fn take(team: &str, right: &str) -> Edit {
    Edit::Take { team: team.parse().unwrap(), right: right.parse().unwrap() }
}

fn join(team: &str, who: Subject) -> Edit {
    Edit::Join { team: team.parse().unwrap(), who }
}

fn leave(team: &str, who: Subject) -> Edit {
    Edit::Leave { team: team.parse().unwrap(), who }
}

fn switch(name: &str, on: bool) -> Edit {
    Edit::SwitchBot { name: name.parse().unwrap(), on }
}

fn question(client: &str, person: Option<&str>, resource: &str) -> Question {
    let acting = match person {
        Some(person) => Acting::For { person: person.parse().unwrap(), delegation: None },
        None => Acting::Alone,
    };
    let resource = Some(resource.parse().unwrap());
    Question { tenant: "acme.example".parse().unwrap(), client: client.parse().unwrap(), acting, resource }
}

/// What a directory comes to, with every ground; or why it does not come to a decision.
async fn answer(directory: &impl Directory, question: Question) -> Result<Report, String> {
    let rows = directory.load(&question).await.map_err(|error| error.to_string())?;
    let policy = Policy::compile(question, rows).map_err(|error| error.to_string())?;
    let asked = "reports:read reports:list reports:delete".parse().unwrap();
    Ok(policy.decide(&asked, None, now()).unwrap().report())
}

fn granted(report: &Report) -> Vec<&str> {
    report.scopes.iter().filter(|scope| scope.granted).map(|scope| scope.scope.as_str()).collect()
}

impl World {
    /// Two bots and two employees in two teams; alice has delegated to the first bot.
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ledger = ledger(&folder).await;
        let api = |uri: &str| Change::PutResource(Resource { uri: uri.parse().unwrap(), scopes: Default::default() });
        let operator = Actor::Operator(olga());
        ledger.apply(&"acme.example".parse().unwrap(), &operator, &[api(REPORTS), api(OTHER)], now()).await.unwrap();
        let world = Self { own: open(&folder, ledger).await, folder };
        for edit in [
            Edit::Hire("alice".parse().unwrap()),
            Edit::Hire("bob".parse().unwrap()),
            add("first"),
            add("second"),
            grant("analysts", "reports:*"),
            grant("readers", "reports:read"),
            join("analysts", employee("alice")),
            join("readers", employee("bob")),
            join("analysts", bot("first")),
            join("readers", bot("first")),
            join("readers", bot("second")),
        ] {
            world.edit(&edit).await;
        }
        let delegation = Delegation {
            id: "d1".parse().unwrap(),
            delegator: "alice".parse().unwrap(),
            agent: "first".parse().unwrap(),
            scopes: NonEmptySet::new(["reports:read".parse().unwrap(), "reports:list".parse().unwrap()]).unwrap(),
            purpose: "a test".into(),
            resources: Default::default(),
            onward: Default::default(),
            max_depth: 0,
            window: Default::default(),
            status: Default::default(),
        };
        world.apply(&Actor::Person("alice".parse().unwrap()), Change::Delegate(delegation)).await;
        world
    }

    async fn edit(&self, edit: &Edit) {
        self.own.edit(&olga(), edit, now()).await.unwrap();
    }

    async fn apply(&self, actor: &Actor, change: Change) {
        self.own.ledger().apply(&"acme.example".parse().unwrap(), actor, &[change], now()).await.unwrap();
    }

    /// A decision for alice's first bot, on its way.
    async fn pending(&self, n: u8) -> Issuance {
        let question = question("first", Some("alice"), REPORTS);
        let rows = self.own.load(&question).await.unwrap();
        issuance(question, rows, n)
    }

    async fn record(&self, issuance: Issuance) -> Result<(), RecordError> {
        self.own.ledger().record(issuance, now()).await.map(drop).map_err(|refused| refused.error)
    }
}

async fn ledger(folder: &TempDir) -> SqliteStore {
    let path = folder.path().join("deputize.db");
    SqliteStore::migrate(&path).await.unwrap();
    SqliteStore::open(path).await.unwrap()
}

async fn open(folder: &TempDir, ledger: SqliteStore) -> OwnDirectory<SqliteStore> {
    let tenant = "acme.example".parse().unwrap();
    OwnDirectory::open(&folder.path().join("company.db"), tenant, ledger, now()).await.unwrap()
}

fn add(name: &str) -> Edit {
    let spiffe_id = format!("spiffe://acme.example/agent/{name}");
    Edit::AddBot { name: name.parse().unwrap(), spiffe_id, may: "reports:*".parse().unwrap() }
}

fn issuance(question: Question, rows: deputize::core::Rows, n: u8) -> Issuance {
    let policy = Policy::compile(question, rows).unwrap();
    let proof = AgentProof::assertion(Proven {
        tenant: "acme.example".parse().unwrap(),
        by: ProvenBy::JwtSvid(policy.agent().spiffe_id.clone()),
        expires_at: now().plus(300),
        replay: Vec::new(),
        confirmation: None,
    });
    let asked = "reports:read reports:list".parse().unwrap();
    policy.decide(&asked, None, now()).unwrap().issue(proof, TokenId::v7(now(), [n; 10])).unwrap()
}

/// Scope by scope, gate by gate, ground by ground, after every edit.
#[tokio::test]
async fn it_decides_as_a_store_of_the_same_configuration() {
    let world = World::new().await;
    let mut seen = Vec::new();
    for edit in [
        None,
        Some(take("readers", "reports:read")),
        Some(grant("readers", "reports:delete")),
        Some(leave("analysts", employee("alice"))),
        Some(join("analysts", employee("alice"))),
        Some(leave("analysts", bot("first"))),
        Some(switch("second", false)),
        Some(switch("second", true)),
    ] {
        if let Some(edit) = &edit {
            world.edit(edit).await;
        }
        let (same, tenant) = (MemoryStore::new(), "acme.example".parse().unwrap());
        let config = world.own.ledger().export(&tenant).await.unwrap();
        same.import(&config, &Actor::Operator(olga()), now()).await.unwrap();
        for (client, person, resource) in [
            ("first", Some("alice"), REPORTS),
            ("first", Some("bob"), REPORTS),
            ("first", Some("nobody"), REPORTS),
            ("second", Some("alice"), REPORTS),
            ("first", None, REPORTS),
            ("second", None, REPORTS),
            ("second", None, OTHER),
            ("second", None, "https://unknown.example"),
            ("nobody", None, REPORTS),
        ] {
            let own = answer(&world.own, question(client, person, resource)).await;
            let expected = answer(&same, question(client, person, resource)).await;
            assert_eq!(own, expected, "after {edit:?}: {client} for {person:?} at {resource}");
            seen.push(own.map(|report| granted(&report).join(" ")));
        }
    }
    // And they are not all the same answer.
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 7, "{seen:?}");
}

#[tokio::test]
async fn an_edit_makes_what_was_decided_before_stale_and_is_in_force_at_once() {
    let world = World::new().await;
    world.record(world.pending(1).await).await.unwrap();
    for (n, edit, left) in [
        (2, leave("readers", bot("first")), "reports:list reports:read"),
        (3, grant("analysts", "reports:read"), "reports:list reports:read"),
        (4, take("analysts", "reports:*"), "reports:read"),
        (5, leave("analysts", employee("alice")), ""),
    ] {
        let pending = world.pending(n).await;
        world.edit(&edit).await;
        let refused = world.record(pending).await.unwrap_err();
        assert!(matches!(refused, RecordError::Stale), "after {edit:?}: {refused}");
        let report = answer(&world.own, question("first", Some("alice"), REPORTS)).await.unwrap();
        assert_eq!(granted(&report).join(" "), left, "after {edit:?}");
    }
}

#[tokio::test]
async fn a_bot_that_is_switched_off_or_revoked_stops() {
    let world = World::new().await;
    let (first, pending) = (Target::Agent("first".parse().unwrap()), world.pending(1).await);
    let lineage = pending.grant().lineage();
    world.edit(&switch("first", false)).await;
    let refused = world.record(pending).await.unwrap_err();
    assert!(matches!(&refused, RecordError::Revoked(target) if *target == first), "{refused}");
    assert_eq!(world.own.ledger().revoked(&lineage).await.unwrap(), Some(first.clone()));
    world.edit(&switch("first", true)).await;
    world.record(world.pending(2).await).await.unwrap();

    // Revoked in the ledger's store, whatever the tables say.
    world.apply(&Actor::Operator(olga()), Change::Revoke(first)).await;
    let report = answer(&world.own, question("first", Some("alice"), REPORTS)).await.unwrap();
    assert_eq!(granted(&report), [""; 0]);
}

/// An edit that falls between the store's answer and the rows, or before both.
#[tokio::test]
async fn the_ledger_is_asked_before_the_rows_are_read() {
    for before in [true, false] {
        let world = World::new().await;
        world.edit(&grant("analysts", "reports:read")).await;
        let asked = question("first", Some("alice"), REPORTS);
        let told = async {
            if before {
                world.edit(&take("analysts", "reports:*")).await;
            }
            let told = world.own.ledger().load(&asked).await;
            if !before {
                world.edit(&take("analysts", "reports:*")).await;
            }
            told
        };
        let rows = world.own.around(&asked, told).await.unwrap();
        let issuance = issuance(asked, rows, 1);
        assert_eq!(issuance.grant().scopes.to_string(), "reports:read", "before: {before}");
        assert_eq!(world.record(issuance).await.is_ok(), before);
    }
}

/// What the documentation of `Directory` says is weakened, and made up for.
#[tokio::test]
async fn an_edit_that_the_ledger_was_not_told_of_is_told_when_it_is_opened_again() {
    let world = World::new().await;
    let (first, second) = (world.pending(1).await, world.pending(2).await);
    // The process ends right after the company's own transaction.
    world.own.write(&olga(), &leave("analysts", bot("first"))).await.unwrap();
    world.record(first).await.unwrap();
    let World { own, folder } = world;
    drop(own);
    let ledger = ledger(&folder).await;
    let world = World { own: open(&folder, ledger).await, folder };
    let refused = world.record(second).await.unwrap_err();
    assert!(matches!(refused, RecordError::Stale), "{refused}");
    // Telling again makes no difference.
    let tenant = "acme.example".parse().unwrap();
    let before = world.own.ledger().export(&tenant).await.unwrap().latest();
    world.own.tell(now()).await.unwrap();
    assert_eq!(world.own.ledger().export(&tenant).await.unwrap().latest(), before);
}

/// Bindings' ids are never used again, so a membership's must not be either.
#[tokio::test]
async fn who_leaves_and_joins_again_is_bound_anew() {
    let world = World::new().await;
    world.edit(&leave("readers", bot("second"))).await;
    world.edit(&join("readers", bot("second"))).await;
    let report = answer(&world.own, question("second", None, REPORTS)).await.unwrap();
    assert_eq!(granted(&report), ["reports:read"]);
}

#[tokio::test]
async fn an_edit_that_the_ledger_refuses_is_in_nobodys_way() {
    let world = World::new().await;
    world.apply(&Actor::Operator(olga()), Change::Revoke(Target::Agent("second".parse().unwrap()))).await;
    let refused = world.own.edit(&olga(), &switch("second", true), now()).await.unwrap_err();
    assert!(matches!(refused, ChangeError::Refused { .. }), "{refused}");
    let pending = world.pending(1).await;
    world.edit(&leave("readers", bot("first"))).await;
    assert!(matches!(world.record(pending).await, Err(RecordError::Stale)));
    // Nor does one that nobody heard the answer of keep the directory from being opened.
    world.own.write(&olga(), &switch("second", false)).await.unwrap();
    let ledger = ledger(&world.folder).await;
    drop(open(&world.folder, ledger).await);
}

#[tokio::test]
async fn the_tables_answer_for_their_tenant_only() {
    let world = World::new().await;
    let other = "other.example".parse().unwrap();
    let api = Change::PutResource(Resource { uri: REPORTS.parse().unwrap(), scopes: Default::default() });
    world.own.ledger().apply(&other, &Actor::Operator(olga()), &[api], now()).await.unwrap();
    let asked = Question { tenant: other, ..question("first", Some("alice"), REPORTS) };
    world.own.ledger().load(&asked).await.unwrap();
    assert!(matches!(world.own.load(&asked).await, Err(LoadError::UnknownTenant)));
}

#[test]
fn the_program_shows_it() {
    let ended = run("own_directory", &[], b"");
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""), "{}", ended.stdout);
    for said in [
        "granted:  reports:read by binding member-2 → role analysts → reports:read\n",
        "refused:  what the decision rests on has changed\n",
        "refused:  reports:read by role_binding, delegator\n",
        "recorded: `reports:list` only\n",
        "its token is stopped by Agent(",
        "no token: no requested scope is granted\n",
    ] {
        assert!(ended.stdout.contains(said), "{said}\n{}", ended.stdout);
    }
}
