//! The machine's deadlines: silence counts only where everything was read.

use connector_protocol::CloseReason;
use connector_protocol::pomelo::package::HEARTBEAT;

use super::bench::{client, data, server};
use super::{SECOND, UNSENT};
use crate::connection::Pause;
use crate::runtime::GRACE;

#[test]
fn a_silent_peer_ends_exactly_at_its_deadline() {
    let (mut bench, _far) = server();
    assert_eq!(bench.deadline(), Some(6 * SECOND));
    assert_eq!(bench.poll_at(5 * SECOND), Ok(Pause::Resting));
    assert_eq!(bench.poll_at(6 * SECOND), Err(CloseReason::HeartbeatTimeout));
}

#[test]
fn what_came_while_the_process_slept_counts() {
    let (mut bench, far) = server();
    bench.poll().unwrap();
    far.writes.put(&HEARTBEAT);
    assert_eq!(bench.poll_at(60 * SECOND), Ok(Pause::Resting));
    assert_eq!(bench.deadline(), Some(66 * SECOND));
    assert_eq!(far.reads.take(usize::MAX), HEARTBEAT);
    assert_eq!(bench.poll_at(66 * SECOND), Err(CloseReason::HeartbeatTimeout));
}

#[test]
fn nobody_is_judged_at_the_first_sight_of_a_deadline() {
    // After a pause of the process timers are seen before the bytes that came first.
    let (mut bench, far) = server();
    bench.poll().unwrap();
    bench.now = 60 * SECOND;
    assert_eq!(bench.poll_once(), Ok(Pause::Resting));
    assert_eq!(bench.deadline(), Some(60 * SECOND + GRACE));
    far.writes.put(&HEARTBEAT);
    assert_eq!(bench.poll_once(), Ok(Pause::Resting));
    assert_eq!(bench.deadline(), Some(66 * SECOND));
    // Another pause.
    for now in [80 * SECOND, 100 * SECOND, 100 * SECOND + GRACE / 2] {
        bench.now = now;
        assert_eq!(bench.poll_once(), Ok(Pause::Resting));
    }
    bench.now = 100 * SECOND + GRACE;
    assert_eq!(bench.poll_once(), Err(CloseReason::HeartbeatTimeout));
}

#[test]
fn a_blocked_write_does_not_look_at_the_clock() {
    let (mut bench, far) = server();
    far.reads.set_room(0);
    bench.put(&vec![0; UNSENT]);
    assert_eq!(bench.poll_at(SECOND), Ok(Pause::Resting));
    assert_eq!(bench.deadline(), None);
    assert_eq!(bench.poll_at(100 * SECOND), Ok(Pause::Resting));
    far.reads.set_room(usize::MAX);
    assert_eq!(bench.poll_at(101 * SECOND), Ok(Pause::Resting));
    assert_eq!(bench.deadline(), Some(107 * SECOND));
}

#[test]
fn a_client_beats_in_time() {
    let (mut bench, far) = client();
    assert_eq!(bench.poll(), Ok(Pause::Resting));
    assert_eq!(bench.deadline(), Some(3 * SECOND));
    assert_eq!(bench.poll_at(3 * SECOND), Ok(Pause::Resting));
    assert_eq!(far.reads.take(usize::MAX), HEARTBEAT);
    assert_eq!(bench.poll_at(20 * SECOND), Err(CloseReason::HeartbeatTimeout));
}

#[test]
fn a_client_beats_also_under_a_flood() {
    let (mut bench, far) = client();
    far.writes.put(&data(b"push").repeat(600));
    assert_eq!(bench.poll_at(3 * SECOND), Ok(Pause::Spent));
    assert_eq!(far.reads.take(usize::MAX), HEARTBEAT);
    assert_eq!(bench.poll_at(3 * SECOND), Ok(Pause::Spent));
    assert_eq!(bench.poll_at(3 * SECOND), Ok(Pause::Resting));
    assert_eq!((bench.side.heard.len(), far.reads.len()), (600, 0));
}

#[test]
fn what_came_while_the_process_slept_counts_also_behind_much_else() {
    let (mut bench, far) = server();
    bench.poll().unwrap();
    far.writes.put(&[data(b"message").repeat(600), HEARTBEAT.to_vec()].concat());
    for paused in [Pause::Spent, Pause::Spent, Pause::Resting] {
        assert_eq!(bench.poll_at(60 * SECOND), Ok(paused));
    }
    assert_eq!(bench.deadline(), Some(66 * SECOND));
    assert_eq!(bench.poll_at(66 * SECOND), Err(CloseReason::HeartbeatTimeout));
}

#[test]
fn a_flood_without_heartbeats_ends_once_it_is_read() {
    let (mut bench, far) = server();
    far.writes.put(&data(b"message").repeat(600));
    assert_eq!(bench.poll_at(7 * SECOND), Ok(Pause::Spent));
    assert_eq!(bench.poll_at(8 * SECOND), Ok(Pause::Spent));
    assert_eq!(bench.poll_at(13 * SECOND), Err(CloseReason::HeartbeatTimeout));
    assert_eq!(bench.side.heard.len(), 600);
}

#[test]
fn a_side_that_had_no_room_forgets_the_silence_also_behind_much_else() {
    let (mut bench, far) = server();
    bench.side.is_full = true;
    far.writes.put(&data(b"message").repeat(300));
    assert_eq!(bench.poll_at(SECOND), Ok(Pause::Resting));
    bench.side.is_full = false;
    assert_eq!(bench.poll_at(100 * SECOND), Ok(Pause::Spent));
    assert_eq!(bench.poll_at(101 * SECOND), Ok(Pause::Resting));
    assert_eq!(bench.deadline(), Some(107 * SECOND));
}

#[test]
fn a_side_that_reads_nothing_more_does_not_judge_silence() {
    let (mut bench, far) = server();
    bench.side.is_deaf = true;
    far.writes.put(&HEARTBEAT);
    for second in 1..100 {
        assert_eq!(bench.poll_at(second * SECOND), Ok(Pause::Resting));
    }
    assert_eq!((bench.link.asked, far.writes.len()), (0, HEARTBEAT.len()));
    // It tells that it lives, in each fourth second.
    assert_eq!(far.reads.take(usize::MAX), HEARTBEAT.repeat(98 / 4));
}
