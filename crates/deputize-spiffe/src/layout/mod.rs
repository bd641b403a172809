//! What the parts of a SPIFFE ID mean.

mod template;

use core::{fmt, str::FromStr};

use deputize_core::{AgentId, TenantId};
pub use template::LayoutError;
use template::Segment;

use crate::trust_domain::TrustDomain;

/// What the parts of an agent's SPIFFE ID mean: a path of literals and `<fields>`.
///
/// The tenant is the trust domain, unless a field of the path is called `<tenant>`: then it is that
/// one, within a trust domain that tenants share. One `<…>` may stand for any number of segments,
/// none included. An id either fits in exactly one way or not at all.
///
/// It begins with `/`, for ids of any trust domain; `spiffe://<tenant>/` says the same. The names of
/// fields are free, but for `<tenant>` and `<…>`, in which `…` is one character, U+2026.
///
/// A layout may begin with the one trust domain whose ids fit. Where the path says which tenant it
/// is and bundles of more than one trust domain are held, it should, or
/// [`SvidVerifier::tenants`](crate::SvidVerifier::tenants) should say whom each may name: otherwise
/// each of these can name agents of every tenant.
///
/// ```
/// use deputize_spiffe::Layout;
///
/// let layout: Layout = "spiffe://platform.example/tenants/<tenant>/agents/<type>/<client>".parse()?;
/// let agent = layout.read(&"spiffe://platform.example/tenants/acme/agents/writer/w1".parse()?)?;
/// assert_eq!(agent.tenant().as_str(), "acme");
/// assert_eq!(agent.field("client"), Some("w1"));
/// assert!(layout.read(&"spiffe://partner.example/tenants/acme/agents/writer/w1".parse()?).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The only one whose ids fit, where the layout names it.
    trust_domain: Option<TrustDomain>,
    segments: Vec<Segment>,
}

impl Layout {
    /// `spiffe://<tenant>/agent/<…>/<name>`.
    pub const DEFAULT: &'static str = "spiffe://<tenant>/agent/<…>/<name>";

    /// Reads an id by this layout.
    ///
    /// # Errors
    ///
    /// When the id does not fit.
    pub fn read(&self, id: &AgentId) -> Result<AgentName, NotInLayout> {
        if self.trust_domain.as_ref().is_some_and(|domain| domain.as_str() != id.trust_domain()) {
            return Err(NotInLayout);
        }
        let parts: Vec<&str> = id.path().split('/').skip(1).collect();
        let others = self.segments.len() - usize::from(self.has_rest());
        let rest_length = parts.len().checked_sub(others).ok_or(NotInLayout)?;
        if rest_length > 0 && !self.has_rest() {
            return Err(NotInLayout);
        }
        let mut parts = parts.into_iter();
        let mut fields = Vec::new();
        for segment in &self.segments {
            match segment {
                Segment::Literal(text) => {
                    if parts.next() != Some(text) {
                        return Err(NotInLayout);
                    }
                }
                Segment::Field(name) => fields.push((name.clone(), parts.next().ok_or(NotInLayout)?.to_owned())),
                Segment::Rest => {
                    let rest: Vec<&str> = parts.by_ref().take(rest_length).collect();
                    fields.push((template::REST.to_owned(), rest.join("/")));
                }
            }
        }
        let named = fields.iter().find(|(name, _)| name == template::TENANT).map(|(_, value)| value.as_str());
        let tenant = named.unwrap_or(id.trust_domain()).parse().map_err(|_| NotInLayout)?;
        Ok(AgentName { tenant, fields })
    }

    /// The id of an agent in this layout, for whoever registers workloads. `<…>` is given as a path,
    /// `a/b`, and may be left out.
    ///
    /// # Errors
    ///
    /// When a field is missing, is there twice, is not one of the layout's or is no path segment, or
    /// when the layout names another trust domain.
    pub fn agent_id(&self, trust_domain: &TrustDomain, fields: &[(&str, &str)]) -> Result<AgentId, NotInLayout> {
        let mut used = 0;
        let mut field = |wanted: &str| {
            let (_, value) = fields.iter().find(|(name, _)| *name == wanted)?;
            used += 1;
            Some(*value)
        };
        let mut id = format!("spiffe://{trust_domain}");
        for segment in &self.segments {
            let value = match segment {
                Segment::Literal(text) => text.as_str(),
                Segment::Field(name) => field(name).filter(|value| !value.contains('/')).ok_or(NotInLayout)?,
                Segment::Rest => match field(template::REST) {
                    None | Some("") => continue,
                    Some(rest) => rest,
                },
            };
            id.push('/');
            id.push_str(value);
        }
        if used != fields.len() {
            return Err(NotInLayout);
        }
        let id: AgentId = id.parse().map_err(|_| NotInLayout)?;
        self.read(&id).map(|_| id)
    }

    fn has_rest(&self) -> bool {
        self.segments.contains(&Segment::Rest)
    }
}

impl Default for Layout {
    fn default() -> Self {
        let literal = |text: &str| Segment::Literal(text.to_owned());
        Self { trust_domain: None, segments: vec![literal("agent"), Segment::Rest, Segment::Field("name".to_owned())] }
    }
}

impl FromStr for Layout {
    type Err = LayoutError;
    fn from_str(text: &str) -> Result<Self, LayoutError> {
        template::parse(text).map(|(trust_domain, segments)| Self { trust_domain, segments })
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(domain) = &self.trust_domain {
            write!(f, "spiffe://{domain}")?;
        }
        self.segments.iter().try_for_each(|segment| write!(f, "/{segment}"))
    }
}

/// The SPIFFE ID does not fit the layout. The id is genuine; it is just no agent's here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the SPIFFE ID does not fit the layout")]
#[non_exhaustive]
pub struct NotInLayout;

/// An agent's id, read by a layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentName {
    tenant: TenantId,
    fields: Vec<(String, String)>,
}

impl AgentName {
    /// The tenant that the id names.
    /// [`SvidVerifier::tenants`](crate::SvidVerifier::tenants) may say otherwise: what counts is
    /// [`AgentProof::tenant`](deputize_core::AgentProof::tenant).
    #[must_use]
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// Whether the id's path says so, and not its trust domain.
    pub(crate) fn names_tenant(&self) -> bool {
        self.field(template::TENANT).is_some()
    }

    /// What stands for `<name>`; for `…` the segments, joined by slashes.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// All fields, in the layout's order.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}
