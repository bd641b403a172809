//! The wire format's vectors: `testdata/tokens`, which other languages can run too. They are made
//! by the tables here, and only when `UPDATE_VECTORS=1` are they written; otherwise the files have
//! to say what the tables say, and the verifier has to do what the files say.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that can't set up its world fails"
)]

mod accept;
mod draft;
mod keys;
mod reject;

use std::{collections::BTreeSet, path::PathBuf};

use deputize_core::{Confirmation, Revoked, Thumbprint, UnixTime};
use deputize_token::{KeySet, Presented, Revocation, Trust, Verified, Verifier, VerifyError, jws::encode};
use draft::Draft;
use serde_json::{Map, Value, json};

/// A draft, and what a verifier makes of it.
struct Vector {
    name: &'static str,
    clause: &'static str,
    draft: Draft,
    expected: Value,
}

#[derive(Default)]
struct Vectors(Vec<Vector>);

impl Vectors {
    fn add(
        &mut self,
        name: &'static str,
        clause: &'static str,
        mut draft: Draft,
        expected: Value,
        edit: impl for<'a> FnOnce(&'a mut Draft) -> &'a mut Draft,
    ) {
        edit(&mut draft);
        self.0.push(Vector { name, clause, draft, expected });
    }
}

#[test]
fn what_a_key_ring_emits_is_taken() {
    check("accept.json", &accept::vectors());
}

#[test]
fn anything_else_is_refused_for_its_reason() {
    let vectors = reject::vectors();
    assert!(vectors.len() >= 100, "{}", vectors.len());
    check("reject.json", &vectors);
}

fn check(file: &str, vectors: &[Vector]) {
    let names: BTreeSet<&str> = vectors.iter().map(|vector| vector.name).collect();
    assert_eq!(names.len(), vectors.len(), "each name once");
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/tokens").join(file);
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        std::fs::write(&path, print(vectors)).unwrap();
    }
    let document: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(document["key_sets"], keys::sets());
    let written = document["vectors"].as_array().unwrap();
    assert_eq!(written.len(), vectors.len(), "run with UPDATE_VECTORS=1");
    let mut wrong = Vec::new();
    for (vector, written) in vectors.iter().zip(written) {
        agrees(vector, written);
        let outcome = run(&document["key_sets"], written);
        let outcome = outcome.as_ref().map_or_else(error, accepted);
        if outcome != written["expected"] {
            wrong.push(format!("{}: {outcome}", vector.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The file says what the table says, but for signatures that differ each time they are made.
fn agrees(vector: &Vector, written: &Value) {
    let mut from_table = vector.print();
    let token = written["token"].as_str().unwrap();
    if vector.draft.is_deterministic() {
        assert_eq!(from_table["token"], written["token"], "{}", vector.name);
    } else {
        assert_eq!(token.rsplit_once('.').unwrap().0, vector.draft.input(), "{}", vector.name);
        from_table["token"] = token.into();
    }
    assert_eq!(&from_table, written, "{}", vector.name);
}

impl Vector {
    fn print(&self) -> Value {
        let mut object: Map<String, Value> = self.draft.given.clone();
        object.insert("name".into(), self.name.into());
        object.insert("clause".into(), self.clause.into());
        object.insert("token".into(), self.draft.token().into());
        object.insert("expected".into(), self.expected.clone());
        object.into()
    }
}

fn print(vectors: &[Vector]) -> String {
    let all: Vec<Value> = vectors.iter().map(Vector::print).collect();
    let mut document = json!({"key_sets": keys::sets(), "vectors": all});
    document.sort_all_objects();
    format!("{document:#}\n")
}

fn run(key_sets: &Value, vector: &Value) -> Result<Verified, VerifyError> {
    let text = |name: &str| vector[name].as_str().unwrap();
    let keys = KeySet::from_json(&key_sets[text("key_set")].to_string()).unwrap();
    assert_eq!(text("presented"), "bearer");
    let verifier = Verifier::new(
        text("tenant").parse().unwrap(),
        text("issuer").parse().unwrap(),
        text("audience").parse().unwrap(),
    );
    let revoked: Option<Revoked> =
        vector.get("revoked").map(|revoked| serde_json::from_value(revoked.clone()).unwrap());
    let revoked = revoked.as_ref().map_or(Revocation::ExpiryOnly, Revocation::Snapshot);
    let now = UnixTime::from_secs(vector["now"].as_u64().unwrap()).unwrap();
    verifier.verify(Trust { keys: &keys, revoked }, text("token"), Presented::Bearer, now)
}

fn error(error: &VerifyError) -> Value {
    match error {
        VerifyError::MissingClaim(claim) | VerifyError::InvalidClaim(claim) => {
            json!({"error": error.code(), "claim": claim})
        }
        _ => json!({"error": error.code()}),
    }
}

fn accepted(verified: &Verified) -> Value {
    let thumbprint = |thumbprint: Thumbprint| Value::from(encode(thumbprint.as_bytes()));
    json!({
        "tenant": verified.tenant(),
        "person": verified.person(),
        "delegation": verified.delegation(),
        "agent": verified.agent(),
        "client_id": verified.client_id(),
        "chain": verified.chain(),
        "tokens": verified.lineage().tokens,
        "proof": verified.proof(),
        "scopes": verified.scopes().iter().map(|scope| scope.as_str()).collect::<Vec<_>>(),
        "resource": verified.resource(),
        "token_id": verified.token_id(),
        "issued_at": verified.issued_at().as_secs(),
        "expires_at": verified.expires_at().as_secs(),
        "confirmation": match verified.confirmation() {
            None => Value::Null,
            Some(Confirmation::Jkt(jkt)) => json!({"jkt": thumbprint(jkt)}),
            Some(Confirmation::X5tS256(x5t)) => json!({"x5t#S256": thumbprint(x5t)}),
            Some(Confirmation::Both { jkt, x5t_s256 }) => json!({"jkt": thumbprint(jkt), "x5t#S256": thumbprint(x5t_s256)}),
        },
    })
}
