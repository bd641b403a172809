//! What the engine says, in the naive evaluator's words.

use std::collections::{BTreeMap, BTreeSet};

use deputize_core::{Decision, Gate, Outcome, Policy, Scope, ScopeSet, UnixTime, Verdict};

use super::{Answer, Case, Decided, Judged, copy, now};

/// What the engine says.
pub(crate) fn answer(case: &Case) -> Answer {
    match case.configuration().policy(copy(&case.question)) {
        Err(returned) => Answer::Unanswered(returned.error),
        Ok(policy) => decide(&policy, &case.requested, case.lifetime, now()),
    }
}

pub(crate) fn decide(policy: &Policy, requested: &ScopeSet, lifetime: Option<u32>, moment: UnixTime) -> Answer {
    match policy.decide(requested, lifetime, moment) {
        Err(ambiguous) => Answer::Ambiguous(ambiguous.ids),
        Ok(decision) => Answer::Decided(read(&decision, requested)),
    }
}

/// All that a decision says, by each of its ways of saying it.
fn read(decision: &Decision<'_>, requested: &ScopeSet) -> Decided {
    let granted: Vec<&Scope> = decision.granted().collect();
    let withheld: Vec<&Scope> = decision.withheld().collect();
    let denied: Vec<&Scope> = decision.denied().collect();
    let report = decision.report();
    assert_eq!(granted.len() + withheld.len() + denied.len(), requested.len());
    assert_eq!(decision.outcome() == Outcome::Issued, !granted.is_empty());
    assert_eq!((report.outcome, report.expires_at, report.at), (decision.outcome(), decision.end(), decision.now()));
    let judged = requested.iter().zip(&report.scopes).map(|(scope, told)| {
        let gates: BTreeMap<Gate, BTreeSet<String>> =
            told.gates.iter().map(|gate| (gate.gate, gate.grounds.iter().map(ToString::to_string).collect())).collect();
        for gate in Gate::ALL {
            let verdict = decision.verdict(scope, gate);
            assert_eq!(verdict.is_some(), gates.contains_key(&gate));
            let refuses = decision.refused_by(scope).any(|refusing| refusing == gate);
            assert_eq!(verdict == Some(Verdict::Refused), refuses);
            assert_eq!(gates.get(&gate).is_some_and(BTreeSet::is_empty), refuses);
        }
        assert_eq!(denied.contains(&scope), decision.refused_by(scope).next().is_some());
        assert_eq!((&told.scope, told.granted), (scope, granted.contains(&scope)));
        Judged { scope: scope.clone(), granted: told.granted, withheld: withheld.contains(&scope), gates }
    });
    Decided {
        scopes: judged.collect(),
        end: decision.end(),
        delegation: decision.delegation().map(|delegation| delegation.id.clone()),
    }
}
