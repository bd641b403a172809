//! RFC 8693 §4 and RFC 7800, and the claim of our own: whom the token descends from.

use serde_json::{Value, json};

use super::{invalid, missing};
use crate::{
    Vectors,
    draft::{Draft, act, jti},
};

pub(super) fn actor(all: &mut Vectors) {
    let clause = "RFC 8693 §4.1";
    let alice = || Draft::for_alice(0);
    all.add("act_missing", clause, alice(), missing("act"), |it| it.without("act"));
    all.add("act_missing_down_a_chain", clause, Draft::for_alice(2), missing("act"), |it| it.without("act"));
    all.add("act_without_delegation", clause, alice(), missing("delegation.id"), |it| it.without("delegation.id"));
    all.add("act_when_alone", clause, Draft::alone(), missing("delegation.id"), |it| it.claim("act", act(0)));
    for (name, value) in [
        ("act_null", Value::Null),
        ("act_string", json!("spiffe://acme/agent/0")),
        ("act_list", json!([act(0)])),
        ("act_empty", json!({})),
        ("act_without_client_id", json!({"sub": "spiffe://acme/agent/0"})),
        ("act_without_sub", json!({"client_id": "agent-0"})),
        ("act_of_another_client_sub", json!({"sub": "agent-1", "client_id": "agent-0"})),
        ("act_sub_without_path", json!({"sub": "spiffe://acme", "client_id": "agent-0"})),
        ("act_sub_upper_case", json!({"sub": "spiffe://ACME/agent/0", "client_id": "agent-0"})),
        ("act_sub_number", json!({"sub": 1, "client_id": "agent-0"})),
        ("act_client_id_with_space", json!({"sub": "spiffe://acme/agent/0", "client_id": "agent 0"})),
    ] {
        all.invalid(name, clause, "act", |it| it.claim("act", value));
    }
    all.invalid("act_nested_null", clause, "act", |it| it.claim("act.act", Value::Null));
    all.invalid("act_nested_beyond_depth", clause, "act", |it| it.claim("act.act", act(1)));
    all.invalid("act_of_another_client", "RFC 8693 §4.1, §4.3", "client_id", |it| {
        it.claim("act", json!({"sub": "spiffe://acme/agent/0", "client_id": "agent-1"}))
    });
    all.invalid("client_of_another_actor", "RFC 8693 §4.3", "client_id", |it| it.claim("client_id", "agent-1"));
    // Trap 17.
    all.add("act_nested_sixteen_times", "RFC 8693 §4.1", alice(), json!({"error": "malformed"}), |it| {
        it.claim("act", act(16))
    });
    let chain = |all: &mut Vectors, name, edit: fn(&mut Draft) -> &mut Draft| {
        all.add(name, clause, Draft::for_alice(2), invalid("act"), edit);
    };
    chain(all, "act_shorter_than_depth", |it| it.claim("act", act(1)).claim("client_id", "agent-1"));
    chain(all, "act_longer_than_depth", |it| it.claim("act", act(3)).claim("client_id", "agent-3"));
    chain(all, "client_twice_in_chain", |it| it.claim("act.act.client_id", "agent-2"));
    chain(all, "client_comes_again", |it| it.claim("act.act.act.client_id", "agent-2"));
    chain(all, "spiffe_id_twice_in_chain", |it| it.claim("act.act.sub", "spiffe://acme/agent/2"));
    chain(all, "spiffe_id_is_anothers_client_id", |it| {
        it.claim("act.act.act.client_id", "spiffe://acme/agent/2").claim("act.act.act.sub", "spiffe://acme/agent/2")
    });
    all.add("client_id_is_an_earlier_spiffe_id", clause, Draft::for_alice(2), invalid("act"), |it| {
        let again = "spiffe://acme/agent/0";
        it.claim("client_id", again).claim("act.client_id", again).claim("act.sub", again)
    });
}

