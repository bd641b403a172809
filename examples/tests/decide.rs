//! The `decide` program: every outcome, and every mistake with the exact words for it.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod support;

use serde_json::{Value, json};
use support::{Ended, Files, run};

const POLICY: &str = r#"
tenant = "acme"
[[resource]]
uri = "https://a.example"
scopes = ["x:read", "x:write", "x:list"]
[[resource]]
uri = "https://b.example"
[[role]]
name = "all"
permissions = ["x:*"]
[[agent]]
client_id = "first"
spiffe_id = "spiffe://acme/agent/first"
acting = "either"
allowed_scopes = ["x:read", "x:write"]
max_lifetime_seconds = 600
[[agent]]
client_id = "second"
spiffe_id = "spiffe://acme/agent/second"
acting = "for_person"
allowed_scopes = ["x:*"]
max_lifetime_seconds = 600
[[agent]]
client_id = "exact"
spiffe_id = "spiffe://acme/agent/exact"
acting = "alone"
allowed_scopes = ["x:read"]
max_lifetime_seconds = 600
mode = "exact"
[[agent]]
client_id = "idle"
spiffe_id = "spiffe://acme/agent/idle"
acting = "either"
allowed_scopes = ["x:*"]
max_lifetime_seconds = 600
status = "suspended"
[[binding]]
id = "b1"
agent = "first"
role = "all"
[[binding]]
id = "b2"
agent = "second"
role = "all"
[[binding]]
id = "b3"
agent = "exact"
role = "all"
[[binding]]
id = "b4"
user = "alice"
role = "all"
not_after = 2030-01-01T00:10:00Z
[[delegation]]
id = "d1"
delegator = "alice"
agent = "first"
scopes = ["x:read", "x:write"]
purpose = "a test"
onward = ["second"]
max_depth = 1
not_after = "2030-01-01T00:05:00Z"
[[delegation]]
id = "d2"
delegator = "alice"
agent = "second"
scopes = ["x:read"]
purpose = "a test"
[[delegation]]
id = "d3"
delegator = "alice"
agent = "second"
scopes = ["x:write"]
purpose = "a test"
"#;

fn decide(files: &Files, arguments: &[&str]) -> Ended {
    let policy = files.write("policy.toml", POLICY);
    let base = ["--policy", &policy, "--at", "2030-01-01T00:00:00Z"];
    run("decide", &[&base, arguments].concat(), b"")
}

fn answer(files: &Files, arguments: &[&str]) -> Value {
    let ended = decide(files, &[arguments, &["--json"]].concat());
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""), "{arguments:?}");
    serde_json::from_str(&ended.stdout).unwrap()
}

#[test]
fn decisions_are_told_as_json() {
    let files = Files::new();
    let a = ["--resource", "https://a.example"];
    let denied = |scope: &str, gates: &[&str]| json!({"scope": scope, "refused_by": gates});
    for (arguments, expected) in [
        (
            vec!["--agent", "first", "--scope", "x:write x:read x:read x:list"],
            json!({"granted": ["x:read", "x:write"], "withheld": [], "denied": [denied("x:list", &["allowed_scopes"])],
                "outcome": "issued", "expires_in": 600}),
        ),
        (
            vec!["--agent", "first", "--scope", "x:read other", "--user", "alice", "--lifetime", "30"],
            json!({"granted": ["x:read"], "withheld": [],
                "denied": [denied("other", &["role_binding", "allowed_scopes", "resource", "delegation", "delegator"])],
                "outcome": "issued", "expires_in": 30}),
        ),
        (
            // The delegation ends before everything else.
            vec!["--agent", "first", "--scope", "x:read", "--user", "alice"],
            json!({"granted": ["x:read"], "withheld": [], "denied": [], "outcome": "issued", "expires_in": 300}),
        ),
        (
            // Another's delegation is as good as none.
            vec!["--agent", "first", "--scope", "x:read", "--user", "alice", "--delegation", "d2"],
            json!({"granted": [], "withheld": [], "denied": [denied("x:read", &["delegation"])], "outcome": "refused"}),
        ),
        (
            vec!["--agent", "first", "--scope", "x:read", "--user", "bob"],
            json!({"granted": [], "withheld": [], "denied": [denied("x:read", &["delegation", "delegator"])], "outcome": "refused"}),
        ),
        (
            vec!["--agent", "exact", "--scope", "x:read x:list"],
            json!({"granted": [], "withheld": ["x:read"], "denied": [denied("x:list", &["allowed_scopes"])], "outcome": "refused"}),
        ),
        (
            vec!["--agent", "idle", "--scope", "x:read"],
            json!({"granted": [], "withheld": [], "denied": [denied("x:read", &["agent", "role_binding"])], "outcome": "refused"}),
        ),
        (
            vec!["--agent", "second", "--scope", "x:read"],
            json!({"granted": [], "withheld": [], "denied": [denied("x:read", &["agent"])], "outcome": "refused"}),
        ),
        (
            vec!["--agent", "second", "--scope", "x:read", "--user", "alice", "--delegation", "d2"],
            json!({"granted": ["x:read"], "withheld": [], "denied": [], "outcome": "issued", "expires_in": 600}),
        ),
    ] {
        assert_eq!(answer(&files, &[&arguments[..], &a].concat()), expected, "{arguments:?}");
    }
}

