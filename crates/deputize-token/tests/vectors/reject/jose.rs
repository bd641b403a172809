//! RFC 7515, 7518, 8037, 8725 and 9068 §2.1: the container.

use aws_lc_rs::hmac;
use deputize_token::jws::{decode, encode};
use serde_json::json;

use crate::{Vectors, draft::Draft, keys};

pub(super) fn compact(all: &mut Vectors) {
    let form = "RFC 7515 §7.1";
    all.refuse("empty", form, "malformed", |it| it.edit(|_| String::new()));
    all.refuse("one_part", form, "malformed", |it| it.edit(|token| token.replace('.', "")));
    all.refuse("two_parts", form, "malformed", |it| it.edit(|token| token.rsplit_once('.').unwrap().0.to_owned()));
    all.refuse("four_parts", form, "malformed", |it| it.edit(|token| token + ".AA"));
    all.refuse("five_parts_as_a_jwe", "RFC 7516 §7.1", "malformed", |it| it.edit(|token| token + ".AA.AA"));
    all.refuse("empty_header", form, "malformed", |it| {
        it.edit(|token| format!(".{}", token.split_once('.').unwrap().1))
    });
    all.refuse("empty_payload", form, "malformed", |it| it.claims_bytes(b""));
    all.refuse("empty_signature", form, "bad_signature", |it| it.signature(b""));
    all.refuse("json_serialization", "RFC 7515 §7.2", "malformed", |it| {
        it.edit(|token| {
            let parts: Vec<&str> = token.split('.').collect();
            // As text: in what order the library prints members depends on its features.
            format!(r#"{{"payload":"{}","protected":"{}","signature":"{}"}}"#, parts[1], parts[0], parts[2])
        })
    });
    all.refuse("leading_space", form, "malformed", |it| it.edit(|token| format!(" {token}")));
    all.refuse("trailing_newline", form, "malformed", |it| it.edit(|token| token + "\n"));
    all.refuse("with_scheme", "RFC 6750 §2.1", "malformed", |it| it.edit(|token| format!("Bearer {token}")));
    let encoding = "RFC 7515 §2";
    all.refuse("padded_signature", encoding, "malformed", |it| it.edit(|token| token + "=="));
    all.refuse("padded_header", encoding, "malformed", |it| it.edit(|token| token.replacen('.', "=.", 1)));
    all.refuse("line_break_in_payload", encoding, "malformed", |it| it.edit(|token| token.replacen('.', ".\r\n", 1)));
    all.refuse("standard_alphabet", encoding, "malformed", |it| {
        it.signature(&[0xff; 64]).edit(|token| token.replace('_', "/"))
    });
    all.refuse("non_ascii", encoding, "malformed", |it| it.edit(|token| token + "é"));
    all.refuse("nul", encoding, "malformed", |it| it.edit(|token| token + "\0"));
    all.refuse("trailing_bits", "RFC 4648 §3.5", "malformed", |it| {
        it.signature(&[0; 64]).edit(|token| token[..token.len() - 1].to_owned() + "B")
    });
    all.refuse("too_large", "DESIGN §5", "too_large", |it| it.claim("x", "x".repeat(16 * 1024)));
}

pub(super) fn header(all: &mut Vectors) {
    let unique = "RFC 7515 §4";
    for (name, text) in [
        ("duplicate_alg", r#"{$,"alg":"EdDSA"}"#),
        ("duplicate_kid", r#"{$,"kid":"globex"}"#),
        ("duplicate_typ", r#"{$,"typ":"JWT"}"#),
        ("duplicate_escaped", r#"{$,"\u0061lg":"none"}"#),
    ] {
        all.refuse(name, unique, "duplicate_member", |it| it.header_text(text));
    }
    for (name, text) in [
        ("header_is_an_array", "[{$}]"),
        ("header_is_a_string", "\"at+jwt\""),
        ("header_is_null", "null"),
        ("header_is_no_json", "{$"),
        ("header_with_a_tail", "{$}{}"),
        ("header_with_a_comment", "{$/**/}"),
    ] {
        all.refuse(name, "RFC 7515 §4", "malformed", |it| it.header_text(text));
    }
    for (name, clause, value) in [
        ("crit", "RFC 7515 §4.1.11", json!(["exp"])),
        ("crit_empty", "RFC 7515 §4.1.11", json!([])),
        ("crit_names_what_is_absent", "RFC 7515 §4.1.11", json!(["x"])),
    ] {
        all.refuse(name, clause, "unknown_header", |it| it.header("crit", value));
    }
    all.refuse("crit_understood", "RFC 7515 §4.1.11", "unknown_header", |it| {
        it.header("crit", json!(["x"])).header("x", 1)
    });
    all.refuse("unencoded_payload", "RFC 7797 §6", "unknown_header", |it| {
        it.header("b64", false).header("crit", json!(["b64"]))
    });
    all.refuse("unencoded_payload_without_crit", "RFC 7797 §6", "unknown_header", |it| it.header("b64", false));
    let own = keys::signing("stranger").public().to_jwk();
    for (name, clause, member, value) in [
        ("embedded_key", "RFC 7515 §4.1.3; RFC 8725 §3.10", "jwk", own),
        ("key_by_url", "RFC 7515 §4.1.2; RFC 8725 §3.10", "jku", json!("https://evil.example/keys")),
        ("certificate_by_url", "RFC 7515 §4.1.5", "x5u", json!("https://evil.example/chain")),
        ("embedded_certificate", "RFC 7515 §4.1.6", "x5c", json!(["AA"])),
        ("certificate_digest", "RFC 7515 §4.1.7", "x5t", json!("AA")),
        ("certificate_digest_sha256", "RFC 7515 §4.1.8", "x5t#S256", json!("AA")),
        ("nested_content", "RFC 7515 §4.1.10", "cty", json!("JWT")),
        ("compressed", "RFC 7516 §4.1.3", "zip", json!("DEF")),
        ("encrypted", "RFC 7516 §4.1.2", "enc", json!("A256GCM")),
        ("unknown_member", "DESIGN §5", "x", json!(1)),
    ] {
        all.refuse(name, clause, "unknown_header", |it| it.forged_by("stranger").header(member, value));
    }
    let kinds = "RFC 7515 §4.1";
    all.refuse("alg_missing", "RFC 7515 §4.1.1", "invalid_header", |it| it.without_header("alg"));
    all.refuse("kid_missing", "DESIGN §5", "invalid_header", |it| it.without_header("kid"));
    for (name, member) in [("alg_is_null", "alg"), ("kid_is_null", "kid"), ("typ_is_null", "typ")] {
        all.refuse(name, kinds, "invalid_header", |it| it.header(member, json!(null)));
    }
    all.refuse("kid_is_a_number", "RFC 7515 §4.1.4", "invalid_header", |it| it.header("kid", 1));
    all.refuse("alg_is_a_list", kinds, "invalid_header", |it| it.header("alg", json!(["EdDSA"])));
}

pub(super) fn algorithm(all: &mut Vectors) {
    for (name, alg) in
        [("alg_none", "none"), ("alg_none_upper_case", "NONE"), ("alg_none_mixed_case", "nOnE"), ("alg_empty", "")]
    {
        all.refuse(name, "RFC 8725 §3.2; RFC 9068 §2.1", "algorithm_mismatch", |it| {
            it.header("alg", alg).signature(b"")
        });
    }
    // Trap 2: HMAC with what everybody knows as the secret.
    let mut public = keys::signing("ed25519").public().to_jwk();
    public.sort_all_objects();
    let pem = include_str!("../../../../../testdata/keys/rsa2048.pub.pem");
    for (name, key, secret) in [
        ("hmac_with_the_jwk", "ed25519", public.to_string()),
        ("hmac_with_the_pem", "rsa-pkcs1", pem.to_owned()),
        ("hmac_with_nothing", "ed25519", String::new()),
    ] {
        all.refuse(name, "RFC 8725 §2.1", "algorithm_mismatch", |it| {
            it.signed_by(key).header("alg", "HS256");
            let secret = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
            let tag = hmac::sign(&secret, it.input().as_bytes());
            it.signature(tag.as_ref())
        });
    }
    for (name, clause, key, alg) in [
        ("alg_of_another_key", "RFC 8725 §3.1", "ed25519", "ES256"),
        ("alg_in_lower_case", "RFC 7515 §4.1.1", "ed25519", "eddsa"),
        ("ed25519_where_the_key_says_eddsa", "RFC 9864 §4", "ed25519", "Ed25519"),
        ("eddsa_where_the_key_says_ed25519", "RFC 9864 §4", "ed25519-rfc9864", "EdDSA"),
        ("pkcs1_where_the_key_says_pss", "RFC 8725 §3.2", "rsa-pss", "RS256"),
        ("pss_where_the_key_says_pkcs1", "RFC 8725 §3.2", "rsa-pkcs1", "PS256"),
        ("longer_digest", "RFC 8725 §3.2", "rsa-pkcs1", "RS512"),
        ("curve_of_another_algorithm", "RFC 7518 §3.4", "p256", "ES384"),
        ("secp256k1", "RFC 8812 §3.2", "p256", "ES256K"),
    ] {
        all.refuse(name, clause, "algorithm_mismatch", |it| it.signed_by(key).header("alg", alg));
    }
    // The header agrees with the key that it names; the signature is of the sibling algorithm.
    all.refuse("pss_signature_as_pkcs1", "RFC 8725 §3.2", "bad_signature", |it| {
        it.signed_by("rsa-pkcs1").forged_by("rsa-pss")
    });
    all.refuse("pkcs1_signature_as_pss", "RFC 8725 §3.2", "bad_signature", |it| {
        it.signed_by("rsa-pss").forged_by("rsa-pkcs1")
    });
}

pub(super) fn key(all: &mut Vectors) {
    let clause = "RFC 7515 §5.2";
    all.refuse("signed_by_another_key", clause, "bad_signature", |it| it.forged_by("stranger"));
    all.refuse("signature_of_zeros", clause, "bad_signature", |it| it.signature(&[0; 64]));
    all.refuse("ecdsa_signature_of_zeros", "RFC 7518 §3.4 (CVE-2022-21449)", "bad_signature", |it| {
        it.signed_by("p256").signature(&[0; 64])
    });
    all.refuse("signature_of_one_byte", clause, "bad_signature", |it| it.signature(&[0]));
    all.refuse("signature_with_a_tail", clause, "bad_signature", |it| it.edit(|token| token + "AAAA"));
    all.refuse("signature_cut", clause, "bad_signature", |it| it.signature(&[1; 63]));
    all.refuse("payload_exchanged", clause, "bad_signature", |it| {
        it.edit(|token| {
            let other = Draft::for_alice(1).token();
            let [header, _, signature] = parts(&token);
            format!("{header}.{}.{signature}", parts(&other)[1])
        })
    });
    all.refuse("header_exchanged", clause, "bad_signature", |it| {
        it.edit(|token| {
            let header = json!({"alg": "EdDSA", "kid": "ed25519", "typ": "AT+jwt"}).to_string();
            format!("{}.{}", encode(header.as_bytes()), token.split_once('.').unwrap().1)
        })
    });
    all.refuse("ecdsa_signature_as_der", "RFC 7518 §3.4", "bad_signature", |it| {
        it.signed_by("p256").edit(|token| {
            let (input, signature) = token.rsplit_once('.').unwrap();
            format!("{input}.{}", encode(&der(&decode(signature).unwrap())))
        })
    });
    let hint = "RFC 7515 §4.1.4; RFC 8725 §3.10";
    for (name, kid) in [
        ("kid_unknown", "stranger"),
        ("kid_empty", ""),
        ("kid_in_upper_case", "ED25519"),
        ("kid_as_a_path", "../keys/ed25519"),
        ("kid_as_a_query", "' OR 1=1 --"),
        ("kid_as_a_url", "https://evil.example/key"),
        ("kid_with_a_nul", "ed25519\0"),
    ] {
        all.refuse(name, hint, "unknown_key", |it| it.forged_by("stranger").header("kid", kid));
    }
    // Trap 9.
    all.refuse("kid_of_another_issuer", hint, "bad_signature", |it| it.signed_by("globex"));
    all.refuse("key_of_another_issuer", hint, "bad_signature", |it| it.given("key_set", "globex"));
    all.refuse("key_withdrawn", "RFC 7517 §5", "unknown_key", |it| it.given("key_set", "split"));
    all.refuse("no_keys", "RFC 7517 §5", "unknown_key", |it| it.given("key_set", "empty"));
}

/// RFC 3279 §2.2.3.
fn der(fixed: &[u8]) -> Vec<u8> {
    let integer = |half: &[u8]| {
        let digits: Vec<u8> = half.iter().copied().skip_while(|byte| *byte == 0).collect();
        let sign = if digits[0] < 0x80 { vec![] } else { vec![0] };
        [vec![2, (sign.len() + digits.len()) as u8], sign, digits].concat()
    };
    let (r, s) = fixed.split_at(fixed.len() / 2);
    let both = [integer(r), integer(s)].concat();
    [vec![0x30, both.len() as u8], both].concat()
}

fn parts(token: &str) -> [&str; 3] {
    let parts: Vec<&str> = token.split('.').collect();
    parts.try_into().unwrap()
}

pub(super) fn kind(all: &mut Vectors) {
    let clause = "RFC 9068 §4; RFC 8725 §3.11";
    all.refuse("typ_missing", clause, "wrong_type", |it| it.without_header("typ"));
    for (name, typ) in [
        ("typ_jwt", "JWT"),
        ("typ_jose", "JOSE"),
        ("typ_empty", ""),
        ("typ_dpop", "dpop+jwt"),
        ("typ_logout", "logout+jwt"),
        ("typ_client_assertion", "client-authentication+jwt"),
        ("typ_with_parameter", "at+jwt;v=1"),
        ("typ_with_space", "at+jwt "),
        ("typ_of_another_tree", "text/at+jwt"),
        ("typ_with_prefix_twice", "application/application/at+jwt"),
        ("typ_with_prefix_only", "application/"),
        ("typ_longer", "xat+jwt"),
    ] {
        all.refuse(name, clause, "wrong_type", |it| it.header("typ", typ));
    }
    // Trap 3: an ID token and a JWT-SVID, signed by the same key.
    all.refuse("id_token", "RFC 8725 §3.12", "wrong_type", |it| {
        it.header("typ", "JWT").claim("nonce", "n").claim("azp", "agent-0")
    });
    all.add("jwt_svid", "RFC 8725 §3.12", Draft::alone(), json!({"error": "wrong_type"}), |it| {
        it.header("typ", "JWT").without("client_id").without("delegation").without("jti").without("iat")
    });
}
