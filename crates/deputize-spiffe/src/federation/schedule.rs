use std::time::Duration;

use crate::{
    bundle::Bundle,
    limits::{DEFAULT_REFRESH_SECONDS, MAX_REFRESH_SECONDS, MIN_REFRESH_SECONDS},
    live::backoff,
};

/// How long to wait for the next fetch. `chance` is from 0 to 1 and spreads clients that started
/// together.
pub(super) fn wait(in_use: Option<&Bundle>, failures: u32, chance: f64) -> Duration {
    let default = Duration::from_secs(DEFAULT_REFRESH_SECONDS);
    match in_use {
        // Nobody of the trust domain can be verified yet, so the first bundle is worth a few more
        // requests, which soon are no more than the usual ones.
        None => backoff(failures.max(1), Duration::from_secs(1), default, chance),
        // Federation §4.1: as often as the hint says. §6.2: after a failure SHOULD retry at the next
        // polling interval, so failures do not matter.
        Some(bundle) => {
            let hint = bundle.refresh_hint().map(|hint| hint.clamp(MIN_REFRESH_SECONDS, MAX_REFRESH_SECONDS));
            let interval = hint.map_or(default, Duration::from_secs);
            interval.mul_f64(0.9 + chance.clamp(0.0, 1.0) / 10.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle(members: &str) -> Bundle {
        Bundle::from_json("acme".parse().unwrap(), &format!(r#"{{"keys":[]{members}}}"#)).unwrap()
    }

    #[test]
    fn the_hint_is_followed_within_limits() {
        for (members, seconds) in [
            ("", 300),
            (r#","spiffe_refresh_hint":0"#, 10),
            (r#","spiffe_refresh_hint":9"#, 10),
            (r#","spiffe_refresh_hint":60"#, 60),
            (r#","spiffe_refresh_hint":86400"#, 86_400),
            (r#","spiffe_refresh_hint":2419200"#, 86_400),
            (r#","spiffe_refresh_hint":18446744073709551615"#, 86_400),
        ] {
            let bundle = bundle(members);
            let whole = Duration::from_secs(seconds);
            for failures in [0, 1, 100, u32::MAX] {
                assert_eq!(wait(Some(&bundle), failures, 1.0), whole, "{members}, whatever failed");
                assert_eq!(wait(Some(&bundle), failures, 0.0), whole.mul_f64(0.9), "{members}, spread");
            }
        }
    }

    #[test]
    fn the_first_bundle_is_asked_for_more_often_but_less_each_time() {
        let most = |failures| wait(None, failures, 1.0).as_secs();
        assert_eq!([0, 1, 2, 3, 4, 9, 10, u32::MAX].map(most), [1, 1, 2, 4, 8, 256, 300, 300]);
        for failures in [0, 1, 5, 10, u32::MAX] {
            assert_eq!(wait(None, failures, 0.0), wait(None, failures, 1.0) / 2);
        }
    }
}
