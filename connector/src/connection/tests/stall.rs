//! Peers that take nothing of what is unsent, and slow ones.

use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::session::BareSession;

use super::bench::{Bench, bounded};
use super::faulty::Far;
use super::{SECOND, UNSENT};
use crate::connection::Pause;

const STALL_TIMEOUT: Duration = Duration::from_secs(10);
const NANOSECOND: Duration = Duration::from_nanos(1);

/// A patient side, and a peer that takes nothing of so many bytes.
fn stalled(unsent: usize) -> (Bench<BareSession, UNSENT>, Far) {
    let (mut bench, far) = bounded();
    far.reads.set_room(0);
    bench.side.stall_timeout = Some(STALL_TIMEOUT);
    bench.put(&vec![0; unsent - 4]);
    (bench, far)
}

#[test]
fn a_peer_that_takes_nothing_is_closed_exactly_at_the_timeout() {
    for unsent in [100, 2 * UNSENT] {
        let (mut bench, _far) = stalled(unsent);
        assert_eq!(bench.poll_at(5 * SECOND), Ok(Pause::Resting));
        assert_eq!(bench.deadline(), Some(15 * SECOND));
        assert_eq!(bench.poll_at(15 * SECOND - NANOSECOND), Ok(Pause::Resting));
        assert_eq!(bench.poll_at(15 * SECOND), Err(CloseReason::Stalled { unsent }));
    }
}

#[test]
fn a_slow_steady_reader_is_never_closed() {
    for unsent in [200, 2 * UNSENT] {
        let (mut bench, far) = stalled(unsent);
        let pause = STALL_TIMEOUT - NANOSECOND;
        bench.poll().unwrap();
        far.reads.set_room(1);
        for round in 1..100 {
            assert_eq!(bench.poll_at(round * pause), Ok(Pause::Resting), "round {round}");
            assert_eq!(bench.deadline(), Some(round * pause + STALL_TIMEOUT));
            assert_eq!(far.reads.take(usize::MAX).len(), 1);
        }
        // Its last byte was taken into the pipe in the last round.
        bench.poll_at(99 * pause + SECOND).unwrap();
        let end = 99 * pause + SECOND + STALL_TIMEOUT;
        assert_eq!(bench.poll_at(end - NANOSECOND), Ok(Pause::Resting));
        let unsent = unsent - 100;
        assert_eq!(bench.poll_at(end), Err(CloseReason::Stalled { unsent }));
    }
}

#[test]
fn what_is_put_in_meanwhile_renews_nothing() {
    let (mut bench, far) = stalled(100);
    bench.side.answer = 6;
    for second in 0..10 {
        far.say(b"ping");
        bench.push(&[0; 86]);
        assert_eq!(bench.poll_at(second * SECOND), Ok(Pause::Resting));
        assert_eq!(bench.deadline(), Some(STALL_TIMEOUT));
    }
    let unsent = 100 + 10 * 100;
    assert_eq!(bench.poll_at(STALL_TIMEOUT), Err(CloseReason::Stalled { unsent }));
}

#[test]
fn a_peer_that_has_taken_everything_has_no_deadline() {
    let (mut bench, far) = stalled(100);
    bench.poll().unwrap();
    far.reads.set_room(100);
    bench.poll_at(9 * SECOND).unwrap();
    assert_eq!(bench.deadline(), None);
    assert_eq!(bench.poll_at(100 * SECOND), Ok(Pause::Resting));
    // A new stall has its own time.
    bench.put(b"more");
    bench.poll_at(101 * SECOND).unwrap();
    assert_eq!(bench.deadline(), Some(111 * SECOND));
}

#[test]
fn a_dry_run_notes_each_stall_and_goes_on() {
    let (mut bench, far) = stalled(100);
    bench.side.dry_run = true;
    for second in 0..=25 {
        assert_eq!(bench.poll_at(second * SECOND), Ok(Pause::Resting));
    }
    assert_eq!(bench.side.stalls, [100, 100]);
    assert_eq!(bench.deadline(), Some(30 * SECOND));
    far.reads.set_room(100);
    bench.poll_at(40 * SECOND).unwrap();
    assert_eq!((bench.side.stalls.len(), far.heard().len()), (2, 1));
}

#[test]
fn a_side_without_a_timeout_waits_for_ever() {
    let (mut bench, _far) = stalled(100);
    bench.side.stall_timeout = None;
    for second in [0, 1_000_000] {
        assert_eq!(bench.poll_at(second * SECOND), Ok(Pause::Resting));
        assert_eq!(bench.deadline(), None);
    }
}
