//! The examples of the RFCs. Their signatures verify by their keys; not one of them is a token of
//! ours, and each is refused for the first thing that it lacks. Facts and vectors are theirs, by section.

use deputize_core::UnixTime;
use deputize_token::{
    Algorithm, JwkError, KeySet, KeySetError, KeyUse, Presented, Revocation, SigningKey, Trust, Verified, Verifier,
    VerifyError, VerifyingKey,
    jws::{Jws, JwsError, decode, encode},
};
use jsonwebtoken::signature::Signer;
use serde_json::{Value, json};

use crate::{
    print,
    support::{at, tenant, test_key, verifier},
};

/// RFC 7515 A.2.
fn rfc7515_rsa() -> Value {
    let n = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT\
        -SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7\
        WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91k\
        zk2PAcDTW9gb54h4FRWyuXpoQ";
    json!({"kty": "RSA", "n": n, "e": "AQAB", "alg": "RS256", "kid": "k"})
}

/// RFC 7515 A.3.
fn rfc7515_p256() -> Value {
    json!({
        "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0", "kid": "k",
    })
}

/// RFC 7515 A.4: no token of ours is signed with it, a JWT-SVID may be.
fn rfc7515_p521() -> Value {
    json!({
        "kty": "EC", "crv": "P-521",
        "x": "AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk",
        "y": "ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2",
        "kid": "k", "use": "jwt-svid",
    })
}

/// RFC 7520 §3.3, with the algorithm of the section where it signs.
fn rfc7520_rsa(alg: &str, wanted: &str) -> Value {
    let n = "n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKr\
        Kb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bT\
        wJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQ\
        kqgc5gHdrNP5zw";
    json!({"kty": "RSA", "n": n, "e": "AQAB", "alg": alg, "use": wanted, "kid": "bilbo.baggins@hobbiton.example"})
}

/// RFC 7520 §3.1.
fn rfc7520_p521() -> Value {
    json!({
        "kty": "EC", "crv": "P-521",
        "x": "AHKZLLOsCOzz5cY97ewNUajB957y-C-U88c3v13nmGZx6sYl_oJXu9A5RkTKqjqvjyekWF-7ytDyRXYgCF5cj0Kt",
        "y": "AdymlHvOiLxXkEhayXQnNCvDX4h9htZaCJN34kfmC6pV5OhQHiraVySsUdaQkAgDPrwQrJmbnX9cwlGfP-HqHZR1",
        "kid": "bilbo.baggins@hobbiton.example", "use": "jwt-svid",
    })
}

/// RFC 8037 A.2.
fn rfc8037_key() -> Value {
    json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "k"})
}

/// RFC 7515 A.1, A.2, A.3 and A.5, and RFC 7519 §3.1 and §6.1.
const JOE: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
/// RFC 7520 §4.
const DOOR: &str = "SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9h\
    ZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9m\
    ZiB0by4";
const A2: &str = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJ\
    dbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcO\
    Ln6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrB\
    p0igcN_IoypGlUPQGe77Rw";
const A3: &str = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

/// Where it stands, what signed it, header, payload and signature.
type Signed = (&'static str, Value, &'static str, &'static str, &'static str);

