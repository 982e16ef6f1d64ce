//! A connection's task beside threads that put messages in, in every order of these.
//!
//! | file | part of the models |
//! |---|---|
//! | `peer` | the other end, and the link to it |
//! | `task` | the task, which does as a server's does |

mod peer;
mod task;

use std::sync::Arc;

use loom::thread::{JoinHandle, spawn};

use self::peer::Peer;
use self::task::Task;
use super::{Bytes, CloseOrder, CloseReason, Outbox, PushError, Waker};
use crate::runtime::sync::woken::{Woken, block_on};

/// The limit on what waits, in bytes.
const LIMIT: usize = 4;
/// More room than is needed.
const ROOM: usize = 64;

fn outbox() -> Arc<Outbox> {
    Arc::new(Outbox::new(LIMIT))
}

/// Runs the task of a connection.
fn run(outbox: &Arc<Outbox>, peer: &Arc<Peer>) -> JoinHandle<CloseReason> {
    let task = Task::new(outbox, peer);
    spawn(move || task.run())
}

/// Puts a message in, and has it sent by the task, as for a push, or with its socket, as
/// for a broadcast.
fn push(outbox: &Outbox, text: &'static str, send: fn(&Outbox)) -> Result<(), PushError> {
    if outbox.put(Bytes::from_static(text.as_bytes()))?.first {
        send(outbox);
    }
    Ok(())
}

/// The same, once there is room.
fn push_when_ready(outbox: &Outbox, text: &'static str) -> Result<(), PushError> {
    if block_on(outbox.put_when_ready(Bytes::from_static(text.as_bytes())))?.first {
        outbox.wake();
    }
    Ok(())
}

fn end(outbox: &Outbox, drain: bool) {
    outbox.close(CloseOrder { reason: CloseReason::Stopping, drain });
}

#[test]
fn messages_of_two_threads_arrive_in_the_order_of_each() {
    loom::model(|| {
        let (outbox, peer) = (outbox(), Peer::with_room(ROOM));
        let task = run(&outbox, &peer);
        let other = outbox.clone();
        let other = spawn(move || {
            push(&other, "a", Outbox::wake).unwrap();
            push(&other, "b", Outbox::wake).unwrap();
        });
        push(&outbox, "1", Outbox::send).unwrap();
        push(&outbox, "2", Outbox::send).unwrap();
        other.join().unwrap();
        end(&outbox, true);
        assert_eq!(task.join().unwrap(), CloseReason::Stopping);
        let received = peer.received();
        let of = |own: [char; 2]| received.replace(|c| !own.contains(&c), "");
        assert_eq!((of(['a', 'b']), of(['1', '2'])), ("ab".into(), "12".into()), "{received}");
        assert_eq!(received.len(), 4);
    });
}

#[test]
fn what_a_slow_peer_does_not_take_at_once_arrives_in_order() {
    loom::model(|| {
        let (outbox, peer) = (outbox(), Peer::with_room(1));
        let task = run(&outbox, &peer);
        let reader = peer.clone();
        let reader = spawn(move || {
            reader.make_room(2);
            reader.make_room(ROOM);
        });
        push(&outbox, "ab", Outbox::send).unwrap();
        push(&outbox, "cd", Outbox::send).unwrap();
        end(&outbox, true);
        reader.join().unwrap();
        assert_eq!(task.join().unwrap(), CloseReason::Stopping);
        assert_eq!(peer.received(), "abcd");
    });
}

#[test]
fn more_than_the_limit_is_offered_to_a_peer_that_reads() {
    loom::model(|| {
        let (outbox, peer) = (outbox(), Peer::with_room(ROOM));
        let task = run(&outbox, &peer);
        let other = outbox.clone();
        let other = spawn(move || push(&other, "abc", Outbox::wake).unwrap());
        push(&outbox, "123", Outbox::send).unwrap();
        other.join().unwrap();
        end(&outbox, true);
        task.join().unwrap();
        assert!(["abc123", "123abc"].contains(&&*peer.received()), "{}", peer.received());
    });
}

