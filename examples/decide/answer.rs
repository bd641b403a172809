//! How a decision is shown: as a table, or as JSON for programs.

use deputize::core::{Decision, Gate, Outcome, Scope};
use serde::Serialize;

#[derive(Serialize)]
struct Answer<'a> {
    granted: Vec<&'a Scope>,
    withheld: Vec<&'a Scope>,
    denied: Vec<Denied<'a>>,
    outcome: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in: Option<u64>,
}

#[derive(Serialize)]
struct Denied<'a> {
    scope: &'a Scope,
    refused_by: Vec<Gate>,
}

pub(crate) fn print(decision: &Decision<'_>, json: bool) {
    let expires_in = decision.end().map(|end| end.since(decision.now()));
    if json {
        let denied = decision.denied().map(|scope| Denied { scope, refused_by: decision.refused_by(scope).collect() });
        let answer = Answer {
            granted: decision.granted().collect(),
            withheld: decision.withheld().collect(),
            denied: denied.collect(),
            outcome: decision.outcome(),
            expires_in,
        };
        match serde_json::to_string(&answer) {
            Ok(line) => println!("{line}"),
            Err(error) => eprintln!("{error}"),
        }
        return;
    }
    print!("{}", decision.report());
    match expires_in {
        Some(seconds) => println!("\nissued: expires in {seconds} s"),
        None => println!("\nrefused"),
    }
}