pub(super) fn chain(all: &mut Vectors) {
    let clause = "DESIGN §5";
    for (name, claim) in [
        ("no_tenant", "tenant"),
        ("no_proof", "proof"),
        ("no_depth", "depth"),
        ("no_max_depth", "max_depth"),
        ("no_chain", "chain"),
    ] {
        let expected = missing(claim);
        all.add(name, clause, Draft::for_alice(0), expected, |it| it.without(&format!("delegation.{claim}")));
    }
    all.invalid("delegation_string", clause, "delegation", |it| it.claim("delegation", "d1"));
    all.invalid("delegation_list", clause, "delegation", |it| it.claim("delegation", json!([])));
    for (name, claim, value) in [
        ("tenant_upper_case", "tenant", json!("Acme")),
        ("tenant_empty", "tenant", json!("")),
        ("tenant_number", "tenant", json!(1)),
        ("proof_number", "proof", json!(1)),
        ("delegation_id_empty", "id", json!("")),
        ("delegation_id_null", "id", json!(null)),
        ("delegation_id_number", "id", json!(1)),
        ("depth_string", "depth", json!("0")),
        ("depth_negative", "depth", json!(-1)),
        ("depth_float", "depth", json!(0.0)),
        ("depth_beyond_a_byte", "depth", json!(256)),
        ("max_depth_beyond_a_byte", "max_depth", json!(256)),
        ("max_depth_null", "max_depth", json!(null)),
        ("chain_string", "chain", json!("")),
        ("chain_of_numbers", "chain", json!([1])),
    ] {
        all.invalid(name, clause, claim, |it| it.claim(&format!("delegation.{claim}"), value));
    }
    // Trap 17: the ceiling is ours, not the token's.
    for (name, depth, max_depth) in
        [("max_depth_nine", 0, 9), ("max_depth_largest", 0, 255), ("depth_without_chain", 1, 8)]
    {
        all.invalid(name, clause, "delegation", |it| {
            it.claim("delegation.depth", depth).claim("delegation.max_depth", max_depth)
        });
    }
    let of_two = |all: &mut Vectors, name, claim, edit: fn(&mut Draft) -> &mut Draft| {
        all.add(name, clause, Draft::for_alice(2), invalid(claim), edit);
    };
    of_two(all, "deeper_than_allowed", "delegation", |it| it.claim("delegation.max_depth", 1));
    of_two(all, "depth_less_than_chain", "delegation", |it| it.claim("delegation.depth", 1));
    of_two(all, "depth_more_than_chain", "delegation", |it| it.claim("delegation.depth", 3));
    of_two(all, "chain_shorter", "delegation", |it| it.claim("delegation.chain", json!([jti(0)])));
    of_two(all, "chain_longer", "delegation", |it| it.claim("delegation.chain", json!([jti(0), jti(1), jti(9)])));
    let entry = "delegation.chain";
    of_two(all, "chain_entry_twice", entry, |it| it.claim("delegation.chain", json!([jti(0), jti(0)])));
    of_two(all, "chain_holds_the_token", entry, |it| it.claim("delegation.chain", json!([jti(0), jti(2)])));
    of_two(all, "chain_entry_in_upper_case", entry, |it| {
        it.claim("delegation.chain", json!([jti(0).to_uppercase(), jti(1)]))
    });
    all.add("nine_hops", clause, Draft::for_alice(9), invalid(entry), |it| it.claim("delegation.max_depth", 9));
    all.add("nine_hops_of_eight", clause, Draft::for_alice(9), invalid(entry), |it| it);
    all.add("alone_with_hops_left", clause, Draft::alone(), invalid("delegation"), |it| {
        it.claim("delegation.max_depth", 1)
    });
    all.add("alone_down_a_chain", clause, Draft::alone(), invalid("delegation"), |it| {
        it.claim("delegation.max_depth", 1).claim("delegation.depth", 1).claim("delegation.chain", json!([jti(1)]))
    });
    for (name, proof) in [
        ("proof_unknown", "password"),
        ("proof_upper_case", "JWT_SVID"),
        ("proof_empty", ""),
        // A SPIFFE ID, and no SVID that proved it.
        ("spiffe_id_by_client_secret", "client_secret"),
        ("spiffe_id_by_private_key_jwt", "private_key_jwt"),
        ("spiffe_id_by_tls_client_auth", "tls_client_auth"),
    ] {
        all.invalid(name, clause, "delegation.proof", |it| it.claim("delegation.proof", proof));
    }
    for (name, proof) in [("jwt_svid_without_spiffe_id", "jwt_svid"), ("x509_svid_without_spiffe_id", "x509_svid")] {
        all.invalid(name, clause, "delegation.proof", |it| {
            it.claim("delegation.proof", proof).claim("act.sub", "agent-0")
        });
    }
    all.add("alone_svid_without_spiffe_id", clause, Draft::alone(), invalid("delegation.proof"), |it| {
        it.claim("sub", "agent-0")
    });
    all.refuse("tenant_another", "DESIGN §5", "wrong_tenant", |it| it.claim("delegation.tenant", "globex"));
    all.refuse("verifier_of_another_tenant", "DESIGN §5", "wrong_tenant", |it| it.given("tenant", "globex"));
}

