//! The largest input that each parser takes, what reading it allocates, and that the next larger one is
//! refused by name and for less. Half of it takes no less than half: nothing grows faster than its input.
//! Counted, not timed, so that it says the same on any machine.
#![cfg(all(feature = "document", feature = "testing"))]
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::{error::Error, fmt::Write, str::FromStr};

use allocation_counter::{AllocationInfo, measure};
use deputize::{
    core::{
        AgentId, ClientId, Configuration, Issuer, ResourceId, Scope, ScopePattern, ScopeSet, TenantId, TokenId,
        UnixTime, UserId, limits as core_limits,
    },
    spiffe::{Bundle, Layout, StaticBundles, SvidVerifier, TrustDomain, limits as spiffe_limits, testing::Authority},
    store::AuditHash,
    token::{Algorithm, KeyEncryptionKey, KeyRing, KeySet, SealedKeyRing, SigningKey, jws, limits as token_limits},
};

/// A parser, by what it is called and in which unit its bound counts.
struct Parser<'a> {
    what: &'static str,
    bound: usize,
    of: &'static str,
    /// An input of so many, which is accepted up to the bound.
    input: &'a dyn Fn(usize) -> String,
    read: &'a dyn Fn(&str) -> Result<(), String>,
    /// What one more is told.
    refused: &'static str,
}

impl Parser<'_> {
    fn check(&self, table: &mut String) {
        let (half, full, over) = (self.cost(self.bound / 2), self.cost(self.bound), (self.input)(self.bound + 1));
        let mut said = String::new();
        let refused = measure(|| said = (self.read)(&over).err().unwrap_or_default());
        assert_eq!(said, self.refused, "{}: one more than {}", self.what, self.bound);
        // What is refused costs its error, which is one text here, and at most what is one more.
        let message = u64::try_from(said.len() * 4 + 256).unwrap();
        assert!(
            refused.bytes_total <= full.1.bytes_total * 11 / 10 + message,
            "{}: refusing costs {refused:?}",
            self.what
        );
        for (unit, at_half, at_full, slack) in [
            ("allocations", half.1.count_total, full.1.count_total, 16),
            ("bytes", half.1.bytes_total, full.1.bytes_total, 4_096),
            ("bytes at once", half.1.bytes_max, full.1.bytes_max, 4_096),
        ] {
            let most = at_half * 21 / 10 + slack;
            assert!(at_full <= most, "{}: {at_half} {unit} at half, {at_full} at full size", self.what);
        }
        let (bound, of) = (self.bound, self.of);
        let (count, at_once) = (full.1.count_total, full.1.bytes_max);
        writeln!(table, "{:<34} {bound:>8} {of:<12} {:>9} {count:>8} {at_once:>10}", self.what, full.0).unwrap();
    }

    /// The bytes of an input of this size, and what reading it allocates.
    fn cost(&self, size: usize) -> (usize, AllocationInfo) {
        let input = (self.input)(size);
        // What is prepared once for a thread is not the input's.
        assert_eq!((self.read)(&input), Ok(()), "{}: {size} {}", self.what, self.of);
        let info = measure(|| drop((self.read)(&input)));
        (input.len(), info)
    }
}

fn parse<T: FromStr<Err: Error>>(text: &str) -> Result<(), String> {
    text.parse::<T>().map(drop).map_err(|error| error.to_string())
}

fn told<T, E: Error>(outcome: Result<T, E>) -> Result<(), String> {
    outcome.map(drop).map_err(|error| error.to_string())
}

fn text(size: usize) -> String {
    "a".repeat(size)
}

