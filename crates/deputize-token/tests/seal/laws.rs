//! Laws over the lives of rings.

use deputize_core::UnixTime;
use deputize_token::{Algorithm, KeyRing, SigningKey};
use proptest::prelude::*;

use super::{
    forge, kek, open,
    support::{issuer, now, tenant, test_key},
};

/// What happens to a ring.
#[derive(Debug, Clone)]
enum Event {
    Next(u8, bool),
    Retiring(u8, u32),
    Rotate,
    Withdraw(u8),
    Passes(u32),
    Lifetime(u32),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        (0..4_u8, any::<bool>()).prop_map(|(key, here)| Event::Next(key, here)),
        (0..4_u8, 0..200_000_u32).prop_map(|(key, seconds)| Event::Retiring(key, seconds)),
        Just(Event::Rotate),
        (0..4_u8).prop_map(Event::Withdraw),
        (0..100_000_u32).prop_map(Event::Passes),
        (0..200_000_u32).prop_map(Event::Lifetime),
    ]
}

fn key(which: u8) -> SigningKey {
    test_key(match which {
        0 => Algorithm::EdDsa,
        1 => Algorithm::Es256,
        2 => Algorithm::Es384,
        _ => Algorithm::Ps256,
    })
}

/// What happened; whether it could.
fn apply(ring: &mut KeyRing, event: &Event, now: &mut UnixTime) -> bool {
    match *event {
        Event::Next(which, true) => ring.publish_next(key(which), *now).is_ok(),
        Event::Next(which, false) => ring.publish_next(key(which).public().clone(), *now).is_ok(),
        Event::Retiring(which, seconds) => {
            ring.publish_retiring(key(which).public().clone(), now.plus(seconds), *now).is_ok()
        }
        Event::Rotate => ring.rotate(*now).is_ok(),
        Event::Withdraw(which) => ring.withdraw(key(which).public().kid()),
        Event::Passes(seconds) => {
            *now = now.plus(seconds);
            true
        }
        Event::Lifetime(seconds) => {
            ring.max_lifetime_seconds = seconds;
            true
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever happened to a ring before it was sealed, what happens after is the same with the one
    /// that comes back.
    #[test]
    fn a_ring_that_comes_back_goes_on_as_the_one_that_stayed(
        before in proptest::collection::vec(event(), 0..12),
        after in proptest::collection::vec(event(), 0..12),
    ) {
        let (mut stayed, mut time) = (KeyRing::new(tenant(), issuer(), key(0)), now());
        for event in &before {
            apply(&mut stayed, event, &mut time);
        }
        let sealed = stayed.seal(&kek(), time).unwrap();
        let mut back = open(sealed.as_str()).unwrap();
        let mut time_of_back = time;
        for event in &after {
            let withdrawn = matches!(event, Event::Withdraw(_));
            let [one, other] = [apply(&mut stayed, event, &mut time), apply(&mut back, event, &mut time_of_back)];
            // Of those that had retired the one that stayed may still know.
            prop_assert!(one == other || withdrawn);
            prop_assert_eq!(stayed.public(time).to_json(), back.public(time).to_json());
            prop_assert_eq!(stayed.max_lifetime_seconds, back.max_lifetime_seconds);
        }
        prop_assert_eq!(seal_content(&stayed, time), seal_content(&back, time));
    }
}

fn seal_content(ring: &KeyRing, now: UnixTime) -> Vec<u8> {
    forge::open(ring.seal(&kek(), now).unwrap().as_str()).1
}
