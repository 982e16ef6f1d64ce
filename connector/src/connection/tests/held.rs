//! The bytes that all connections hold: counted, given back and bounded.

use std::sync::Arc;

use bytes::Bytes;
use connector_protocol::CloseReason;
use connector_protocol::session::BareSession;

use super::bench::{Bench, bounded};
use super::faulty::{Far, framed};
use super::{SECOND, UNSENT};
use crate::connection::Pause;
use crate::limits::{HeldInAll, HeldLimit, HeldPart};

/// The bytes that all may hold.
const LIMIT: usize = 1 << 20;

/// A connection that is counted, its other end, and the sum.
fn counted() -> (Bench<BareSession, UNSENT>, Far, Arc<HeldInAll>) {
    let (mut bench, far) = bounded();
    let all = Arc::default();
    bench.io = bench.io.counted(&Arc::new(HeldLimit::new(&all, LIMIT)));
    (bench, far, all)
}

/// What others hold.
fn others(all: &Arc<HeldInAll>, bytes: usize) -> HeldPart<Arc<HeldInAll>> {
    let mut part = HeldPart::new(all.clone());
    part.set(bytes, LIMIT);
    part
}

/// Polls until nothing more arrives.
fn settle(bench: &mut Bench<BareSession, UNSENT>) -> Result<Pause, CloseReason> {
    loop {
        match bench.poll() {
            Ok(Pause::Spent) => {}
            settled => return settled,
        }
    }
}

#[test]
fn half_a_package_is_counted_until_it_is_handled() {
    let (mut bench, far, all) = counted();
    let package = framed(&[0; 400_000]);
    far.writes.put(&package[..300_000]);
    assert_eq!(settle(&mut bench), Ok(Pause::Resting));
    assert!((300_000..=900_000).contains(&all.get()), "{}", all.get());
    far.writes.put(&package[300_000..]);
    assert_eq!(settle(&mut bench), Ok(Pause::Resting));
    assert_eq!((bench.side.heard.len(), all.get()), (1, 0));
    assert!(!bench.io.has_rare());
}

#[test]
fn what_waits_is_counted_until_the_connection_is_dropped() {
    let (mut bench, far, all) = counted();
    bench.side.is_full = true;
    (0..100).for_each(|_| far.say(&[0; 1_000]));
    assert_eq!(settle(&mut bench), Ok(Pause::Resting));
    assert!(all.get() >= 100_000);
    drop(bench);
    assert_eq!(all.get(), 0);
}

#[test]
fn fragments_that_the_link_keeps_are_counted() {
    let (mut bench, _far, all) = counted();
    bench.link.fragments = vec![100_000; 3].into();
    assert_eq!(settle(&mut bench), Ok(Pause::Resting));
    assert!((300_000 - 1_024..=400_000).contains(&all.get()), "{}", all.get());
}

#[test]
fn what_the_link_holds_is_counted() {
    let (mut bench, _far, all) = counted();
    bench.link.held = 300_000;
    assert_eq!(settle(&mut bench), Ok(Pause::Resting));
    assert!((300_000 - 1_024..=300_000).contains(&all.get()), "{}", all.get());
    let others = others(&all, LIMIT);
    let reason = CloseReason::Overloaded { held: 300_000, limit: LIMIT };
    assert_eq!(settle(&mut bench), Err(reason));
    drop(others);
    bench.link.held = 0;
    assert_eq!((settle(&mut bench), all.get()), (Ok(Pause::Resting), 0));
    assert!(!bench.io.has_rare());
}

#[test]
fn what_waits_for_a_peer_is_counted_unless_others_share_it() {
    let (mut bench, far, all) = counted();
    far.reads.set_room(0);
    bench.put(&[0; 200_000]);
    assert_eq!(settle(&mut bench), Ok(Pause::Resting));
    assert!((200_000 - 1_024..=210_000).contains(&all.get()), "{}", all.get());
    let shared = Bytes::from(vec![0; 100_000]);
    bench.io.outgoing().push_shared(shared.clone());
    assert_eq!(settle(&mut bench), Ok(Pause::Resting));
    assert!(all.get() <= 210_000, "{}", all.get());
    far.reads.set_room(usize::MAX);
    assert_eq!(settle(&mut bench), Ok(Pause::Resting));
    assert_eq!((far.reads.take(usize::MAX).len(), all.get()), (4 + 300_000, 0));
    drop(shared);
}

#[test]
fn much_that_waits_for_a_peer_closes_it_while_all_hold_too_much() {
    for (unsent, is_closed) in [(UNSENT - 100, false), (UNSENT + 1_000, true)] {
        let (mut bench, far, all) = counted();
        far.reads.set_room(0);
        bench.put(&vec![0; unsent]);
        assert_eq!(settle(&mut bench), Ok(Pause::Resting), "while there is room");
        let others = others(&all, LIMIT - UNSENT + 1_024);
        let polled = settle(&mut bench);
        let is_overloaded = matches!(polled, Err(CloseReason::Overloaded { limit: LIMIT, .. }));
        assert_eq!(is_overloaded, is_closed, "{unsent}: {polled:?}");
        drop(others);
    }
}

