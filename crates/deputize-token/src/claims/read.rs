use deputize_core::{
    ChainAgent, ClientId, Confirmation, DelegationId, ProofMethod, ResourceId, ScopeSet, TenantId, Thumbprint, TokenId,
    UnixTime, UserId, limits::MAX_DEPTH,
};
use serde_json::Value;

use super::object::Object;
use crate::{
    jws::{decode, json},
    verify::VerifyError,
};

/// Everything a token says, each part parsed and all of them in accord.
#[derive(Debug)]
pub(crate) struct Claims {
    pub(crate) issuer: String,
    pub(crate) audience: ResourceId,
    pub(crate) token: TokenId,
    pub(crate) issued_at: UnixTime,
    pub(crate) not_before: Option<UnixTime>,
    pub(crate) expires_at: UnixTime,
    pub(crate) scopes: ScopeSet,
    pub(crate) tenant: TenantId,
    pub(crate) proof: ProofMethod,
    pub(crate) person: Option<UserId>,
    pub(crate) delegation: Option<DelegationId>,
    /// The agent that acts.
    pub(crate) agent: ChainAgent,
    /// The agents before it, root first.
    pub(crate) earlier: Vec<ChainAgent>,
    /// Root first, without the token itself.
    pub(crate) ancestors: Vec<TokenId>,
    pub(crate) depth: u8,
    pub(crate) max_depth: u8,
    pub(crate) confirmation: Option<Confirmation>,
}

type Read<T> = Result<T, VerifyError>;

impl Claims {
    pub(crate) fn read(payload: &[u8]) -> Read<Self> {
        let value = json::parse(payload).map_err(|error| match error {
            // RFC 7519 §4: claim names MUST be unique.
            json::JsonError::DuplicateMember => VerifyError::DuplicateMember,
            json::JsonError::Syntax | json::JsonError::TooDeep => VerifyError::Malformed,
        })?;
        let all = value.as_object().map(|_| Object::new(&value, "payload")).ok_or(VerifyError::Malformed)??;
        // RFC 9068 §2.2: each of these MUST be there.
        let issuer = all.text("iss")?.to_owned();
        let audience = audience(all.required("aud")?)?;
        let subject = all.text("sub")?;
        let client_id: ClientId = all.parsed("client_id")?;
        let token = all.parsed("jti")?;
        let issued_at = all.time("iat")?;
        let expires_at = all.time("exp")?;
        if expires_at <= issued_at {
            return Err(VerifyError::InvalidClaim("exp"));
        }
        let not_before = all.get("nbf").map(|_| all.time("nbf")).transpose()?;
        let scopes = scopes(all.text("scope")?)?;
        let confirmation = all.get("cnf").map(confirmation).transpose()?;

        let delegation = Object::new(all.required("delegation")?, "delegation")?;
        let tenant = delegation.parsed("tenant")?;
        let proof = proof(delegation.text("proof")?)?;
        let depth = delegation.small("depth")?;
        let max_depth = delegation.small("max_depth")?;
        let ancestors = ancestors(&delegation.texts("chain")?, token)?;
        if usize::from(depth) != ancestors.len() || depth > max_depth || max_depth > MAX_DEPTH {
            return Err(VerifyError::InvalidClaim("delegation"));
        }

        let id: Option<DelegationId> = delegation.get("id").map(|_| delegation.parsed("id")).transpose()?;
        let (person, mut earlier) = match (all.get("act"), &id) {
            // RFC 8693 §4.1: `sub` is who is acted for, `act` who acts.
            (Some(act), Some(_)) => {
                let person = subject.parse().map_err(|_| VerifyError::InvalidClaim("sub"))?;
                (Some(person), actors(act, ancestors.len() + 1)?)
            }
            (None, None) if depth == 0 && max_depth == 0 => (None, vec![named(subject, client_id.clone(), "sub")?]),
            (None, None) => return Err(VerifyError::InvalidClaim("delegation")),
            // Acting for a person, and only then, rests on a delegation.
            (Some(_), None) => return Err(VerifyError::MissingClaim("delegation.id")),
            (None, Some(_)) => return Err(VerifyError::MissingClaim("act")),
        };
        let mut agent = earlier.pop().ok_or(VerifyError::InvalidClaim("act"))?;
        if agent.client_id != client_id {
            return Err(VerifyError::InvalidClaim("client_id"));
        }
        // A SPIFFE ID goes into a token only when an SVID proved it. It may be the client id too.
        let by_svid = matches!(proof, ProofMethod::JwtSvid | ProofMethod::X509Svid);
        if by_svid && agent.spiffe_id.is_none() {
            agent.spiffe_id = client_id.as_str().parse().ok();
        }
        if agent.spiffe_id.is_some() != by_svid {
            return Err(VerifyError::InvalidClaim("delegation.proof"));
        }
        Ok(Self {
            issuer,
            audience,
            token,
            issued_at,
            not_before,
            expires_at,
            scopes,
            tenant,
            proof,
            person,
            delegation: id,
            agent,
            earlier,
            ancestors,
            depth,
            max_depth,
            confirmation,
        })
    }
}

