use deputize_token::{Algorithm, SigningKey, jws::encode};
use jsonwebtoken::signature::Signer;
use serde_json::{Map, Value, json};

use crate::keys;

/// A vector in the making: a token that a verifier takes, until something is changed in it.
#[derive(Clone)]
pub(crate) struct Draft {
    header: Value,
    header_text: Option<String>,
    claims: Value,
    claims_text: Option<Vec<u8>>,
    key: &'static str,
    signature: Option<Vec<u8>>,
    edit: Option<fn(String) -> String>,
    /// What the verifier is given besides the token.
    pub(crate) given: Map<String, Value>,
}

pub(crate) const NOW: u64 = 1_800_000_000;

/// The id of the nth token of a chain.
pub(crate) fn jti(n: usize) -> String {
    format!("01a31a5b-8800-7000-8000-{n:012x}")
}

/// What the nth agent of a chain says as actor, and within it those before it.
pub(crate) fn act(n: usize) -> Value {
    let mut act = json!({"sub": format!("spiffe://acme/agent/{n}"), "client_id": format!("agent-{n}")});
    if n > 0 {
        act["act"] = self::act(n - 1);
    }
    act
}

impl Draft {
    /// An agent that acts for alice, at the end of a chain with `depth` hops.
    pub(crate) fn for_alice(depth: usize) -> Self {
        let mut draft = Self::alone();
        draft.claims["sub"] = json!("alice");
        draft.claims["client_id"] = json!(format!("agent-{depth}"));
        draft.claims["jti"] = json!(jti(depth));
        draft.claims["act"] = act(depth);
        draft.claims["delegation"] = json!({
            "tenant": "acme", "proof": "jwt_svid", "id": "d1", "depth": depth, "max_depth": 8,
            "chain": (0..depth).map(jti).collect::<Vec<_>>(),
        });
        draft
    }

    /// An agent that acts for itself.
    pub(crate) fn alone() -> Self {
        let claims = json!({
            "iss": "https://id.example/acme", "sub": "spiffe://acme/agent/0", "aud": ["https://reports.example"],
            "exp": NOW + 900, "iat": NOW, "nbf": NOW, "jti": jti(0), "client_id": "agent-0",
            "scope": "reports:list reports:read",
            "delegation": {"tenant": "acme", "proof": "jwt_svid", "depth": 0, "max_depth": 0, "chain": []},
        });
        let given = json!({
            "key_set": "acme", "tenant": "acme", "issuer": "https://id.example/acme",
            "audience": "https://reports.example", "now": NOW, "presented": "bearer",
        });
        let mut draft = Self {
            header: json!({"typ": "at+jwt"}),
            header_text: None,
            claims,
            claims_text: None,
            key: "",
            signature: None,
            edit: None,
            given: given.as_object().unwrap().clone(),
        };
        draft.signed_by("ed25519");
        draft
    }

    /// Signed by this key, which the header names.
    pub(crate) fn signed_by(&mut self, key: &'static str) -> &mut Self {
        self.key = key;
        let public = keys::signing(key);
        self.header("kid", keys::kid(key)).header("alg", public.algorithm().as_str())
    }

    /// Signed by this key, whatever the header says.
    pub(crate) fn forged_by(&mut self, key: &'static str) -> &mut Self {
        self.key = key;
        self
    }

    pub(crate) fn header(&mut self, name: &str, value: impl Into<Value>) -> &mut Self {
        self.header[name] = value.into();
        self
    }

    pub(crate) fn without_header(&mut self, name: &str) -> &mut Self {
        self.header.as_object_mut().unwrap().remove(name).unwrap();
        self
    }

    /// The header as a text that no JSON value prints as: `$` stands for the members it would have.
    pub(crate) fn header_text(&mut self, template: &str) -> &mut Self {
        self.header_text = Some(template.replace('$', members(&self.header).as_str()));
        self
    }

    /// Sets the claim at a path like `delegation.depth`.
    pub(crate) fn claim(&mut self, path: &str, value: impl Into<Value>) -> &mut Self {
        let pointer = format!("/{}", path.replace('.', "/"));
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        self.claims.pointer_mut(parent).unwrap()[name] = value.into();
        self
    }

    pub(crate) fn without(&mut self, path: &str) -> &mut Self {
        let pointer = format!("/{}", path.replace('.', "/"));
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let parent = self.claims.pointer_mut(parent).and_then(Value::as_object_mut).unwrap();
        parent.remove(name).unwrap();
        self
    }

    /// The claims as a text that no JSON value prints as: `$` stands for the members they would have.
    pub(crate) fn claims_text(&mut self, template: &str) -> &mut Self {
        self.claims_bytes(template.replace('$', members(&self.claims).as_str()).as_bytes())
    }

    pub(crate) fn claims_bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.claims_text = Some(bytes.to_vec());
        self
    }

    pub(crate) fn signature(&mut self, bytes: &[u8]) -> &mut Self {
        self.signature = Some(bytes.to_vec());
        self
    }

    /// What is done to the signed token in the end.
    pub(crate) fn edit(&mut self, edit: fn(String) -> String) -> &mut Self {
        self.edit = Some(edit);
        self
    }

    pub(crate) fn given(&mut self, name: &str, value: impl Into<Value>) -> &mut Self {
        self.given.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn input(&self) -> String {
        let text = |value: &Value| format!("{{{}}}", members(value));
        let header = self.header_text.clone().unwrap_or_else(|| text(&self.header));
        let claims = self.claims_text.clone().unwrap_or_else(|| text(&self.claims).into_bytes());
        format!("{}.{}", encode(header.as_bytes()), encode(&claims))
    }

    pub(crate) fn token(&self) -> String {
        let input = self.input();
        let sign = |key: SigningKey| key.try_sign(input.as_bytes()).unwrap();
        let signature = self.signature.clone().unwrap_or_else(|| sign(keys::signing(self.key)));
        let token = format!("{input}.{}", encode(&signature));
        self.edit.map_or(token.clone(), |edit| edit(token))
    }

    /// Whether the signature is the same each time it is made.
    pub(crate) fn is_deterministic(&self) -> bool {
        let algorithm = keys::signing(self.key).algorithm();
        self.signature.is_some() || matches!(algorithm, Algorithm::EdDsa | Algorithm::Ed25519 | Algorithm::Rs256)
    }
}

/// The members of an object, sorted whatever order the library keeps them in, without its braces.
fn members(object: &Value) -> String {
    let mut sorted = object.clone();
    sorted.sort_all_objects();
    let text = sorted.to_string();
    text[1..text.len() - 1].to_owned()
}
