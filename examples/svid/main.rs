//! What a verifier of SPIFFE identities does, as a tool. One JSON object per answer on stdout.
//!
//!     cargo run --example svid -- --trust-domain TD --bundle FILE --audience A [--at RFC3339]
//!     cargo run --example svid -- --trust-domain TD --bundle FILE --x509 [--at RFC3339] PEM_FILE…
//!     cargo run --example svid -- --id
//!
//! The first reads one JWT-SVID per line from stdin, the second verifies the leaf and intermediates in
//! each file, and the third reads one JSON string per line and parses it as a SPIFFE ID. FILE holds a
//! SPIFFE bundle or a JWK Set as JSON, or certificates as PEM.
//!
//! Status 0 when all were valid, 1 when one was not, 2 on bad arguments or files.

use std::{
    io::{self, BufRead, Write},
    process::ExitCode,
};

use deputize::{
    core::{AgentId, AgentProof, UnixTime},
    spiffe::{
        Bundle, BundleError, Layout, StaticBundles, SvidError, SvidVerifier, TrustDomain, limits::MAX_SVID_BYTES,
    },
    token::jws::json,
};
use deputize_examples::{Arguments, Problems, chain, moment};
use serde::Serialize;

/// Any path at all: this tool says who a workload is, and not which agent that makes it.
const ANY_PATH: &str = "/<…>";

