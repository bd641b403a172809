//! Every form in which a key ring emits a token, and the few liberties that the standards grant.

use serde_json::{Value, json};

use crate::{
    Vector, Vectors,
    draft::{Draft, NOW, jti},
};

fn alone() -> Value {
    json!({
        "tenant": "acme", "person": null, "delegation": null, "agent": "spiffe://acme/agent/0",
        "client_id": "agent-0", "chain": ["agent-0"], "tokens": [jti(0)], "proof": "jwt_svid",
        "scopes": ["reports:list", "reports:read"], "resource": "https://reports.example", "token_id": jti(0),
        "issued_at": NOW, "expires_at": NOW + 900, "confirmation": null,
    })
}

fn for_alice(depth: usize) -> Value {
    let mut expected = alone();
    expected["person"] = json!("alice");
    expected["delegation"] = json!("d1");
    expected["agent"] = json!(format!("spiffe://acme/agent/{depth}"));
    expected["client_id"] = json!(format!("agent-{depth}"));
    expected["chain"] = (0..=depth).map(|n| format!("agent-{n}")).collect();
    expected["tokens"] = (0..=depth).map(jti).collect();
    expected["token_id"] = json!(jti(depth));
    expected
}

fn with(mut expected: Value, changes: Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        expected[name] = value.clone();
    }
    expected
}

pub(crate) fn vectors() -> Vec<Vector> {
    let mut all = Vectors::default();
    for (name, clause, key) in [
        ("alg_eddsa", "RFC 8037 §3.1", "ed25519"),
        ("alg_ed25519", "RFC 9864 §2.2", "ed25519-rfc9864"),
        ("alg_es256", "RFC 7518 §3.4", "p256"),
        ("alg_es384", "RFC 7518 §3.4", "p384"),
        ("alg_ps256", "RFC 7518 §3.5", "rsa-pss"),
        ("alg_rs256", "RFC 7518 §3.3", "rsa-pkcs1"),
    ] {
        all.add(name, clause, Draft::for_alice(0), for_alice(0), |it| it.signed_by(key));
    }
    let names = ["depth_0", "depth_1", "depth_2", "depth_3", "depth_4", "depth_5", "depth_6", "depth_7", "depth_8"];
    for (depth, name) in names.into_iter().enumerate() {
        all.add(name, "RFC 8693 §4.1", Draft::for_alice(depth), for_alice(depth), |it| it);
    }
    all.add("alone", "RFC 9068 §2.2", Draft::alone(), alone(), |it| it);
    proofs(&mut all);
    liberties(&mut all);
    all.0
}

fn proofs(all: &mut Vectors) {
    let x509 = with(alone(), json!({"proof": "x509_svid"}));
    all.add("proof_x509_svid", "DESIGN §5", Draft::alone(), x509, |it| it.claim("delegation.proof", "x509_svid"));
    for (name, proof) in [
        ("proof_private_key_jwt", "private_key_jwt"),
        ("proof_tls_client_auth", "tls_client_auth"),
        ("proof_client_secret", "client_secret"),
    ] {
        let by_client = with(alone(), json!({"proof": proof, "agent": null}));
        all.add(name, "RFC 9068 §2.2 `sub`", Draft::alone(), by_client, |it| {
            it.claim("delegation.proof", proof).claim("sub", "agent-0")
        });
    }
    for (name, proof) in [
        ("act_proof_private_key_jwt", "private_key_jwt"),
        ("act_proof_tls_client_auth", "tls_client_auth"),
        ("act_proof_client_secret", "client_secret"),
    ] {
        let by_client = with(for_alice(2), json!({"proof": proof, "agent": null}));
        all.add(name, "RFC 8693 §4.1", Draft::for_alice(2), by_client, |it| {
            it.claim("delegation.proof", proof).claim("act.sub", "agent-2")
        });
    }
    all.add("earlier_actor_without_svid", "RFC 8693 §4.1", Draft::for_alice(2), for_alice(2), |it| {
        it.claim("act.act.sub", "agent-1")
    });
    let named = json!({"client_id": "spiffe://acme/agent/0", "chain": ["spiffe://acme/agent/0"]});
    let expected = with(alone(), named.clone());
    all.add("client_id_is_the_spiffe_id", "RFC 9068 §2.2", Draft::alone(), expected, |it| {
        it.claim("client_id", "spiffe://acme/agent/0")
    });
    let expected = with(for_alice(0), named);
    all.add("actor_client_id_is_the_spiffe_id", "RFC 8693 §4.3", Draft::for_alice(0), expected, |it| {
        it.claim("client_id", "spiffe://acme/agent/0").claim("act.client_id", "spiffe://acme/agent/0")
    });
}

fn liberties(all: &mut Vectors) {
    let alice = || Draft::for_alice(0);
    all.add("without_nbf", "RFC 7519 §4.1.5", alice(), for_alice(0), |it| it.without("nbf"));
    all.add("aud_as_string", "RFC 7519 §4.1.3", alice(), for_alice(0), |it| {
        it.claim("aud", "https://reports.example")
    });
    for (name, typ) in [
        ("typ_with_prefix", "application/at+jwt"),
        ("typ_upper_case", "AT+JWT"),
        ("typ_mixed_case_with_prefix", "Application/At+Jwt"),
    ] {
        all.add(name, "RFC 9068 §4; RFC 7515 §4.1.9", alice(), for_alice(0), |it| it.header("typ", typ));
    }
    all.add("last_second", "RFC 7519 §4.1.4", alice(), for_alice(0), |it| it.given("now", NOW + 899));
    all.add("within_the_leeway", "RFC 7519 §4.1.5", alice(), for_alice(0), |it| it.given("now", NOW - 30));
    let day = with(for_alice(0), json!({"expires_at": NOW + 86_400}));
    all.add("lives_a_day", "DESIGN §5", alice(), day, |it| it.claim("exp", NOW + 86_400));
    all.add("unknown_claims", "RFC 7519 §4", alice(), for_alice(0), |it| {
        it.claim("may_act", json!({"sub": "x"})).claim("delegation.new", 1).claim("act.iss", "https://x")
    });
    let deep = format!("{{$,\"x\":{}{}}}", "[".repeat(15), "]".repeat(15));
    all.add("nested_to_the_bound", "DESIGN §5", alice(), for_alice(0), |it| it.claims_text(&deep));
    all.add("white_space_in_json", "RFC 8259 §2", alice(), for_alice(0), |it| it.claims_text(" {\n$\t}\r\n"));
    let edge = with(for_alice(0), json!({"person": "\u{1f600}", "scopes": ["!#[]~"]}));
    all.add("any_text_is_a_person", "RFC 7519 §4.1.2", alice(), edge, |it| {
        it.claim("sub", "\u{1f600}").claim("scope", "!#[]~")
    });
    let escaped = with(for_alice(0), json!({"person": "bob"}));
    all.add("escaped_text", "RFC 8259 §7", alice(), escaped, |it| {
        it.without("sub").claims_text(r#"{$,"\u0073ub":"\u0062ob"}"#)
    });
    let others = json!({"agents": ["agent-9"], "tokens": [jti(9)], "delegations": ["d2"], "people": ["bob"]});
    all.add("others_are_revoked", "DESIGN §5", Draft::for_alice(2), for_alice(2), |it| it.given("revoked", others));
}