#[test]
fn many_deaf_peers_hold_little_more_than_the_limit() {
    /// What any may hold.
    const LEAST: usize = 4 * 1024;
    let all: Arc<HeldInAll> = Arc::default();
    let limit = Arc::new(HeldLimit::new(&all, LIMIT));
    let mut deaf = Vec::new();
    for unsent in (0..400).map(|n| UNSENT >> (n % 8)).chain([LEAST - 4]) {
        let (mut bench, far) = bounded();
        bench.io = bench.io.counted(&limit);
        far.reads.set_room(0);
        bench.put(&vec![0; unsent]);
        match settle(&mut bench) {
            Ok(_) => deaf.push((bench, far)),
            Err(reason) => {
                assert!(matches!(reason, CloseReason::Overloaded { .. }) && unsent > LEAST - 4);
            }
        }
    }
    assert!(deaf.len() > 50, "{}", deaf.len());
    let most = LIMIT * 5 / 4 + UNSENT + deaf.len() * LEAST;
    assert!((LIMIT..=most).contains(&all.get()), "{} of {most}", all.get());
    drop(deaf);
    assert_eq!(all.get(), 0);
}

#[test]
fn small_messages_are_not_counted() {
    let (mut bench, far, all) = counted();
    let _others = others(&all, LIMIT);
    let package = framed(&[0; 15_000]);
    far.writes.put(&package[..10_000]);
    assert_eq!(settle(&mut bench), Ok(Pause::Resting));
    far.writes.put(&package[10_000..]);
    (0..1_000).for_each(|_| far.say(b"message"));
    assert_eq!(settle(&mut bench), Ok(Pause::Resting));
    assert_eq!((bench.side.heard.len(), all.get()), (1_001, LIMIT));
}

#[test]
fn while_all_hold_too_much_no_large_package_begins() {
    let (mut bench, far, all) = counted();
    let others = others(&all, LIMIT);
    far.writes.put(&framed(&[0; 400_000])[..20_000]);
    let reason = CloseReason::Overloaded { held: 20_000, limit: LIMIT };
    assert_eq!(settle(&mut bench), Err(reason));
    drop((bench, others));
    assert_eq!(all.get(), 0);
}

#[test]
fn many_halves_stay_below_the_limit() {
    let all: Arc<HeldInAll> = Arc::default();
    let limit = Arc::new(HeldLimit::new(&all, LIMIT));
    let mut open = Vec::new();
    for _ in 0..50 {
        let (mut bench, far) = bounded();
        bench.io = bench.io.counted(&limit);
        far.writes.put(&framed(&[0; 400_000])[..390_000]);
        match settle(&mut bench) {
            Ok(_) => open.push((bench, far)),
            Err(reason) => assert!(matches!(reason, CloseReason::Overloaded { .. })),
        }
        // At most by what one of them has read in its last poll.
        assert!(all.get() <= LIMIT + (1 << 20), "{}", all.get());
    }
    assert!((1..=6).contains(&open.len()));
    drop(open);
    assert_eq!(all.get(), 0);
}

#[test]
fn slow_packages_make_room_when_all_hold_half_of_what_they_may() {
    for (held, is_closed) in [(0, false), (LIMIT / 2, true)] {
        let (mut bench, far, all) = counted();
        let _others = others(&all, held);
        bench.side.package_rate = 1_024;
        let mut package = framed(&[0; 400_000]).into_iter();
        let mut ended = None;
        for second in 1..60 {
            // Four times as fast as it has to be.
            far.writes.put(&package.by_ref().take(4_096).collect::<Vec<_>>());
            if let Err(reason) = bench.poll_at(second * SECOND) {
                ended = Some((second, reason));
                break;
            }
        }
        let reason = CloseReason::Overloaded { held: 11 * 4_096, limit: LIMIT };
        assert_eq!(ended, is_closed.then_some((11, reason)));
    }
}

#[test]
fn a_slow_short_package_is_let_in_all_the_same() {
    let (mut bench, far, all) = counted();
    let _others = others(&all, LIMIT);
    bench.side.package_rate = 100;
    let package = framed(&[0; 15_000]);
    for (second, bytes) in (1..).zip(package.chunks(500)) {
        far.writes.put(bytes);
        assert_eq!(bench.poll_at(second * SECOND), Ok(Pause::Resting), "at {second} s");
    }
    assert_eq!(bench.side.heard.len(), 1);
}

#[test]
fn little_is_read_ahead_while_all_hold_too_much() {
    let (mut bench, far, all) = counted();
    let others = others(&all, LIMIT);
    bench.side.is_full = true;
    (0..400).for_each(|_| far.say(&[0; 1_000]));
    assert_eq!(settle(&mut bench), Ok(Pause::Resting));
    assert!(all.get() - LIMIT <= 160 << 10, "{}", all.get() - LIMIT);
    // It is looked at again.
    drop(others);
    let left = far.writes.len();
    let deadline = bench.deadline().unwrap();
    assert_eq!(deadline, SECOND);
    while bench.poll_at(deadline) == Ok(Pause::Spent) {}
    assert!(far.writes.len() < left);
}
