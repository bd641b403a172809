//! What a verification allocates, each allocation with its reason, and that no refusal allocates more.
#![expect(clippy::unwrap_used, reason = "a panic here is a failure of the test")]

mod support;

use allocation_counter::measure;
use deputize_core::Revoked;
use deputize_token::{Algorithm, Handed, KeyRing, Presented, Revocation, Trust, limits::MAX_TOKEN_BYTES};
use serde_json::Value;
use support::{Asked, ring, verifier};

/// Of every verification.
const ALWAYS: [(&str, u64); 4] = [
    ("the three parts, decoded one after the other", 1),
    ("`alg`, `kid` and `typ`, which outlive the bytes of the header", 3),
    ("the header and the claims as they were read: a list of places each", 2),
    ("what `Verified` owns: audience, client id, tenant, SPIFFE id; the lineage's agents and tokens", 6),
];
/// The list of scopes, which is read into one that may grow and kept in one that may not.
const SCOPES: u64 = 2;
/// The person and the delegation, owned by `Verified`; the client id once more, from `act`.
const FOR_PERSON: u64 = 3;
/// Each agent of the chain before the last: its two names.
const HOP: u64 = 2;
/// The lists of those agents and of their tokens.
const CHAIN: u64 = 2;

#[test]
fn each_allocation_of_a_verification_has_its_reason() {
    let ring = ring(Algorithm::EdDsa);
    let always: u64 = ALWAYS.iter().map(|(_, count)| count).sum();
    let alone = sign(&ring, Asked::alone());
    let for_alice = sign(&ring, Asked::for_alice());
    assert_eq!(allocations(&ring, &alone), (always + SCOPES + 1, true), "for itself, one scope");
    assert_eq!(allocations(&ring, &for_alice), (always + SCOPES + 2 + FOR_PERSON, true), "for alice, two scopes");
    let mut token = for_alice;
    for depth in 1..=8_u64 {
        let parent = ring.parent(Revocation::ExpiryOnly, &token, Handed::ByHolder(Presented::Bearer), support::now());
        token = sign(&ring, Asked::handed_on(parent.unwrap(), usize::try_from(depth).unwrap()));
        let (count, taken) = allocations(&ring, &token);
        let most = always + SCOPES + 1 + FOR_PERSON + CHAIN + HOP * depth;
        // The list of tokens grows on its way to eight, by doubling: once.
        assert!(taken && (most..=most + 1).contains(&count), "depth {depth}: {count} allocations, not {most}");
    }
}

#[test]
fn no_refusal_allocates_more_than_a_success() {
    let ring = ring(Algorithm::EdDsa);
    let good = sign(&ring, Asked::for_alice());
    let (most, _) = allocations(&ring, &good);
    let (input, signature) = good.rsplit_once('.').unwrap();
    let claims = input.split_once('.').unwrap().1;
    let other = sign(&support::ring(Algorithm::EdDsa), Asked::for_alice());
    for (what, bad) in [
        ("nothing", String::new()),
        ("one part", claims.to_owned()),
        ("no header", format!(".{claims}.{signature}")),
        ("another ring's", other),
        ("no signature", format!("{input}.")),
        ("another signature", format!("{input}.{}", "A".repeat(signature.len()))),
        ("too large", "a".repeat(1_000_000)),
    ] {
        let (count, taken) = allocations(&ring, &bad);
        assert!(!taken && count <= most, "{what}: {count} allocations, of a success {most}");
    }
}

/// A claim that nobody knows is read strictly and then left, be it long or of many members: of the largest
/// token twice as much as of half of it, and of a larger one nothing.
#[test]
fn the_largest_token_costs_in_proportion() {
    let ring = KeyRing::new(support::tenant(), support::issuer(), support::test_key(Algorithm::EdDsa));
    let good = sign(&ring, Asked::for_alice());
    let long = |size: usize| Value::from("a".repeat(size));
    let many = |size: usize| Value::Object((0..size / 9).map(|n| (format!("{n:04}"), 0.into())).collect());
    for (what, claim) in [("long", &long as &dyn Fn(usize) -> Value), ("many", &many)] {
        let with = |size: usize| {
            support::forge(&support::test_key(Algorithm::EdDsa), &good, |claims| claims["unknown"] = claim(size))
        };
        // Three bytes are four characters.
        let of = |size: usize| {
            (0..40).find_map(|less| Some(with((size - good.len()) * 3 / 4 - less)).filter(|token| token.len() <= size))
        };
        let (half, full) = (of(MAX_TOKEN_BYTES / 2).unwrap(), of(MAX_TOKEN_BYTES).unwrap());
        assert!(half.len() + 32 > MAX_TOKEN_BYTES / 2 && full.len() + 32 > MAX_TOKEN_BYTES, "{what}");
        let (half, full, over) =
            (allocated(&ring, &half), allocated(&ring, &full), allocated(&ring, &with(MAX_TOKEN_BYTES)));
        println!("{what}: {half:?} {full:?} {over:?}");
        assert!(half.2 && full.2 && over == (0, 0, false), "{what}");
        // Half of it has less than half of the claim: the rest of the token is the same.
        assert!(full.0 * 10 <= 21 * half.0 && full.1 * 10 <= 21 * half.1, "{what}: {half:?} {full:?}");
    }
}

fn sign(ring: &KeyRing, asked: Asked) -> String {
    ring.sign(asked.recorded(), support::now()).unwrap().secret().to_owned()
}

/// How many, and whether the token was taken.
fn allocations(ring: &KeyRing, token: &str) -> (u64, bool) {
    let (count, _, taken) = allocated(ring, token);
    (count, taken)
}

/// And how many bytes.
fn allocated(ring: &KeyRing, token: &str) -> (u64, u64, bool) {
    let (verifier, keys, revoked) = (verifier(), ring.public(support::now()), Revoked::default());
    let trust = Trust { keys: &keys, revoked: Revocation::Snapshot(&revoked) };
    let mut taken = false;
    // The signature library prepares something for each thread at its first call.
    let verify = || verifier.verify(trust, token, Presented::Bearer, support::now()).is_ok();
    verify();
    let info = measure(|| taken = verify());
    (info.count_total, info.bytes_total, taken)
}
