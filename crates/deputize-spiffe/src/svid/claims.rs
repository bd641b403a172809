use deputize_core::{AgentId, UnixTime};
use deputize_token::jws::json::{self, JsonError};
use serde_json::Value;

use super::SvidError;
use crate::limits::MAX_AUDIENCES;

/// What a JWT-SVID says.
#[derive(Debug)]
pub(crate) struct Claims {
    pub(crate) subject: AgentId,
    pub(crate) audience: Vec<String>,
    pub(crate) expires_at: UnixTime,
    pub(crate) issued_at: Option<UnixTime>,
    pub(crate) not_before: Option<UnixTime>,
    pub(crate) id: Option<String>,
}

impl Claims {
    pub(crate) fn read(payload: &[u8]) -> Result<Self, SvidError> {
        let claims = json::parse(payload).map_err(|error| match error {
            // RFC 7519 §4: claim names MUST be unique.
            JsonError::DuplicateMember => SvidError::DuplicateMember,
            JsonError::Syntax | JsonError::TooDeep => SvidError::Malformed,
        })?;
        if !claims.is_object() {
            return Err(SvidError::Malformed);
        }
        let required = |name: &'static str| claims.get(name).ok_or(SvidError::MissingClaim(name));
        let optional_time = |name: &'static str| claims.get(name).map(|value| time(value, f64::ceil, name)).transpose();
        Ok(Self {
            // JWT-SVID §3.1: `sub` MUST be the SPIFFE ID of the workload.
            subject: {
                let text = required("sub")?.as_str().ok_or(SvidError::InvalidClaim("sub"))?;
                text.parse().map_err(|_| SvidError::InvalidClaim("sub"))?
            },
            // JWT-SVID §3.2: `aud` MUST be present.
            audience: audience(required("aud")?)?,
            // JWT-SVID §3.3: `exp` MUST be present.
            expires_at: time(required("exp")?, f64::floor, "exp")?,
            issued_at: optional_time("iat")?,
            not_before: optional_time("nbf")?,
            id: match claims.get("jti") {
                None => None,
                Some(value) => Some(value.as_str().ok_or(SvidError::InvalidClaim("jti"))?.to_owned()),
            },
        })
    }
}

/// RFC 7519 §4.1.3: a string, or an array of strings.
fn audience(value: &Value) -> Result<Vec<String>, SvidError> {
    let invalid = SvidError::InvalidClaim("aud");
    match value {
        Value::String(text) => Ok(vec![text.clone()]),
        Value::Array(items) if items.is_empty() || items.len() > MAX_AUDIENCES => Err(invalid),
        Value::Array(items) => {
            items.iter().map(|item| item.as_str().map(str::to_owned).ok_or(invalid.clone())).collect()
        }
        _ => Err(invalid),
    }
}

/// A NumericDate (RFC 7519 §2): seconds, perhaps with a fraction, which is rounded to the safe side.
fn time(value: &Value, round: fn(f64) -> f64, name: &'static str) -> Result<UnixTime, SvidError> {
    let invalid = SvidError::InvalidClaim(name);
    let seconds = match (value.as_u64(), value.as_f64()) {
        (Some(whole), _) => whole,
        (None, Some(number)) if (0.0..MAX_SECONDS).contains(&number) && value.is_f64() => {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it lies within the range")]
            let whole = round(number) as u64;
            whole
        }
        _ => return Err(invalid),
    };
    UnixTime::from_secs(seconds).ok_or(invalid)
}

/// The end of year 9999, as every time here.
const MAX_SECONDS: f64 = 253_402_300_799.0;
