//! The published attacks on JWTs, against JWT-SVIDs: there `kid` may be absent, keys of nine algorithms
//! are taken, and whose key is needed is what the SVID claims. Those that the other tables of this test
//! or `testdata/svids` have already are not made again.

use std::io::Write;

use base64::{Engine, engine::general_purpose::STANDARD};
use deputize_spiffe::{Bundle, Layout, StaticBundles, SvidError, SvidVerifier, testing::Authority};
use deputize_token::jws::{decode, encode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::support::{NOW, US, authority, claims, header, verifier, verify, with};

/// Name, source, and what is refused for one reason.
type Attack = (&'static str, &'static str, SvidError, Vec<String>);

#[test]
fn each_is_refused_for_its_reason() {
    let (acme, attacker) = (authority("acme"), authority("acme"));
    let verifier = verifier(&acme);
    let good = acme.sign(&header(&acme), &claims()).unwrap();
    assert!(verify(&verifier, &good).is_ok(), "what the attacks are made from");
    let unsupported = SvidError::UnsupportedAlgorithm;
    let attacks: Vec<Attack> = vec![
        ("alg none in every case of its letters", "RFC 8725 §2.1; CVE-2018-1000531", unsupported.clone(), none(&acme)),
        ("HMAC with the public key", "RFC 8725 §2.1; CVE-2015-9235, -2016-5431", unsupported, hmacs(&acme)),
        ("the key itself in the header", "RFC 7515 §4.1.3; CVE-2018-0114", SvidError::UnknownHeader, keys(&attacker)),
        ("`kid` as a path, a query, a command", "RFC 8725 §2.9, §3.10", SvidError::UnknownKey, kids(&acme, &attacker)),
        ("no `kid`, so that all keys are tried", "JWT-SVID §2.2", SvidError::BadSignature, no_kid(&acme, &attacker)),
        ("`crit`, whatever it names", "CVE-2025-59420, -2026-32597", SvidError::UnknownHeader, critical(&acme)),
        ("a claim twice, the right one first or last", "RFC 7519 §4", SvidError::DuplicateMember, duplicates(&acme)),
        ("compact and JSON serialization at once", "CVE-2022-39227", SvidError::Malformed, polyglots(&good)),
        ("base64url in another spelling", "RFC 4648 §3.5", SvidError::Malformed, not_canonical(&good)),
        ("nothing but periods", "CVE-2025-30204", SvidError::Malformed, vec![".".repeat(16 * 1024), "...".into()]),
        ("a signature of zeros, of the order", "CVE-2022-21449", SvidError::BadSignature, psychic(&acme)),
        ("an expired SVID that nobody signed", "CVE-2024-51744", SvidError::BadSignature, expired(&acme, &attacker)),
    ];
    let mut attempts = 0;
    print("attacks on JWT-SVIDs, each refused: attempts, error, attack, source");
    for (name, source, error, svids) in &attacks {
        assert!(!svids.is_empty());
        for svid in svids {
            assert_eq!(verify(&verifier, svid).map(drop).as_ref(), Err(error), "{name}: {svid}");
        }
        attempts += svids.len();
        print(&format!("{:4}  {:22} {name} ({source})", svids.len(), error.code()));
    }
    print(&format!("{} attacks, {attempts} attempts, none taken", attacks.len()));
    assert_eq!((attacks.len(), attempts), (12, 216), "what is no longer tried shows here");
}

/// Past the capture of `println!`, so that the counts are seen on each run.
fn print(text: &str) {
    std::io::stderr().write_all(format!("{text}\n").as_bytes()).unwrap();
}

/// Of another agent of the trust domain.
fn raised() -> Value {
    with(claims(), &json!({"sub": "spiffe://acme/agent/root"}))
}

fn input(header: &Value, claims: &Value) -> String {
    format!("{}.{}", encode(header.to_string().as_bytes()), encode(claims.to_string().as_bytes()))
}

fn none(acme: &Authority) -> Vec<String> {
    let own = acme.sign(&header(acme), &claims()).unwrap();
    let signature = own.rsplit_once('.').unwrap().1;
    let spelled = |bits: usize| -> String {
        let letters = "none".chars().enumerate();
        letters.map(|(at, letter)| if bits >> at & 1 == 1 { letter.to_ascii_uppercase() } else { letter }).collect()
    };
    let mut svids = Vec::new();
    for spelling in (0..16).map(spelled).chain([" none", "none\0", "", "null"].map(str::to_owned)) {
        for kid in [json!(acme.kid()), Value::Null] {
            let input = input(&with(header(acme), &json!({"alg": spelling, "kid": kid})), &raised());
            svids.extend([format!("{input}."), format!("{input}.{signature}")]);
        }
    }
    svids
}

/// RFC 2104.
fn hmac<D: Digest>(block: usize, secret: &[u8], message: &[u8]) -> Vec<u8> {
    let mut key = if secret.len() > block { D::digest(secret).to_vec() } else { secret.to_vec() };
    key.resize(block, 0);
    let padded = |with: u8| key.iter().map(|byte| byte ^ with).collect::<Vec<_>>();
    let inner = D::digest([padded(0x36), message.to_vec()].concat());
    D::digest([padded(0x5c), inner.to_vec()].concat()).to_vec()
}

fn jwk(authority: &Authority) -> Value {
    let bundle: Value = serde_json::from_str(&authority.bundle()).unwrap();
    bundle["keys"][0].clone()
}

/// The key as everybody can have it from the bundle: as a JWK, a point, and SubjectPublicKeyInfo (RFC
/// 5480 §2) as DER and PEM.
fn hmacs(acme: &Authority) -> Vec<String> {
    let jwk = jwk(acme);
    let [x, y] = ["x", "y"].map(|name| decode(jwk[name].as_str().unwrap()).unwrap());
    let point = [&[4][..], &x, &y].concat();
    let frame = decode("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgA").unwrap();
    let der = [&frame[..], &point].concat();
    let base64 = STANDARD.encode(&der);
    let (first, rest) = base64.split_at(64);
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{first}\n{rest}\n-----END PUBLIC KEY-----\n");
    let texts = [pem.clone(), pem.trim_end().to_owned(), base64, jwk.to_string(), acme.bundle(), String::new()];
    let secrets: Vec<Vec<u8>> = texts.into_iter().map(String::into_bytes).chain([x, point, der]).collect();
    let mut svids = Vec::new();
    for alg in ["HS256", "HS384", "HS512"] {
        let input = input(&with(header(acme), &json!({"alg": alg})), &raised());
        svids.extend(secrets.iter().map(|secret| {
            let tag = match alg {
                "HS256" => hmac::<Sha256>(64, secret, input.as_bytes()),
                "HS384" => hmac::<Sha384>(128, secret, input.as_bytes()),
                _ => hmac::<Sha512>(128, secret, input.as_bytes()),
            };
            format!("{input}.{}", encode(&tag))
        }));
    }
    svids
}

fn keys(attacker: &Authority) -> Vec<String> {
    let own = jwk(attacker);
    let members = [
        json!({"jwk": own}),
        json!({"jwk": own, "kid": null}),
        json!({"jwks": {"keys": [own]}}),
        json!({"jku": "https://evil.example/bundle"}),
        json!({"jku": "http://169.254.169.254/"}),
        json!({"x5u": "file:///dev/null"}),
        json!({"x5c": [encode(&[0x30, 0])]}),
        json!({"x5t#S256": encode(&[0; 32])}),
    ];
    members.iter().map(|more| attacker.sign(&with(header(attacker), more), &raised()).unwrap()).collect()
}

fn kids(acme: &Authority, attacker: &Authority) -> Vec<String> {
    let good = acme.kid();
    let near = [format!("{good}\0"), format!(" {good}"), format!("./{good}"), good.to_lowercase() + "X"];
    let kids =
        ["", "/dev/null", "../../key", "' OR '1'='1", "| sleep 10", "*", "*)(kid=*", "https://evil.example", "acme"];
    let long = "k".repeat(8_000);
    let all = kids.into_iter().chain([long.as_str()]).map(str::to_owned).chain(near);
    let signed = |kid: String| {
        let header = with(header(acme), &json!({"kid": kid}));
        [acme.sign(&header, &claims()).unwrap(), attacker.sign(&header, &raised()).unwrap()]
    };
    all.flat_map(signed).collect()
}

fn no_kid(acme: &Authority, attacker: &Authority) -> Vec<String> {
    let without = |alg: &str| with(header(acme), &json!({"alg": alg, "kid": null}));
    let algorithms = ["ES256", "ES384", "ES512", "RS256", "RS512", "PS256", "PS512"];
    algorithms.map(|alg| attacker.sign(&without(alg), &raised()).unwrap()).to_vec()
}

fn critical(acme: &Authority) -> Vec<String> {
    let values = [json!([]), json!(["exp"]), json!(["alg"]), json!(["b64"]), json!("exp"), json!({}), json!(["x"])];
    let more = values.iter().map(|value| json!({"crit": value}));
    let more = more.chain([json!({"crit": ["x"], "x": 1}), json!({"crit": ["b64"], "b64": false})]);
    more.map(|more| acme.sign(&with(header(acme), &more), &claims()).unwrap()).collect()
}

fn duplicates(acme: &Authority) -> Vec<String> {
    let text = with(claims(), &json!({"nbf": NOW, "jti": "j"})).to_string();
    let members = text.trim_matches(['{', '}']);
    let names = ["sub", "aud", "exp", "iat", "nbf", "jti"];
    let others = names.map(|name| format!("\"{name}\":\"spiffe://acme/agent/root\""));
    let both = others.iter().flat_map(|other| [format!("{{{other},{members}}}"), format!("{{{members},{other}}}")]);
    both.map(|claims| acme.sign_text(&header(acme).to_string(), &claims).unwrap()).collect()
}

fn polyglots(good: &str) -> Vec<String> {
    let parts: Vec<&str> = good.split('.').collect();
    let [header, payload, signature] = parts.try_into().unwrap();
    let root = encode(raised().to_string().as_bytes());
    let members = format!(r#""protected":"{header}","payload":"{payload}","signature":"{signature}""#);
    vec![
        format!(r#"{{"  {header}.{root}.":"",{members}}}"#),
        format!(r#"{{"{header}.{root}.{signature}":"",{members}}}"#),
        format!("{{{members}}}.{root}.{signature}"),
        format!("{header}.{root}.{{{members}}}"),
        format!("{good}.AAAA.AAAA"),
    ]
}

fn not_canonical(good: &str) -> Vec<String> {
    let parts: Vec<&str> = good.split('.').collect();
    let put = |at: usize, part: String| {
        let mut parts: Vec<String> = parts.iter().map(|part| (*part).to_owned()).collect();
        parts[at] = part;
        parts.join(".")
    };
    let tails = ["=", "==", "\n", " ", "\0", "%3D"];
    (0..3).flat_map(|at| tails.map(|tail| put(at, format!("{}{tail}", parts[at])))).collect()
}

fn psychic(acme: &Authority) -> Vec<String> {
    let order = decode("_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE").unwrap();
    let zero = vec![0; 32];
    let mut one = zero.clone();
    one[31] = 1;
    let halves = [&zero, &one, &order];
    let both = halves.iter().flat_map(|r| halves.map(|s| [r.as_slice(), s].concat()));
    let signatures: Vec<String> = both.map(|bytes| encode(&bytes)).collect();
    let headers = [header(acme), with(header(acme), &json!({"kid": null}))];
    let inputs = headers.map(|header| input(&header, &raised()));
    inputs.iter().flat_map(|input| signatures.iter().map(move |signature| format!("{input}.{signature}"))).collect()
}

fn expired(acme: &Authority, attacker: &Authority) -> Vec<String> {
    let past = with(raised(), &json!({"exp": NOW - 1, "iat": NOW - 9}));
    let elsewhere = with(raised(), &json!({"aud": "https://mail.example"}));
    [past, elsewhere].map(|claims| attacker.sign(&header(acme), &claims).unwrap()).to_vec()
}

/// Rightly signed, by a key of which the bundle says that it is not for this: by its `kid`, and where
/// all keys are tried.
#[test]
fn a_key_that_is_not_for_svids_verifies_none() {
    let acme = authority("acme");
    let jwk = jwk(&acme);
    let flipped = {
        let mut y = decode(jwk["y"].as_str().unwrap()).unwrap();
        y[31] ^= 1;
        encode(&y)
    };
    let table = [
        ("RFC 7517 §4.2", json!({"use": "enc"})),
        ("Trust Domain and Bundle §4.2.2", json!({"use": "sig"})),
        ("Trust Domain and Bundle §4.2.2", json!({"use": "x509-svid"})),
        ("Trust Domain and Bundle §4.2.2", json!({"use": null})),
        ("RFC 7517 §4.3", json!({"key_ops": ["sign"]})),
        ("RFC 7517 §4.3", json!({"key_ops": []})),
        ("RFC 7517 §4.4", json!({"alg": "ES384"})),
        ("RFC 8725 §3.2", json!({"alg": "HS256"})),
        ("RFC 8725 §3.2", json!({"alg": "none"})),
        ("RFC 8725 §3.4: off the curve", json!({"y": flipped})),
        ("RFC 7518 §6.2.1.1: another curve", json!({"crv": "P-384"})),
        ("RFC 8812: another curve", json!({"crv": "secp256k1"})),
        ("RFC 7518 §6.2.1.2: too short", json!({"x": encode(&[7; 31])})),
        ("JWT-SVID §6.2: no `kid`", json!({"kid": null})),
    ];
    let svids = [header(&acme), with(header(&acme), &json!({"kid": null}))];
    let [named, unnamed] = svids.map(|header| acme.sign(&header, &claims()).unwrap());
    let verifier = |jwk: Value| {
        let bundle = Bundle::from_json("acme".parse().unwrap(), &json!({"keys": [jwk]}).to_string()).unwrap();
        SvidVerifier::new(Layout::default(), US, StaticBundles::new([bundle]))
    };
    for svid in [&named, &unnamed] {
        assert!(verify(&verifier(jwk.clone()), svid).is_ok());
    }
    for (clause, changes) in &table {
        let verifier = verifier(with(jwk.clone(), changes));
        assert_eq!(verify(&verifier, &named).unwrap_err(), SvidError::UnknownKey, "{clause}: {changes}");
        assert_eq!(verify(&verifier, &unnamed).unwrap_err(), SvidError::BadSignature, "{clause}: {changes}");
    }
    print(&format!("keys of a bundle: {} not for JWT-SVIDs, none verifies one", table.len()));
}
