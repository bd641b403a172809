//! What the processes do that are killed.

use std::{io::Write, str::FromStr, time::Duration};

use deputize::{
    core::{
        Acting, Actor, AgentProof, Allow, Change, Configuration, Delegation, DelegationId, DelegationStatus,
        NonEmptySet, Policy, Proven, ProvenBy, Question, ScopeSet, Target, TokenId,
    },
    store::{ChangeError, RecordError, Store},
    token::fresh_token_id,
};

use crate::Failure;

/// What a process does.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Worker {
    /// Issues tokens on whatever delegation is live.
    Issuer,
    /// Delegates, and revokes what it delegated.
    Revoker,
}

/// What a store has acknowledged to a process.
#[derive(Debug)]
pub(crate) enum Acknowledged {
    /// This token was recorded.
    Issued(TokenId),
    /// This delegation is revoked.
    Revoked(DelegationId),
}

impl Worker {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Issuer => "issuer",
            Self::Revoker => "revoker",
        }
    }
}

impl FromStr for Worker {
    type Err = Failure;
    fn from_str(name: &str) -> Result<Self, Failure> {
        let named = [Self::Issuer, Self::Revoker].into_iter().find(|worker| worker.name() == name);
        named.ok_or_else(|| "there is no such worker".into())
    }
}

impl FromStr for Acknowledged {
    type Err = Failure;
    fn from_str(line: &str) -> Result<Self, Failure> {
        // The full stop tells a line that was said to its end.
        let (what, id) = line.strip_suffix('.').and_then(|line| line.split_once(' ')).ok_or("half a line")?;
        match what {
            "issued" => Ok(Self::Issued(id.parse()?)),
            "revoked" => Ok(Self::Revoked(id.parse()?)),
            _ => Err("not a line of a worker".into()),
        }
    }
}

/// What both need: alice, whose delegations come and go, and the agent that acts on them.
pub(crate) async fn found(store: &impl Store) -> Result<(), Failure> {
    let config = config()?;
    store
        .apply(config.tenant(), &Actor::Operator("olga".parse()?), &config.changes(), deputize_examples::now())
        .await?;
    Ok(())
}

/// Works until it is killed.
pub(crate) async fn run(worker: Worker, store: &impl Store) -> Result<(), Failure> {
    match worker {
        Worker::Issuer => issue(store).await,
        Worker::Revoker => revoke(store).await,
    }
}

async fn issue(store: &impl Store) -> Result<(), Failure> {
    let config = config()?;
    let asked: ScopeSet = "reports:list reports:read".parse()?;
    loop {
        let now = deputize_examples::now();
        let acting = Acting::For { person: "alice".parse()?, delegation: None };
        let question =
            Question { tenant: config.tenant().clone(), client: "research-agent".parse()?, acting, resource: None };
        let rows = store.load(&question).await?;
        let policy = Policy::compile(question, rows)?;
        let proof = AgentProof::assertion(Proven {
            tenant: config.tenant().clone(),
            by: ProvenBy::JwtSvid("spiffe://acme.example/agent/research-agent".parse()?),
            expires_at: now.plus(300),
            replay: Vec::new(),
            confirmation: None,
        });
        // Between one delegation and the next nothing is granted.
        let Ok(issuance) = policy.decide(&asked, None, now)?.issue(proof, fresh_token_id(now)?) else {
            tokio::task::yield_now().await;
            continue;
        };
        let token = issuance.grant().token;
        match store.record(issuance, now).await {
            Ok(_) => say("issued", &token)?,
            Err(refused) => match refused.error {
                RecordError::Stale | RecordError::Revoked(_) => {}
                RecordError::Store(error) if error.is_retryable() => {}
                other => return Err(other.into()),
            },
        }
    }
}

/// One delegation at a time, so that none is ambiguous; what a killed predecessor left behind is
/// revoked first.
async fn revoke(store: &impl Store) -> Result<(), Failure> {
    let config = config()?;
    let tenant = config.tenant();
    let alice = Actor::Person("alice".parse()?);
    let change = async |change: Change| loop {
        match store.apply(tenant, &alice, std::slice::from_ref(&change), deputize_examples::now()).await {
            Err(ChangeError::Store(error)) if error.is_retryable() => {}
            other => return other,
        }
    };
    let there = store.export(tenant).await?;
    let hers = there.delegations().filter(|delegation| delegation.delegator.as_str() == "alice");
    let live = hers.filter(|delegation| delegation.status == DelegationStatus::Active);
    for left in live.map(|delegation| delegation.id.clone()) {
        change(Change::Revoke(Target::Delegation(left.clone()))).await?;
        say("revoked", &left)?;
    }
    for number in there.delegations().count().. {
        let id: DelegationId = format!("d{number}").parse()?;
        change(Change::Delegate(delegation(id.clone())?)).await?;
        tokio::time::sleep(Duration::from_millis(20)).await;
        change(Change::Revoke(Target::Delegation(id.clone()))).await?;
        say("revoked", &id)?;
    }
    Ok(())
}

fn delegation(id: DelegationId) -> Result<Delegation, Failure> {
    Ok(Delegation {
        id,
        delegator: "alice".parse()?,
        agent: "research-agent".parse()?,
        scopes: NonEmptySet::new(["reports:read".parse()?, "reports:list".parse()?]).ok_or("no scopes")?,
        purpose: "a drill".into(),
        resources: Allow::Any,
        onward: Default::default(),
        max_depth: 0,
        window: Default::default(),
        status: Default::default(),
    })
}

fn config() -> Result<Configuration, Failure> {
    Ok(Configuration::from_toml(include_str!("../quickstart/policy.toml"))?)
}

/// In one write, so that it is said or not.
fn say(what: &str, id: &impl std::fmt::Display) -> Result<(), Failure> {
    let mut output = std::io::stdout().lock();
    output.write_all(format!("{what} {id}.\n").as_bytes())?;
    Ok(output.flush()?)
}
