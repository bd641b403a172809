//! What a process does that is killed: it makes a delegation, issues on it as fast as it can, revokes
//! it meanwhile, and so on.

use std::{
    io::Write,
    str::FromStr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use deputize::{
    core::{Actor, Change, DelegationId, TokenId},
    store::{ChangeError, LoadError, RecordError, Store, StoreError},
};
use tokio::time::sleep;

use crate::{
    Failure,
    world::{Person, config, delegation, issuance, now, revocation},
};

/// Who issue at once, beside the one that revokes.
const ISSUERS: usize = 4;
/// How many tokens a delegation is used for before it is revoked, and for how long at most.
const TOKENS: usize = 10;
const USED: Duration = Duration::from_millis(300);
/// After an error of the store.
const PAUSE: Duration = Duration::from_millis(5);

/// What a process says of its store.
#[derive(Debug)]
pub(crate) enum Said {
    /// It is open.
    AtWork,
    /// This token is recorded.
    Issued(TokenId),
    /// This token is recorded, though the recording began after the revocation had returned.
    Stale(TokenId),
    /// This delegation is revoked, and how long that took.
    Revoked(DelegationId, Duration),
    /// It failed: how.
    Failed(String),
}

impl FromStr for Said {
    type Err = Failure;
    fn from_str(line: &str) -> Result<Self, Failure> {
        // The full stop tells a line that was said to its end.
        let (what, rest) = line.strip_suffix('.').and_then(|line| line.split_once(' ')).ok_or("half a line")?;
        match what {
            "works" => Ok(Self::AtWork),
            "issued" => Ok(Self::Issued(rest.parse()?)),
            "stale" => Ok(Self::Stale(rest.parse()?)),
            "revoked" => {
                let (id, micros) = rest.split_once(' ').ok_or("half a line")?;
                Ok(Self::Revoked(id.parse()?, Duration::from_micros(micros.parse()?)))
            }
            "failed" => Ok(Self::Failed(rest.to_owned())),
            _ => Err("not a line of a worker".into()),
        }
    }
}

/// The delegation that is used, and whether its revocation has returned.
type Current = Arc<Mutex<Option<(DelegationId, bool)>>>;

/// How many tokens were recorded.
static RECORDED: AtomicUsize = AtomicUsize::new(0);

/// Works until it is killed. The first store revokes, all issue.
pub(crate) async fn run(person: Person, stores: Vec<impl Store + Send + Sync + 'static>) -> Result<(), Failure> {
    say(format_args!("works for {}", person.name()))?;
    let (stores, current) = (Arc::new(stores), Current::default());
    let mut tasks = tokio::task::JoinSet::new();
    for issuer in 0..ISSUERS {
        let (stores, current) = (stores.clone(), current.clone());
        tasks.spawn(async move {
            let store = stores.get(issuer % stores.len()).ok_or("no store")?;
            issue(person, store, &current).await
        });
    }
    tasks.spawn(async move { revoke(person, stores.first().ok_or("no store")?, &current).await });
    // None ends but by a failure.
    tasks.join_next().await.ok_or("nothing to do")??
}

async fn issue(person: Person, store: &impl Store, current: &Current) -> Result<(), Failure> {
    let config = config()?;
    loop {
        let Some((delegation, _)) = get(current) else {
            sleep(PAUSE).await;
            continue;
        };
        let issuance = match issuance(store, &config, person, &delegation).await? {
            Ok(Some(issuance)) => issuance,
            // It is over, and the next one not there yet.
            Ok(None) => {
                tokio::task::yield_now().await;
                continue;
            }
            Err(LoadError::Store(error)) => {
                failed(&error).await?;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let token = issuance.grant().token;
        // Looked at before the recording begins: from then on it must not succeed.
        let too_late = get(current) != Some((delegation, false));
        match store.record(issuance, now()).await {
            Ok(_) if too_late => say(format_args!("stale {token}"))?,
            Ok(_) => {
                say(format_args!("issued {token}"))?;
                RECORDED.fetch_add(1, Ordering::SeqCst);
            }
            Err(refused) => match refused.error {
                RecordError::Stale | RecordError::Revoked(_) => {}
                RecordError::Store(error) => failed(&error).await?,
                other => return Err(other.into()),
            },
        }
    }
}

async fn revoke(person: Person, store: &impl Store, current: &Current) -> Result<(), Failure> {
    let config = config()?;
    let actor = Actor::Person(person.id()?);
    // How long it took, the failures before it not counted.
    let change = async |change: Change| loop {
        let begun = Instant::now();
        match store.apply(config.tenant(), &actor, std::slice::from_ref(&change), now()).await {
            Ok(_) => return Ok::<_, Failure>(begun.elapsed()),
            Err(ChangeError::Store(error)) => failed(&error).await?,
            Err(error) => return Err(error.into()),
        }
    };
    loop {
        let delegation = delegation(person)?;
        let id = delegation.id.clone();
        change(Change::Delegate(delegation)).await?;
        set(current, Some((id.clone(), false)));
        let (begun, goal) = (Instant::now(), RECORDED.load(Ordering::SeqCst) + TOKENS);
        while begun.elapsed() < USED && RECORDED.load(Ordering::SeqCst) < goal {
            sleep(PAUSE).await;
        }
        let took = change(revocation(&id)).await?;
        set(current, Some((id.clone(), true)));
        say(format_args!("revoked {id} {}", took.as_micros()))?;
    }
}

fn get(current: &Current) -> Option<(DelegationId, bool)> {
    current.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn set(current: &Current, to: Option<(DelegationId, bool)>) {
    *current.lock().unwrap_or_else(PoisonError::into_inner) = to;
}

/// Nothing but the store may fail, and however it does, it is asked again.
async fn failed(error: &StoreError) -> Result<(), Failure> {
    say(format_args!("failed {error}"))?;
    sleep(PAUSE).await;
    Ok(())
}

/// In one write, so that it is said or not.
fn say(what: std::fmt::Arguments<'_>) -> Result<(), Failure> {
    let mut output = std::io::stdout().lock();
    output.write_all(format!("{what}.\n").as_bytes())?;
    Ok(output.flush()?)
}
