//! Sides without room: the peer hears that they live, and is noticed when it leaves.

use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::pomelo::package::HEARTBEAT;
use connector_protocol::session::BareSession;

use super::SECOND;
use super::UNSENT;
use super::bench::{Bench, bounded, data, server};
use super::faulty::{Far, framed};
use super::woken::poll_once;
use crate::connection::Pause;

/// The time between two heartbeats of a busy side.
const BEAT: Duration = Duration::from_millis(3_750);
/// Bytes that are read ahead at most, before the last read.
const AHEAD: usize = 256 * 1024;

#[test]
fn a_side_without_room_notices_the_end() {
    let (mut bench, far) = bounded();
    bench.side.is_full = true;
    (0..300).for_each(|_| far.say(b"message"));
    assert_eq!(bench.poll(), Ok(Pause::Resting));
    bench.woken.take();
    far.writes.shut();
    assert_eq!(bench.woken.take(), 1);
    assert_eq!(bench.poll(), Err(CloseReason::PeerClosed));
}

#[test]
fn what_was_read_ahead_is_handled_when_there_is_room() {
    let (mut bench, far) = bounded();
    bench.side.is_full = true;
    for number in 0..100 {
        far.say(&[number]);
        assert_eq!(bench.poll(), Ok(Pause::Resting));
    }
    assert_eq!((bench.side.heard.len(), far.writes.len()), (0, 0));
    bench.side.is_full = false;
    assert_eq!(bench.poll(), Ok(Pause::Resting));
    let numbers: Vec<_> = (0..100).map(|number| vec![number]).collect();
    assert_eq!(bench.side.heard, numbers);
}

#[test]
fn little_is_read_ahead() {
    for size in [0, 1, 1_000, 30_000] {
        let (mut bench, far) = bounded();
        bench.side.is_full = true;
        let count = (4 << 20) / (size + 4);
        far.writes.put(&framed(&vec![0; size]).repeat(count));
        while bench.poll() == Ok(Pause::Spent) {}
        let read = (size + 4) * count - far.writes.len();
        // Many small packages take more memory than their bytes.
        assert!((16 * 1024..=AHEAD + 64 * 1024).contains(&read), "{read} bytes");
        let asked = bench.link.asked;
        assert_eq!((bench.poll(), bench.link.asked), (Ok(Pause::Resting), asked));
    }
}

#[test]
fn a_flood_behind_what_waits_takes_many_polls() {
    let (mut bench, far) = bounded();
    bench.side.is_full = true;
    far.say(b"message");
    assert_eq!(bench.poll(), Ok(Pause::Resting));
    bench.link.is_idly_ready = true;
    for _ in 0..3 {
        bench.woken.take();
        assert_eq!((bench.poll(), bench.woken.take()), (Ok(Pause::Spent), 1));
    }
}

#[test]
fn a_side_without_room_goes_on_telling_that_it_lives() {
    let (mut bench, far) = server();
    bench.side.is_full = true;
    far.writes.put(&data(b"message").repeat(300));
    assert_eq!(bench.poll_at(SECOND), Ok(Pause::Resting));
    for beats in 1..100 {
        let due = SECOND + beats * BEAT;
        assert_eq!(bench.deadline(), Some(due));
        assert_eq!(bench.poll_at(due), Ok(Pause::Resting));
        assert_eq!(far.reads.take(usize::MAX), HEARTBEAT);
        // The peer answers, behind its messages.
        far.writes.put(&HEARTBEAT);
        assert_eq!(bench.poll_at(due), Ok(Pause::Resting));
    }
}

