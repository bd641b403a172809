//! What a consumer of delegated tokens does, as a tool: one token per line on stdin, one JSON
//! object per line on stdout.
//!
//!     cargo run --example verify -- --keys JWKS_FILE --tenant T --issuer URL --audience URI
//!         [--require SCOPE] [--revoked FILE] [--at RFC3339]
//!
//! Status 0 when all were valid (and allowed), 1 when one was not, 2 on bad arguments or files.

use std::{
    io::{self, BufRead, Write},
    process::ExitCode,
};

use deputize::{
    core::{AgentId, ClientId, DelegationId, Revoked, Scope, UnixTime, UserId},
    token::{KeySet, Presented, Revocation, Trust, Verified, Verifier, VerifyError, limits::MAX_TOKEN_BYTES},
};
use deputize_examples::{Arguments, Problems, moment};
use serde::Serialize;

fn main() -> ExitCode {
    let mut problems = Problems::default();
    let checks = Checks::read(&mut problems).filter(|_| problems.is_empty());
    let Some(checks) = checks else { return problems.report() };
    match checks.run(io::stdin().lock(), io::stdout().lock()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

struct Checks {
    verifier: Verifier,
    keys: KeySet,
    /// Without a file, expiry is enough: that has to be said.
    revoked: Option<Revoked>,
    require: Option<Scope>,
    now: UnixTime,
}

/// What is said of one line.
#[derive(Serialize)]
#[serde(untagged)]
enum Answer<'a> {
    Valid {
        valid: bool,
        person: Option<&'a UserId>,
        agent: Option<&'a AgentId>,
        client_id: &'a ClientId,
        scopes: Vec<&'a Scope>,
        chain: &'a [ClientId],
        delegation: Option<&'a DelegationId>,
        expires_at: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        allowed: Option<bool>,
    },
    Invalid {
        valid: bool,
        error: &'static str,
        detail: String,
    },
}

impl Checks {
    fn read(problems: &mut Problems) -> Option<Self> {
        let values = ["keys", "tenant", "issuer", "audience", "require", "revoked", "at"];
        let arguments = Arguments::read(&values, &[], problems);
        let mut needed = |name: &str| {
            let flag = format!("--{name}");
            problems.required(&flag, arguments.get(name))
        };
        let (keys, tenant, issuer, audience) = (needed("keys"), needed("tenant"), needed("issuer"), needed("audience"));
        let keys = keys.and_then(|path| {
            let text = problems.read("--keys", path)?;
            problems.check(format_args!("--keys {path}"), KeySet::from_json(&text))
        });
        let tenant = problems.parse("--tenant", tenant);
        let issuer = problems.parse("--issuer", issuer);
        let audience = problems.parse("--audience", audience);
        let require = problems.parse("--require", arguments.get("require"));
        let revoked = arguments.get("revoked").and_then(|path| problems.read_json("--revoked", path));
        let now = moment(&arguments, problems);
        Some(Self { verifier: Verifier::new(tenant?, issuer?, audience?), keys: keys?, revoked, require, now: now? })
    }

    /// Answers every line in order; whether all were valid, and allowed where that was asked.
    fn run(&self, input: impl BufRead, mut output: impl Write) -> io::Result<bool> {
        let mut all = true;
        for line in input.split(b'\n') {
            let verified = self.verify(&line?);
            let answer = match &verified {
                Ok(verified) => self.valid(verified),
                Err(error) => Answer::Invalid { valid: false, error: error.code(), detail: error.to_string() },
            };
            all &= matches!(answer, Answer::Valid { allowed: None | Some(true), .. });
            serde_json::to_writer(&mut output, &answer)?;
            writeln!(output)?;
        }
        output.flush()?;
        Ok(all)
    }

    /// A line is taken as it is: nothing is trimmed, and what is no text is no token.
    fn verify(&self, line: &[u8]) -> Result<Verified, VerifyError> {
        if line.len() > MAX_TOKEN_BYTES {
            return Err(VerifyError::TooLarge);
        }
        let token = str::from_utf8(line).map_err(|_| VerifyError::Malformed)?;
        let revoked = self.revoked.as_ref().map_or(Revocation::ExpiryOnly, Revocation::Snapshot);
        self.verifier.verify(Trust { keys: &self.keys, revoked }, token, Presented::Bearer, self.now)
    }

    fn valid<'a>(&self, verified: &'a Verified) -> Answer<'a> {
        Answer::Valid {
            valid: true,
            person: verified.person(),
            agent: verified.agent(),
            client_id: verified.client_id(),
            scopes: verified.scopes().iter().collect(),
            chain: verified.chain(),
            delegation: verified.delegation(),
            expires_at: verified.expires_at().to_rfc3339(),
            allowed: self.require.as_ref().map(|scope| verified.allows(scope)),
        }
    }
}
