//! Configuration in large vectors of changes, tokens by many callers at once.

use std::sync::Arc;

use deputize::{
    core::{Actor, AgentProof, Issuance, Policy, Proven, ProvenBy, UnixTime},
    store::Store,
    token::fresh_token_id,
};
use tokio::task::JoinSet;

use crate::{Failure, Job, progress::Progress, tenant, tenant::Tenant};

/// Changes that are applied together.
const CHANGES: usize = 1_000;
/// Tenants that are filled at once.
const TENANTS: usize = 4;
/// Callers of one tenant that record at once.
const CALLERS: usize = 128;

/// Resources, roles, agents, people, their bindings and delegations.
pub(crate) async fn configure<S: Store + Send + Sync + 'static>(store: &Arc<S>, job: Job) -> Result<(), Failure> {
    let progress = Arc::new(Progress::new("changes", job.tenants));
    let workers = (0..TENANTS).map(|_| change(Arc::clone(store), job, Arc::clone(&progress)));
    all(workers.collect()).await?;
    progress.end();
    Ok(())
}

async fn change<S: Store>(store: Arc<S>, job: Job, progress: Arc<Progress>) -> Result<(), Failure> {
    let olga = Actor::Operator("olga".parse()?);
    while let Some(number) = progress.next() {
        let tenant = Tenant::new(number, job)?;
        for changes in tenant.changes()?.chunks(CHANGES) {
            // Others may be at it for longer than one waits for its turn.
            while let Err(error) = store.apply(&tenant.id, &olga, changes, deputize_examples::now()).await {
                if !error.is_retryable() {
                    return Err(error.into());
                }
            }
            progress.add(changes.len());
        }
    }
    Ok(())
}

/// Tokens, as many for each tenant.
pub(crate) async fn issue<S: Store + Send + Sync + 'static>(store: &Arc<S>, job: Job) -> Result<(), Failure> {
    let progress = Arc::new(Progress::new("recordings", job.tenants));
    let workers = (0..TENANTS).map(|_| record(Arc::clone(store), job, Arc::clone(&progress)));
    all(workers.collect()).await?;
    progress.end();
    Ok(())
}

async fn record<S: Store + Send + Sync + 'static>(
    store: Arc<S>,
    job: Job,
    progress: Arc<Progress>,
) -> Result<(), Failure> {
    while let Some(number) = progress.next() {
        let tenant = Arc::new(Tenant::new(number, job)?);
        let of_each = (job.tokens / job.tenants).div_ceil(CALLERS);
        let callers = (0..CALLERS).map(|caller| {
            let (store, tenant, progress) = (Arc::clone(&store), Arc::clone(&tenant), Arc::clone(&progress));
            let person = caller * tenant.people / CALLERS;
            async move {
                let policy = policy(&*store, &tenant, person).await?;
                for _ in 0..of_each {
                    let now = deputize_examples::now();
                    drop(store.record(issuance(&policy, now)?, now).await.map_err(|refused| refused.error)?);
                    progress.add(1);
                }
                Ok(())
            }
        });
        all(callers.collect()).await?;
    }
    Ok(())
}

/// What a person's agent may do for them.
pub(crate) async fn policy(store: &impl Store, tenant: &Tenant, person: usize) -> Result<Policy, Failure> {
    let question = tenant.question(person, 1, deputize_examples::now())?;
    let rows = store.load(&question).await?;
    Ok(Policy::compile(question, rows)?)
}

pub(crate) fn issuance(policy: &Policy, now: UnixTime) -> Result<Issuance, Failure> {
    let proof = AgentProof::assertion(Proven {
        tenant: policy.question().tenant.clone(),
        by: ProvenBy::JwtSvid(policy.agent().spiffe_id.clone()),
        expires_at: now.plus(300),
        replay: Vec::new(),
        confirmation: None,
    });
    Ok(policy.decide(&tenant::asked()?, None, now)?.issue(proof, fresh_token_id(now)?)?)
}

/// Until all are done, or one has failed.
async fn all<F: Future<Output = Result<(), Failure>> + Send + 'static>(tasks: Vec<F>) -> Result<(), Failure> {
    let mut tasks: JoinSet<_> = tasks.into_iter().collect();
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(())
}
