//! A Galera cluster of three nodes, each of which is written to; a store for each node.

use std::{
    env,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use deputize::store::MySqlStore;

use crate::{
    Failure,
    engine::{Fault, Site},
    processes::by_chance,
    servers::{Servers, Started},
};

/// How long a node is away. The others take 5 seconds to drop one that is paused.
const AWAY: [Duration; 3] = [Duration::from_millis(500), Duration::from_secs(3), Duration::from_secs(8)];

/// How long a node may take to know what another one does.
const PATIENCE: Duration = Duration::from_secs(30);

/// The place is the URLs of all nodes.
pub(crate) async fn site() -> Result<Started<Site>, Failure> {
    let (servers, urls) = match env::var("DEPUTIZE_GALERA") {
        Ok(urls) => (None, urls),
        Err(_) => match Servers::start("galera")? {
            Started::There((servers, urls)) => (Some(Arc::new(servers)), urls),
            Started::Skipped(why) => return Ok(Started::Skipped(why)),
        },
    };
    MySqlStore::migrate(urls.split(',').next().ok_or("no URL")?).await?;
    // The tables come to the other nodes when they are made there.
    for url in urls.split(',') {
        let start = Instant::now();
        while let Err(error) = MySqlStore::connect(url).await {
            if start.elapsed() > PATIENCE {
                return Err(error.into());
            }
            thread::sleep(Duration::from_millis(100));
        }
    }
    let faults = servers.iter().flat_map(|servers| {
        let away = |what: &'static str| {
            let servers = servers.clone();
            Box::new(move || {
                let node = (1 + by_chance() % 3).to_string();
                servers.tell(what, &[&node])?;
                thread::sleep(AWAY.get(by_chance() as usize % AWAY.len()).copied().unwrap_or_default());
                servers.tell("heal", &[&node]).map(drop)
            })
        };
        [
            Fault { name: "nodes killed and healed", cause: away("kill") },
            Fault { name: "nodes paused and resumed", cause: away("pause") },
        ]
    });
    let faults = faults.collect();
    Ok(Started::There(Site { place: urls, faults, kept: Box::new(servers) }))
}

/// Of two nodes: what is revoked at one is issued at both.
pub(crate) async fn open(place: &str) -> Result<Vec<MySqlStore>, Failure> {
    let urls: Vec<_> = place.split(',').collect();
    let first = by_chance() as usize;
    let mut stores = Vec::new();
    for node in [first, first.wrapping_add(1)] {
        stores.push(MySqlStore::connect(urls.get(node % urls.len()).ok_or("no URL")?).await?);
    }
    Ok(stores)
}
