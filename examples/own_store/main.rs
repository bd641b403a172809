//! A store of one's own, outside of the library: all of deputize on one file that only grows.
//!
//!     cargo run --example own_store [-- --journal FILE]
//!
//! `store/` is the whole of it: `Directory`, `Ledger` and `Store` over JSON lines, with
//! `Configuration` as what is in memory. It passes the suite that every store has to pass
//! (`examples/tests/own_store.rs`), and what there is to know to write another is in the
//! documentation of `deputize::store::conformance`. Without a file it makes one in a temporary folder.

mod store;

use std::{error::Error, path::Path, process::ExitCode};

use deputize::{
    core::{Acting, Actor, AgentProof, Change, Configuration, Policy, Proven, ProvenBy, Question, Target},
    store::{Checkpoint, Directory, Ledger, Store, verify_trail},
    token::fresh_token_id,
};
use deputize_examples::{Arguments, Problems};
use store::JournalStore;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut problems = Problems::default();
    let arguments = Arguments::read(&["journal"], &[], &mut problems);
    if !problems.is_empty() {
        return Ok(problems.report());
    }
    let folder = tempfile::tempdir()?;
    let made = folder.path().join("journal");
    show(arguments.get("journal").map_or(made.as_path(), Path::new)).await?;
    Ok(ExitCode::SUCCESS)
}

async fn show(journal: &Path) -> Result<(), Box<dyn Error>> {
    let now = deputize_examples::now();
    let store = JournalStore::open(journal)?;
    let config = Configuration::from_toml(include_str!("../quickstart/policy.toml"))?;
    let (tenant, olga) = (config.tenant().clone(), Actor::Operator("olga".parse()?));
    let revision = store.import(&config, &olga, now).await?;
    println!("applied:   {} changes, revision {}", config.changes().len(), revision.number());

    // Two decisions on the same configuration.
    let question = Question {
        tenant: tenant.clone(),
        client: "research-agent".parse()?,
        acting: Acting::For { person: "bob".parse()?, delegation: None },
        resource: None,
    };
    let rows = store.load(&question).await?;
    let policy = Policy::compile(question, rows)?;
    let (asked, mut issuances) = ("reports:read payroll:read".parse()?, Vec::new());
    for _ in 0..2 {
        let proof = AgentProof::assertion(Proven {
            tenant: tenant.clone(),
            by: ProvenBy::JwtSvid(policy.agent().spiffe_id.clone()),
            expires_at: now.plus(300),
            replay: Vec::new(),
            confirmation: None,
        });
        let decision = policy.decide(&asked, None, now)?;
        issuances.push(decision.issue(proof, fresh_token_id(now)?)?);
    }
    let (Some(second), Some(first)) = (issuances.pop(), issuances.pop()) else { return Err("no decision".into()) };
    println!("decided:   `{}` for bob", first.grant().scopes);

    let recorded = store.record(first, now).await?;
    println!("recorded:  {}", recorded.grant().token);
    // Ended after the second decision, before its recording.
    let ended = Change::Revoke(Target::Delegation("bob-reading-list".parse()?));
    store.apply(&tenant, &Actor::Person("bob".parse()?), &[ended], now).await?;
    match store.record(second, now).await {
        Ok(_) => return Err("a revoked delegation was recorded".into()),
        Err(refused) => println!("refused:   {}", refused.error),
    }

    let exported = store.export(&tenant).await?;
    if let Err(error) = JournalStore::open(journal) {
        println!("opened twice: {error}");
    }
    drop(store);
    let store = JournalStore::open(journal)?;
    let same = store.export(&tenant).await? == exported;
    println!("reopened:  {}", if same { "the same configuration" } else { "another configuration" });
    let dead = store.revoked(&recorded.grant().lineage()).await?;
    println!("the token: {}", dead.map_or("live".to_owned(), |target| format!("stopped by {target:?}")));
    let reached = verify_trail(&store, Checkpoint::new(tenant)).await?;
    println!("verified:  {} events, {} bytes of journal", reached.sequence, std::fs::metadata(journal)?.len());
    Ok(())
}
