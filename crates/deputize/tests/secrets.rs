//! No token, secret or private key is in anything that is printed: neither by `Debug` or `Display` of any
//! type that holds or meets one, nor by an error with all it comes from. What panics prints an error's
//! `Debug`; what is logged is in the tests of `deputize-store`, the only crate that logs.
#![cfg(all(feature = "document", feature = "sqlite", feature = "testing"))]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what fails here fails the test")]

use std::{
    error::Error,
    fmt::{Debug, Write},
    fs,
    path::{Path, PathBuf},
    str::FromStr,
};

use deputize::{
    core::{
        Acting, AgentId, AgentProof, ClientId, Configuration, DelegationId, Issuer, Proven, ProvenBy, Question,
        Recorded, ResourceId, Returned, Scope, ScopePattern, ScopeSet, TenantId, TokenId, UnixTime, UserId,
    },
    spiffe::{Bundle, Layout, StaticBundles, SvidBinding, SvidReplay, SvidVerifier, TrustDomain, testing::Authority},
    store::{AuditHash, StoredKeyRing},
    token::{
        Algorithm, Handed, KeyEncryptionKey, KeyRing, KeySet, Permission, Presented, PublishError, Revocation, RingKey,
        SealedKeyRing, SigningKey, Trust, Verifier,
        jws::{self, Jws, encode},
    },
};