#[test]
fn names_and_lists() {
    let uri = |size: usize| format!("https://a/{}", text(size.saturating_sub(10)));
    let spiffe_id = |size: usize| format!("spiffe://a/{}", text(size.saturating_sub(11)));
    let pattern = |size: usize| text(size - 2) + ":*";
    let layout = |size: usize| padded("/<agent>", |_| "/a".to_owned(), &text(size % 2), size);
    let scopes = |size: usize| (0..size).map(|n| format!("{n:0256}")).collect::<Vec<_>>().join(" ");
    let mut table = String::new();
    for (what, bound, of, input, read, refused) in [
        (
            "TenantId",
            core_limits::MAX_TENANT_BYTES,
            "bytes",
            &text as &dyn Fn(usize) -> String,
            &parse::<TenantId> as &dyn Fn(&str) -> Result<(), String>,
            "tenant id: is longer than 255 bytes",
        ),
        (
            "ClientId",
            core_limits::MAX_ID_BYTES,
            "bytes",
            &text,
            &parse::<ClientId>,
            "client id: is longer than 256 bytes",
        ),
        ("UserId", core_limits::MAX_ID_BYTES, "bytes", &text, &parse::<UserId>, "user id: is longer than 256 bytes"),
        (
            "AgentId",
            core_limits::MAX_SPIFFE_ID_BYTES,
            "bytes",
            &spiffe_id,
            &parse::<AgentId>,
            "SPIFFE ID: is longer than 2048 bytes",
        ),
        (
            "ResourceId",
            core_limits::MAX_URI_BYTES,
            "bytes",
            &uri,
            &parse::<ResourceId>,
            "resource: is longer than 2048 bytes",
        ),
        ("Issuer", core_limits::MAX_URI_BYTES, "bytes", &uri, &parse::<Issuer>, "issuer: is longer than 2048 bytes"),
        ("Scope", core_limits::MAX_SCOPE_BYTES, "bytes", &text, &parse::<Scope>, "scope: is longer than 256 bytes"),
        (
            "ScopePattern",
            core_limits::MAX_SCOPE_BYTES,
            "bytes",
            &pattern,
            &parse::<ScopePattern>,
            "scope pattern: is longer than 256 bytes",
        ),
        (
            "ScopeSet",
            core_limits::MAX_REQUESTED_SCOPES,
            "scopes",
            &scopes,
            &parse::<ScopeSet>,
            "scopes: is longer than 16448 bytes",
        ),
        (
            "TrustDomain",
            spiffe_limits::MAX_TRUST_DOMAIN_BYTES,
            "bytes",
            &text,
            &parse::<TrustDomain>,
            "the trust domain's name is longer than 255 bytes",
        ),
        (
            "Layout",
            spiffe_limits::MAX_LAYOUT_BYTES,
            "bytes",
            &layout,
            &parse::<Layout>,
            "the layout is longer than 2048 bytes",
        ),
    ] {
        Parser { what, bound, of, input, read, refused }.check(&mut table);
    }
    println!("{table}");
}

#[cfg(feature = "federation")]
#[test]
fn urls_of_endpoints() {
    let url = |size: usize| format!("https://a/{}", text(size - 10));
    let (bound, refused) = (spiffe_limits::MAX_ENDPOINT_URL_BYTES, "the endpoint's URL is longer than 2048 bytes");
    let read = &parse::<deputize::spiffe::EndpointUrl>;
    let mut table = String::new();
    Parser { what: "EndpointUrl", bound, of: "bytes", input: &url, read, refused }.check(&mut table);
    println!("{table}");
}

/// What has one length: anything longer is refused at no cost, however long.
#[test]
fn what_has_one_length() {
    let long = text(1 << 20);
    for read in [parse::<TokenId>, parse::<AuditHash>, |text: &str| told(UnixTime::from_rfc3339(text))] {
        let info = measure(|| assert!(read(&long).is_err()));
        assert!(info.bytes_total < 1_024, "{info:?}");
    }
}