fn verifiable() -> Vec<Signed> {
    vec![
        ("RFC 7515 A.2, RS256", rfc7515_rsa(), "eyJhbGciOiJSUzI1NiJ9", JOE, A2),
        ("RFC 7515 A.3, ES256", rfc7515_p256(), "eyJhbGciOiJFUzI1NiJ9", JOE, A3),
        (
            "RFC 7515 A.4, ES512",
            rfc7515_p521(),
            "eyJhbGciOiJFUzUxMiJ9",
            "UGF5bG9hZA",
            "AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2Y\
             BJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn",
        ),
        (
            "RFC 7520 §4.1, RS256",
            rfc7520_rsa("RS256", "sig"),
            "eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9",
            DOOR,
            "MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZopdHM1O2U4mwzJdQx996ivp83xuglII7PNDi84wnB-BDk\
             oBwA78185hX-Es4JIwmDLJK3lfWRa-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUCTJDt5aAE6x8wW1Kt9eRo4QPocSadnHXFxnt8Is9Uzp\
             ERV0ePPQdLuW3IS_de3xyIrDaLGdjluPxUAhb6L2aXic1U12podGU0KLUQSE_oI-ZnmKJ3F4uOZDnd6QZWJushZ41Axf_fcIe8u9ipH84ogo\
             ree7vjbU5y18kDquDg",
        ),
        (
            "RFC 7520 §4.2, PS384",
            rfc7520_rsa("PS384", "jwt-svid"),
            "eyJhbGciOiJQUzM4NCIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9",
            DOOR,
            "cu22eBqkYDKgIlTpzDXGvaFfz6WGoz7fUDcfT0kkOy42miAh2qyBzk1xEsnk2IpN6-tPid6VrklHkqsGqDqHCdP6O8TTB5dDDItllVo6_1OL\
             PpcbUrhiUSMxbbXUvdvWXzg-UD8biiReQFlfz28zGWVsdiNAUf8ZnyPEgVFn442ZdNqiVJRmBqrYRXe8P_ijQ7p8Vdz0TTrxUeT3lm8d9shn\
             r2lfJT8ImUjvAA2Xez2Mlp8cBE5awDzT0qI0n6uiP1aCN_2_jLAeQTlqRHtfa64QQSUmFAAjVKPbByi7xho0uTOcbH510a6GYmJUAfmWjwZ6\
             oD4ifKo8DYM-X72Eaw",
        ),
        (
            "RFC 7520 §4.3, ES512",
            rfc7520_p521(),
            "eyJhbGciOiJFUzUxMiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9",
            DOOR,
            "AE_R_YZCChjn4791jSQCrdPZCNYqHXCTZH0-JZGYNlaAjP2kqaluUIIUnC9qvbu9Plon7KRTzoNEuT4Va2cmL1eJAQy3mtPBu_u_sDDyYjnA\
             MDxXPn7XrT0lw-kvAD890jl8e2puQens_IEKBpHABlsbEPX6sFY8OcGDqoRuBomu9xQ2",
        ),
        (
            "RFC 8037 A.4, EdDSA",
            rfc8037_key(),
            "eyJhbGciOiJFZERTQSJ9",
            "RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
        ),
    ]
}

fn read(jwk: &Value) -> VerifyingKey {
    let wanted = if jwk["use"] == "jwt-svid" { KeyUse::JwtSvid } else { KeyUse::Sig };
    VerifyingKey::from_jwk(jwk, wanted).unwrap()
}

fn verify(verifier: &Verifier, keys: &KeySet, token: &str, now: UnixTime) -> Result<Verified, VerifyError> {
    verifier.verify(Trust { keys, revoked: Revocation::ExpiryOnly }, token, Presented::Bearer, now)
}