fn parent(changes: Value) -> String {
    let mut parent = json!({
        "user": "alice", "delegation": "d1", "resource": "https://a.example", "scopes": "x:read",
        "agents": ["first"], "depth": 0, "max_depth": 1, "expires_at": "2030-01-01T00:04:00Z",
    });
    parent.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    parent.to_string()
}

#[test]
fn what_is_handed_on_only_narrows() {
    let files = Files::new();
    let hand_on = |changes: Value, scope: &str| {
        let path = files.write("parent.json", &parent(changes));
        answer(&files, &["--agent", "second", "--parent", &path, "--scope", scope])
    };
    let issued = json!({"granted": ["x:read"], "withheld": [], "denied": [], "outcome": "issued", "expires_in": 240});
    assert_eq!(hand_on(json!({}), "x:read"), issued);
    for (changes, scope, gates) in [
        (json!({}), "x:write", &["parent"][..]),
        (json!({"expires_at": "2030-01-01T00:00:00Z"}), "x:read", &["parent"]),
        (json!({"depth": 1}), "x:read", &["parent"]),
        (json!({"max_depth": 0}), "x:read", &["parent"]),
        (json!({"agents": ["first", "idle"]}), "x:read", &["parent"]),
        (json!({"agents": ["first", "unknown"]}), "x:read", &["parent"]),
        (json!({"delegation": "d9"}), "x:read", &["delegation", "parent"]),
        (json!({"user": "bob"}), "x:read", &["delegation", "delegator", "parent"]),
    ] {
        let denied = json!([{"scope": scope, "refused_by": gates}]);
        let refused = json!({"granted": [], "withheld": [], "denied": denied, "outcome": "refused"});
        assert_eq!(hand_on(changes.clone(), scope), refused, "{changes}");
    }
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let files = Files::new();
    let wrong = |arguments: &[&str], expected: &str| {
        let ended = decide(&files, arguments);
        assert_eq!(ended, Ended { status: 2, stdout: String::new(), stderr: expected.to_owned() }, "{arguments:?}");
    };
    let first = ["--agent", "first", "--resource", "https://a.example"];
    let with = |more: &[&'static str]| [&first[..], more].concat();
    wrong(&with(&[]), "--scope is missing\n");
    wrong(&with(&["--scope", ""]), "--scope: scopes: is empty\n");
    wrong(&with(&["--scope", "x:*"]), "--scope: scope: is concrete: `*` has no place in it (at byte 2)\n");
    wrong(
        &with(&["--scope", "a  b"]),
        "--scope: scopes: has one space between two scopes, and none at its ends (at byte 2)\n",
    );
    wrong(&with(&["--scope", "a", "--delegation", "d1"]), "--delegation needs --user\n");
    wrong(&with(&["--scope", "a", "--lifetime", "0"]), "--lifetime: a token lives for at least a second\n");
    wrong(&with(&["--scope", "a", "--nonsense"]), "--nonsense is not an option\n");
    wrong(
        &["--agent", "nobody", "--scope", "a", "--resource", "https://a.example"],
        "--agent: there is no agent `nobody`\n",
    );
    wrong(&["--agent", "first", "--scope", "a"], "--resource is missing, and the policy has no default\n");
    wrong(
        &["--agent", "first", "--scope", "a", "--resource", "https://c.example"],
        "there is no resource `https://c.example`\n",
    );
    let ambiguous = "--delegation is missing: 2 delegations are live and fit, and none is named: d2, d3\n";
    wrong(
        &["--agent", "second", "--scope", "nothing", "--user", "alice", "--resource", "https://a.example"],
        ambiguous,
    );
    let both = "--scope: scope: is concrete: `*` has no place in it (at byte 2)\n".to_owned() + ambiguous;
    wrong(&["--agent", "second", "--scope", "x:*", "--user", "alice", "--resource", "https://a.example"], &both);
    wrong(
        &["--agent", "nobody", "--delegation", "d1", "--resource", "nowhere"],
        "--scope is missing\n--delegation needs --user\n\
         --resource: resource: is an absolute URI: the scheme is missing\n--agent: there is no agent `nobody`\n",
    );
    let path = files.write("parent.json", &parent(json!({})));
    wrong(
        &["--agent", "second", "--scope", "x:read", "--parent", &path, "--user", "alice", "--delegation", "d1"],
        "--user comes from the parent and may not be given with it\n\
         --delegation comes from the parent and may not be given with it\n",
    );
    for (changes, expected) in [
        (json!({"agents": []}), "agents: a chain has at least one agent"),
        (json!({"scopes": "*"}), "scopes: scope: is concrete: `*` has no place in it (at byte 0)"),
        (json!({"user": ""}), "user: user id: is empty"),
    ] {
        let path = files.write("parent.json", &parent(changes));
        wrong(
            &["--agent", "second", "--scope", "x:read", "--parent", &path],
            &format!("--parent {path}: {expected}\n"),
        );
    }
    let path = files.write("parent.json", &parent(json!({"more": 1})));
    let ended = decide(&files, &["--agent", "second", "--scope", "x:read", "--parent", &path]);
    assert!(ended.stderr.contains("unknown field `more`"), "{ended:?}");
}

#[test]
fn a_policy_that_is_wrong_is_told_line_by_line() {
    let files = Files::new();
    let path =
        files.write("policy.toml", "tenant = \"acme\"\n[[role]]\nname = \"a\"\npermissions = [\"*\", \"b\", \"b\"]\n");
    let ended = run("decide", &["--policy", &path, "--agent", "a", "--scope", "b"], b"");
    assert_eq!((ended.status, ended.stdout.as_str()), (2, ""));
    assert_eq!(ended.stderr.lines().count(), 2, "{}", ended.stderr);
    assert!(ended.stderr.lines().all(|line| line.starts_with(&format!("{path}: line 4: role[0].permissions["))));
    let path = files.write("policy.yaml", "");
    let ended = run("decide", &["--policy", &path, "--agent", "a", "--scope", "b"], b"");
    assert_eq!(ended.stderr, format!("--policy {path}: the file's name ends with neither .toml nor .json\n"));
}

#[test]
fn without_json_it_is_a_table_with_grounds() {
    let files = Files::new();
    let ended = decide(&files, &["--agent", "first", "--scope", "x:read x:list", "--resource", "https://a.example"]);
    assert_eq!((ended.status, ended.stderr.as_str()), (0, ""));
    for line in ["x:list  ✔      ✔             ✘               ✔         denied", "issued: expires in 600 s"] {
        assert!(ended.stdout.lines().any(|seen| seen == line), "{}", ended.stdout);
    }
    assert!(ended.stdout.contains("binding b1 → role all → x:*"), "{}", ended.stdout);
}

/// The same policy in the other syntax.
#[test]
fn json_policies_are_read_by_their_extension() {
    let files = Files::new();
    let config = deputize::core::Configuration::from_toml(POLICY).unwrap();
    let path = files.write("policy.json", &config.to_json());
    let arguments =
        ["--policy", &path, "--agent", "first", "--scope", "x:read", "--resource", "https://a.example", "--json"];
    assert_eq!(run("decide", &arguments, b"").status, 0);
}
