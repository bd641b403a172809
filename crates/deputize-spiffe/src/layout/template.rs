use core::fmt;

use deputize_core::AgentId;

use crate::{
    limits::MAX_LAYOUT_BYTES,
    trust_domain::{TrustDomain, TrustDomainError},
};

pub(super) const TENANT: &str = "tenant";
pub(super) const REST: &str = "…";

/// One segment of a layout's path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Segment {
    Literal(String),
    Field(String),
    Rest,
}

/// Why a text is no layout.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LayoutError {
    /// It is longer than [`MAX_LAYOUT_BYTES`].
    #[error("the layout is longer than {MAX_LAYOUT_BYTES} bytes")]
    TooLong,
    /// It begins neither with `/` nor with `spiffe://`, a trust domain or `<tenant>`, and `/`.
    #[error("the layout begins with `/`, with `spiffe://<tenant>/` or with `spiffe://`, a trust domain and `/`")]
    Start,
    /// What stands for the trust domain is neither one nor `<tenant>`.
    #[error("the layout names no trust domain after `spiffe://`")]
    TrustDomain(#[from] TrustDomainError),
    /// A segment is neither a literal that a SPIFFE ID may hold nor a `<field>`.
    #[error("segment {0} is neither a path segment of a SPIFFE ID nor a `<field>`")]
    Segment(usize),
    /// A field, or `<…>`, stands in it twice.
    #[error("the field `{0}` stands in the layout twice")]
    Twice(String),
    /// The tenant is the trust domain and a field of the path at once.
    #[error("the tenant is the trust domain and a field of the path at once")]
    TwoTenants,
    /// It has no field, so that it would fit one agent only.
    #[error("the layout has no field")]
    NoField,
}

pub(super) fn parse(text: &str) -> Result<(Option<TrustDomain>, Vec<Segment>), LayoutError> {
    if text.len() > MAX_LAYOUT_BYTES {
        return Err(LayoutError::TooLong);
    }
    let (domain, path) = match text.strip_prefix("spiffe://") {
        Some(rest) => rest.split_once('/').map(|(domain, path)| (Some(domain), path)),
        None => text.strip_prefix('/').map(|path| (None, path)),
    }
    .ok_or(LayoutError::Start)?;
    let by_domain = domain == Some("<tenant>");
    let domain = domain.filter(|_| !by_domain).map(str::parse).transpose()?;
    let mut segments = Vec::new();
    for (at, text) in path.split('/').enumerate() {
        let segment = Segment::parse(text).ok_or(LayoutError::Segment(at + 1))?;
        if !matches!(segment, Segment::Literal(_)) && segments.contains(&segment) {
            return Err(LayoutError::Twice(text.trim_matches(['<', '>']).to_owned()));
        }
        segments.push(segment);
    }
    if by_domain && segments.contains(&Segment::Field(TENANT.to_owned())) {
        return Err(LayoutError::TwoTenants);
    }
    if segments.iter().all(|segment| matches!(segment, Segment::Literal(_))) {
        return Err(LayoutError::NoField);
    }
    Ok((domain, segments))
}

impl Segment {
    fn parse(text: &str) -> Option<Self> {
        let Some(field) = text.strip_prefix('<') else {
            return is_path_segment(text).then(|| Self::Literal(text.to_owned()));
        };
        let name = field.strip_suffix('>')?;
        if name == REST {
            return Some(Self::Rest);
        }
        let word = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        word.then(|| Self::Field(name.to_owned()))
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(text) => f.write_str(text),
            Self::Field(name) => write!(f, "<{name}>"),
            Self::Rest => write!(f, "<{REST}>"),
        }
    }
}

/// SPIFFE-ID §2.2, by the one parser there is.
fn is_path_segment(text: &str) -> bool {
    !text.contains('/') && format!("spiffe://t/{text}").parse::<AgentId>().is_ok()
}
