//! Whatever is sent, an error about it is one line of visible characters: nobody forges a line of a log,
//! nor what a terminal does with it.
#![cfg(all(feature = "document", feature = "testing"))]

use std::{error::Error, str::FromStr};

use deputize::{
    core::{
        AgentId, ClientId, Configuration, DelegationId, Issuer, ResourceId, Scope, ScopePattern, ScopeSet, TenantId,
        TokenId, UnixTime, UserId,
    },
    spiffe::{Bundle, Layout, StaticBundles, SvidVerifier, TrustDomain, testing::Authority},
    store::AuditHash,
    token::{
        Algorithm, KeyRing, KeySet, Presented, Revocation, SealedKeyRing, SigningKey, Trust, Verifier,
        jws::{Jws, encode},
    },
};

/// New lines of several kinds, what moves a terminal's cursor, and what ends a text.
const FORGED: [&str; 5] = ["a\nERROR root logged in", "a\r\nb", "\u{1b}[2Jb", "a\u{85}\u{7f}b", "a\0b"];

#[derive(Default)]
struct Errors(usize);

impl Errors {
    fn take<T>(&mut self, what: &str, outcome: Result<T, impl Error>) {
        let Err(error) = outcome else { return };
        let mut next: Option<&dyn Error> = Some(&error);
        while let Some(error) = next {
            let said = error.to_string();
            assert!(!said.chars().any(char::is_control) && said.len() < 2_000, "{what}: {said:?}");
            self.0 += 1;
            next = error.source();
        }
    }

    fn parse<T: FromStr<Err: Error>>(&mut self, text: &str) {
        let what = std::any::type_name::<T>();
        assert!(text.parse::<T>().is_err(), "{what} takes {text:?}");
        self.take(what, text.parse::<T>());
    }
}

