//! What came of a drill.

use std::{collections::BTreeMap, fmt, time::Duration};

use deputize::{
    core::{DelegationId, TokenId},
    store::StoreError,
};

use crate::{check::Found, worker::Said};

/// What was acknowledged, how long that took, and what is left of it.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    pub(crate) issued: Vec<TokenId>,
    pub(crate) revoked: Vec<DelegationId>,
    /// Recorded after the revocation had returned, as a process saw it.
    pub(crate) stale: Vec<TokenId>,
    pub(crate) lasted: Duration,
    pub(crate) found: Option<Found>,
    revocations: Vec<Duration>,
    failures: BTreeMap<String, usize>,
    faults: BTreeMap<&'static str, usize>,
}

impl Measured {
    pub(crate) fn take(&mut self, said: Said) {
        match said {
            Said::AtWork => {}
            Said::Issued(token) => self.issued.push(token),
            Said::Stale(token) => {
                self.issued.push(token);
                self.stale.push(token);
            }
            Said::Revoked(delegation, took) => {
                self.revoked.push(delegation);
                self.revocations.push(took);
            }
            Said::Failed(how) => *self.failures.entry(how).or_default() += 1,
        }
    }

    pub(crate) fn faults(&mut self, name: &'static str, times: usize) {
        *self.faults.entry(name).or_default() += times;
    }

    /// Whether every promise was kept, and anything happened at all. None of the faults damages anything,
    /// so nothing is to be told as damaged.
    pub(crate) fn is_kept(&self) -> bool {
        let happened = !self.issued.is_empty() && !self.revoked.is_empty();
        let damaged = StoreError::Corrupt("by nobody".into()).to_string();
        happened && !self.failures.contains_key(&damaged) && self.found.as_ref().is_some_and(Found::is_kept)
    }

    /// The time that so many of a hundred revocations did not exceed.
    fn percentile(&self, percent: usize) -> Duration {
        let mut sorted = self.revocations.clone();
        sorted.sort_unstable();
        let place = sorted.len().saturating_sub(1) * percent / 100;
        sorted.get(place).copied().unwrap_or_default()
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, times) in &self.faults {
            writeln!(f, "{times} {name}")?;
        }
        for (how, times) in &self.failures {
            writeln!(f, "{times} answers: {how}")?;
        }
        writeln!(f, "acknowledged: {} issuances, {} revocations", self.issued.len(), self.revoked.len())?;
        if let Some(found) = &self.found {
            writeln!(f, "{found}")?;
        }
        let milliseconds = |percent| self.percentile(percent).as_secs_f64() * 1_000.0;
        let [half, most, all] = [50, 99, 100].map(milliseconds);
        writeln!(f, "revocation under load: p50 {half:.1} ms, p99 {most:.1} ms, max {all:.1} ms")?;
        let rate = self.issued.len() as f64 / self.lasted.as_secs_f64().max(f64::MIN_POSITIVE);
        write!(f, "issuances: {rate:.0} per second")
    }
}
