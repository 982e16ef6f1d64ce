//! The link's own answers, and peers that do not read them.

use connector_protocol::CloseReason;

use super::bench::{bare, bounded};
use crate::connection::Pause;

/// Bytes of such answers that may be unsent.
const REPLIES: usize = 1 << 20;

#[test]
fn answers_to_pings_leave_in_the_order_of_what_arrived() {
    let (mut bench, far) = bare();
    bench.put(b"first");
    bench.link.pings = [4].into();
    bench.side.answer = 1;
    far.say(b"message");
    assert_eq!(bench.poll(), Ok(Pause::Resting));
    assert_eq!(far.reads.take(usize::MAX), b"\0\0\0\x05firstpppp\0\0\0\x01\x01");
}

#[test]
fn a_peer_that_pings_and_does_not_read_is_closed() {
    let (mut bench, far) = bare();
    far.reads.set_room(0);
    bench.link.pings = vec![REPLIES / 8; 8].into();
    assert_eq!(bench.poll(), Ok(Pause::Resting));
    bench.link.pings = [1].into();
    let reason = CloseReason::SlowPeer { queued: REPLIES + 1, limit: REPLIES };
    assert_eq!(bench.poll(), Err(reason));
}

#[test]
fn a_bounded_side_stops_reading_pings_before() {
    let (mut bench, far) = bounded();
    far.reads.set_room(0);
    bench.link.pings = vec![1_000; 10_000].into();
    loop {
        match bench.poll() {
            Ok(Pause::Spent) => {}
            paused => break assert_eq!(paused, Ok(Pause::Resting)),
        }
    }
    assert_eq!((bench.io.outgoing().len(), bench.link.asked), (263_000, 263));
}

#[test]
fn messages_that_are_unsent_are_not_counted_as_answers_to_pings() {
    let (mut bench, far) = bare();
    far.reads.set_room(0);
    bench.put(&vec![0; 4 * REPLIES]);
    bench.link.pings = [REPLIES].into();
    assert_eq!(bench.poll(), Ok(Pause::Resting));
}

#[test]
fn a_slow_steady_reader_may_ping_for_ever() {
    let (mut bench, far) = bare();
    far.reads.set_room(1_000);
    bench.put(&[0; 10_000]);
    for _ in 0..3 * REPLIES / 1_000 {
        bench.link.pings = [1_000].into();
        assert_eq!(bench.poll(), Ok(Pause::Resting));
        assert_eq!(far.reads.take(usize::MAX).len(), 1_000);
    }
}
