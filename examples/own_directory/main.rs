//! Agents, teams and rights that live in tables of one's own, with deputize's ledger beside them:
//!
//!     cargo run --example own_directory
//!
//! `own/` is the whole of it: `Directory` over a company's tables, and every edit of them told to the
//! `SqliteStore` that records what is issued.

mod own;

use std::error::Error;

use deputize::{
    core::{
        Acting, Actor, AgentProof, Change, Delegation, Gate, Issuance, NonEmptySet, Policy, Proven, ProvenBy, Question,
        Report, Resource, Subject, UnixTime, UserId,
    },
    store::{Directory, Ledger, SqliteStore, Store},
    token::fresh_token_id,
};
use own::{Edit, OwnDirectory};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let now = deputize_examples::now();
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("deputize.db");
    SqliteStore::migrate(&path).await?;
    let ledger = SqliteStore::open(path).await?;
    let (tenant, olga) = ("acme.example".parse()?, "olga".parse::<UserId>()?);
    let uri: deputize::core::ResourceId = "https://reports.acme.example".parse()?;
    let api = [
        Change::PutResource(Resource { uri: uri.clone(), scopes: Default::default() }),
        Change::SetDefaultResource(Some(uri)),
    ];
    ledger.apply(&tenant, &Actor::Operator(olga.clone()), &api, now).await?;

    let own = OwnDirectory::open(&folder.path().join("company.db"), tenant.clone(), ledger, now).await?;
    let (alice, bot) = (Subject::User("alice".parse()?), Subject::Agent("research-agent".parse()?));
    let spiffe_id = "spiffe://acme.example/agent/research-agent".to_owned();
    for edit in [
        Edit::Hire("alice".parse()?),
        Edit::AddBot { name: "research-agent".parse()?, spiffe_id, may: "reports:*".parse()? },
        Edit::Grant { team: "analysts".parse()?, right: "reports:read".parse()? },
        Edit::Grant { team: "analysts".parse()?, right: "reports:list".parse()? },
        Edit::Join { team: "analysts".parse()?, who: alice.clone() },
        Edit::Join { team: "analysts".parse()?, who: bot },
    ] {
        own.edit(&olga, &edit, now).await?;
    }
    let delegation = Delegation {
        id: "d1".parse()?,
        delegator: "alice".parse()?,
        agent: "research-agent".parse()?,
        scopes: NonEmptySet::new(["reports:read".parse()?, "reports:list".parse()?]).ok_or("no scope")?,
        purpose: "write the weekly report".into(),
        resources: Default::default(),
        onward: Default::default(),
        max_depth: 0,
        window: Default::default(),
        status: Default::default(),
    };
    let delegated = [Change::Delegate(delegation)];
    own.ledger().apply(&tenant, &Actor::Person("alice".parse()?), &delegated, now).await?;

    println!("1. The company's tables decide");
    let (issuance, report) = decide(&own, now).await?;
    show(&report);
    let recorded = own.ledger().record(issuance, now).await?;
    println!("   recorded: {}", recorded.grant().token);

    println!("2. A right is taken from the team while a decision is on its way");
    let (pending, _) = decide(&own, now).await?;
    let taken = Edit::Take { team: "analysts".parse()?, right: "reports:read".parse()? };
    own.edit(&olga, &taken, now).await?;
    match own.ledger().record(pending, now).await {
        Ok(_) => return Err("an old decision was recorded".into()),
        Err(refused) => println!("   refused:  {}", refused.error),
    }

    println!("3. The right is gone at once");
    let (issuance, report) = decide(&own, now).await?;
    show(&report);
    let recorded = own.ledger().record(issuance, now).await?;
    println!("   recorded: `{}` only", recorded.grant().scopes);

    println!("4. The bot is switched off");
    own.edit(&olga, &Edit::SwitchBot { name: "research-agent".parse()?, on: false }, now).await?;
    match own.ledger().revoked(&recorded.grant().lineage()).await? {
        Some(target) => println!("   its token is stopped by {target:?}"),
        None => return Err("a token outlived its bot".into()),
    }

    println!("5. It is switched on again, and alice leaves the team");
    own.edit(&olga, &Edit::SwitchBot { name: "research-agent".parse()?, on: true }, now).await?;
    own.edit(&olga, &Edit::Leave { team: "analysts".parse()?, who: alice }, now).await?;
    match decide(&own, now).await {
        Ok(_) => return Err("somebody's bot may do what they may not".into()),
        Err(error) => println!("   no token: {error}"),
    }
    own.ledger().close().await;
    Ok(())
}

/// The pipeline up to what can be recorded.
async fn decide(own: &OwnDirectory<SqliteStore>, now: UnixTime) -> Result<(Issuance, Report), Box<dyn Error>> {
    let question = Question {
        tenant: "acme.example".parse()?,
        client: "research-agent".parse()?,
        acting: Acting::For { person: "alice".parse()?, delegation: None },
        resource: None,
    };
    let rows = own.load(&question).await?;
    let policy = Policy::compile(question, rows)?;
    let asked = "reports:read reports:list".parse()?;
    let decision = policy.decide(&asked, None, now)?;
    let report = decision.report();
    // A demonstration: nobody proved anything.
    let proof = AgentProof::assertion(Proven {
        tenant: "acme.example".parse()?,
        by: ProvenBy::JwtSvid(policy.agent().spiffe_id.clone()),
        expires_at: now.plus(300),
        replay: Vec::new(),
        confirmation: None,
    });
    Ok((decision.issue(proof, fresh_token_id(now)?)?, report))
}

fn show(report: &Report) {
    for scope in &report.scopes {
        let bound = scope.gates.iter().filter(|gate| gate.gate == Gate::RoleBinding);
        let grounds: Vec<String> = bound.flat_map(|gate| &gate.grounds).map(ToString::to_string).collect();
        let refused: Vec<String> = scope.refused_by().map(|gate| gate.to_string()).collect();
        if scope.granted {
            println!("   granted:  {} by {}", scope.scope, grounds.first().map_or("", String::as_str));
        } else {
            println!("   refused:  {} by {}", scope.scope, refused.join(", "));
        }
    }
}