#[test]
fn who_waits_for_room_gets_it_when_the_task_has_sent() {
    loom::model(|| {
        let (outbox, peer) = (outbox(), Peer::with_room(ROOM));
        let task = run(&outbox, &peer);
        for text in ["abc", "def", "ghi"] {
            push_when_ready(&outbox, text).unwrap();
        }
        end(&outbox, true);
        task.join().unwrap();
        assert_eq!(peer.received(), "abcdefghi");
    });
}

#[test]
fn who_waits_for_room_gets_it_when_the_peer_has_read() {
    loom::model(|| {
        let (outbox, peer) = (outbox(), Peer::with_room(1));
        let task = run(&outbox, &peer);
        let reader = peer.clone();
        let reader = spawn(move || reader.make_room(ROOM));
        push(&outbox, "abcd", Outbox::send).unwrap();
        push_when_ready(&outbox, "efgh").unwrap();
        end(&outbox, true);
        reader.join().unwrap();
        task.join().unwrap();
        assert_eq!(peer.received(), "abcdefgh");
    });
}

#[test]
fn who_waits_for_room_is_told_the_end() {
    loom::model(|| {
        let (outbox, peer) = (outbox(), Peer::with_room(0));
        let task = run(&outbox, &peer);
        push(&outbox, "abcd", Outbox::wake).unwrap();
        let kicker = outbox.clone();
        let kicker = spawn(move || end(&kicker, false));
        assert_eq!(push_when_ready(&outbox, "efgh"), Err(PushError::Closed));
        kicker.join().unwrap();
        assert_eq!(task.join().unwrap(), CloseReason::Stopping);
    });
}

#[test]
fn an_order_to_end_is_seen_beside_messages() {
    loom::model(|| {
        let (outbox, peer) = (outbox(), Peer::with_room(ROOM));
        let task = run(&outbox, &peer);
        let other = outbox.clone();
        let other = spawn(move || {
            let first = push(&other, "1", Outbox::send);
            let second = push(&other, "2", Outbox::send);
            [first, second].iter().filter(|pushed| pushed.is_ok()).count()
        });
        end(&outbox, true);
        assert_eq!(task.join().unwrap(), CloseReason::Stopping);
        let pushed = other.join().unwrap();
        // What was accepted before the order is sent.
        assert_eq!(peer.received(), &"12"[..pushed]);
    });
}

#[test]
fn a_task_that_is_due_is_woken_also_while_its_socket_is_lent() {
    loom::model(|| {
        let (outbox, peer, woken) = (outbox(), Peer::with_room(ROOM), Woken::new());
        outbox.park(&Waker::from(woken.clone()), peer.socket()).unwrap();
        let other = outbox.clone();
        let other = spawn(move || push(&other, "1", Outbox::send).unwrap());
        outbox.wake();
        woken.wait();
        other.join().unwrap();
        assert!(outbox.unpark(Waker::noop()).is_some());
    });
}

#[test]
fn a_link_that_fails_for_somebody_else_ends_the_task() {
    loom::model(|| {
        let (outbox, peer) = (outbox(), Peer::failed());
        let woken = Woken::new();
        outbox.park(&Waker::from(woken.clone()), peer.socket()).unwrap();
        let other = outbox.clone();
        let other = spawn(move || push(&other, "1", Outbox::send));
        let _ = push(&outbox, "2", Outbox::send);
        woken.wait();
        let _ = other.join().unwrap();
        assert!(outbox.unpark(&Waker::from(woken)).is_some());
        assert_eq!(outbox.check(), Err(CloseReason::PeerClosed));
    });
}

#[test]
fn a_task_that_is_dropped_while_somebody_sends_leaves_no_socket() {
    loom::model(|| {
        let (outbox, peer) = (outbox(), Peer::with_room(1));
        outbox.park(Waker::noop(), peer.socket()).unwrap();
        let other = outbox.clone();
        let other = spawn(move || push(&other, "12", Outbox::send));
        outbox.end();
        let _ = other.join().unwrap();
        assert!(outbox.unpark(Waker::noop()).is_none());
        assert_eq!(Arc::strong_count(&peer), 1, "a link is still there");
    });
}