/// RFC 7519 §4.1.3: a string or an array of strings. A token is for exactly one resource.
fn audience(value: &Value) -> Read<ResourceId> {
    let text = match value {
        Value::String(text) => Some(text.as_str()),
        Value::Array(items) => match items.as_slice() {
            [item] => item.as_str(),
            _ => None,
        },
        _ => None,
    };
    text.and_then(|text| text.parse().ok()).ok_or(VerifyError::InvalidClaim("aud"))
}

/// RFC 6749 §3.3; a key ring prints each scope once.
fn scopes(text: &str) -> Read<ScopeSet> {
    let set: ScopeSet = text.parse().map_err(|_| VerifyError::InvalidClaim("scope"))?;
    if set.len() == text.split(' ').count() { Ok(set) } else { Err(VerifyError::InvalidClaim("scope")) }
}

fn proof(name: &str) -> Read<ProofMethod> {
    let methods = [
        ProofMethod::JwtSvid,
        ProofMethod::X509Svid,
        ProofMethod::PrivateKeyJwt,
        ProofMethod::TlsClientAuth,
        ProofMethod::ClientSecret,
    ];
    let method = methods.into_iter().find(|method| method.as_str() == name);
    method.ok_or(VerifyError::InvalidClaim("delegation.proof"))
}

fn ancestors(texts: &[&str], token: TokenId) -> Read<Vec<TokenId>> {
    if texts.len() > usize::from(MAX_DEPTH) {
        return Err(VerifyError::InvalidClaim("delegation.chain"));
    }
    let mut ids = Vec::with_capacity(texts.len());
    for text in texts {
        let id: TokenId = text.parse().map_err(|_| VerifyError::InvalidClaim("delegation.chain"))?;
        if id == token || ids.contains(&id) {
            return Err(VerifyError::InvalidClaim("delegation.chain"));
        }
        ids.push(id);
    }
    Ok(ids)
}

/// The actors, root first: outermost in `act` stands the current one (RFC 8693 §4.1).
fn actors(act: &Value, levels: usize) -> Read<Vec<ChainAgent>> {
    let mut agents: Vec<ChainAgent> = Vec::with_capacity(levels);
    let mut subjects: Vec<&str> = Vec::with_capacity(levels);
    let mut next = Some(act);
    while let Some(value) = next {
        let level = Object::new(value, "act")?;
        let client_id: ClientId = level.parsed("client_id").map_err(|_| VerifyError::InvalidClaim("act"))?;
        let subject = level.text("sub").map_err(|_| VerifyError::InvalidClaim("act"))?;
        // No agent twice, by either name: a client id may be spelled as another's SPIFFE ID.
        let known = subjects.contains(&subject) || agents.iter().any(|agent| agent.client_id == client_id);
        if known || agents.len() == levels {
            return Err(VerifyError::InvalidClaim("act"));
        }
        subjects.push(subject);
        agents.push(named(subject, client_id, "act")?);
        next = level.get("act");
    }
    if agents.len() != levels {
        return Err(VerifyError::InvalidClaim("act"));
    }
    agents.reverse();
    Ok(agents)
}

/// An agent by what its `sub` says: its client id, or the SPIFFE ID that an SVID proved.
fn named(subject: &str, client_id: ClientId, claim: &'static str) -> Read<ChainAgent> {
    let spiffe_id = match subject == client_id.as_str() {
        true => None,
        false => Some(subject.parse().map_err(|_| VerifyError::InvalidClaim(claim))?),
    };
    Ok(ChainAgent { client_id, spiffe_id })
}

/// RFC 7800 §3.1, RFC 8705 §3.1, RFC 9449 §6.1: at least one member that is understood.
fn confirmation(value: &Value) -> Read<Confirmation> {
    let cnf = Object::new(value, "cnf")?;
    let thumbprint = |name: &'static str| -> Read<Option<Thumbprint>> {
        let Some(value) = cnf.get(name) else { return Ok(None) };
        let bytes = value.as_str().and_then(decode).and_then(|bytes| bytes.try_into().ok());
        bytes.map(|bytes| Some(Thumbprint::from_bytes(bytes))).ok_or(VerifyError::InvalidClaim("cnf"))
    };
    match (thumbprint("jkt")?, thumbprint("x5t#S256")?) {
        (Some(jkt), None) => Ok(Confirmation::Jkt(jkt)),
        (None, Some(x5t_s256)) => Ok(Confirmation::X5tS256(x5t_s256)),
        (Some(jkt), Some(x5t_s256)) => Ok(Confirmation::Both { jkt, x5t_s256 }),
        (None, None) => Err(VerifyError::InvalidClaim("cnf")),
    }
}
