//! Wake-ups: who is woken how often, and no busy loop.

use std::task::Waker;

use bytes::Bytes;

use super::bench::{bare, bounded};
use super::pipe::Calls;
use crate::connection::{Outbox, Pause};
use crate::link::Outgoing;

#[test]
fn an_idle_poll_asks_once_and_wakes_nobody() {
    let (mut bench, far) = bounded();
    for reads in 1..4 {
        assert_eq!(bench.poll(), Ok(Pause::Resting));
        assert_eq!(bench.link.stream.calls, Calls { reads, ..Calls::default() });
        assert_eq!(bench.woken.take(), 0);
    }
    // One that rests is woken once, however much arrives.
    (0..10).for_each(|_| far.say(b"message"));
    assert_eq!(bench.woken.take(), 1);
    assert_eq!(bench.poll(), Ok(Pause::Resting));
    assert_eq!((bench.link.stream.calls.reads, bench.woken.take()), (5, 0));
}

#[test]
fn a_blocked_write_is_tried_once_a_poll() {
    let (mut bench, far) = bare();
    far.reads.set_room(0);
    bench.put(b"message");
    for writes in 1..4 {
        assert_eq!(bench.poll(), Ok(Pause::Resting));
        assert_eq!((bench.link.stream.calls.writes, bench.woken.take()), (writes, 0));
    }
}

#[test]
fn a_blocked_connection_tries_a_few_times_and_rests() {
    let (mut bench, far) = bounded();
    far.reads.set_room(0);
    bench.put(&vec![0; 1 << 20]);
    far.say(b"message");
    for _ in 0..3 {
        let before = bench.link.stream.calls;
        assert_eq!(bench.poll(), Ok(Pause::Resting));
        let Calls { reads, writes, .. } = bench.link.stream.calls;
        assert_eq!((reads, writes - before.writes, bench.woken.take()), (0, 2, 0));
    }
}

#[test]
fn each_byte_that_a_peer_takes_wakes_once() {
    let (mut bench, far) = bare();
    far.reads.set_room(1);
    bench.put(&[0; 20]);
    assert_eq!(bench.poll(), Ok(Pause::Resting));
    for taken in 1..24 {
        assert_eq!(far.reads.take(1).len(), 1);
        assert_eq!(bench.woken.take(), 1, "after {taken} bytes");
        assert_eq!(bench.poll(), Ok(Pause::Resting));
    }
    assert!(bench.io.is_done());
    far.reads.take(1);
    assert_eq!(bench.woken.take(), 0);
}

#[test]
fn pushes_to_a_resting_connection_wake_it_once() {
    let (mut bench, far) = bare();
    let outbox = Outbox::new(1 << 20);
    for round in 1..4 {
        assert_eq!(bench.poll(), Ok(Pause::Resting));
        outbox.register(&Waker::from(bench.woken.clone()));
        for _ in 0..10 {
            outbox.put(Bytes::from_static(b"\0\0\0\x01x")).unwrap();
            outbox.send();
        }
        assert_eq!(bench.woken.take(), 1, "round {round}");
        let mut outgoing = Outgoing::default();
        outbox.take_into(&mut outgoing);
        bench.io.outgoing().append(&mut outgoing);
        assert_eq!(bench.poll(), Ok(Pause::Resting));
        assert_eq!((far.heard().len(), bench.woken.take()), (10, 0));
    }
}