#[test]
fn signatures() {
    let all = verifiable();
    let mut others: Vec<VerifyingKey> = all.iter().map(|example| read(&example.1)).collect();
    for (at, (section, jwk, header, payload, signature)) in all.iter().enumerate() {
        let token = format!("{header}.{payload}.{signature}");
        let jws = Jws::parse(&token, token.len()).unwrap();
        let key = read(jwk);
        assert_eq!(jws.verify(&key), Ok(&decode(payload).unwrap()[..]), "{section}");
        assert_eq!(jws.claimed_payload(), jws.verify(&key).unwrap());
        assert_eq!(jws.signing_input(), format!("{header}.{payload}"));
        assert_eq!(Jws::parse(&token, token.len() - 1).map(drop), Err(JwsError::TooLarge), "{section}");
        let exchanged = format!("{header}.{}.{signature}", encode(b"{}"));
        let exchanged = Jws::parse(&exchanged, 1_000).unwrap().verify(&key).map(drop);
        assert_eq!(exchanged, Err(JwsError::BadSignature), "{section}");
        for (other_at, other) in others.iter().enumerate().filter(|(other_at, _)| *other_at != at) {
            let same = other.algorithm() == key.algorithm();
            let refused = if same { JwsError::BadSignature } else { JwsError::AlgorithmMismatch };
            assert_eq!(jws.verify(other).map(drop), Err(refused), "{section} by {}", all[other_at].0);
        }
        // For what they are not, before any key is looked for.
        let outcome = verify(&verifier(), &KeySet::default(), &token, at_2011()).map(drop);
        assert_eq!(outcome, Err(VerifyError::WrongType), "{section}");
    }

    // None of them can be verified by any key.
    let a6 = json!({"payload": JOE, "signatures": [
        {"protected": "eyJhbGciOiJSUzI1NiJ9", "header": {"kid": "2010-12-29"}, "signature": A2},
        {"protected": "eyJhbGciOiJFUzI1NiJ9", "header": {"kid": "e9bc097a-ce51-4036-9562-d2ade882db0d"}, "signature": A3},
    ]});
    let hs256 = "eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxOGMwYWU1LTRkOWItNDcxYi1iZmQ2LWVlZjMxNGJjNzAzNyJ9";
    let tag = "s0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0";
    let mismatch = JwsError::AlgorithmMismatch;
    let unverifiable = [
        (
            "RFC 7515 A.1, RFC 7519 §3.1, HS256",
            format!("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.{JOE}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            mismatch,
            VerifyError::WrongType,
        ),
        ("RFC 7515 A.5, RFC 7519 §6.1, none", format!("eyJhbGciOiJub25lIn0.{JOE}."), mismatch, VerifyError::WrongType),
        ("RFC 7515 A.6, JSON", a6.to_string(), JwsError::Malformed, VerifyError::Malformed),
        (
            "RFC 7515 appendix E, crit",
            "eyJhbGciOiJub25lIiwNCiAiY3JpdCI6WyJodHRwOi8vZXhhbXBsZS5jb20vVU5ERUZJTkVEIl0sDQogImh0dHA6Ly9leGFtcGxlLmNvbS9V\
             TkRFRklORUQiOnRydWUNCn0.RkFJTA."
                .to_owned(),
            JwsError::UnknownHeader,
            VerifyError::UnknownHeader,
        ),
        ("RFC 7520 §4.4, HS256", format!("{hs256}.{DOOR}.{tag}"), mismatch, VerifyError::WrongType),
        ("RFC 7520 §4.5, detached", format!("{hs256}..{tag}"), mismatch, VerifyError::WrongType),
        (
            "RFC 7797 §4.2, b64",
            "eyJhbGciOiJIUzI1NiIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19..A5dxf2s96_n5FLueVuW1Z_vh161FwXZC4YLPff6dmDY".into(),
            JwsError::UnknownHeader,
            VerifyError::UnknownHeader,
        ),
    ];
    others.push(read(&test_key(Algorithm::Es384).public().to_jwk()));
    for (section, token, of_jws, of_token) in &unverifiable {
        for key in &others {
            let outcome = Jws::parse(token, 10_000).and_then(|jws| jws.verify(key).map(drop));
            assert_eq!(outcome, Err(*of_jws), "{section}");
        }
        let outcome = verify(&verifier(), &KeySet::default(), token, at_2011()).map(drop);
        assert_eq!(outcome, Err(*of_token), "{section}");
    }
    print(&format!(
        "JWS examples of RFC 7515, 7519, 7520, 7797, 8037: {} verified by their keys, {} refused by every key; all refused \
         as tokens. Not applicable: RFC 7520 §4.6 to §4.8 (JSON serialization only), RFC 8037 A.6 and A.7 (JWE)",
        all.len(),
        unverifiable.len()
    ));
}

#[test]
fn keys() {
    let with = |mut jwk: Value, name: &str, value: &str| {
        jwk[name] = value.into();
        jwk
    };
    let oct = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    let seed = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
    let ec = "AAhRON2r9cqXX1hg-RoI6R1tX5p2rUAYdmpHZoC1XNM56KtscrX6zbKipQrCW9CGZH3T4ubpnoTKLDYJ_fF3_rJt";
    let hs256 = "hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg";
    let bob = "3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08";
    let refused = [
        ("RFC 7515 A.1, a secret", json!({"kty": "oct", "kid": "k", "k": oct}), JwkError::Secret),
        ("RFC 7520 §3.5, a secret", json!({"kty": "oct", "kid": "k", "use": "sig", "k": hs256}), JwkError::Secret),
        ("RFC 7520 §3.2, a private key", with(rfc7520_p521(), "d", ec), JwkError::Secret),
        ("RFC 8037 A.1, a private key", with(rfc8037_key(), "d", seed), JwkError::Secret),
        ("RFC 8037 A.6, for key agreement", with(with(rfc8037_key(), "crv", "X25519"), "x", bob), JwkError::Unusable),
        ("RFC 7520 §3.3, RSA without `alg`", with(rfc7520_rsa("", "sig"), "alg", ""), JwkError::Unusable),
        ("RFC 7515 A.4, P-521 for tokens", with(rfc7515_p521(), "use", "sig"), JwkError::Unusable),
    ];
    for (section, jwk, error) in &refused {
        for wanted in [KeyUse::Sig, KeyUse::JwtSvid, KeyUse::JwtSvidAuthority] {
            if *error == JwkError::Secret || wanted == KeyUse::Sig {
                assert_eq!(VerifyingKey::from_jwk(jwk, wanted).map(drop), Err(*error), "{section}");
            }
        }
        let set = KeySet::from_json(&json!({"keys": [jwk]}).to_string());
        match error {
            JwkError::Secret => assert_eq!(set.map(drop), Err(KeySetError::Secret), "{section}"),
            JwkError::Unusable => assert!(set.unwrap().is_empty(), "{section}"),
        }
    }
    // RFC 8037 A.1 signs A.4: the frame is that of RFC 8410 §7.
    let der = [decode("MC4CAQAwBQYDK2VwBCIEIA").unwrap(), decode(seed).unwrap()].concat();
    let (.., header, payload, signature) = verifiable().pop().unwrap();
    let signed =
        SigningKey::from_der(Algorithm::EdDsa, &der).unwrap().try_sign(format!("{header}.{payload}").as_bytes());
    assert_eq!(encode(&signed.unwrap()), signature);
    print(&format!(
        "keys of RFC 7515, 7520, 8037: {} refused; `keys::thumbprints_are_those_of_the_rfcs` has RFC 7638",
        refused.len()
    ));
}

/// An example's claims, signed by a key of the example's issuer.
fn issued(kid: &str, typ: &str, claims: &Value) -> (String, KeySet) {
    let key = test_key(Algorithm::Rs256);
    let header = json!({"alg": "RS256", "kid": kid, "typ": typ}).to_string();
    let input = format!("{}.{}", encode(header.as_bytes()), encode(claims.to_string().as_bytes()));
    let mut jwk = key.public().to_jwk();
    jwk["kid"] = kid.into();
    let keys = KeySet::from_json(&json!({"keys": [jwk]}).to_string()).unwrap();
    (format!("{input}.{}", encode(&key.try_sign(input.as_bytes()).unwrap())), keys)
}

/// A verifier at the example's resource, of the example's issuer.
fn verifier_of(claims: &Value) -> Verifier {
    let text = |name: &str| claims[name].as_str().unwrap();
    Verifier::new(tenant(), text("iss").parse().unwrap(), text("aud").parse().unwrap())
}

#[test]
fn claims() {
    let user = |aud: &str, more: Value| {
        let mut claims = json!({
            "aud": aud, "iss": "https://issuer.example.com", "exp": 1_443_904_177, "nbf": 1_443_904_077,
            "sub": "user@example.com",
        });
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        claims
    };
    let exchanged = json!({
        "aud": "urn:example:cooperation-context", "iss": "https://as.example.com", "exp": 1_441_913_610,
        "scope": "status feed", "sub": "user@example.net", "act": {"sub": "admin@example.net"},
    });
    let consumer = "https://consumer.example.com";
    let nested = json!({"act": {
        "sub": "https://service16.example.com", "act": {"sub": "https://service77.example.com"},
    }});
    let nested = user("https://service26.example.com", nested);
    // RFC 8693 has no claim for the client or the id; RFC 9068 requires both.
    let no_client = VerifyError::MissingClaim("client_id");
    let refused = [
        ("RFC 8693 §4.1, act", user(consumer, json!({"act": {"sub": "admin@example.com"}})), no_client),
        ("RFC 8693 §4.1, nested act", nested.clone(), no_client),
        ("RFC 8693 §4.2, scope", user(consumer, json!({"scope": "email profile phone address"})), no_client),
        (
            "RFC 8693 §4.3, client_id",
            user(consumer, json!({"client_id": "s6BhdRkqt3"})),
            VerifyError::MissingClaim("jti"),
        ),
        ("RFC 8693 §4.4, may_act", user(consumer, json!({"may_act": {"sub": "admin@example.com"}})), no_client),
        ("RFC 8693 A.2, issued for an actor", exchanged, no_client),
    ];
    for (section, claims, error) in &refused {
        let (token, keys) = issued("1", "at+jwt", claims);
        assert_eq!(verify(&verifier_of(claims), &keys, &token, at(1_441_900_000)).map(drop), Err(*error), "{section}");
    }

    // The nested example with what RFC 9068 and we require besides: who acts is read as it stands there.
    let mut whole = nested;
    let id = |n: usize| format!("01a31a5b-8800-7000-8000-{n:012x}");
    for (path, value) in [
        ("/client_id", json!("https://service16.example.com")),
        ("/act/client_id", json!("https://service16.example.com")),
        ("/act/act/client_id", json!("https://service77.example.com")),
        ("/iat", json!(1_443_904_000)),
        ("/jti", json!(id(1))),
        ("/scope", json!("status feed")),
        ("/delegation", json!({"tenant": "acme", "proof": "private_key_jwt", "id": "d", "depth": 1, "max_depth": 1})),
        ("/delegation/chain", json!([id(0)])),
    ] {
        let (parent, name) = path.rsplit_once('/').unwrap();
        whole.pointer_mut(parent).unwrap()[name] = value;
    }
    let (token, keys) = issued("1", "at+jwt", &whole);
    let verified = verify(&verifier_of(&whole), &keys, &token, at(1_443_904_080)).unwrap();
    assert_eq!(verified.person().unwrap().as_str(), "user@example.com");
    let chain: Vec<&str> = verified.chain().iter().map(|client| client.as_str()).collect();
    assert_eq!(chain, ["https://service77.example.com", "https://service16.example.com"], "the current actor last");
    assert_eq!(verified.client_id().as_str(), "https://service16.example.com");
    let expired = verify(&verifier_of(&whole), &keys, &token, at(1_443_904_177)).map(drop);
    assert_eq!(expired, Err(VerifyError::Expired));
    rfc9068();
    print(&format!("claims of RFC 8693, 9068: {} refused as they stand, 2 taken when completed", refused.len() + 1));
}

/// RFC 9068 §3: what it lacks, one thing after the other, until it is a token of ours.
fn rfc9068() {
    let mut claims = json!({
        "iss": "https://authorization-server.example.com/", "sub": "5ba552d67", "aud": "https://rs.example.com/",
        "exp": 1_639_528_912, "iat": 1_618_354_090, "jti": "dbe39bf3a3ba4238a513f51d6e1691c4",
        "client_id": "s6BhdRkqt3", "scope": "openid profile reademail",
    });
    let mut verifier = verifier_of(&claims);
    let now = at(1_618_354_091);
    for (name, value, error) in [
        ("sub", json!("5ba552d67"), VerifyError::InvalidClaim("jti")),
        ("jti", json!("dbe39bf3-a3ba-4238-a513-f51d6e1691c4"), VerifyError::MissingClaim("delegation")),
        (
            "delegation",
            json!({"tenant": "acme", "proof": "client_secret", "id": "d", "depth": 0, "max_depth": 0, "chain": []}),
            VerifyError::MissingClaim("act"),
        ),
        ("act", json!({"sub": "s6BhdRkqt3", "client_id": "s6BhdRkqt3"}), VerifyError::LifetimeTooLong),
    ] {
        claims[name] = value;
        let (token, keys) = issued("RjEwOwOA", "at+JWT", &claims);
        assert_eq!(verify(&verifier, &keys, &token, now).map(drop), Err(error), "{name}");
    }
    verifier.max_lifetime_seconds = 1_639_528_912 - 1_618_354_090;
    let (token, keys) = issued("RjEwOwOA", "at+JWT", &claims);
    let verified = verify(&verifier, &keys, &token, now).unwrap();
    assert_eq!(verified.person().unwrap().as_str(), "5ba552d67");
    assert_eq!(verified.scopes().to_string(), "openid profile reademail");
}

/// Before any of them expired, so that it is not for that.
fn at_2011() -> UnixTime {
    at(1_300_819_000)
}