pub(super) fn confirmation(all: &mut Vectors) {
    let digest = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";
    let clause = "RFC 7800 §3.1";
    for (name, cnf) in [
        ("cnf_null", Value::Null),
        ("cnf_empty", json!({})),
        ("cnf_string", json!(digest)),
        ("cnf_list", json!([{"jkt": digest}])),
        ("cnf_with_unknown_member_only", json!({"kid": "x"})),
        ("cnf_with_a_key_only", json!({"jwk": {"kty": "OKP"}})),
        ("cnf_jkt_null", json!({"jkt": null})),
        ("cnf_jkt_too_short", json!({"jkt": "AAAA"})),
        ("cnf_jkt_too_long", json!({"jkt": format!("{digest}AAAA")})),
        ("cnf_jkt_padded", json!({"jkt": format!("{digest}=")})),
        ("cnf_jkt_trailing_bits", json!({"jkt": format!("{}J", &digest[..42])})),
        ("cnf_jkt_in_hexadecimal", json!({"jkt": "00".repeat(32)})),
        ("cnf_x5t_in_standard_base64", json!({"x5t#S256": digest.replace('-', "+")})),
        ("cnf_x5t_broken_beside_jkt", json!({"jkt": digest, "x5t#S256": ""})),
        ("cnf_jkt_broken_beside_x5t", json!({"jkt": 1, "x5t#S256": digest})),
    ] {
        all.invalid(name, clause, "cnf", |it| it.claim("cnf", cnf));
    }
    // Trap 23.
    for (name, clause, cnf) in [
        ("dpop_bound_as_bearer", "RFC 9449 §7.1", json!({"jkt": digest})),
        ("certificate_bound_as_bearer", "RFC 8705 §3", json!({"x5t#S256": digest})),
        ("both_bound_as_bearer", "RFC 7800 §3.1", json!({"jkt": digest, "x5t#S256": digest})),
        ("bound_with_unknown_member", "RFC 7800 §3.1", json!({"jkt": digest, "kid": "x"})),
    ] {
        all.refuse(name, clause, "bound_presented_as_bearer", |it| it.claim("cnf", cnf));
    }
}

pub(super) fn revoked(all: &mut Vectors) {
    for (name, revoked) in [
        ("revoked_token", json!({"tokens": [jti(2)]})),
        ("revoked_parent", json!({"tokens": [jti(1)]})),
        ("revoked_root", json!({"tokens": [jti(0)]})),
        ("revoked_delegation", json!({"delegations": ["d1"]})),
        ("revoked_agent", json!({"agents": ["agent-2"]})),
        ("revoked_agent_in_the_middle", json!({"agents": ["agent-1"]})),
        ("revoked_first_agent", json!({"agents": ["agent-0"]})),
        ("revoked_person", json!({"people": ["alice"]})),
        ("revoked_tenant", json!({"tenant": true})),
    ] {
        all.add(name, "DESIGN §5", Draft::for_alice(2), json!({"error": "revoked"}), |it| {
            it.given("revoked", revoked)
        });
    }
    all.add("revoked_alone", "DESIGN §5", Draft::alone(), json!({"error": "revoked"}), |it| {
        it.given("revoked", json!({"agents": ["agent-0"]}))
    });
}
