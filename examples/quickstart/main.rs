//! A person's authority handed to an agent, narrowed, proven, used, handed on, revoked and traced:
//!
//!     cargo run --example quickstart
//!
//! Everything is real but the platform that attests the agents: a demonstration trust domain stands
//! in for SPIRE. The database is a file in a temporary folder.

mod show;

use std::error::Error;

use deputize::{
    core::{
        Acting, Actor, AgentId, AgentProof, Allow, Change, Configuration, Delegation, NonEmptySet, Policy, Question,
        Revoked, Scope, ScopeSet, UnixTime,
    },
    spiffe::{Bundle, Layout, StaticBundles, SvidVerifier, testing::Authority},
    store::{AuditQuery, Cursor, Directory, Ledger, SqliteStore, Store},
    token::{
        AccessToken, Algorithm, Authorized, Handed, KeyRing, Permission, Presented, Revocation, SigningKey, Trust,
        Verifier, VerifyError, fresh_token_id,
    },
};
use show::Show;

const ISSUER: &str = "https://id.acme.example";
const REPORTS: &str = "https://reports.acme.example";

/// What the reports API asks for, as types.
struct ReadReports;
impl Permission for ReadReports {
    const SCOPE: Scope = Scope::from_static("reports:read");
}
struct DeleteReports;
impl Permission for DeleteReports {
    const SCOPE: Scope = Scope::from_static("reports:delete");
}

fn load_report(by: &Authorized<'_, ReadReports>, number: u32) -> String {
    let who = by.verified().person().map_or("nobody", |person| person.as_str());
    format!("report {number}, read for {who}")
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let now = deputize_examples::now();
    let mut show = Show::new();

    show.step("An operator configures the tenant");
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("deputize.db");
    SqliteStore::migrate(&path).await?;
    let store = SqliteStore::open(path).await?;
    let config = Configuration::from_toml(include_str!("policy.toml"))?;
    let operator = Actor::Operator("olga".parse()?);
    store.apply(config.tenant(), &operator, &config.changes(), now).await?;
    show.say(&format!(
        "{}: {} agents, {} roles, {} resources, in an SQLite file",
        config.tenant(),
        config.agents().count(),
        config.roles().count(),
        config.resources().count()
    ));

    let service = Service::new(store, &config)?;
    let platform = &service.platform;

    show.step("Alice hands a part of her authority to the research agent");
    let alice = Actor::Person("alice".parse()?);
    let delegation = Delegation {
        id: "alice-weekly-report".parse()?,
        delegator: "alice".parse()?,
        agent: "research-agent".parse()?,
        scopes: scopes("reports:read reports:list documents:write")?,
        purpose: "write the weekly report".into(),
        resources: Allow::Any,
        onward: ["writer-agent".parse()?].into(),
        max_depth: 1,
        window: Default::default(),
        status: Default::default(),
    };
    let handed_over = Change::Delegate(delegation);
    service.store.apply(config.tenant(), &alice, &[handed_over], now).await?;
    show.yes("reports:read, reports:list, documents:write; may be handed on once, to the writer agent");

    show.step("The agent proves who it is, asks, and gets a token");
    let svid = platform.svid(&"spiffe://acme.example/agent/research-agent".parse()?, ISSUER, now, 300)?;
    let proof = service.svids.jwt(&svid, now)?;
    show.yes("its JWT-SVID proves spiffe://acme.example/agent/research-agent");
    let asked: ScopeSet = "reports:read reports:list".parse()?;
    let for_alice =
        || -> Result<Acting, Box<dyn Error>> { Ok(Acting::For { person: "alice".parse()?, delegation: None }) };
    let token = service.issue(&show, "research-agent", for_alice()?, &asked, proof, now).await?;
    show.claims(token.secret());

    show.step("The reports API checks the token, offline");
    let verified = service.verify(&token, &Revoked::default(), now)?;
    let reader = verified.require::<ReadReports>()?;
    show.yes(&load_report(&reader, 7));
    if let Err(denied) = verified.require::<DeleteReports>() {
        show.no(&format!("deleting is refused: {denied}"));
    }

    show.step("The agent tries to get more than it was given");
    let proof = service.svids.jwt(&svid, now)?;
    let greedy: ScopeSet = "reports:delete documents:write payroll:read".parse()?;
    let refused = service.issue(&show, "research-agent", for_alice()?, &greedy, proof, now).await;
    refused_as_it_should_be(&show, refused.map(drop))?;

    show.step("It hands its task on to the writer agent, which gets less");
    let writer: AgentId = "spiffe://acme.example/agent/pipeline/writer-agent".parse()?;
    let writer_svid = platform.svid(&writer, ISSUER, now, 300)?;
    let proof = service.svids.jwt(&writer_svid, now)?;
    let by_holder = Handed::ByHolder(Presented::Bearer);
    let parent = service.keys.parent(Revocation::ExpiryOnly, token.secret(), by_holder, now)?;
    let child = service.issue(&show, "writer-agent", Acting::HandedOn(parent), &asked, proof, now).await?;
    let verified = service.verify(&child, &Revoked::default(), now)?;
    let chain: Vec<&str> = verified.chain().iter().map(|client| client.as_str()).collect();
    show.yes(&format!("alice → {} for {} s", chain.join(" → "), child.expires_at().since(now)));

    show.step("Alice revokes the delegation: one write stops everything below it");
    let target = deputize::core::Target::Delegation("alice-weekly-report".parse()?);
    service.store.apply(config.tenant(), &alice, &[Change::Revoke(target)], now).await?;
    let mut snapshot = Revoked::default();
    service.store.revoked_since(config.tenant(), Cursor::START).await?.update(&mut snapshot);
    for (whose, token) in [("research agent", &token), ("writer agent", &child)] {
        match service.verify(token, &snapshot, now) {
            Ok(_) => return Err(format!("the {whose}'s token is still taken").into()),
            Err(error) => show.no(&format!("the {whose}'s token is refused: {error}")),
        }
    }
    let proof = service.svids.jwt(&svid, now)?;
    let refused = service.issue(&show, "research-agent", for_alice()?, &asked, proof, now).await;
    refused_as_it_should_be(&show, refused.map(drop))?;

    show.step("Everything is in the audit trail");
    for event in service.store.audit(&AuditQuery::new(config.tenant().clone())).await?.events {
        show.event(&event, now);
    }
    service.store.close().await;
    Ok(())
}