#[test]
fn keys_and_bundles() {
    let key = |n: usize| format!(r#"{{"kty":"OKP","crv":"Ed25519","kid":"{n}","x":"{PUBLIC}"}}"#);
    let listed = |size: usize| format!(r#"{{"keys":[{}]}}"#, (0..size).map(key).collect::<Vec<_>>().join(","));
    let svid_key = |n: usize| format!(r#"{{"kty":"EC","crv":"P-256","use":"jwt-svid","kid":"{n}"}}"#);
    let bundle = |size: usize| format!(r#"{{"keys":[{}]}}"#, (0..size).map(svid_key).collect::<Vec<_>>().join(","));
    // All members of one object, which have to be told apart; and one that is as long as it gets.
    let members = |size: usize| padded(r#"{"keys":[],"#, |n| format!(r#""{n}":0,"#), r#""":0}"#, size);
    let long = |size: usize| padded(r#"{"keys":[],"x":""#, |_| "a".to_owned(), r#""}"#, size);
    let key_set = |text: &str| told(KeySet::from_json(text));
    let read_bundle = |text: &str| told(Bundle::from_json("acme".parse().unwrap(), text));
    let authority = Authority::generate("acme".parse().unwrap()).unwrap();
    let document: serde_json::Value = serde_json::from_str(&authority.bundle()).unwrap();
    let certificate = document.pointer("/keys/1/x5c/0").unwrap().as_str().unwrap().to_owned();
    let pem =
        |size: usize| format!("-----BEGIN CERTIFICATE-----\n{certificate}\n-----END CERTIFICATE-----\n").repeat(size);
    let read_pem = |text: &str| told(Bundle::from_pem("acme".parse().unwrap(), text));
    let sealed = {
        let kek = KeyEncryptionKey::new("2030", &[7; 32]).unwrap();
        let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
        KeyRing::new("acme".parse().unwrap(), "https://a".parse().unwrap(), key).seal(&kek, now()).unwrap()
    };
    let mut parts: Vec<&str> = sealed.as_str().split('.').collect();
    let (head, tag) = (parts.iter().take(3).copied().collect::<Vec<_>>().join("."), parts.pop().unwrap());
    // The last characters of what is encoded have to be canonical: a multiple of four, and the rest before it.
    let ring = |size: usize| {
        let fill = size - head.len() - tag.len() - 2;
        format!("{head}.{}.{tag}", text(fill).replace('a', "A"))
    };
    let mut table = String::new();
    for (what, bound, of, input, read, refused) in [
        (
            "KeySet",
            token_limits::MAX_KEYS,
            "keys",
            &listed as &dyn Fn(usize) -> String,
            &key_set as &dyn Fn(&str) -> Result<(), String>,
            "the key set holds more than 100 keys",
        ),
        (
            "KeySet, many members",
            token_limits::MAX_KEY_SET_BYTES,
            "bytes",
            &members,
            &key_set,
            "the key set is larger than 262144 bytes",
        ),
        (
            "KeySet, a long text",
            token_limits::MAX_KEY_SET_BYTES,
            "bytes",
            &long,
            &key_set,
            "the key set is larger than 262144 bytes",
        ),
        ("Bundle", token_limits::MAX_KEYS, "keys", &bundle, &read_bundle, "the bundle's key set is refused"),
        (
            "Bundle, many members",
            spiffe_limits::MAX_BUNDLE_BYTES,
            "bytes",
            &members,
            &read_bundle,
            "the bundle's key set is refused",
        ),
        (
            "Bundle, PEM",
            spiffe_limits::MAX_X509_AUTHORITIES,
            "certificates",
            &pem,
            &read_pem,
            "the bundle has more than 64 X.509 authorities",
        ),
        (
            "SealedKeyRing",
            token_limits::MAX_SEALED_KEY_RING_BYTES,
            "bytes",
            &ring,
            &parse::<SealedKeyRing>,
            "the sealed key ring is larger than 262144 bytes",
        ),
    ] {
        Parser { what, bound, of, input, read, refused }.check(&mut table);
    }
    println!("{table}");
}

/// A token is read the same, up to its claims.
#[test]
fn svids() {
    let authority = Authority::generate("acme".parse().unwrap()).unwrap();
    let bundles = StaticBundles::new([Bundle::from_json("acme".parse().unwrap(), &authority.bundle()).unwrap()]);
    let verifier = SvidVerifier::new(Layout::default(), "https://id.example", bundles);
    let header = format!(r#"{{"alg":"ES256","kid":"{}"}}"#, authority.kid());
    let (iat, exp) = (now().as_secs(), now().plus(60).as_secs());
    let claims = format!(r#"{{"sub":"spiffe://acme/agent/a","aud":"https://id.example","iat":{iat},"exp":{exp}"#);
    // Encoded, three bytes take four characters: what is a character short is made up for in the header.
    let of_size = |size: usize, fill: &dyn Fn(usize) -> String| {
        (0..4).find_map(|blanks| {
            let header = header.clone() + &" ".repeat(blanks);
            let rest = size - jws::encode(header.as_bytes()).len() - jws::encode(&[0; 64]).len() - 2;
            let claims = fill(rest * 3 / 4);
            let token = authority.sign_text(&header, &claims).unwrap();
            (token.len() == size).then_some(token)
        })
    };
    let members = |size| {
        let filled = |bytes| padded(&claims, |n| format!(r#","{n}":0"#), "}", bytes);
        of_size(size, &filled).unwrap()
    };
    let long = |size| {
        let filled = |bytes| padded(&format!(r#"{claims},"x":""#), |_| "a".to_owned(), r#""}"#, bytes);
        of_size(size, &filled).unwrap()
    };
    let read = |text: &str| told(verifier.jwt(text, now()));
    let mut table = String::new();
    for (what, input) in
        [("JWT-SVID, many members", &members as &dyn Fn(usize) -> String), ("JWT-SVID, a long claim", &long)]
    {
        let bound = spiffe_limits::MAX_SVID_BYTES;
        Parser { what, bound, of: "bytes", input, read: &read, refused: "the SVID is too large" }.check(&mut table);
    }
    println!("{table}");
}

/// The largest document takes more memory and time than a test should; what grows does so from a
/// sixteenth to an eighth of it too. What is larger is refused unread.
#[test]
fn documents() {
    let part = core_limits::MAX_DOCUMENT_BYTES / 256;
    let toml =
        |size: usize| padded("tenant = \"acme\"\n", |n| format!("[[resource]]\nuri = \"https://a/{n}\"\n"), "", size);
    let json = |size: usize| {
        let (head, tail) = (r#"{"tenant":"acme","resource":["#, r#"{"uri":"https://a"}]}"#);
        padded(head, |n| format!(r#"{{"uri":"https://a/{n}"}},"#), tail, size)
    };
    let mistakes = |size: usize| padded("tenant = \"acme\"\n", |n| format!("a{n} = 1\n"), "\n", size);
    let read_toml = |text: &str| told(Configuration::from_toml(text));
    let read_json = |text: &str| told(Configuration::from_json(text));
    let wrong = |text: &str| match Configuration::from_toml(text) {
        Err(errors) if errors.iter().count() > 1_000 => Ok(()),
        other => told(other),
    };
    for (what, input, read) in [
        ("Configuration, TOML", &toml as &dyn Fn(usize) -> String, &read_toml as &dyn Fn(&str) -> Result<(), String>),
        ("Configuration, JSON", &json, &read_json),
        ("Configuration, all wrong", &mistakes, &wrong),
    ] {
        let parser = Parser { what, bound: part, of: "bytes", input, read, refused: "" };
        let (half, full) = (parser.cost(part), parser.cost(part * 2));
        for (at_half, at_full) in [
            (half.1.count_total, full.1.count_total),
            (half.1.bytes_total, full.1.bytes_total),
            (half.1.bytes_max, full.1.bytes_max),
        ] {
            assert!(at_full <= at_half * 21 / 10 + 4_096, "{what}: {at_half}, {at_full}");
        }
        println!("{what:<34} {:>8} bytes {:>22} {:>10}", full.0, full.1.count_total, full.1.bytes_max);
        let over = text(core_limits::MAX_DOCUMENT_BYTES + 1);
        let info = measure(|| assert_eq!(read(&over).unwrap_err(), "the document: is longer than 16777216 bytes"));
        assert!(info.bytes_total < 2_048, "{what}: {info:?}");
    }
}

/// `head`, as many of `each` as there is room for, `tail`, and blanks: so many bytes.
fn padded(head: &str, each: impl Fn(usize) -> String, tail: &str, size: usize) -> String {
    let mut text = head.to_owned();
    for n in 0.. {
        let next = each(n);
        if text.len() + next.len() + tail.len() > size {
            break;
        }
        text += &next;
    }
    text += tail;
    text += &" ".repeat(size - text.len());
    text
}

const PUBLIC: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

fn now() -> UnixTime {
    UnixTime::from_secs(1_800_000_000).unwrap()
}
