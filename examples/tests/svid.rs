//! The `svid` program: what it says of SVIDs and ids, and of arguments that are wrong.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod support;

use deputize::{core::UnixTime, spiffe::testing::Authority};
use serde_json::{Value, json};
use support::{Files, run};

const AT: &str = "2030-01-01T00:00:00Z";
const AUDIENCE: &str = "https://id.acme.example";

fn now() -> UnixTime {
    UnixTime::from_rfc3339(AT).unwrap()
}

fn authority() -> Authority {
    Authority::generate("acme.example".parse().unwrap()).unwrap()
}

fn answers(arguments: &[&str], stdin: &str) -> (i32, Vec<Value>) {
    let ended = run("svid", arguments, stdin.as_bytes());
    assert_eq!(ended.stderr, "");
    (ended.status, ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[test]
fn jwt_svids_are_answered_line_by_line() {
    let (files, authority) = (Files::new(), authority());
    let bundle = files.write("bundle.json", &authority.bundle());
    let arguments = &["--trust-domain", "acme.example", "--bundle", &bundle, "--audience", AUDIENCE, "--at", AT];
    let svid = |id: &str, audience| authority.svid(&id.parse().unwrap(), audience, now(), 300).unwrap();
    let good = svid("spiffe://acme.example/any/path/at/all", AUDIENCE);
    let valid = json!({
        "valid": true,
        "spiffe_id": "spiffe://acme.example/any/path/at/all",
        "expires_at": "2030-01-01T00:05:00Z",
    });
    assert_eq!(answers(arguments, &good), (0, vec![valid.clone()]));
    assert_eq!(answers(arguments, ""), (0, vec![]));

    let foreign = svid("spiffe://other.example/a", AUDIENCE);
    let elsewhere = svid("spiffe://acme.example/a", "https://other.example");
    let (status, said) = answers(arguments, &[&good, "", &foreign, &elsewhere, "a.b.c", &good].join("\n"));
    assert_eq!(status, 1);
    let codes: Vec<&Value> = said.iter().map(|answer| &answer["error"]).collect();
    let expected = [
        Value::Null,
        json!("malformed"),
        json!("unknown_trust_domain"),
        json!("wrong_audience"),
        json!("malformed"),
        Value::Null,
    ];
    assert_eq!(codes, expected.iter().collect::<Vec<_>>());
    let invalid = json!({"valid": false, "error": "wrong_audience", "detail": "the SVID is for another audience"});
    assert_eq!((&said[0], &said[3]), (&valid, &invalid));
    assert_eq!(answers(arguments, &"a".repeat(16 * 1024 + 1)).1[0]["error"], "too_large");
    let not_text = run("svid", arguments, b"\xff");
    assert!(not_text.stdout.contains(r#""error":"malformed""#), "{}", not_text.stdout);
}

/// A JWK Set that says nothing of uses, as the Workload API hands it out, and PEM.
#[test]
fn bundles_come_in_three_forms() {
    let (files, authority) = (Files::new(), authority());
    let document: Value = serde_json::from_str(&authority.bundle()).unwrap();
    let mut key = document["keys"][0].clone();
    let certificate = document["keys"][1]["x5c"][0].as_str().unwrap();
    key.as_object_mut().unwrap().remove("use");
    let svid = authority.svid(&"spiffe://acme.example/a".parse().unwrap(), AUDIENCE, now(), 300).unwrap();
    let status = |bundle: &str| {
        let path = files.write("bundle", bundle);
        let arguments = ["--trust-domain", "acme.example", "--bundle", &path, "--audience", AUDIENCE, "--at", AT];
        answers(&arguments, &svid).1[0]["error"].as_str().unwrap_or("none").to_owned()
    };
    assert_eq!(status(&authority.bundle()), "none");
    assert_eq!(status(&json!({"keys": [key]}).to_string()), "none", "a JWK Set");
    let in_a_bundle = json!({"keys": [key], "spiffe_sequence": 1});
    assert_eq!(status(&in_a_bundle.to_string()), "unknown_key", "Trust Domain and Bundle §4.2.2: `use` MUST be set");
    let beside_another = json!({"keys": [key, document["keys"][1]]});
    assert_eq!(status(&beside_another.to_string()), "unknown_key");
    let pem = format!("-----BEGIN CERTIFICATE-----\n{certificate}\n-----END CERTIFICATE-----\n");
    assert_eq!(status(&pem), "unknown_key", "certificates sign no JWT-SVIDs");
}

#[test]
fn x509_svids_are_answered_file_by_file() {
    let vectors: Value = serde_json::from_str(include_str!("../../testdata/svids/x509_svid.json")).unwrap();
    let files = Files::new();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let bundle = files.write("bundle.pem", &text(&vectors["bundle"]));
    let at = UnixTime::from_secs(vectors["now"].as_u64().unwrap()).unwrap().to_rfc3339();
    let base = ["--trust-domain", "acme", "--bundle", &bundle, "--at", &at, "--x509"];
    let write = |vectors: &Value| -> Vec<String> {
        let all = vectors.as_array().unwrap().iter().enumerate();
        all.map(|(at, vector)| files.write(&format!("{at}.pem"), &text(&vector["chain"]))).collect()
    };
    let ask = |paths: &[String]| {
        answers(&[&base[..], &paths.iter().map(String::as_str).collect::<Vec<_>>()[..]].concat(), "")
    };
    let (status, said) = ask(&write(&vectors["accepted"]));
    assert_eq!((status, said.len()), (0, vectors["accepted"].as_array().unwrap().len()));
    assert!(said.iter().all(|answer| answer["spiffe_id"] == "spiffe://acme/agent/r1"), "{said:?}");
    assert!(said[0]["expires_at"].as_str().unwrap().starts_with("2126-"), "{said:?}");

    let (status, said) = ask(&write(&vectors["refused"]));
    assert_eq!(status, 1);
    let codes = vectors["refused"].as_array().unwrap().iter().map(|vector| &vector["code"]);
    assert_eq!(said.iter().map(|answer| &answer["error"]).collect::<Vec<_>>(), codes.collect::<Vec<_>>());

    let cut = text(&vectors["accepted"][0]["chain"]).replace("-----END", "");
    for text in ["", "no PEM", &cut] {
        let (status, said) = ask(&[files.write("bad.pem", text)]);
        assert_eq!((status, &said[0]["error"]), (1, &json!("malformed")), "{text}");
    }
}

#[test]
fn ids_are_parsed_line_by_line() {
    let id = |text: &str| {
        let (status, said) = answers(&["--id"], &(json!(text).to_string() + "\n"));
        assert_eq!(status == 0, said[0]["valid"] == true);
        said[0].clone()
    };
    for (text, trust_domain, path) in [
        ("spiffe://acme.example/agent/a", "acme.example", "/agent/a"),
        ("spiffe://acme.example", "acme.example", ""),
        ("spiffe://0_-./A.b_c-9", "0_-.", "/A.b_c-9"),
    ] {
        assert_eq!(id(text), json!({"valid": true, "trust_domain": trust_domain, "path": path}));
    }
    for text in [
        "",
        "spiffe://",
        "spiffe://acme/",
        "spiffe:///a",
        "spiffe://acme//a",
        "spiffe://acme/a/",
        "spiffe://acme/./a",
        "spiffe://acme/..",
        "spiffe://Acme/a",
        "SPIFFE://acme/a",
        "spiffe://acme:1/a",
        "spiffe://u@acme/a",
        "spiffe://acme/a?b",
        "spiffe://acme/a#b",
        "spiffe://acme/%61",
        "spiffe://acme/ä",
        " spiffe://acme/a",
        "spiffe://acme/a\n",
        "http://acme/a",
    ] {
        assert_eq!(id(text)["error"], "invalid_spiffe_id", "{text:?}");
    }
    assert_eq!(id(&format!("spiffe://acme/{}", "a".repeat(2048 - 14)))["valid"], true, "SPIFFE-ID §2.3");
    assert_eq!(id(&format!("spiffe://acme/{}", "a".repeat(2049 - 14)))["error"], "invalid_spiffe_id");
    assert_eq!(id(&format!("spiffe://{}", "a".repeat(255)))["valid"], true);
    assert_eq!(id(&format!("spiffe://{}", "a".repeat(256)))["error"], "invalid_spiffe_id");
    for line in ["spiffe://acme/a", "7", "[\"spiffe://acme/a\"]", "\"spiffe://acme/a", "", r#""\ud800""#] {
        let (status, said) = answers(&["--id"], &format!("{line}\n"));
        assert_eq!((status, &said[0]["error"]), (1, &json!("malformed")), "{line}");
    }
}

#[test]
fn every_bad_argument_is_named() {
    let files = Files::new();
    let good = files.write("bundle.json", r#"{"keys": []}"#);
    let bad = files.write("bad.json", r#"{"keys": 1}"#);
    let said = |arguments: &[&str]| {
        let ended = run("svid", arguments, b"");
        assert_eq!((ended.status, ended.stdout.as_str()), (2, ""));
        ended.stderr
    };
    assert_eq!(said(&[]), "--trust-domain is missing\n--bundle is missing\n--audience is missing\n");
    let base = ["--trust-domain", "acme", "--bundle", &good, "--audience", "a"];
    let with = |more: &[&str]| said(&[&base[..], more].concat());
    assert_eq!(with(&["file"]), "unexpected argument \"file\"\n");
    assert_eq!(with(&["--x509"]), "--x509 needs a file\n");
    assert_eq!(with(&["--x509", "--id", "f"]), "--x509 and --id are two different tasks\n");
    assert_eq!(
        with(&["--at", "now"]),
        "--at: time: is written like `2030-01-31T09:00:00Z`, in whole seconds (RFC 3339)\n"
    );
    assert!(with(&["--x509", "no such file"]).starts_with("--x509 no such file: "));
    assert!(said(&["--trust-domain", "Acme", "--bundle", &good, "--audience", "a"]).starts_with("--trust-domain: "));
    let refused = said(&["--trust-domain", "acme", "--bundle", &bad, "--audience", "a"]);
    let why = "the bundle's key set is refused: the key set is not a JSON object with an array `keys`";
    assert_eq!(refused, format!("--bundle {bad}: {why}\n"));
}