/// What an authorization server that embeds deputize keeps.
struct Service {
    store: SqliteStore,
    keys: KeyRing,
    svids: SvidVerifier<StaticBundles>,
    /// What the reports API keeps.
    resource_server: Verifier,
    /// Stands in for SPIRE.
    platform: Authority,
}

impl Service {
    fn new(store: SqliteStore, config: &Configuration) -> Result<Self, Box<dyn Error>> {
        let tenant = config.tenant().clone();
        let platform = Authority::generate(tenant.as_str().parse()?)?;
        let bundle = Bundle::from_json(tenant.as_str().parse()?, &platform.bundle())?;
        Ok(Self {
            store,
            keys: KeyRing::new(tenant.clone(), ISSUER.parse()?, SigningKey::generate(Algorithm::EdDsa)?),
            svids: SvidVerifier::new(Layout::default(), ISSUER, StaticBundles::new([bundle])),
            resource_server: Verifier::new(tenant, ISSUER.parse()?, REPORTS.parse()?),
            platform,
        })
    }

    /// The whole pipeline. Leave a step out, and it does not compile.
    async fn issue(
        &self,
        show: &Show,
        client: &str,
        acting: Acting,
        asked: &ScopeSet,
        proof: AgentProof,
        now: UnixTime,
    ) -> Result<AccessToken, Box<dyn Error>> {
        let tenant = self.keys.tenant().clone();
        let question = Question { tenant, client: client.parse()?, acting, resource: Some(REPORTS.parse()?) };
        let rows = self.store.load(&question).await?;
        let policy = Policy::compile(question, rows)?;
        let decision = policy.decide(asked, None, now)?;
        show.decision(&decision.report());
        let issuance = match decision.issue(proof, fresh_token_id(now)?) {
            Ok(issuance) => issuance,
            Err(refused) => {
                let (_proof, report) = *refused.value;
                self.store.refuse(report, now).await?;
                return Err(refused.error.into());
            }
        };
        let recorded = self.store.record(issuance, now).await?;
        Ok(self.keys.sign(recorded, now)?)
    }

    fn verify(
        &self,
        token: &AccessToken,
        revoked: &Revoked,
        now: UnixTime,
    ) -> Result<deputize::token::Verified, VerifyError> {
        let trust = Trust { keys: &self.keys.public(now), revoked: Revocation::Snapshot(revoked) };
        self.resource_server.verify(trust, token.secret(), Presented::Bearer, now)
    }
}

fn scopes(text: &str) -> Result<NonEmptySet<Scope>, Box<dyn Error>> {
    let asked: ScopeSet = text.parse()?;
    NonEmptySet::new(asked.iter().cloned()).ok_or_else(|| "no scope".into())
}

fn refused_as_it_should_be(show: &Show, outcome: Result<(), Box<dyn Error>>) -> Result<(), Box<dyn Error>> {
    match outcome {
        Ok(()) => Err("a token was issued that should not have been".into()),
        Err(refusal) => {
            show.no(&format!("no token: {refusal}"));
            Ok(())
        }
    }
}