#[test]
fn heartbeats_go_on_though_there_is_room_for_one_message_at_times() {
    let (mut bench, far) = server();
    far.writes.put(&data(b"message").repeat(300));
    bench.side.room = Some(0);
    let mut beats = Vec::new();
    for second in 1..=13 {
        bench.side.room = Some(1);
        assert_eq!(bench.poll_at(second * SECOND), Ok(Pause::Resting));
        if far.reads.take(usize::MAX).len() == HEARTBEAT.len() {
            beats.push(second);
            far.writes.put(&HEARTBEAT);
        }
    }
    assert_eq!((bench.side.heard.len(), beats), (13, vec![5, 9, 13]));
    // There is no need for them when all is handled.
    bench.side.room = None;
    assert_eq!(bench.poll_at(14 * SECOND), Ok(Pause::Spent));
    assert_eq!(bench.poll_at(14 * SECOND), Ok(Pause::Resting));
    assert_eq!((bench.side.heard.len(), bench.deadline()), (300, Some(20 * SECOND)));
    // Those of the peer are answered in their turn all the same.
    assert_eq!(far.reads.take(usize::MAX), HEARTBEAT.repeat(3));
    assert_eq!(bench.poll_at(19 * SECOND), Ok(Pause::Resting));
    assert_eq!(far.reads.len(), 0);
}

#[test]
fn a_silent_peer_is_noticed_by_a_side_without_room() {
    let (mut bench, far) = server();
    bench.side.is_full = true;
    far.writes.put(&data(b"message"));
    assert_eq!(bench.poll_at(SECOND), Ok(Pause::Resting));
    // After the silence that it may keep it has the same time to answer a heartbeat.
    let mut ended = None;
    for second in 2..100 {
        if let Err(reason) = bench.poll_at(second * SECOND) {
            ended = Some((second, reason));
            break;
        }
    }
    assert_eq!(ended, Some((13, CloseReason::HeartbeatTimeout)));
    assert_eq!(far.reads.take(usize::MAX), HEARTBEAT.repeat(2));
}

#[test]
fn a_peer_that_answers_late_is_not_given_up() {
    let (mut bench, far) = server();
    bench.side.is_full = true;
    far.writes.put(&data(b"message"));
    for second in 1..100 {
        // As late as two heartbeats of this side.
        if second % 9 == 0 {
            far.writes.put(&HEARTBEAT);
        }
        assert_eq!(bench.poll_at(second * SECOND), Ok(Pause::Resting), "at {second} s");
    }
}

#[test]
fn the_silence_behind_much_that_is_unread_does_not_count() {
    let (mut bench, far) = server();
    bench.side.is_full = true;
    far.writes.put(&data(&[0; 1_000]).repeat(1_000));
    while bench.poll_at(SECOND) == Ok(Pause::Spent) {}
    assert!(far.writes.len() > 0);
    for second in 2..100 {
        assert_eq!(bench.poll_at(second * SECOND), Ok(Pause::Resting));
    }
    // It is forgotten when there is room.
    bench.side.is_full = false;
    while bench.poll_at(100 * SECOND) == Ok(Pause::Spent) {}
    assert_eq!(bench.side.heard.len(), 1_000);
    assert_eq!(bench.poll_at(105 * SECOND), Ok(Pause::Resting));
    assert_eq!(bench.poll_at(106 * SECOND), Err(CloseReason::HeartbeatTimeout));
}

#[test]
fn an_idle_connection_holds_nothing_of_what_it_was_busy_with() {
    let (mut bench, far) = server();
    bench.side.is_full = true;
    far.writes.put(&data(b"message"));
    assert_eq!(bench.poll_at(SECOND), Ok(Pause::Resting));
    assert!(bench.io.has_rare());
    bench.side.is_full = false;
    assert_eq!(bench.poll_at(SECOND), Ok(Pause::Resting));
    assert!(!bench.io.has_rare());
}

/// A connection without heartbeats whose peer has sent so much that not all of it is read.
fn deaf(messages: u32) -> (Bench<BareSession, UNSENT>, Far) {
    let (mut bench, far) = bounded();
    bench.side.is_full = true;
    (0..messages).for_each(|number| far.say(&number.to_be_bytes().repeat(256)));
    while bench.poll() == Ok(Pause::Spent) {}
    assert!(far.writes.len() > 0);
    (bench, far)
}

