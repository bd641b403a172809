//! Bodies of the fuzz targets: each states laws for any input. They are built for fuzzing and for
//! the tests below only.

use std::{collections::BTreeSet, sync::LazyLock};

use deputize_core::{Lineage, ProofMethod, Revoked, Target, UnixTime, limits::MAX_DEPTH};
use serde_json::Value;

use crate::{
    Algorithm, Handed, KeyEncryptionKey, KeyRing, KeySet, OpenError, Presented, Revocation, SealError, SealedKeyRing,
    SigningKey, Trust, Verified, Verifier,
    jws::{decode, encode, json},
    limits::{MAX_JSON_NESTING, MAX_KEYS},
};

/// What is read strictly is what any reader reads, and holds to the bound.
pub fn json(data: &[u8]) {
    let lenient: Option<Value> = serde_json::from_slice(data).ok();
    match json::parse(data) {
        Ok(value) => {
            assert!(depth(&value) <= MAX_JSON_NESTING);
            // A member that is there twice would have been lost by the lenient reader.
            assert_eq!(Some(value), lenient);
        }
        Err(json::JsonError::Syntax) => assert_eq!(lenient, None),
        Err(json::JsonError::DuplicateMember | json::JsonError::TooDeep) => {}
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// What is read as a key set prints as one that reads the same, and publishes nothing private.
pub fn jwks(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else { return };
    let Ok(set) = KeySet::from_json(text) else { return };
    assert!(set.len() <= MAX_KEYS);
    for key in set.iter() {
        assert!(key.algorithm().signs_tokens());
        assert_eq!(set.get(key.kid()).map(|found| found.thumbprint()), Some(key.thumbprint()));
        assert!(!key.verify(data, &[]) && !key.verify(data, &[0; 64]));
    }
    let printed = set.to_json();
    let again = KeySet::from_json(&printed).map(|set| set.to_json());
    assert_eq!(again.as_ref(), Ok(&printed));
}

/// A text verifies only if the ring signed it. The first line as header and the second as claims,
/// signed by the ring, never panic, and what verifies obeys the rules of the wire format.
pub fn token(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else { return };
    let Some(world) = WORLD.as_ref() else { return };
    assert!(world.verify(text, Revocation::ExpiryOnly).is_none(), "nobody signed it");
    let (header, claims) = text.split_once('\n').unwrap_or((&world.header, text));
    let input = format!("{}.{}", encode(header.as_bytes()), encode(claims.as_bytes()));
    let Some(signature) = world.key.sign(input.as_bytes()) else { return };
    let token = format!("{input}.{}", encode(&signature));
    let Some(verified) = world.verify(&token, Revocation::ExpiryOnly) else { return };
    obeys(&verified, claims);
    for target in targets(verified.lineage()) {
        let mut revoked = Revoked::default();
        revoked.insert(target);
        assert!(world.verify(&token, Revocation::Snapshot(&revoked)).is_none(), "all of the lineage is live");
    }
    // The issuer takes it as a parent exactly when it acts for a person, and says the same of it.
    let handed = Handed::ByHolder(Presented::Bearer);
    let parent = world.ring.parent(Revocation::ExpiryOnly, &token, handed, NOW).ok();
    assert_eq!(parent.is_some(), verified.person().is_some());
    assert!(parent.is_none_or(|parent| parent.lineage() == *verified.lineage()));
}

/// A text opens by the key that everybody here has as what was sealed by it, also anew. The first line
/// as header opens by no key; the rest, sealed, opens as a ring that can be kept again, or not at all.
pub fn sealed_key_ring(data: &[u8]) {
    let Ok(text) = core::str::from_utf8(data) else { return };
    let (Some(world), Ok(kek)) = (WORLD.as_ref(), KeyEncryptionKey::new("kek-1", &KEK)) else { return };
    let (tenant, issuer) = (world.ring.tenant(), world.ring.issuer());
    let open = |sealed: &SealedKeyRing| sealed.open(tenant, issuer, &kek);
    if let Ok(sealed) = text.parse::<SealedKeyRing>() {
        assert_eq!(sealed.as_str(), text);
        if sealed.key_id() == kek.id() {
            let again = sealed.rewrap(&kek, &kek).ok();
            let keys = |sealed: &SealedKeyRing| open(sealed).ok().map(|ring| ring.public(NOW).to_json());
            assert_eq!(keys(&sealed), again.as_ref().and_then(keys));
        }
    }
    let (header, content) = text.split_once('\n').unwrap_or((text, text));
    let parts = [encode(header.as_bytes()), encode(&[0; 32]), encode(&[0; 12]), String::new(), encode(&[0; 16])];
    if let Ok(sealed) = parts.join(".").parse::<SealedKeyRing>() {
        assert!(!sealed.key_id().is_empty() && open(&sealed).is_err(), "nobody sealed it");
    }
    let Ok(sealed) = SealedKeyRing::of(content.as_bytes().to_vec().into(), tenant, issuer, &kek) else { return };
    match open(&sealed) {
        Ok(ring) => match ring.seal(&kek, UnixTime::EPOCH).map(|sealed| open(&sealed)) {
            Ok(Ok(again)) => assert_eq!(again.public(NOW).to_json(), ring.public(NOW).to_json()),
            other => assert!(matches!(other, Err(SealError::TooLarge)), "{other:?}"),
        },
        Err(error) => assert_eq!(error, OpenError::Content),
    }
}

/// The laws of DESIGN §5, said of what came out.
fn obeys(verified: &Verified, claims: &str) {
    let read: Value = serde_json::from_str(claims).unwrap_or_default();
    let lineage = verified.lineage();
    assert!(verified.expires_at() > NOW && verified.issued_at() < verified.expires_at());
    assert_eq!(lineage.agents.len(), lineage.tokens.len());
    assert!(lineage.agents.len() <= usize::from(MAX_DEPTH) + 1);
    assert_eq!(lineage.agents.iter().collect::<BTreeSet<_>>().len(), lineage.agents.len());
    assert_eq!(lineage.tokens.iter().collect::<BTreeSet<_>>().len(), lineage.tokens.len());
    assert_eq!(lineage.tokens.last(), Some(&verified.token_id()));
    assert_eq!(verified.person().is_some(), verified.delegation().is_some());
    assert_eq!(verified.person().is_some(), read.get("act").is_some());
    assert!(verified.person().is_some() || lineage.agents.len() == 1, "who acts alone hands nothing on");
    let by_svid = matches!(verified.proof(), ProofMethod::JwtSvid | ProofMethod::X509Svid);
    assert_eq!(verified.agent().is_some(), by_svid);
    assert!(verified.confirmation().is_none() && read.get("cnf").is_none(), "it was presented as bearer");
    assert_eq!(read.get("client_id").and_then(Value::as_str), Some(verified.client_id().as_str()));
    assert_eq!(
        read.get("scope").and_then(Value::as_str).map(|text| text.split(' ').count()),
        Some(verified.scopes().len())
    );
}

fn targets(lineage: &Lineage) -> impl Iterator<Item = Target> {
    let of_person = lineage.person.iter().cloned().map(Target::Person);
    let of_delegation = lineage.delegation.iter().cloned().map(Target::Delegation);
    let of_agents = lineage.agents.iter().cloned().map(Target::Agent);
    let of_tokens = lineage.tokens.iter().copied().map(Target::Token);
    of_person.chain(of_delegation).chain(of_agents).chain(of_tokens).chain([Target::Tenant])
}

const NOW: UnixTime = UnixTime::EPOCH.plus(1_800_000_000);

const KEK: [u8; 32] = *b"a key that protects nothing here";

/// A ring whose key everybody here has.
struct World {
    key: SigningKey,
    ring: KeyRing,
    keys: KeySet,
    verifier: Verifier,
    header: String,
}

static WORLD: LazyLock<Option<World>> = LazyLock::new(World::new);

impl World {
    fn new() -> Option<Self> {
        // RFC 8037 appendix A.1, as PKCS#8 (RFC 8410 §7).
        let seed = decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")?;
        let frame = decode("MC4CAQAwBQYDK2VwBCIEIA")?;
        let der = [frame, seed].concat();
        let key = || SigningKey::from_der(Algorithm::EdDsa, &der).ok();
        let (tenant, issuer) = ("acme".parse().ok()?, "https://id.example/acme".parse().ok()?);
        let verifier = Verifier::new(tenant, issuer, "https://reports.example".parse().ok()?);
        let ring = KeyRing::new(verifier.tenant.clone(), verifier.issuer.clone(), key()?);
        let header = format!(r#"{{"typ":"at+jwt","alg":"EdDSA","kid":"{}"}}"#, key()?.public().kid());
        let keys = ring.public(NOW);
        Some(Self { key: key()?, ring, keys, verifier, header })
    }

    fn verify(&self, token: &str, revoked: Revocation<'_>) -> Option<Verified> {
        let trust = Trust { keys: &self.keys, revoked };
        self.verifier.verify(trust, token, Presented::Bearer, NOW).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALONE: &str = concat!(
        r#"{"iss":"https://id.example/acme","sub":"spiffe://acme/a","aud":"https://reports.example","#,
        r#""exp":1800000900,"iat":1800000000,"jti":"017f22e2-79b0-7cc3-98c4-dc0c0c07398f","client_id":"a","#,
        r#""scope":"r w","delegation":{"tenant":"acme","proof":"jwt_svid","depth":0,"max_depth":0,"chain":[]}}"#,
    );

    fn for_person() -> String {
        let act = r#""sub":"zoë","act":{"sub":"a","client_id":"a","act":{"sub":"spiffe://acme/b","client_id":"b"}}"#;
        let chain = r#""chain":["017f22e2-79b0-7cc3-98c4-dc0c0c073980"]"#;
        let delegation = format!(r#""proof":"client_secret","id":"d","depth":1,"max_depth":8,{chain}"#);
        ALONE
            .replace(r#""sub":"spiffe://acme/a""#, act)
            .replace(r#""proof":"jwt_svid","depth":0,"max_depth":0,"chain":[]"#, &delegation)
    }

    #[test]
    fn a_ring_is_kept_or_refused() {
        let world = WORLD.as_ref().unwrap();
        // A key in each state, one of them elsewhere.
        let content = include_str!("../../../fuzz/seeds/sealed_key_ring/content").lines().last().unwrap();
        let kek = KeyEncryptionKey::new("kek-1", &KEK).unwrap();
        let (tenant, issuer) = (world.ring.tenant(), world.ring.issuer());
        let sealed = SealedKeyRing::of(content.as_bytes().to_vec().into(), tenant, issuer, &kek).unwrap();
        let ring = sealed.open(tenant, issuer, &kek).unwrap();
        assert_eq!(ring.public(NOW).len(), 3, "a seed that gets to the end");
        sealed_key_ring(include_bytes!("../../../fuzz/seeds/sealed_key_ring/sealed"));
        let header = sealed.as_str().split('.').next().and_then(decode).unwrap();
        let header = String::from_utf8(header).unwrap();
        for text in [sealed.as_str(), &header, content, "", "\n", "{}", "....", &format!("{header}\n{content}")] {
            sealed_key_ring(text.as_bytes());
        }
        for text in [&header, content] {
            for at in 0..text.len() {
                let (before, after) = (text.split_at(at).0, text.split_at(at + 1).1);
                for put in ["", "0", "\"", "A"] {
                    sealed_key_ring(format!("{before}{put}{after}").as_bytes());
                }
            }
        }
        sealed_key_ring(b"\xff");
    }

    #[test]
    fn laws_hold_on_seeds() {
        let world = WORLD.as_ref().unwrap();
        let person = for_person();
        for claims in [ALONE, &person] {
            let input = format!("{}.{}", encode(world.header.as_bytes()), encode(claims.as_bytes()));
            let signed = format!("{input}.{}", encode(&world.key.sign(input.as_bytes()).unwrap()));
            assert!(world.verify(&signed, Revocation::ExpiryOnly).is_some(), "a seed that gets to the end: {claims}");
        }
        for text in [ALONE, &person, "{}\n{}", "\n", "", "a.b.c", "{\"alg\":\"EdDSA\"}\n{\"iss\":1}"] {
            token(text.as_bytes());
        }
        // Everything that differs from a good token in one character.
        for at in (0..person.len()).filter(|at| person.is_char_boundary(*at)) {
            let (before, after) = person.split_at(at);
            let rest: String = after.chars().skip(1).collect();
            for put in ["", "0", "\"", "a"] {
                token(format!("{before}{put}{rest}").as_bytes());
            }
        }
        for text in [
            r#"{"keys":[]}"#,
            r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"a"}]}"#,
            r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","kid":"a"}]}"#,
            "[]",
            "",
        ] {
            jwks(text.as_bytes());
            json(text.as_bytes());
        }
        for text in ["[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]", r#"{"a":1,"a":2}"#, "1e5", "-0", "\"\\ud800\"", " null "] {
            json(text.as_bytes());
        }
        token(b"\xff");
        jwks(b"\xff");
        json(b"\xff");
    }
}