fn main() -> ExitCode {
    let mut problems = Problems::default();
    let values = ["trust-domain", "bundle", "audience", "at"];
    let arguments = Arguments::read_with_rest(&values, &["x509", "id"], &mut problems);
    let task = Task::of(&arguments, &mut problems).filter(|_| problems.is_empty());
    let Some(task) = task else { return problems.report() };
    let mut output = io::stdout().lock();
    let answered = match task {
        Task::Ids => lines(&mut output, identify),
        Task::Jwt { verifier, now } => lines(&mut output, |line| of(verify(&verifier, line, now))),
        Task::X509 { verifier, now, chains } => chains.iter().try_fold(true, |all, chain| {
            let verified = chain.as_ref().ok_or(SvidError::Malformed).and_then(|chain| verifier.x509(chain, now));
            write(&mut output, &of(verified)).map(|valid| all & valid)
        }),
    };
    match answered {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

enum Task {
    Ids,
    Jwt { verifier: SvidVerifier<StaticBundles>, now: UnixTime },
    X509 { verifier: SvidVerifier<StaticBundles>, now: UnixTime, chains: Vec<Option<Vec<Vec<u8>>>> },
}

/// What is said of one line or file.
#[derive(Serialize)]
#[serde(untagged)]
enum Answer {
    Svid { valid: bool, spiffe_id: String, expires_at: String },
    Id { valid: bool, trust_domain: String, path: String },
    Invalid { valid: bool, error: &'static str, detail: String },
}

impl Task {
    fn of(arguments: &Arguments, problems: &mut Problems) -> Option<Self> {
        let (x509, ids) = (arguments.get("x509").is_some(), arguments.get("id").is_some());
        if x509 && ids {
            problems.add("--x509 and --id are two different tasks");
        }
        if x509 && arguments.rest.is_empty() {
            problems.add("--x509 needs a file");
        }
        for argument in arguments.rest.iter().filter(|_| !x509) {
            problems.add(format_args!("unexpected argument {argument:?}"));
        }
        if ids {
            return Some(Self::Ids);
        }
        let mut needed = |name: &str| {
            let flag = format!("--{name}");
            problems.required(&flag, arguments.get(name))
        };
        let (trust_domain, bundle) = (needed("trust-domain"), needed("bundle"));
        // Certificates have no audience.
        let audience = if x509 { Some("") } else { needed("audience") };
        let trust_domain = problems.parse("--trust-domain", trust_domain);
        let bundle = bundle.and_then(|path| {
            let text = problems.read("--bundle", path)?;
            problems.check(format_args!("--bundle {path}"), read_bundle(trust_domain.clone()?, &text).map_err(in_full))
        });
        let now = moment(arguments, problems);
        let files = arguments.rest.iter().filter(|_| x509);
        let chains = files.map(|path| problems.read_bytes("--x509", path).map(|pem| chain(&pem)));
        let chains: Vec<_> = chains.collect();
        let layout = problems.check("layout", ANY_PATH.parse::<Layout>());
        let verifier = SvidVerifier::new(layout?, audience?, StaticBundles::new([bundle?]));
        let (now, chains) = (now?, chains.into_iter().collect::<Option<_>>()?);
        Some(if x509 { Self::X509 { verifier, now, chains } } else { Self::Jwt { verifier, now } })
    }
}

/// PEM, a SPIFFE bundle, or a JWK Set in which nothing is as in a SPIFFE bundle.
fn read_bundle(trust_domain: TrustDomain, text: &str) -> Result<Bundle, BundleError> {
    if text.contains("-----BEGIN") {
        return Bundle::from_pem(trust_domain, text);
    }
    let is_spiffe = json::parse(text.as_bytes()).is_ok_and(|document| {
        let uses = document.get("keys").and_then(|keys| keys.as_array()).into_iter().flatten();
        let mut uses = uses.filter_map(|jwk| jwk.get("use")?.as_str());
        document.get("spiffe_sequence").is_some()
            || document.get("spiffe_refresh_hint").is_some()
            || uses.any(|name| matches!(name, "jwt-svid" | "x509-svid"))
    });
    if is_spiffe { Bundle::from_json(trust_domain, text) } else { Bundle::from_jwks(trust_domain, text) }
}

/// With what caused it.
fn in_full(error: BundleError) -> String {
    match std::error::Error::source(&error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

/// A line is taken as it is: nothing is trimmed, and what is no text is no SVID.
fn verify(verifier: &SvidVerifier<StaticBundles>, line: &[u8], now: UnixTime) -> Result<AgentProof, SvidError> {
    if line.len() > MAX_SVID_BYTES {
        return Err(SvidError::TooLarge);
    }
    verifier.jwt(str::from_utf8(line).map_err(|_| SvidError::Malformed)?, now)
}

fn of(verified: Result<AgentProof, SvidError>) -> Answer {
    match verified {
        Ok(proof) => Answer::Svid {
            valid: true,
            spiffe_id: proof.by().spiffe_id().map(ToString::to_string).unwrap_or_default(),
            expires_at: proof.expires_at().to_rfc3339(),
        },
        Err(error) => Answer::Invalid { valid: false, error: error.code(), detail: error.to_string() },
    }
}

/// SPIFFE-ID §2: a trust domain alone is an id too, with an empty path.
fn identify(line: &[u8]) -> Answer {
    let refused = |error: SvidError, detail: String| Answer::Invalid { valid: false, error: error.code(), detail };
    let Ok(text) = serde_json::from_slice::<String>(line) else {
        return refused(SvidError::Malformed, "the line is not a JSON string".to_owned());
    };
    let alone = text.strip_prefix("spiffe://").and_then(|name| name.parse::<TrustDomain>().ok());
    match (alone, text.parse::<AgentId>()) {
        (Some(alone), _) => Answer::Id { valid: true, trust_domain: alone.to_string(), path: String::new() },
        (None, Ok(id)) => {
            Answer::Id { valid: true, trust_domain: id.trust_domain().to_owned(), path: id.path().to_owned() }
        }
        (None, Err(error)) => refused(SvidError::InvalidSpiffeId, error.to_string()),
    }
}

/// Answers every line of stdin in order; whether all were valid.
fn lines(output: &mut impl Write, answer: impl Fn(&[u8]) -> Answer) -> io::Result<bool> {
    let mut all = true;
    for line in io::stdin().lock().split(b'\n') {
        all &= write(output, &answer(&line?))?;
    }
    Ok(all)
}

/// Whether it was valid.
fn write(output: &mut impl Write, answer: &Answer) -> io::Result<bool> {
    serde_json::to_writer(&mut *output, answer)?;
    writeln!(output)?;
    Ok(!matches!(answer, Answer::Invalid { .. }))
}
