//! Whatever is done to the lines of a trail is found, at the first place where it shows.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod support;

use std::{ops::Range, sync::LazyLock};

use deputize_core::{Acting, Actor, Question, TenantId};
use deputize_store::{
    AuditHash, AuditHead, AuditLine, BrokenTrail, Checkpoint, Flaw, Ledger, MemoryStore, Store, VerifyError,
    limits::MAX_AUDIT_PAGE, verify_trail,
};
use proptest::{prelude::*, sample::Index};
use support::{at, change, founding, id};

fn tenant() -> TenantId {
    id("acme")
}

fn olga() -> Actor {
    Actor::Operator(id("olga"))
}

fn start() -> Checkpoint {
    Checkpoint::new(tenant())
}

async fn refuse(store: &MemoryStore, times: Range<u64>) {
    let question = Question {
        tenant: tenant(),
        client: id("agent-0"),
        acting: Acting::Alone,
        resource: Some(id("https://r0.example")),
    };
    for second in times {
        store.refuse(question.report(at(second)).because("über"), at(second)).await.unwrap();
    }
}

/// A trail of every kind of event but issuances, which differ in nothing that matters here.
static TRAIL: LazyLock<Vec<AuditLine>> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let store = MemoryStore::new();
        store.apply(&tenant(), &olga(), &founding(), at(1_000)).await.unwrap();
        refuse(&store, 1_001..1_006).await;
        store.apply(&tenant(), &olga(), &founding(), at(1_007)).await.unwrap();
        let lines = store.audit_lines(&tenant(), 0, usize::MAX).await.unwrap().lines;
        assert!(lines.len() > 10);
        lines
    })
});

/// At which line it shows, and where the trail ends that has no flaw.
fn verify(since: Checkpoint, lines: &[AuditLine]) -> Result<Checkpoint, (usize, BrokenTrail)> {
    let mut reached = since;
    for (index, line) in lines.iter().enumerate() {
        reached.advance(line).map_err(|broken| (index, broken))?;
    }
    Ok(reached)
}

/// At which line it shows, the place it names, and what is wrong there.
fn flaw(lines: &[AuditLine]) -> (usize, u64, Flaw) {
    let (index, broken) = verify(start(), lines).unwrap_err();
    (index, broken.sequence, broken.flaw)
}