#[test]
fn no_error_breaks_a_line() {
    let mut errors = Errors::default();
    for text in FORGED {
        errors.parse::<TenantId>(text);
        errors.parse::<ClientId>(text);
        errors.parse::<UserId>(text);
        errors.parse::<DelegationId>(text);
        errors.parse::<Scope>(text);
        errors.parse::<ScopePattern>(text);
        errors.parse::<ScopeSet>(text);
        errors.parse::<TokenId>(text);
        errors.parse::<AuditHash>(text);
        errors.parse::<TrustDomain>(text);
        errors.parse::<SealedKeyRing>(text);
        errors.parse::<AgentId>(&format!("spiffe://acme/{text}"));
        errors.parse::<Issuer>(&format!("https://acme.example/{text}"));
        errors.parse::<ResourceId>(&format!("https://acme.example/{text}"));
        errors.parse::<Layout>(&format!("/<{text}>"));
        errors.take("UnixTime", UnixTime::from_rfc3339(text));
        errors.take("KeySet", KeySet::from_json(&format!(r#"{{"keys":[],{text:?}:"#)));
        // Two keys by one id, which whoever serves the set chose.
        let twice = serde_json::to_string(&text.repeat(1_000)).unwrap();
        let twice = format!(r#"{{"keys":[{{"kid":{twice}}},{{"kid":{twice}}}]}}"#);
        errors.take("KeySet", KeySet::from_json(&twice));
        errors.take("Bundle", Bundle::from_json("acme".parse().unwrap(), &twice));
        errors.take("Bundle", Bundle::from_json("acme".parse().unwrap(), text));
        errors.parse::<Layout>(&format!("/<{text}>/<{text}>"));
        errors.take("Jws", Jws::parse(text, 100));
    }
    assert!(errors.0 > 80);
}

#[cfg(feature = "federation")]
#[test]
fn no_url_breaks_a_line() {
    let mut errors = Errors::default();
    for text in FORGED {
        errors.parse::<deputize::spiffe::EndpointUrl>(&format!("https://acme.example/{text}"));
    }
    assert_eq!(errors.0, FORGED.len());
}

/// A document's errors are one line each: names that nobody knows are quoted.
#[test]
fn no_document_breaks_a_line() {
    let mut errors = 0;
    for text in FORGED {
        let (toml, json) = (text.escape_unicode().to_string(), serde_json::to_string(text).unwrap());
        // TOML writes a character by its number without braces.
        let toml = toml.replace("\\u{", "\\U").split('}').map(padded).collect::<String>();
        for document in [
            format!("\"{toml}\" = 1"),
            format!("\"{toml}\" = 1\n\"{toml}\" = 2"),
            format!("tenant = \"{toml}\"\n[[agent]]\n\"{toml}\" = \"{toml}\""),
            format!("tenant = \"{toml}\"\n[[role]]\nname = \"{toml}\"\npermissions = [\"{toml}\"]"),
            format!("tenant = {text}"),
            format!("# {text}\n["),
        ] {
            let refused = Configuration::from_toml(&document).unwrap_err();
            refused.iter().for_each(|error| assert!(!error.to_string().chars().any(char::is_control), "{error:?}"));
            errors += refused.iter().count();
        }
        for document in [
            format!("{{{json}: 1}}"),
            format!("{{{json}: 1, {json}: 2}}"),
            format!("{{\"tenant\": {{{json}: {{}}, {json}: {{}}}}}}"),
            format!("{{\"tenant\": {json}, \"agent\": [{{{json}: {json}, \"client_id\": {json}}}]}}"),
            format!("{{\"tenant\": \"{text}\"}}"),
            format!("{{{text}"),
        ] {
            let refused = Configuration::from_json(&document).unwrap_err();
            refused.iter().for_each(|error| assert!(!error.to_string().chars().any(char::is_control), "{error:?}"));
            errors += refused.iter().count();
        }
    }
    assert!(errors > 60, "{errors}");
}

/// What is in a token or an SVID is not repeated by who refuses it.
#[test]
fn no_credential_breaks_a_line() {
    let now = UnixTime::from_secs(1_800_000_000).unwrap();
    let (tenant, issuer): (TenantId, Issuer) = ("acme".parse().unwrap(), "https://id.example".parse().unwrap());
    let ring = KeyRing::new(tenant.clone(), issuer.clone(), SigningKey::generate(Algorithm::EdDsa).unwrap());
    let verifier = Verifier::new(tenant, issuer, "https://api.example".parse().unwrap());
    let keys = ring.public(now);
    let trust = Trust { keys: &keys, revoked: Revocation::ExpiryOnly };
    let authority = Authority::generate("acme".parse().unwrap()).unwrap();
    let bundles = StaticBundles::new([Bundle::from_json("acme".parse().unwrap(), &authority.bundle()).unwrap()]);
    let svids = SvidVerifier::new(Layout::default(), "https://id.example", bundles);
    let mut errors = Errors::default();
    for text in FORGED {
        let text = serde_json::to_string(text).unwrap();
        for (header, claims) in [
            (format!(r#"{{"alg":{text},"kid":{text},"typ":{text}}}"#), "{}".to_owned()),
            (format!(r#"{{"alg":"ES256","kid":{text},"typ":"JWT"}}"#), format!(r#"{{"sub":{text}}}"#)),
            (format!(r#"{{"alg":"ES256",{text}:1}}"#), format!(r#"{{{text}:{text}}}"#)),
            (format!(r#"{{"alg":"ES256","kid":"{}"}}"#, authority.kid()), format!(r#"{{"sub":{text},"aud":[]}}"#)),
        ] {
            let forged = format!("{}.{}.AAAA", encode(header.as_bytes()), encode(claims.as_bytes()));
            errors.take("Verifier", verifier.verify(trust, &forged, Presented::Bearer, now));
            errors.take("SvidVerifier", svids.jwt(&forged, now));
            errors.take("SvidVerifier", svids.jwt(&authority.sign_text(&header, &claims).unwrap(), now));
        }
    }
    assert_eq!(errors.0, FORGED.len() * 12);
}

/// `\U0000000a` for what is left of `\u{a}`.
fn padded(part: &str) -> String {
    part.strip_prefix("\\U").map_or_else(String::new, |digits| format!("\\U{digits:0>8}"))
}
