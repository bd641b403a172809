//! The `verify` program: what it says of tokens, and of arguments that are wrong.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod support;

use deputize::{
    core::{
        Acting, Actor, AgentProof, Change, Configuration, Delegation, NonEmptySet, Proven, ProvenBy, Question,
        Recorded, ScopeSet, UnixTime,
    },
    token::{Algorithm, KeyRing, SigningKey, fresh_token_id},
};
use serde_json::{Value, json};
use support::{Ended, Files, run};

const AT: &str = "2030-01-01T00:00:00Z";
const REPORTS: &str = "https://reports.acme.example";
const ISSUER: &str = "https://id.acme.example";

struct World {
    files: Files,
    keys: KeyRing,
}

fn now() -> UnixTime {
    UnixTime::from_rfc3339(AT).unwrap()
}

impl World {
    fn new() -> Self {
        let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
        Self { files: Files::new(), keys: KeyRing::new("acme.example".parse().unwrap(), ISSUER.parse().unwrap(), key) }
    }

    /// A token of the research agent, for alice.
    fn token(&self) -> String {
        let now = now();
        let mut config = Configuration::from_toml(include_str!("../quickstart/policy.toml")).unwrap();
        let scopes: ScopeSet = "reports:list reports:read".parse().unwrap();
        let delegation = Delegation {
            id: "d1".parse().unwrap(),
            delegator: "alice".parse().unwrap(),
            agent: "research-agent".parse().unwrap(),
            scopes: NonEmptySet::new(scopes.iter().cloned()).unwrap(),
            purpose: "a test".into(),
            resources: Default::default(),
            onward: Default::default(),
            max_depth: 0,
            window: Default::default(),
            status: Default::default(),
        };
        config.apply(&Actor::Person("alice".parse().unwrap()), &Change::Delegate(delegation)).unwrap();
        let acting = Acting::For { person: "alice".parse().unwrap(), delegation: None };
        let client = "research-agent".parse().unwrap();
        let question =
            Question { tenant: config.tenant().clone(), client, acting, resource: Some(REPORTS.parse().unwrap()) };
        let policy = config.policy(question).unwrap();
        let proof = AgentProof::assertion(Proven {
            tenant: config.tenant().clone(),
            by: ProvenBy::JwtSvid("spiffe://acme.example/agent/research-agent".parse().unwrap()),
            expires_at: now.plus(60),
            replay: Vec::new(),
            confirmation: None,
        });
        let decision = policy.decide(&scopes, None, now).unwrap();
        let issuance = decision.issue(proof, fresh_token_id(now).unwrap()).unwrap();
        self.keys.sign(Recorded::assertion(issuance, now), now).unwrap().secret().to_owned()
    }

    fn verify(&self, more: &[&str], stdin: &[u8]) -> Ended {
        let keys = self.files.write("jwks.json", &self.keys.public(now()).to_json());
        let base = ["--keys", &keys, "--tenant", "acme.example", "--issuer", ISSUER, "--audience", REPORTS];
        run("verify", &[&base[..], more].concat(), stdin)
    }

    fn lines(&self, more: &[&str], stdin: &[u8]) -> (i32, Vec<Value>) {
        let ended = self.verify(more, stdin);
        assert_eq!(ended.stderr, "");
        (ended.status, ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
    }
}

#[test]
fn each_line_has_its_answer() {
    let world = World::new();
    let token = world.token();
    let valid = json!({
        "valid": true, "person": "alice", "agent": "spiffe://acme.example/agent/research-agent",
        "client_id": "research-agent", "scopes": ["reports:list", "reports:read"], "chain": ["research-agent"],
        "delegation": "d1", "expires_at": "2030-01-01T00:15:00Z",
    });
    assert_eq!(world.lines(&["--at", AT], token.as_bytes()), (0, vec![valid.clone()]));
    assert_eq!(world.lines(&["--at", AT], b""), (0, vec![]));

    let (status, answers) = world.lines(&["--at", AT, "--require", "reports:read"], token.as_bytes());
    assert_eq!((status, &answers[0]["allowed"]), (0, &json!(true)));
    let (status, answers) = world.lines(&["--at", AT, "--require", "reports:delete"], token.as_bytes());
    assert_eq!((status, &answers[0]["allowed"]), (1, &json!(false)));

    let mut input = format!("{token}\n\n {token}\n{token}\r\nnonsense\n").into_bytes();
    input.extend(b"\xff\xfe\n");
    input.extend("a".repeat(20_000).as_bytes());
    input.extend(format!("\n{token}\n").as_bytes());
    let (status, answers) = world.lines(&["--at", AT], &input);
    assert_eq!(status, 1);
    let codes: Vec<&str> = answers.iter().map(|answer| answer["error"].as_str().unwrap_or("valid")).collect();
    let malformed = "malformed";
    assert_eq!(codes, ["valid", malformed, malformed, malformed, malformed, malformed, "too_large", "valid"]);
    assert!(answers[1]["detail"].is_string());

    let (status, answers) = world.lines(&["--at", "2030-01-01T00:15:00Z"], token.as_bytes());
    assert_eq!((status, &answers[0]["error"]), (1, &json!("expired")));
}

#[test]
fn what_is_revoked_is_refused() {
    let world = World::new();
    let token = world.token();
    let verify = |revoked: Value| {
        let path = world.files.write("revoked.json", &revoked.to_string());
        world.verify(&["--at", AT, "--revoked", &path], token.as_bytes())
    };
    for (revoked, status) in [
        (json!({}), 0),
        (json!({"people": ["bob"], "agents": [], "tenant": false}), 0),
        (json!({"people": ["alice"]}), 1),
        (json!({"agents": ["research-agent"]}), 1),
        (json!({"delegations": ["d1"]}), 1),
        (json!({"tenant": true}), 1),
        (json!({"unknown": []}), 2),
        (json!({"tokens": ["not a uuid"]}), 2),
        (json!([]), 2),
    ] {
        let ended = verify(revoked.clone());
        assert_eq!(ended.status, status, "{revoked}: {ended:?}");
        assert_eq!(ended.stdout.is_empty(), status == 2, "{revoked}");
    }
}

#[test]
fn wrong_arguments_and_files_are_told_at_once() {
    let world = World::new();
    let ended = run("verify", &["--require", "x *", "--at", "noon"], b"");
    assert_eq!((ended.status, ended.stdout.as_str()), (2, ""));
    for problem in [
        "--keys is missing",
        "--tenant is missing",
        "--issuer is missing",
        "--audience is missing",
        "--require: ",
        "--at: ",
    ] {
        assert!(ended.stderr.lines().any(|line| line.starts_with(problem)), "{problem}: {}", ended.stderr);
    }
    let mut set: Value = serde_json::from_str(&world.keys.public(now()).to_json()).unwrap();
    let key = set["keys"][0].clone();
    let mut private = set.clone();
    private["keys"][0]["d"] = json!("AA");
    set["keys"].as_array_mut().unwrap().push(key);
    for (keys, problem) in [(set, "occurs twice"), (private, "private or symmetric"), (json!({}), "array `keys`")] {
        let path = world.files.write("bad.json", &keys.to_string());
        let arguments = ["--keys", &path, "--tenant", "acme", "--issuer", ISSUER, "--audience", REPORTS];
        let ended = run("verify", &arguments, b"token\n");
        assert_eq!((ended.status, ended.stdout.as_str()), (2, ""));
        assert!(ended.stderr.contains(problem), "{}", ended.stderr);
    }
}