#[test]
fn a_peer_that_left_is_noticed_behind_much_that_is_unread() {
    let (mut bench, far) = deaf(1_000);
    for second in 1..10 {
        assert_eq!(bench.deadline(), Some(second * SECOND));
        let asked = bench.link.asked;
        assert_eq!(bench.poll_at(second * SECOND), Ok(Pause::Resting));
        assert_eq!(bench.link.asked, asked, "nothing more is read");
    }
    far.writes.shut();
    bench.link.is_left = true;
    let ended = loop {
        match bench.poll_at(10 * SECOND) {
            Ok(Pause::Spent) => {}
            ended => break ended,
        }
    };
    assert_eq!(ended, Err(CloseReason::PeerClosed));
    // All that it had sent can be served without it.
    bench.side.is_full = false;
    let woken = bench.woken.clone();
    while poll_once(&woken, |cx| bench.io.poll_rest(&mut bench.side, cx, 10 * SECOND)).is_pending()
    {
    }
    let numbers: Vec<_> = (0..1_000_u32).map(|number| number.to_be_bytes().repeat(256)).collect();
    assert_eq!(bench.side.heard, numbers);
}

#[test]
fn the_link_gives_signs_of_life_while_much_is_unread() {
    let (mut bench, far) = deaf(1_000);
    for second in 1..10 {
        assert_eq!(bench.poll_at(second * SECOND), Ok(Pause::Resting));
        assert_eq!(bench.poll_at(second * SECOND + SECOND / 2), Ok(Pause::Resting));
        assert_eq!(bench.link.beats, second as usize);
    }
    assert_eq!(far.reads.take(usize::MAX), b"!!!!!!!!!");
    // What is unsent is such a sign by itself.
    far.reads.set_room(0);
    bench.put(b"message");
    (10..20).for_each(|second| assert!(bench.poll_at(second * SECOND).is_ok()));
    assert_eq!(bench.link.beats, 9);
    far.reads.set_room(usize::MAX);
    bench.side.is_full = false;
    while bench.poll_at(20 * SECOND) == Ok(Pause::Spent) {}
    bench.side.is_full = true;
    far.say(b"message");
    (21..30).for_each(|second| assert!(bench.poll_at(second * SECOND).is_ok()));
    assert_eq!(bench.link.beats, 9, "all is read");
}

#[test]
fn of_a_peer_that_left_no_more_is_read_than_a_system_holds() {
    let (mut bench, far) = deaf(40_000);
    bench.link.is_left = true;
    let before = far.writes.len();
    while bench.poll() == Ok(Pause::Spent) {}
    assert_eq!(bench.poll(), Err(CloseReason::PeerClosed));
    assert!((12 << 20..18 << 20).contains(&(before - far.writes.len())));
}

#[test]
fn the_link_of_a_side_that_reads_on_is_not_looked_at() {
    let (mut bench, far) = deaf(1_000);
    bench.side.is_full = false;
    while bench.poll() == Ok(Pause::Spent) {}
    assert_eq!((bench.side.heard.len(), bench.deadline()), (1_000, None));
    assert!(!bench.io.has_rare());
    drop(far);
}

#[test]
fn a_busy_side_whose_peer_does_not_read_has_no_heartbeat_due() {
    let (mut bench, far) = server();
    bench.side.is_full = true;
    far.writes.put(&data(b"message"));
    assert_eq!(bench.poll_at(SECOND), Ok(Pause::Resting));
    assert_eq!(bench.deadline(), Some(SECOND + BEAT));
    far.reads.set_room(0);
    bench.put(&vec![0; 1 << 20]);
    assert_eq!(bench.poll_at(100 * SECOND), Ok(Pause::Resting));
    assert_eq!(bench.deadline(), None);
    // It takes something else to go on.
    far.reads.set_room(usize::MAX);
    assert_eq!(bench.poll_at(101 * SECOND), Ok(Pause::Resting));
    assert_eq!(bench.deadline(), Some(101 * SECOND + BEAT));
}

#[test]
fn a_busy_side_that_begins_to_end_does_not_judge_silence() {
    let (mut bench, far) = server();
    bench.side.is_full = true;
    far.writes.put(&data(b"message"));
    assert_eq!(bench.poll_at(SECOND), Ok(Pause::Resting));
    assert_eq!(bench.poll_at(2 * SECOND), Ok(Pause::Resting));
    bench.side.is_deaf = true;
    assert_eq!(bench.poll_at(2 * SECOND), Ok(Pause::Resting));
    for beats in 1..100 {
        let due = SECOND + beats * BEAT;
        assert_eq!(bench.deadline(), Some(due));
        assert_eq!(bench.poll_at(due), Ok(Pause::Resting));
    }
}
