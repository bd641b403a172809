//! What is refused, clause by clause, each vector for one reason.

mod claims;
mod delegation;
mod jose;

use serde_json::{Value, json};

use crate::{Vector, Vectors, draft::Draft};

pub(crate) fn vectors() -> Vec<Vector> {
    let mut all = Vectors::default();
    jose::compact(&mut all);
    jose::header(&mut all);
    jose::algorithm(&mut all);
    jose::key(&mut all);
    jose::kind(&mut all);
    claims::json_text(&mut all);
    claims::required(&mut all);
    claims::audience(&mut all);
    claims::time(&mut all);
    claims::names(&mut all);
    claims::scope(&mut all);
    delegation::actor(&mut all);
    delegation::chain(&mut all);
    delegation::confirmation(&mut all);
    delegation::revoked(&mut all);
    all.0
}

impl Vectors {
    /// Alice's token, with something changed.
    fn refuse(
        &mut self,
        name: &'static str,
        clause: &'static str,
        error: &'static str,
        edit: impl for<'a> FnOnce(&'a mut Draft) -> &'a mut Draft,
    ) {
        self.add(name, clause, Draft::for_alice(0), json!({ "error": error }), edit);
    }

    fn invalid(
        &mut self,
        name: &'static str,
        clause: &'static str,
        claim: &'static str,
        edit: impl for<'a> FnOnce(&'a mut Draft) -> &'a mut Draft,
    ) {
        self.add(name, clause, Draft::for_alice(0), invalid(claim), edit);
    }
}

fn invalid(claim: &str) -> Value {
    json!({"error": "invalid_claim", "claim": claim})
}

fn missing(claim: &str) -> Value {
    json!({"error": "missing_claim", "claim": claim})
}
