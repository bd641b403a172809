use deputize_core::{
    ChainAgent, ClientId, Confirmation, DelegationId, Issuer, ProofMethod, ResourceId, ScopeSet, TenantId, Thumbprint,
    TokenId, UnixTime, UserId, limits::MAX_DEPTH,
};

use super::{object::Object, write::subject};
use crate::{
    jws::{Document, Node, decode, json::JsonError},
    verify::VerifyError,
};

/// Everything a token says, each part parsed and all of them in accord.
#[derive(Debug)]
pub(crate) struct Claims {
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

/// In the order in which a key ring writes them.
const CLAIMS: [&str; 12] =
    ["iss", "sub", "aud", "exp", "iat", "nbf", "jti", "client_id", "scope", "act", "cnf", "delegation"];
const OF_DELEGATION: [&str; 6] = ["tenant", "proof", "id", "depth", "max_depth", "chain"];
const OF_ACTOR: [&str; 3] = ["sub", "client_id", "act"];

type Read<T> = Result<T, VerifyError>;

impl Claims {
    pub(crate) fn read(payload: &[u8], issuer: &Issuer) -> Read<Self> {
        let document = Document::read(payload).map_err(|error| match error {
            // RFC 7519 §4: claim names MUST be unique.
            JsonError::DuplicateMember => VerifyError::DuplicateMember,
            JsonError::Syntax | JsonError::TooDeep => VerifyError::Malformed,
        })?;
        let all = Object::new(document.root(), "payload", CLAIMS).map_err(|_| VerifyError::Malformed)?;
        // RFC 9068 §2.2: each of these MUST be there.
        let of_issuer = all.text("iss")?;
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

        let delegation = Object::new(all.required("delegation")?, "delegation", OF_DELEGATION)?;
        let tenant = delegation.parsed("tenant")?;
        let proof = proof(delegation.text("proof")?)?;
        let depth = delegation.small("depth")?;
        let max_depth = delegation.small("max_depth")?;
        let ancestors = ancestors(delegation.texts("chain")?, token)?;
        if usize::from(depth) != ancestors.len() || depth > max_depth || max_depth > MAX_DEPTH {
            return Err(VerifyError::InvalidClaim("delegation"));
        }

        let id: Option<DelegationId> = delegation.get("id").map(|_| delegation.parsed("id")).transpose()?;
        let (person, mut agent, earlier) = match (all.get("act"), &id) {
            // RFC 8693 §4.1: `sub` is who is acted for, `act` who acts.
            (Some(act), Some(_)) => {
                let person = subject.parse().map_err(|_| VerifyError::InvalidClaim("sub"))?;
                let (agent, earlier) = actors(act, ancestors.len())?;
                (Some(person), agent, earlier)
            }
            (None, None) if depth == 0 && max_depth == 0 => {
                (None, named(subject, client_id.clone(), "sub")?, Vec::new())
            }
            (None, None) => return Err(VerifyError::InvalidClaim("delegation")),
            // Acting for a person, and only then, rests on a delegation.
            (Some(_), None) => return Err(VerifyError::MissingClaim("delegation.id")),
            (None, Some(_)) => return Err(VerifyError::MissingClaim("act")),
        };
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
        // RFC 9068 §4: `iss` MUST be exactly the issuer's identifier.
        if of_issuer != issuer.as_str() {
            return Err(VerifyError::WrongIssuer);
        }
        Ok(Self {
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
fn audience(value: Node<'_>) -> Read<ResourceId> {
    let one = || {
        let mut items = value.items()?;
        items.next().filter(|_| items.next().is_none())?.as_str()
    };
    let text = value.as_str().or_else(one);
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

fn ancestors<'a>(texts: impl Iterator<Item = Option<&'a str>>, token: TokenId) -> Read<Vec<TokenId>> {
    let mut ids = Vec::new();
    for text in texts {
        let text = text.ok_or(VerifyError::InvalidClaim("chain"))?;
        let id = text.parse().map_err(|_| VerifyError::InvalidClaim("delegation.chain"))?;
        if id == token || ids.contains(&id) || ids.len() == usize::from(MAX_DEPTH) {
            return Err(VerifyError::InvalidClaim("delegation.chain"));
        }
        ids.push(id);
    }
    Ok(ids)
}

/// The current actor, which stands outermost in `act` (RFC 8693 §4.1), and those before it, root
/// first.
fn actors(act: Node<'_>, before: usize) -> Read<(ChainAgent, Vec<ChainAgent>)> {
    let level = Object::new(act, "act", OF_ACTOR)?;
    let current = actor(&level)?;
    let mut earlier: Vec<ChainAgent> = Vec::with_capacity(before);
    let mut next = level.get("act");
    while let Some(value) = next {
        let level = Object::new(value, "act", OF_ACTOR)?;
        let agent = actor(&level)?;
        // No agent twice, by either name: a client id may be spelled as another's SPIFFE ID.
        let same = |other: &ChainAgent| subject(other) == subject(&agent) || other.client_id == agent.client_id;
        if same(&current) || earlier.iter().any(same) || earlier.len() == before {
            return Err(VerifyError::InvalidClaim("act"));
        }
        earlier.push(agent);
        next = level.get("act");
    }
    if earlier.len() != before {
        return Err(VerifyError::InvalidClaim("act"));
    }
    earlier.reverse();
    Ok((current, earlier))
}

fn actor(level: &Object<'_, 3>) -> Read<ChainAgent> {
    let client_id = level.parsed("client_id").map_err(|_| VerifyError::InvalidClaim("act"))?;
    let subject = level.text("sub").map_err(|_| VerifyError::InvalidClaim("act"))?;
    named(subject, client_id, "act")
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
fn confirmation(value: Node<'_>) -> Read<Confirmation> {
    let cnf = Object::new(value, "cnf", ["jkt", "x5t#S256"])?;
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
