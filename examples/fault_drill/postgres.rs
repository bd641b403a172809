//! PostgreSQL: a primary and its synchronous standby, that fail over; or a server that is left alone.

use std::{
    env, fs, process,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use deputize::store::{PostgresOptions, PostgresStore};

use crate::{
    Failure,
    engine::{Fault, Site},
    servers::{Servers, Started},
};

/// In a schema of its own. The place is a file with the schema and the URL of the primary of today.
pub(crate) async fn site() -> Result<Started<Site>, Failure> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let schema = format!("drill_{}_{}", process::id(), since.as_nanos());
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("place");
    let (servers, url) = match env::var("DEPUTIZE_POSTGRES") {
        Ok(url) => (None, url),
        Err(_) => match Servers::start("postgres_pair")? {
            Started::There((servers, urls)) => {
                let primary = urls.split(',').next().ok_or("no URL")?.to_owned();
                (Some(Arc::new(servers)), primary)
            }
            Started::Skipped(why) => return Ok(Started::Skipped(why)),
        },
    };
    PostgresStore::migrate_with(&url, options(&schema)).await?;
    fs::write(&file, format!("{schema} {url}"))?;
    let faults = servers.iter().flat_map(|servers| {
        let tell = |what: &'static [&'static str]| {
            let (servers, file, schema) = (servers.clone(), file.clone(), schema.clone());
            Box::new(move || {
                for command in what {
                    servers.tell(command, &[])?;
                    if *command == "promote" {
                        // In one step, so that nobody reads half of it.
                        let next = file.with_extension("next");
                        fs::write(&next, format!("{schema} {}", primary(&servers)?))?;
                        fs::rename(next, &file)?;
                    }
                }
                Ok(())
            })
        };
        [
            Fault { name: "times all sessions ended", cause: tell(&["disconnect"]) },
            Fault { name: "failovers", cause: tell(&["kill", "promote", "heal"]) },
            Fault { name: "restarts", cause: tell(&["stop", "start"]) },
            Fault { name: "crashes", cause: tell(&["kill", "start"]) },
        ]
    });
    let faults = faults.collect();
    let place = file.to_str().ok_or("a folder that is not UTF-8")?.to_owned();
    Ok(Started::There(Site { place, faults, kept: Box::new((folder, servers)) }))
}

/// Who may be written to, as the script tells.
fn primary(servers: &Servers) -> Result<String, Failure> {
    let status = servers.tell("status", &[])?;
    let line = status.lines().find_map(|line| line.strip_prefix("primary "));
    Ok(line.and_then(|line| line.split(' ').next()).ok_or("no primary")?.to_owned())
}

pub(crate) async fn open(place: &str) -> Result<Vec<PostgresStore>, Failure> {
    let place = fs::read_to_string(place)?;
    let (schema, url) = place.split_once(' ').ok_or("not a place")?;
    let connect = || PostgresStore::connect_with(url, options(schema));
    Ok(vec![connect().await?, connect().await?])
}

fn options(schema: &str) -> PostgresOptions {
    let mut options = PostgresOptions::default();
    schema.clone_into(&mut options.schema);
    options
}
