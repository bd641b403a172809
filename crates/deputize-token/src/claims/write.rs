use core::fmt;

use deputize_core::{ChainAgent, Confirmation, Grant, Issuer, ScopeSet, Thumbprint, TokenId};
use serde::{Serialize, Serializer, ser::SerializeMap};

use super::TYPE;
use crate::{jws::encode, key::Algorithm};

/// The header, encoded.
pub(crate) fn write_header(algorithm: Algorithm, kid: &str) -> Result<String, serde_json::Error> {
    let header = Header { typ: TYPE, alg: algorithm.as_str(), kid };
    Ok(encode(&serde_json::to_vec(&header)?))
}

/// The claims, as JSON.
pub(crate) fn write_claims(grant: &Grant, issuer: &Issuer) -> Result<Vec<u8>, serde_json::Error> {
    let person = grant.person.as_ref();
    let claims = Claims {
        iss: issuer.as_str(),
        // RFC 8693 §4.1: the person is the subject, the agent the actor.
        sub: person.map_or(subject(&grant.agent), |person| person.as_str()),
        aud: [grant.resource.as_str()],
        exp: grant.expires_at.as_secs(),
        iat: grant.issued_at.as_secs(),
        nbf: grant.issued_at.as_secs(),
        jti: grant.token,
        client_id: grant.agent.client_id.as_str(),
        scope: &grant.scopes,
        act: person.map(|_| Act { current: &grant.agent, earlier: &grant.earlier }),
        cnf: grant.confirmation.map(Cnf::from),
        delegation: Delegation {
            tenant: grant.tenant.as_str(),
            proof: grant.proof.as_str(),
            id: grant.delegation.as_ref().map(|id| id.as_str()),
            depth: grant.depth,
            max_depth: grant.max_depth,
            chain: &grant.ancestors,
        },
    };
    let mut json = Vec::with_capacity(USUAL_BYTES);
    serde_json::to_writer(&mut json, &claims)?;
    Ok(json)
}

/// More than most claims take, so that the list is not moved while they are written.
const USUAL_BYTES: usize = 1024;

#[derive(Serialize)]
struct Header<'a> {
    typ: &'a str,
    alg: &'a str,
    kid: &'a str,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: [&'a str; 1],
    exp: u64,
    iat: u64,
    nbf: u64,
    #[serde(serialize_with = "printed")]
    jti: TokenId,
    client_id: &'a str,
    #[serde(serialize_with = "printed")]
    scope: &'a ScopeSet,
    #[serde(skip_serializing_if = "Option::is_none")]
    act: Option<Act<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cnf: Option<Cnf>,
    delegation: Delegation<'a>,
}

#[derive(Serialize)]
struct Delegation<'a> {
    tenant: &'a str,
    proof: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    depth: u8,
    max_depth: u8,
    #[serde(serialize_with = "each_printed")]
    chain: &'a [TokenId],
}

#[derive(Serialize)]
struct Cnf {
    #[serde(skip_serializing_if = "Option::is_none")]
    jkt: Option<String>,
    #[serde(rename = "x5t#S256", skip_serializing_if = "Option::is_none")]
    x5t_s256: Option<String>,
}

impl From<Confirmation> for Cnf {
    fn from(confirmation: Confirmation) -> Self {
        let text = |thumbprint: Thumbprint| Some(encode(thumbprint.as_bytes()));
        let (jkt, x5t_s256) = match confirmation {
            Confirmation::Jkt(jkt) => (text(jkt), None),
            Confirmation::X5tS256(x5t_s256) => (None, text(x5t_s256)),
            Confirmation::Both { jkt, x5t_s256 } => (text(jkt), text(x5t_s256)),
        };
        Self { jkt, x5t_s256 }
    }
}

/// As it is printed, without a string of its own.
fn printed<T: fmt::Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

fn each_printed<S: Serializer>(ids: &[TokenId], serializer: S) -> Result<S::Ok, S::Error> {
    struct Printed<'a>(&'a TokenId);
    impl Serialize for Printed<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            printed(self.0, serializer)
        }
    }
    serializer.collect_seq(ids.iter().map(Printed))
}

/// The current actor outermost, within it the earlier ones (RFC 8693 §4.1).
struct Act<'a> {
    current: &'a ChainAgent,
    earlier: &'a [ChainAgent],
}

impl Serialize for Act<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("sub", subject(self.current))?;
        map.serialize_entry("client_id", self.current.client_id.as_str())?;
        if let Some((current, earlier)) = self.earlier.split_last() {
            map.serialize_entry("act", &Act { current, earlier })?;
        }
        map.end()
    }
}

/// The name that an agent goes by as a subject: its SPIFFE ID where an SVID proved it.
pub(crate) fn subject(agent: &ChainAgent) -> &str {
    agent.spiffe_id.as_ref().map_or(agent.client_id.as_str(), |id| id.as_str())
}