/// Links the lines anew, as somebody does who knows the format.
fn seal_anew(lines: &mut [AuditLine]) {
    let mut previous = AuditHash::ZERO;
    for (index, line) in lines.iter_mut().enumerate() {
        (line.sequence, line.number) = (index as u64 + 1, index as u64 + 1);
        line.hash = line.digest(previous);
        previous = line.hash;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Byte by byte of an export.
    #[test]
    fn any_other_byte_is_found(line in any::<Index>(), byte in any::<Index>(), other in any::<u8>()) {
        let at = line.index(TRAIL.len());
        let mut json = serde_json::to_vec(&TRAIL[at]).unwrap();
        let place = byte.index(json.len());
        prop_assume!(json[place] != other);
        json[place] = other;
        // What is no line any more is found as such.
        if let Ok(read) = serde_json::from_slice::<AuditLine>(&json) {
            let mut lines = TRAIL.clone();
            lines[at] = read;
            prop_assert_eq!(flaw(&lines).0, at, "{}", String::from_utf8_lossy(&json));
        }
    }

    /// And of what is hashed, whether or not it can still be exported.
    #[test]
    fn any_other_value_is_found(line in any::<Index>(), what in 0..6_usize, byte in any::<Index>(), other in any::<u64>()) {
        let mut lines = TRAIL.clone();
        let at = line.index(lines.len());
        let before = lines[at].clone();
        let changed = &mut lines[at];
        match what {
            0 => changed.sequence = other,
            1 => changed.at = other,
            2 => changed.chain = other,
            3 => changed.number = other,
            4 => {
                let mut bytes = *changed.hash.as_bytes();
                bytes[byte.index(32)] ^= other as u8;
                changed.hash = AuditHash::from_bytes(bytes);
            }
            _ => {
                let place = byte.index(changed.entry.len() + 1);
                prop_assume!(changed.entry.is_char_boundary(place));
                changed.entry.insert(place, (other as u8).into());
            }
        }
        prop_assume!(lines[at] != before);
        let (index, sequence, _) = flaw(&lines);
        prop_assert_eq!((index, sequence), (at, lines[at].sequence));
    }

    #[test]
    fn what_is_missing_is_found(line in any::<Index>()) {
        let mut lines = TRAIL.clone();
        // The last can't be missed by what is there.
        let at = line.index(lines.len() - 1);
        lines.remove(at);
        prop_assert_eq!(flaw(&lines), (at, lines[at].sequence, Flaw::Missing));
    }

    #[test]
    fn what_changed_places_is_found(one in any::<Index>(), other in any::<Index>()) {
        let mut lines = TRAIL.clone();
        let (one, other) = (one.index(lines.len()), other.index(lines.len()));
        prop_assume!(one != other);
        lines.swap(one, other);
        prop_assert_eq!(flaw(&lines).0, one.min(other));
        // Also when what is in them is exchanged, but not where they stand.
        let sequence = lines[one].sequence;
        lines[one].sequence = lines[other].sequence;
        lines[other].sequence = sequence;
        prop_assert_eq!(flaw(&lines).0, one.min(other));
    }

    #[test]
    fn what_is_there_twice_is_found(line in any::<Index>(), to in any::<Index>()) {
        let mut lines = TRAIL.clone();
        let (line, to) = (line.index(lines.len()), to.index(lines.len() + 1));
        lines.insert(to, lines[line].clone());
        // Beside itself, the second is one too many.
        let shows = if to == line { to + 1 } else { to };
        prop_assert_eq!(flaw(&lines).0, shows);
    }

    /// Linked to what is before it, it shows at what comes after; linked to nothing, by itself.
    #[test]
    fn what_was_added_is_found(to in any::<Index>(), entry in ".{0,20}") {
        let to = to.index(TRAIL.len());
        let mut lines = TRAIL.clone();
        let mut added = AuditLine { entry, ..lines[to].clone() };
        prop_assume!(added != lines[to]);
        lines.insert(to, added.clone());
        prop_assert_eq!(flaw(&lines), (to, added.sequence, Flaw::Altered));
        added.hash = added.digest(to.checked_sub(1).map_or(AuditHash::ZERO, |before| lines[before].hash));
        lines[to] = added;
        prop_assert_eq!(flaw(&lines).0, to + 1);
        // In a chain of its own it takes a place that is another's.
        (lines[to].chain, lines[to].number) = (2, 1);
        lines[to].hash = lines[to].digest(AuditHash::ZERO);
        let sequence = lines[to].sequence;
        prop_assert_eq!(flaw(&lines), (to + 1, sequence, Flaw::Misplaced));
    }

    /// Written anew from a place on, by itself it is flawless; what was kept tells.
    #[test]
    fn what_was_written_anew_differs_from_what_was_kept(from in any::<Index>(), change in change()) {
        let mut lines = TRAIL.clone();
        let from = from.index(lines.len());
        let entry = serde_json::to_string(&change).unwrap();
        prop_assume!(lines[from].entry != entry);
        lines[from].entry = entry;
        seal_anew(&mut lines);
        let kept = verify(start(), &TRAIL).unwrap();
        let now = verify(start(), &lines).unwrap();
        prop_assert_eq!(kept.sequence, now.sequence);
        prop_assert_ne!(kept, now);
    }
}

#[test]
fn what_is_another_tenants_is_found() {
    let mut lines = TRAIL.clone();
    lines[3].tenant = id("other");
    assert_eq!(flaw(&lines), (3, 4, Flaw::Foreign));
    // A whole trail of another.
    for line in &mut lines {
        line.tenant = id("other");
    }
    seal_anew(&mut lines);
    assert_eq!(flaw(&lines).2, Flaw::Foreign);
    assert!(verify(Checkpoint::new(id("other")), &lines).is_ok());
}

#[test]
fn verification_goes_on_where_it_stopped() {
    let (first, rest) = TRAIL.split_at(5);
    let kept = verify(start(), first).unwrap();
    let kept: Checkpoint = serde_json::from_str(&serde_json::to_string(&kept).unwrap()).unwrap();
    let head = AuditHead { number: 5, sequence: 5, hash: first[4].hash };
    assert_eq!(kept, Checkpoint { sequence: 5, heads: [(1, head)].into(), ..start() });
    assert_eq!(verify(kept.clone(), rest).unwrap(), verify(start(), &TRAIL).unwrap());
    assert_eq!(verify(kept.clone(), &TRAIL).unwrap_err().1.flaw, Flaw::Misplaced);
    assert_eq!(verify(kept.clone(), &rest[1..]).unwrap_err().1.flaw, Flaw::Missing);
    // What is refused moves nothing.
    let mut reached = kept.clone();
    reached.advance(&rest[1]).unwrap_err();
    assert_eq!(reached, kept);
    reached.advance(&rest[0]).unwrap();
}

/// As a store has them in which many write: each its own, in one order.
#[test]
fn several_chains_are_one_trail() {
    let mut lines = Vec::new();
    let mut heads: [(u64, AuditHash); 3] = [(0, AuditHash::ZERO); 3];
    for n in 0..30_u64 {
        let chain = n * n % 7 % 3;
        let (last, previous) = heads[chain as usize];
        let mut line = AuditLine { chain: chain + 10, sequence: 3 * n + 1, number: last + 1, ..TRAIL[0].clone() };
        line.hash = line.digest(previous);
        heads[chain as usize] = (line.number, line.hash);
        lines.push(line);
    }
    let end = verify(start(), &lines).unwrap();
    assert_eq!(end.heads.len(), 3);
    let half = verify(start(), &lines[..15]).unwrap();
    assert_eq!(verify(half, &lines[15..]).unwrap(), end);
    for missing in 0..lines.len() {
        let mut less = lines.clone();
        let removed = less.remove(missing);
        // It shows at the next of its chain; the last of one, at its head.
        match less.iter().skip(missing).position(|line| line.chain == removed.chain) {
            Some(next) => assert_eq!(flaw(&less).0, missing + next),
            None => assert_ne!(verify(start(), &less).unwrap().heads, end.heads),
        }
    }
    // Whose places are exchanged, also of different chains.
    for at in 1..lines.len() {
        let mut moved = lines.clone();
        let sequence = moved[at].sequence;
        moved[at].sequence = moved[at - 1].sequence;
        moved[at - 1].sequence = sequence;
        moved.swap(at, at - 1);
        assert_eq!(flaw(&moved).0, at - 1);
    }
}

/// Page by page, and from any place on.
#[tokio::test]
async fn a_long_trail_is_verified() {
    let store = MemoryStore::new();
    store.apply(&tenant(), &olga(), &founding(), at(1_000)).await.unwrap();
    let early = verify_trail(&store, start()).await.unwrap();
    let last = MAX_AUDIT_PAGE as u64 * 2;
    refuse(&store, 0..last - early.sequence).await;
    let end = verify_trail(&store, start()).await.unwrap();
    assert_eq!(end.sequence, last);
    assert_eq!(verify_trail(&store, early.clone()).await.unwrap(), end);
    store.prune(&olga(), &end, at(2_000)).await.unwrap();
    assert_eq!(verify_trail(&store, start()).await.unwrap().sequence, last + 1);
    // What was kept before is of no use any more, and that is told.
    let error = verify_trail(&store, early).await.unwrap_err();
    assert!(matches!(error, VerifyError::Removed { through } if through == last), "{error}");
    let error = verify_trail(&store, Checkpoint::new(id("nowhere"))).await.unwrap_err();
    assert!(matches!(error, VerifyError::Ledger(_)), "{error}");
}

/// It may run beside anything, on any runtime.
#[test]
fn verification_can_be_spawned() {
    fn sent(_: &impl Send) {}
    sent(&verify_trail(&MemoryStore::new(), start()));
}
