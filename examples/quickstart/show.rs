//! How the story is told: colours on a terminal, plain text elsewhere.

use std::io::{IsTerminal, stdout};

use deputize::{
    core::{Report, UnixTime},
    store::{AuditEntry, AuditEvent},
};

pub(crate) struct Show {
    colours: bool,
    steps: u8,
}

impl Show {
    pub(crate) fn new() -> Self {
        let colours = stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { colours, steps: 0 }
    }

    pub(crate) fn step(&mut self, title: &str) {
        self.steps += 1;
        println!("\n{}", self.paint("1;36", &format!("{}. {title}", self.steps)));
    }

    pub(crate) fn say(&self, text: &str) {
        println!("   {text}");
    }

    pub(crate) fn yes(&self, text: &str) {
        println!("   {} {text}", self.paint("32", "✔"));
    }

    pub(crate) fn no(&self, text: &str) {
        println!("   {} {text}", self.paint("31", "✘"));
    }

    /// Each scope with what granted it, or with every gate that refuses it.
    pub(crate) fn decision(&self, report: &Report) {
        for scope in &report.scopes {
            let refused: Vec<String> = scope.refused_by().map(|gate| gate.to_string()).collect();
            if scope.granted {
                let gates = scope.gates.iter().filter(|gate| !matches!(gate.gate.as_str(), "agent" | "resource"));
                let grounds = gates.flat_map(|gate| gate.grounds.first()).map(ToString::to_string);
                self.yes(&format!("{:18} {}", scope.scope, grounds.collect::<Vec<_>>().join(", ")));
            } else {
                self.no(&format!("{:18} refused by {}", scope.scope, refused.join(", ")));
            }
        }
    }

    /// The claims of a token, as anybody can read them: they are signed, not encrypted.
    pub(crate) fn claims(&self, token: &str) {
        let payload = token.split('.').nth(1).and_then(deputize::token::jws::decode).unwrap_or_default();
        if let Ok(serde_json::Value::Object(claims)) = serde_json::from_slice(&payload) {
            for (name, value) in claims {
                println!("     {:10} {value}", self.paint("2", &name));
            }
        }
    }

    pub(crate) fn event(&self, event: &AuditEvent, start: UnixTime) {
        let (who, what) = match &event.what {
            AuditEntry::Changed { actor, change, .. } => {
                let change = serde_json::to_value(change).unwrap_or_default();
                (actor.to_string(), summary(&change))
            }
            AuditEntry::Issued { token, .. } => (
                format!("agent {}", token.client),
                format!("was issued `{}` until +{} s", token.scopes, token.expires_at.since(start)),
            ),
            AuditEntry::Refused { report } => {
                let scopes: Vec<String> = report.scopes.iter().map(|scope| scope.scope.to_string()).collect();
                let why = report.reason.as_deref().unwrap_or("the gates");
                (format!("agent {}", report.client), format!("was refused `{}`: {why}", scopes.join(" ")))
            }
            AuditEntry::Pruned { actor, through } => {
                (actor.to_string(), format!("removed the events up to {}", through.sequence))
            }
            AuditEntry::Rekeyed { actor, version, .. } => (actor.to_string(), format!("put key ring {version}")),
        };
        println!("   {:>3}  {:24}  {what}", event.sequence, who);
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colours { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// `{"put_role": {"name": "reader", …}}` as `put_role reader`.
fn summary(change: &serde_json::Value) -> String {
    let Some((kind, entry)) = change.as_object().and_then(|change| change.iter().next()) else {
        return change.to_string();
    };
    let names = ["id", "client_id", "name", "uri"];
    let named = names.iter().find_map(|name| entry.get(name));
    let name = named.or_else(|| entry.as_object()?.values().next()).unwrap_or(entry);
    format!("{kind} {}", name.as_str().map_or_else(|| name.to_string(), str::to_owned))
}