/// What must not be seen, in every spelling it could be printed in.
struct Hidden(Vec<(&'static str, String)>);

/// So much of a secret in a row is a leak.
const WINDOW: usize = 12;

impl Hidden {
    fn bytes(bytes: &[u8]) -> Self {
        let join = |each: fn(&u8) -> String, between| bytes.iter().map(each).collect::<Vec<_>>().join(between);
        Self(vec![
            ("base64", encode(bytes).replace('-', "+").replace('_', "/")),
            ("base64url", encode(bytes)),
            ("hexadecimal", join(|byte| format!("{byte:02x}"), "")),
            ("hexadecimal, capital", join(|byte| format!("{byte:02X}"), "")),
            ("a list of numbers", join(u8::to_string, ",")),
            ("a list of hexadecimal numbers", join(|byte| format!("{byte:x}"), ",")),
            ("escaped", bytes.escape_ascii().to_string()),
            ("text", String::from_utf8_lossy(bytes).into_owned()),
        ])
    }

    /// The signature and the claims as they are encoded. What the claims say is no secret.
    fn token(text: &str) -> Self {
        let (input, signature) = text.rsplit_once('.').unwrap();
        let (_, claims) = input.split_once('.').unwrap();
        let mut spellings = Self::bytes(&jws::decode(signature).unwrap()).0;
        spellings.extend(Self::bytes(claims.as_bytes()).0);
        Self(spellings)
    }

    /// The 32 bytes of a private key of Ed25519 or P-256 in PKCS #8.
    fn private_key(der: &[u8]) -> Self {
        let at = der.windows(2).position(|tag| tag == [0x04, 0x20]).unwrap() + 2;
        Self::bytes(&der[at..at + 32])
    }

    fn is_not_in(&self, printed: &[(String, String)]) {
        for (what, printed) in printed {
            let printed: String = printed.split_whitespace().collect();
            for (spelling, secret) in &self.0 {
                let secret: Vec<char> = secret.chars().filter(|char| !char.is_whitespace()).collect();
                let seen = secret.windows(WINDOW).find(|part| printed.contains(&String::from_iter(*part)));
                assert!(seen.is_none(), "{what} prints a secret, as {spelling}: {printed}");
            }
        }
    }
}

/// What is printed of each thing, by a name for it.
#[derive(Default)]
struct Printed(Vec<(String, String)>);

impl Printed {
    fn debug(&mut self, what: impl Into<String>, value: &impl Debug) {
        self.0.push((what.into(), format!("{value:?} {value:#?}")));
    }

    fn error<T>(&mut self, what: impl Into<String>, result: Result<T, impl Error + 'static>) {
        let Err(error) = result else { return };
        let mut said = format!("{error:?} {error:#?}");
        let mut next: Option<&dyn Error> = Some(&error);
        while let Some(error) = next {
            write!(said, " {error} {error:?}").unwrap();
            next = error.source();
        }
        self.0.push((what.into(), said));
    }

    /// Every parser that may be given the text by mistake.
    fn parsers(&mut self, text: &str) {
        fn parse<T: FromStr<Err: Error + 'static>>(printed: &mut Printed, text: &str) {
            printed.error(std::any::type_name::<T>(), text.parse::<T>());
        }
        let long = text.repeat(3_000 / text.len() + 1);
        for text in [text, &format!("{text}\n"), &format!("*{text}"), &format!("spiffe://{text}"), &long] {
            parse::<TenantId>(self, text);
            parse::<AgentId>(self, text);
            parse::<ClientId>(self, text);
            parse::<UserId>(self, text);
            parse::<DelegationId>(self, text);
            parse::<ResourceId>(self, text);
            parse::<Issuer>(self, text);
            parse::<Scope>(self, text);
            parse::<ScopePattern>(self, text);
            parse::<ScopeSet>(self, text);
            parse::<TokenId>(self, text);
            parse::<TrustDomain>(self, text);
            parse::<Layout>(self, text);
            parse::<SealedKeyRing>(self, text);
            parse::<AuditHash>(self, text);
            self.error("UnixTime::from_rfc3339", UnixTime::from_rfc3339(text));
            self.error("Configuration::from_toml", Configuration::from_toml(text));
            self.error("Configuration::from_toml", Configuration::from_toml(&format!("tenant = {text:?}\nx = 1")));
            self.error("Configuration::from_json", Configuration::from_json(text));
            self.error("Configuration::from_json", Configuration::from_json(&format!("{{\"tenant\":{text:?}}}")));
            self.error("KeySet::from_json", KeySet::from_json(text));
            self.error("Bundle::from_json", Bundle::from_json("acme".parse().unwrap(), text));
            self.error("Bundle::from_pem", Bundle::from_pem("acme".parse().unwrap(), text));
            self.error("Jws::parse", Jws::parse(text, 16_384));
        }
    }
}

#[test]
fn private_keys_are_not_printed() {
    for (algorithm, file) in [(Algorithm::EdDsa, "ed25519.pem"), (Algorithm::Es256, "p256.pem")] {
        let pem = fs::read_to_string(root().join("testdata/keys").join(file)).unwrap();
        let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let der = jws::decode(body.replace('+', "-").replace('/', "_").trim_end_matches('=')).unwrap();
        let hidden = Hidden::private_key(&der);
        let secret = hidden.0[1].1.clone();

        let mut printed = Printed::default();
        let key = || SigningKey::from_pem(algorithm, &pem).unwrap();
        printed.debug("SigningKey", &key());
        printed.debug("RingKey", &RingKey::from(key()));
        let mut ring = ring(key());
        ring.publish_next(SigningKey::generate(algorithm).unwrap(), now()).unwrap();
        printed.debug("KeyRing", &ring);
        printed.debug("KeySet", &ring.public(now()));
        let returned = Returned::<PublishError, _>::new(PublishError::KeyIdTaken, RingKey::from(key()));
        printed.debug("Returned<PublishError, RingKey>", &returned);
        for other in [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Es384, Algorithm::Ps256, Algorithm::Ps512] {
            printed.error("SigningKey::from_pem", SigningKey::from_pem(other, &pem));
            printed.error("SigningKey::from_der", SigningKey::from_der(other, &der));
            printed.error("SigningKey::from_der", SigningKey::from_der(other, &der[1..]));
        }
        // A set of keys in which somebody left the private half.
        let jwk = format!(r#"{{"kty":"OKP","crv":"Ed25519","kid":"k","x":"{secret}","d":"{secret}"}}"#);
        printed.error("KeySet::from_json", KeySet::from_json(&format!(r#"{{"keys":[{jwk}]}}"#)));
        printed.parsers(&format!(r#"{{"keys":[{jwk}],"x":"#));
        printed.parsers(&pem);
        printed.parsers(&secret);
        assert!(printed.0.len() > 100);
        hidden.is_not_in(&printed.0);
    }
}

#[test]
fn what_seals_keys_and_what_is_sealed_is_not_printed() {
    let secret: [u8; 32] = std::array::from_fn(|at| u8::try_from(at * 37 % 251).unwrap() ^ 0x5a);
    let kek = KeyEncryptionKey::new("2030", &secret).unwrap();
    let other = KeyEncryptionKey::new("2031", &[9; 32]).unwrap();
    let sealed = ring(SigningKey::generate(Algorithm::EdDsa).unwrap()).seal(&kek, now()).unwrap();
    let text = sealed.as_str().to_owned();
    let (tenant, issuer) = (TenantId::from_str("acme").unwrap(), issuer());

    let mut printed = Printed::default();
    printed.debug("KeyEncryptionKey", &kek);
    printed.debug("SealedKeyRing", &sealed);
    printed.debug("StoredKeyRing", &StoredKeyRing { version: 1, sealed: text.clone() });
    printed.error("KeyEncryptionKey::new", KeyEncryptionKey::new("", &secret));
    printed.error("SealedKeyRing::open", sealed.open(&tenant, &issuer, &other));
    printed.error("SealedKeyRing::open", sealed.open(&"other".parse().unwrap(), &issuer, &kek));
    printed.error("SealedKeyRing::rewrap", sealed.rewrap(&other, &kek));
    printed.parsers(text.trim_start_matches('e'));
    Hidden::bytes(&secret).is_not_in(&printed.0);
    // The header is readable, and says which key opens it.
    for part in text.split('.').skip(1) {
        Hidden(vec![("text", part.to_owned())]).is_not_in(&printed.0);
    }
}

#[test]
fn access_tokens_are_not_printed() {
    let ring = ring(SigningKey::generate(Algorithm::EdDsa).unwrap());
    let keys = ring.public(now());
    let trust = Trust { keys: &keys, revoked: Revocation::ExpiryOnly };
    let verifier = Verifier::new("acme".parse().unwrap(), issuer(), RESOURCE.parse().unwrap());

    let mut printed = Printed::default();
    let recorded = recorded();
    printed.debug("Recorded", &recorded);
    let unsigned = ring.prepare(recorded, now()).unwrap();
    printed.debug("Unsigned", &unsigned);
    let refused = unsigned.finish(&[7; 64], now()).unwrap_err();
    printed.debug("Returned<SignError, Unsigned>", &refused);
    printed.error("Unsigned::finish", refused.value.finish(&[7; 64], now().plus(100)).map_err(|refused| refused.error));
    printed.debug("Returned<SignError, Recorded>", &ring.sign(self::recorded(), now().plus(100)).unwrap_err());
    let token = ring.sign(self::recorded(), now()).unwrap();
    printed.debug("AccessToken", &token);
    let text = token.secret();
    printed.debug("Jws", &Jws::parse(text, 16_384).unwrap());
    let verified = verifier.verify(trust, text, Presented::Bearer, now()).unwrap();
    printed.debug("Verified", &verified);
    printed.debug("Authorized", &verified.require::<ReadReports>().unwrap());
    printed.error("Verified::require", verified.require::<DeleteReports>());
    printed.debug("Verifier and Trust", &(&verifier, trust));
    for (bad, at) in broken(text).into_iter().flat_map(|bad| [(bad.clone(), now()), (bad, now().plus(100_000))]) {
        printed.error("Verifier::verify", verifier.verify(trust, &bad, Presented::Bearer, at));
        let handed = Handed::ByHolder(Presented::Bearer);
        printed.error("KeyRing::parent", ring.parent(Revocation::ExpiryOnly, &bad, handed, at));
    }
    printed.parsers(text);
    assert!(printed.0.len() > 50);
    Hidden::token(text).is_not_in(&printed.0);
}

#[test]
fn svids_are_not_printed() {
    let authority = Authority::generate("acme".parse().unwrap()).unwrap();
    let agent: AgentId = "spiffe://acme/agent/research".parse().unwrap();
    let jwt = authority.svid(&agent, "https://id.example", now(), 300).unwrap();
    let x509 = authority.x509_svid(&agent, now(), 300).unwrap();
    let bundle = Bundle::from_json("acme".parse().unwrap(), &authority.bundle()).unwrap();
    let mut verifier = SvidVerifier::new(Layout::default(), "https://id.example", StaticBundles::new([bundle]));
    verifier.replay = SvidReplay::Once;
    verifier.binding = SvidBinding::Certificate;

    let mut printed = Printed::default();
    printed.debug("Authority", &authority);
    printed.debug("SvidVerifier", &verifier);
    printed.debug("X509Svid", &x509);
    printed.debug("PrivateKeyDer", &x509.for_rustls().1);
    printed.debug("AgentProof", &verifier.jwt(&jwt, now()).unwrap());
    printed.debug("AgentProof", &verifier.x509(x509.chain(), now()).unwrap());
    for bad in broken(&jwt) {
        printed.error("SvidVerifier::jwt", verifier.jwt(&bad, now()));
        printed.error("SvidVerifier::jwt", verifier.jwt(&bad, now().plus(100_000)));
    }
    // The private key where the certificate should be.
    printed.error("SvidVerifier::x509", verifier.x509(&[x509.private_key()], now()));
    printed.parsers(&jwt);
    assert!(printed.0.len() > 50);
    Hidden::token(&jwt).is_not_in(&printed.0);
    Hidden::private_key(x509.private_key()).is_not_in(&printed.0);
}

/// Also of types that are private: whatever is cleared when it is dropped, or holds a private key, is in
/// no type whose `Debug` is derived.
#[test]
fn no_type_that_holds_a_secret_derives_debug() {
    const HOLDERS: [&str; 11] = [
        "Zeroizing<",
        "KeyPair",
        "Pair,",
        "Aead",
        "EncodingKey",
        "PrivateKeyDer",
        "PrivateMembers",
        ": Secret",
        "<Secret",
        "(Secret",
        "CertifiedIssuer",
    ];
    let mut types = 0;
    for file in sources(&root().join("crates")) {
        let source = fs::read_to_string(&file).unwrap();
        for derived in
            source.split("#[derive(").skip(1).filter(|rest| rest.split(')').next().unwrap().contains("Debug"))
        {
            types += 1;
            // To the end of the item: what stands in one line, or the first line that closes it.
            let lines: Vec<&str> =
                derived.lines().skip(1).skip_while(|line| line.trim_start().starts_with('#')).collect();
            let one_line = lines.first().is_some_and(|line| line.ends_with(';') || line.ends_with('}'));
            let fields = if one_line { 1 } else { lines.iter().position(|line| line.trim() == "}").unwrap_or(1) };
            for field in lines.iter().take(fields).filter(|line| !line.trim_start().starts_with("//")) {
                let holds = HOLDERS.iter().find(|holder| field.contains(**holder));
                assert!(holds.is_none(), "{} derives Debug over {field}", file.display());
            }
        }
    }
    assert!(types > 150, "{types}");
}

/// The token with something wrong at each of its places.
fn broken(text: &str) -> Vec<String> {
    let (input, signature) = text.rsplit_once('.').unwrap();
    let (header, claims) = input.split_once('.').unwrap();
    let with = |header: &str| format!("{}.{claims}.{signature}", encode(header.as_bytes()));
    vec![
        text.to_owned(),
        input.to_owned(),
        format!("{text}="),
        format!("{text}.{signature}"),
        format!("{header}.{}.{signature}", claims.trim_start_matches('e')),
        format!("{header}.{}.{signature}", encode(format!("{{\"sub\":\"{text}\"}}").as_bytes())),
        format!("{input}.{}", encode(&[7; 64])),
        with(&format!(r#"{{"alg":"EdDSA","kid":"{text}","typ":"at+jwt"}}"#)),
        with(r#"{"alg":"none"}"#),
        with(&format!(r#"{{"alg":"EdDSA","{signature}":1}}"#)),
        text.repeat(40),
    ]
}

fn sources(under: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(under).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] });
    files.filter(|path| path.extension().is_some_and(|name| name == "rs")).collect()
}

struct ReadReports;
impl Permission for ReadReports {
    const SCOPE: Scope = Scope::from_static("reports:read");
}

#[derive(Debug)]
struct DeleteReports;
impl Permission for DeleteReports {
    const SCOPE: Scope = Scope::from_static("reports:delete");
}

const CONFIGURATION: &str = r#"
    tenant = "acme"
    default_resource = "https://reports.example"
    [[resource]]
    uri = "https://reports.example"
    [[role]]
    name = "reader"
    permissions = ["reports:*"]
    [[agent]]
    client_id = "research"
    spiffe_id = "spiffe://acme/agent/research"
    acting = "for_person"
    allowed_scopes = ["reports:read"]
    max_lifetime_seconds = 300
    [[binding]]
    id = "b1"
    agent = "research"
    role = "reader"
    [[binding]]
    id = "b2"
    user = "alice"
    role = "reader"
    [[delegation]]
    id = "d1"
    delegator = "alice"
    agent = "research"
    scopes = ["reports:read"]
    purpose = "the weekly report"
"#;

const RESOURCE: &str = "https://reports.example";

fn issuer() -> Issuer {
    "https://id.example/acme".parse().unwrap()
}

fn now() -> UnixTime {
    UnixTime::from_secs(1_800_000_000).unwrap()
}

fn ring(key: SigningKey) -> KeyRing {
    KeyRing::new("acme".parse().unwrap(), issuer(), key)
}

fn recorded() -> Recorded {
    let config = Configuration::from_toml(CONFIGURATION).unwrap();
    let spiffe_id: AgentId = "spiffe://acme/agent/research".parse().unwrap();
    let acting = Acting::For { person: "alice".parse().unwrap(), delegation: None };
    let (tenant, client) = ("acme".parse().unwrap(), "research".parse().unwrap());
    let policy = config.policy(Question { tenant, client, acting, resource: None }).unwrap();
    let asked: ScopeSet = "reports:read".parse().unwrap();
    let decision = policy.decide(&asked, None, now()).unwrap();
    let proof = AgentProof::assertion(Proven {
        tenant: "acme".parse().unwrap(),
        by: ProvenBy::JwtSvid(spiffe_id),
        expires_at: now().plus(300),
        replay: Vec::new(),
        confirmation: None,
    });
    Recorded::assertion(decision.issue(proof, TokenId::v7(now(), [1; 10])).unwrap(), now())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
