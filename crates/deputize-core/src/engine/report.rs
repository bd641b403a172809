use alloc::{
    string::{String, ToString},
    vec::Vec,
};
use core::fmt;

use serde::{Deserialize, Serialize};

use super::{
    decision::{Decision, Outcome},
    gate::{Gate, Verdict},
    ground::Ground,
    question::Question,
};
use crate::vocabulary::{
    BindingId, ClientId, DelegationId, ResourceId, RoleId, Scope, ScopePattern, TenantId, TokenId, UnixTime, UserId,
};

/// A decision as plain data, for audit and tools: it permits nothing. Prints as a table, scopes by
/// gates, with the grounds below.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// The tenant.
    pub tenant: TenantId,
    /// The agent that asked.
    pub client: ClientId,
    /// The person it would act for.
    pub person: Option<UserId>,
    /// The delegation: the one it rests on, else the one that was named.
    pub delegation: Option<DelegationId>,
    /// The resource that was meant; nothing where that could not be told.
    pub resource: Option<ResourceId>,
    /// The token that was to be handed on.
    pub parent: Option<TokenId>,
    /// When.
    pub at: UnixTime,
    /// Whether a token may be issued.
    pub outcome: Outcome,
    /// From when on the token would no longer count.
    pub expires_at: Option<UnixTime>,
    /// Each requested scope, in order; none where it did not come to a decision.
    pub scopes: Vec<ScopeReport>,
    /// Why nothing was issued, where that does not follow from the gates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// One requested scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ScopeReport {
    /// The scope.
    pub scope: Scope,
    /// Whether it is granted. A scope that every gate grants and that is not granted is withheld.
    pub granted: bool,
    /// Each gate that applies.
    pub gates: Vec<GateReport>,
}

/// What one gate says of one scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GateReport {
    /// The gate.
    pub gate: Gate,
    /// On what grounds it grants the scope; none when it refuses.
    pub grounds: Vec<GroundReport>,
}

/// What made a gate grant a scope, owned: see [`Ground`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "a new ground must break those who explain decisions")]
pub enum GroundReport {
    /// The agent's entry.
    Agent(ClientId),
    /// A binding, the role it leads to, and the role's pattern that matches.
    Binding {
        /// The binding.
        id: BindingId,
        /// The role.
        role: RoleId,
        /// The pattern.
        pattern: ScopePattern,
    },
    /// An allowed pattern.
    AllowedScope(ScopePattern),
    /// The resource.
    Resource(ResourceId),
    /// The delegation.
    Delegation(DelegationId),
    /// The parent token.
    Parent(Option<TokenId>),
}

impl Decision<'_> {
    /// The decision as plain data.
    #[must_use]
    pub fn report(&self) -> Report {
        let question = self.policy().question();
        let granted: Vec<&Scope> = self.granted().collect();
        let scopes = self.requested().iter().map(|scope| ScopeReport {
            scope: scope.clone(),
            granted: granted.binary_search(&scope).is_ok(),
            gates: Gate::ALL.into_iter().filter_map(|gate| self.gate_report(scope, gate)).collect(),
        });
        Report {
            delegation: self.delegation().map(|d| d.id.clone()).or_else(|| question.delegation().cloned()),
            resource: Some(self.policy().resource().clone()),
            outcome: self.outcome(),
            expires_at: self.end(),
            scopes: scopes.collect(),
            ..question.report(self.now())
        }
    }

    fn gate_report(&self, scope: &Scope, gate: Gate) -> Option<GateReport> {
        let grounds = match self.verdict(scope, gate)? {
            Verdict::Granted(grounds) => grounds.into_iter().map(GroundReport::from).collect(),
            Verdict::Refused => Vec::new(),
        };
        Some(GateReport { gate, grounds })
    }
}

impl Question {
    /// A refusal of this question as plain data, for one that does not come to a decision: what was
    /// asked and, after [`Report::because`], why it was refused.
    #[must_use]
    pub fn report(&self, now: UnixTime) -> Report {
        Report {
            tenant: self.tenant.clone(),
            client: self.client.clone(),
            person: self.person().cloned(),
            delegation: self.delegation().cloned(),
            resource: self.target(None).cloned(),
            parent: self.parent().and_then(|parent| parent.held().tokens.last().copied()),
            at: now,
            outcome: Outcome::Refused,
            expires_at: None,
            scopes: Vec::new(),
            reason: None,
        }
    }
}

impl Report {
    /// The report of a refusal for this reason, whatever was decided.
    #[must_use]
    pub fn because(self, reason: impl fmt::Display) -> Self {
        let mut scopes = self.scopes;
        scopes.iter_mut().for_each(|scope| scope.granted = false);
        Self { outcome: Outcome::Refused, expires_at: None, scopes, reason: Some(reason.to_string()), ..self }
    }
}

impl ScopeReport {
    /// The gates that refuse the scope.
    pub fn refused_by(&self) -> impl Iterator<Item = Gate> {
        self.gates.iter().filter(|gate| gate.grounds.is_empty()).map(|gate| gate.gate)
    }
}

impl From<Ground<'_>> for GroundReport {
    fn from(ground: Ground<'_>) -> Self {
        match ground {
            Ground::Agent(client) => Self::Agent(client.clone()),
            Ground::Binding { binding, role, pattern } => {
                Self::Binding { id: binding.clone(), role: role.clone(), pattern: pattern.clone() }
            }
            Ground::AllowedScope(pattern) => Self::AllowedScope(pattern.clone()),
            Ground::Resource(uri) => Self::Resource(uri.clone()),
            Ground::Delegation(id) => Self::Delegation(id.clone()),
            Ground::Parent(token) => Self::Parent(token),
        }
    }
}

impl fmt::Display for GroundReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agent(client) => write!(f, "entry {client}"),
            Self::Binding { id, role, pattern } => write!(f, "binding {id} → role {role} → {pattern}"),
            Self::AllowedScope(pattern) => write!(f, "allows {pattern}"),
            Self::Resource(uri) => write!(f, "{uri}"),
            Self::Delegation(id) => write!(f, "delegation {id}"),
            Self::Parent(Some(token)) => write!(f, "token {token}"),
            Self::Parent(None) => f.write_str("the parent token"),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.scopes.iter().map(|scope| scope.scope.as_str().len()).max().unwrap_or(0).max(5);
        if let Some(first) = self.scopes.first() {
            write!(f, "{:width$}", "scope")?;
            first.gates.iter().try_for_each(|gate| write!(f, "  {}", gate.gate))?;
            writeln!(f, "  result")?;
        }
        for scope in &self.scopes {
            write!(f, "{:width$}", scope.scope)?;
            for gate in &scope.gates {
                let mark = if gate.grounds.is_empty() { "✘" } else { "✔" };
                write!(f, "  {mark:w$}", w = gate.gate.as_str().len())?;
            }
            let denied = scope.refused_by().next().is_some();
            let result = if scope.granted {
                "granted"
            } else if denied {
                "denied"
            } else {
                "withheld"
            };
            writeln!(f, "  {result}")?;
        }
        for scope in &self.scopes {
            writeln!(f, "\n{}", scope.scope)?;
            for gate in &scope.gates {
                let grounds: Vec<String> = gate.grounds.iter().map(ToString::to_string).collect();
                let grounds = if grounds.is_empty() { "refused".to_string() } else { grounds.join("; ") };
                writeln!(f, "  {:14}  {grounds}", gate.gate)?;
            }
        }
        if let Some(reason) = &self.reason {
            writeln!(f, "\nrefused: {reason}")?;
        }
        Ok(())
    }
}
