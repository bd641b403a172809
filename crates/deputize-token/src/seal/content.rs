use std::{borrow::Cow, sync::Arc};

use deputize_core::{Issuer, TenantId, UnixTime};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use zeroize::Zeroizing;

use super::sealed_key_ring::SealError;
use crate::{
    key::{KeyUse, PrivateMembers, RsaMembers, Secret, SigningKey, VerifyingKey},
    limits::MAX_SEALED_KEY_RING_BYTES,
    mint::{KeyRing, RingKey},
};

/// What is encrypted: a JWK Set (RFC 7517 §5) of which each key also says what it is in its ring.
/// A key that signs elsewhere has public members only.
#[derive(Serialize)]
struct Written {
    keys: Vec<WrittenKey>,
    max_lifetime_seconds: u32,
}

#[derive(Serialize)]
struct WrittenKey {
    state: State,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<u64>,
    #[serde(flatten)]
    public: Value,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    private: Option<PrivateMembers<Secret>>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Active,
    Next,
    Retiring,
}

/// The same, borrowed from where it is cleared: no secret is copied, and a text in which one would
/// have to be, because it is escaped, is refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read<'a> {
    #[serde(borrow)]
    keys: Vec<ReadKey<'a>>,
    max_lifetime_seconds: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadKey<'a> {
    state: State,
    exp: Option<u64>,
    kty: &'a str,
    #[serde(borrow)]
    kid: Cow<'a, str>,
    alg: &'a str,
    r#use: Option<&'a str>,
    crv: Option<&'a str>,
    x: Option<&'a str>,
    y: Option<&'a str>,
    n: Option<&'a str>,
    e: Option<&'a str>,
    d: Option<&'a str>,
    p: Option<&'a str>,
    q: Option<&'a str>,
    dp: Option<&'a str>,
    dq: Option<&'a str>,
    qi: Option<&'a str>,
}

/// The keys of a ring that are published at this moment.
pub(super) fn write(ring: &KeyRing, now: UnixTime) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let mut keys = vec![WrittenKey::of(State::Active, &ring.active)?];
    if let Some(next) = &ring.next {
        keys.push(WrittenKey::of(State::Next, next)?);
    }
    for (key, until) in ring.retiring.iter().filter(|(_, until)| now < *until) {
        let exp = Some(until.as_secs());
        keys.push(WrittenKey { state: State::Retiring, exp, public: key.to_jwk(), private: None });
    }
    let content = Written { keys, max_lifetime_seconds: ring.max_lifetime_seconds };
    // Written where it can't grow, which would leave copies behind.
    let mut text = Zeroizing::new(vec![0; MAX_SEALED_KEY_RING_BYTES]);
    let mut rest = text.as_mut_slice();
    serde_json::to_writer(&mut rest, &content).map_err(|_| SealError::TooLarge)?;
    let written = MAX_SEALED_KEY_RING_BYTES - rest.len();
    text.truncate(written);
    Ok(text)
}

/// The ring that this is the content of, if it is one that could have been built.
pub(super) fn read(text: &[u8], tenant: &TenantId, issuer: &Issuer) -> Option<KeyRing> {
    let Read { keys, max_lifetime_seconds } = serde_json::from_slice(text).ok()?;
    let (mut active, mut next, mut retiring) = (None, None, Vec::new());
    for read in keys {
        let key = read.ring_key()?;
        let replaced = match (read.state, read.exp, key) {
            (State::Active, None, key) => active.replace(key),
            (State::Next, None, key) => next.replace(key),
            (State::Retiring, Some(exp), RingKey::Remote(key)) => {
                retiring.push((key, UnixTime::from_secs(exp)?));
                None
            }
            // Without an end it would be published for ever, and it signs no more.
            _ => return None,
        };
        if replaced.is_some() {
            return None;
        }
    }
    let mut ring = KeyRing::new(tenant.clone(), issuer.clone(), active?);
    ring.max_lifetime_seconds = max_lifetime_seconds;
    // As at a moment at which none has retired yet, so that all of them count.
    let now = UnixTime::EPOCH;
    for (key, until) in retiring {
        ring.publish_retiring(key, until, now).ok()?;
    }
    if let Some(next) = next {
        ring.publish_next(next, now).ok()?;
    }
    Some(ring)
}

impl WrittenKey {
    fn of(state: State, key: &RingKey) -> Result<Self, SealError> {
        let private = match key {
            RingKey::Local(key) => Some(key.private_members().ok_or(SealError::Failed)?),
            RingKey::Remote(_) => None,
        };
        Ok(Self { state, exp: None, public: key.public().to_jwk(), private })
    }
}

impl ReadKey<'_> {
    /// All private members of its kind, or none.
    fn ring_key(&self) -> Option<RingKey> {
        let public = Arc::new(VerifyingKey::from_jwk(&self.public(), KeyUse::Sig).ok()?);
        let (d, rsa) = match (self.d, [self.p, self.q, self.dp, self.dq, self.qi]) {
            (None, [None, None, None, None, None]) => return Some(public.into()),
            (Some(d), [None, None, None, None, None]) => (d, None),
            (Some(d), [Some(p), Some(q), Some(dp), Some(dq), Some(qi)]) => (d, Some(RsaMembers { p, q, dp, dq, qi })),
            _ => return None,
        };
        SigningKey::from_members(&public, &PrivateMembers { d, rsa }).map(Into::into)
    }

    fn public(&self) -> Value {
        let required =
            [("kty", self.kty), ("kid", &self.kid), ("alg", self.alg)].map(|(name, text)| (name, Some(text)));
        let of_kind =
            [("crv", self.crv), ("x", self.x), ("y", self.y), ("n", self.n), ("e", self.e), ("use", self.r#use)];
        let members = required.into_iter().chain(of_kind);
        members.filter_map(|(name, text)| Some((name.to_owned(), Value::from(text?)))).collect()
    }
}
