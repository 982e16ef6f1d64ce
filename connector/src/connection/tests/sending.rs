//! Order and wholeness of what leaves, and what a blocked write stops.

use super::UNSENT;
use super::bench::{bare, bounded};
use super::faulty::{cut, framed};
use super::pipe::Write;
use crate::connection::Pause;

/// Messages of many sizes, of which the larger ones are sent from where they lie.
fn messages() -> Vec<Vec<u8>> {
    (0..40_u8).map(|n| vec![n; usize::from(n) * usize::from(n) * 3]).collect()
}

#[test]
fn half_writes_keep_order_and_lose_nothing() {
    for taken in [1, 2, 3, 7, 1_000, 64 * 1024] {
        let (mut bench, far) = bare();
        far.reads.set_room(taken);
        let mut bytes = Vec::new();
        for (number, message) in messages().iter().enumerate() {
            // Its own, and those that others put in.
            match number % 2 {
                0 => bench.put(message),
                _ => bench.push(message),
            }
            assert_eq!(bench.poll(), Ok(Pause::Resting));
            bytes.extend(far.reads.take(taken));
        }
        while !bench.io.is_done() {
            assert_eq!(bench.poll(), Ok(Pause::Resting));
            bytes.extend(far.reads.take(taken));
        }
        bytes.extend(far.reads.take(taken));
        assert_eq!(cut(&bytes), messages(), "{taken} bytes a write");
    }
}

#[test]
fn a_write_that_is_taken_in_parts_goes_on_within_one_poll() {
    let (mut bench, far) = bare();
    bench.link.stream.writes = [1, 2, 3, 7].map(Write::Take).into();
    bench.put(b"message");
    bench.push(&[7; 5_000]);
    assert_eq!(bench.poll(), Ok(Pause::Resting));
    assert_eq!(far.heard(), [b"message".to_vec(), vec![7; 5_000]]);
}

#[test]
fn a_half_write_goes_on_where_it_was_blocked() {
    let (mut bench, far) = bare();
    bench.link.stream.writes = [Write::Take(3), Write::Block, Write::Take(4), Write::Block].into();
    bench.put(b"message");
    for left in [8, 4, 0] {
        assert_eq!(bench.poll(), Ok(Pause::Resting));
        assert_eq!(bench.side.unsent, Some(left));
    }
    assert_eq!(far.heard(), [b"message"]);
}

#[test]
fn a_blocked_write_stops_no_read_without_a_bound() {
    let (mut bench, far) = bare();
    far.reads.set_room(0);
    bench.side.answer = 100_000;
    for number in 0..20 {
        far.say(&[number]);
        assert_eq!(bench.poll(), Ok(Pause::Resting));
        assert_eq!(bench.side.heard.len(), usize::from(number) + 1);
    }
    assert_eq!(bench.side.unsent, Some(20 * 100_004));
}

#[test]
fn a_blocked_write_stops_reads_at_the_bound() {
    let (mut bench, far) = bounded();
    far.reads.set_room(0);
    bench.side.answer = 100_000 - 4;
    (0..100).for_each(|number| far.say(&[number]));
    // The third answer is the one that passes the bound.
    assert_eq!(bench.poll(), Ok(Pause::Resting));
    assert_eq!(bench.side.heard.len(), UNSENT / 100_000 + 1);
    let asked = bench.link.asked;
    for _ in 0..3 {
        assert_eq!(bench.poll(), Ok(Pause::Resting));
    }
    assert_eq!((bench.side.heard.len(), bench.link.asked), (3, asked));

    // It goes on when the peer reads, and nothing is lost.
    far.reads.set_room(100_000);
    bench.woken.take();
    let mut bytes = Vec::new();
    while bench.side.heard.len() < 100 || !bench.io.is_done() {
        bench.poll().unwrap();
        assert!(bench.side.unsent <= Some(UNSENT + 100_000));
        bytes.extend(far.reads.take(100_000));
        assert!(bench.woken.take() > 0 || bench.io.is_done());
    }
    bytes.extend(far.reads.take(100_000));
    let answers = cut(&bytes);
    assert_eq!(answers.len(), 100);
    assert!(answers.iter().zip(1..).all(|(answer, number)| *answer == vec![number; 99_996]));
}

#[test]
fn a_stream_that_keeps_what_is_written_is_flushed_until_it_does_not() {
    let (mut bench, far) = bare();
    bench.link.stream.unflushed = 2;
    bench.put(b"message");
    for flushes in [1, 2, 3, 3] {
        assert_eq!(bench.poll(), Ok(Pause::Resting));
        assert_eq!(bench.link.stream.calls.flushes, flushes);
        assert_eq!(bench.io.outgoing().is_sent(), flushes == 3);
    }
    assert_eq!((far.heard(), bench.link.stream.calls.writes), (vec![b"message".to_vec()], 1));
}

#[test]
fn answers_leave_in_the_order_of_their_messages_before_what_others_put_in() {
    let (mut bench, far) = bare();
    bench.side.answer = 1;
    bench.push(b"push");
    (0..3).for_each(|number| far.say(&[number]));
    bench.put(b"first");
    assert_eq!(bench.poll(), Ok(Pause::Resting));
    assert_eq!(far.heard(), [&b"first"[..], b"push", &[1], &[2], &[3]]);
}

#[test]
fn an_empty_package_is_a_message() {
    let (mut bench, far) = bare();
    far.writes.put(&[framed(b""), framed(b"behind")].concat());
    assert_eq!(bench.poll(), Ok(Pause::Resting));
    assert_eq!(bench.side.heard, [&b""[..], b"behind"]);
}
