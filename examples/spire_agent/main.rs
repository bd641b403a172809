//! An agent that SPIRE attests trades its JWT-SVID for a token that lets it act for a person:
//!
//!     export SPIFFE_ENDPOINT_SOCKET=unix:///run/spire/agent.sock
//!     cargo run --example spire_agent --features spire
//!
//! `.ci/spire install` and `.ci/spire start DIR` set up a SPIRE to try it with. Both sides are in
//! this one process: what the agent does, and what the authorization server does that trusts the
//! bundles of its own Workload API.

use std::{error::Error, sync::Arc};

use deputize::{
    core::{Acting, Actor, Configuration, Policy, Question, ScopeSet},
    spiffe::{Bundles, Layout, SvidVerifier, TrustDomain, WorkloadApi},
    store::{Directory, Ledger, MemoryStore, Store},
    token::{Algorithm, KeyRing, Presented, Revocation, SigningKey, Trust, Verifier, fresh_token_id},
};

const ISSUER: &str = "https://id.acme.example";
const REPORTS: &str = "https://reports.acme.example";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let now = deputize_examples::now();
    let workload_api = Arc::new(WorkloadApi::connect_env().await?);

    // The authorization server: its configuration, its store, its keys, and whom it trusts.
    let config = Configuration::from_toml(include_str!("../quickstart/policy.toml"))?;
    let tenant = config.tenant().clone();
    let store = MemoryStore::new();
    store.apply(&tenant, &Actor::Operator("olga".parse()?), &config.changes(), now).await?;
    let keys = KeyRing::new(tenant.clone(), ISSUER.parse()?, SigningKey::generate(Algorithm::EdDsa)?);
    let svids = SvidVerifier::new(Layout::default(), ISSUER, Arc::clone(&workload_api));
    let trust_domain: TrustDomain = tenant.as_str().parse()?;
    let bundle = workload_api.bundle(&trust_domain).map_err(|_| "SPIRE's trust domain is not acme.example")?;
    let (jwt, x509) = (bundle.keys().iter().count(), bundle.x509_authorities().count());
    println!("trusting {trust_domain}: keys for JWT-SVIDs: {jwt}, X.509 authorities: {x509}");

    // The agent gets an SVID that is good for the authorization server and for nobody else.
    let svid = workload_api.jwt_svid(ISSUER, None).await?;
    println!("the agent is {}, says SPIRE for {} s", svid.id(), svid.expires_at().since(now));

    // The authorization server verifies it, decides, records, and signs.
    let proof = svids.jwt(svid.secret(), now)?;
    println!("its JWT-SVID proves an agent of the tenant {}", proof.tenant());
    let acting = Acting::For { person: "bob".parse()?, delegation: None };
    let question = Question { tenant: tenant.clone(), client: "research-agent".parse()?, acting, resource: None };
    let rows = store.load(&question).await?;
    let asked: ScopeSet = "reports:read reports:list reports:delete".parse()?;
    let policy = Policy::compile(question, rows)?;
    let decision = policy.decide(&asked, None, now)?;
    for scope in &decision.report().scopes {
        let refused: Vec<String> = scope.refused_by().map(|gate| gate.to_string()).collect();
        let verdict = if scope.granted { "granted".to_owned() } else { format!("refused by {}", refused.join(", ")) };
        println!("  {:16} {verdict}", scope.scope);
    }
    let issuance = decision.issue(proof, fresh_token_id(now)?).map_err(|refused| refused.error)?;
    let token = keys.sign(store.record(issuance, now).await?, now)?;

    // The reports API verifies the token, offline.
    let verifier = Verifier::new(tenant, ISSUER.parse()?, REPORTS.parse()?);
    let trust = Trust { keys: &keys.public(now), revoked: Revocation::ExpiryOnly };
    let verified = verifier.verify(trust, token.secret(), Presented::Bearer, now)?;
    let person = verified.person().map_or("nobody", |person| person.as_str());
    println!("a token for {person}: {}, for {} s", token.scopes(), token.expires_at().since(now));
    Ok(())
}
