//! The outbox by itself.

use std::io::Cursor;
use std::pin::pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock, mpsc};
use std::task::{Context, Waker};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use connector_protocol::framing::{Bare, Envelope, TooLong};
use connector_protocol::pomelo::package::PomeloPackages;
use futures_util::FutureExt;
use tokio::io::{AsyncReadExt, BufStream, DuplexStream};

use super::super::*;
use super::woken::Woken;
use crate::connector::{Accept, Socket};
use crate::link::{Batch, Outgoing};
use crate::{Address, CloseReason, MemorySocket, Peer};

fn sent(outbox: &Outbox) -> Vec<u8> {
    let mut outgoing = Outgoing::default();
    outbox.take_into(&mut outgoing);
    std::mem::take(outgoing.buf())
}

#[test]
fn an_outbox_keeps_the_order_of_what_is_put_in() {
    let outbox = Outbox::new(1 << 20);
    let large = Bytes::from(vec![b'x'; 5_000]);
    for bytes in [Bytes::from_static(b"a"), large.clone(), Bytes::from_static(b"b"), large] {
        outbox.put(bytes).unwrap();
    }
    let sent = sent(&outbox);
    assert_eq!(sent.len(), 10_002);
    assert_eq!((sent[0], sent[1], sent[5_001], sent[5_002]), (b'a', b'x', b'b', b'x'));
    assert!(!outbox.has_new());
}

const EIGHT: Bytes = Bytes::from_static(b"12345678");

#[test]
fn an_outbox_lets_more_wait_for_a_peer_that_reads() {
    let outbox = Outbox::new(10);
    outbox.put(EIGHT).unwrap();
    assert_eq!(outbox.slow_peer(), None);
    outbox.put(EIGHT).unwrap();
    assert_eq!(outbox.slow_peer(), Some(CloseReason::SlowPeer { queued: 16, limit: 10 }));
    assert_eq!(sent(&outbox).len(), 16);
    outbox.set_unsent(11);
    assert_eq!(outbox.slow_peer(), Some(CloseReason::SlowPeer { queued: 11, limit: 10 }));
    outbox.set_unsent(10);
    assert_eq!((outbox.slow_peer(), outbox.ordered_end()), (None, None));
    // Without a push beyond the limit its own answers are nobody's business.
    outbox.set_unsent(1_000);
    assert_eq!(outbox.slow_peer(), None);
}

#[test]
fn an_outbox_closes_a_peer_that_lets_far_too_much_wait() {
    let outbox = Outbox::new(10);
    outbox.put(EIGHT).unwrap();
    outbox.put(EIGHT).unwrap();
    let full = PushError::Full { queued: 24, limit: 10 };
    assert_eq!(outbox.put(EIGHT), Err(full));
    assert_eq!(outbox.put(Bytes::from_static(b"1")), Err(PushError::Closed));
    let order = outbox.take_close(&mut Outgoing::default()).unwrap();
    assert_eq!(order.reason, CloseReason::SlowPeer { queued: 24, limit: 10 });
}

#[test]
fn an_outbox_counts_what_its_task_could_not_send() {
    let outbox = Outbox::new(10);
    for unsent in [9, 18] {
        outbox.set_unsent(unsent);
    }
    assert!(matches!(
        outbox.put(Bytes::from_static(b"123")),
        Err(PushError::Full { queued: 21, limit: 10 })
    ));
}

#[test]
fn an_answer_may_be_longer_than_the_limit() {
    // Its bytes are told once it is written, or with pushes that are taken behind it.
    for taken in [false, true] {
        let outbox = Outbox::new(10);
        let mut task = Outgoing::default();
        task.buf().extend_from_slice(&[b'x'; 1_000]);
        let short = Bytes::from_static(b"1");
        if taken {
            outbox.put(short.clone()).unwrap();
            outbox.take_into(&mut task);
        }
        outbox.set_unsent(task.len());
        outbox.put(short).unwrap();
        assert_eq!(outbox.slow_peer(), None);
        let puts = (0..3).map(|_| outbox.put(EIGHT)).collect::<Vec<_>>();
        assert!(puts.iter().any(Result::is_err), "pushes count: {puts:?}");
    }
}

#[test]
fn one_message_may_be_longer_than_the_limit() {
    let outbox = Outbox::new(10);
    let long = Bytes::from(vec![b'x'; 1_000]);
    outbox.put(long.clone()).unwrap();
    outbox.put(EIGHT).unwrap();
    assert_eq!((outbox.len(), outbox.slow_peer()), (1_008, None));
    outbox.put(EIGHT).unwrap();
    assert_eq!(outbox.slow_peer(), Some(CloseReason::SlowPeer { queued: 1_016, limit: 10 }));
    let full = PushError::Full { queued: 1_024, limit: 10 };
    assert_eq!(outbox.put(EIGHT), Err(full));
    // Once it has left, it counts no longer.
    let outbox = Outbox::new(10);
    outbox.put(long).unwrap();
    outbox.take_into(&mut Outgoing::default());
    outbox.set_unsent(0);
    for _ in 0..2 {
        outbox.put(EIGHT).unwrap();
    }
    assert!(outbox.put(EIGHT).is_err());
}

#[test]
fn a_patient_message_waits_until_it_fits() {
    let outbox = Outbox::new(10);
    let patient = |bytes: &'static [u8]| outbox.put_when_ready(Bytes::from_static(bytes));
    let mut waiting = pin!(patient(b"1234"));
    assert!(patient(b"12345678").now_or_never().is_some());
    assert_eq!(waiting.as_mut().now_or_never(), None);
    let mut task = Outgoing::default();
    outbox.take_into(&mut task);
    outbox.set_unsent(7);
    assert_eq!(waiting.as_mut().now_or_never(), None, "it does not fit yet");
    let woken = Arc::<Woken>::default();
    let waker = Waker::from(woken.clone());
    assert!(waiting.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    outbox.set_unsent(5);
    assert_eq!(woken.take(), 1);
    let put = Ok(Put { first: true, queued: 9 });
    assert_eq!(waiting.now_or_never(), Some(put));
    // A longer one waits until nothing else does.
    let mut longer = pin!(patient(b"123456789012"));
    assert_eq!(longer.as_mut().now_or_never(), None);
    outbox.take_into(&mut task);
    outbox.set_unsent(0);
    assert!(longer.now_or_never().is_some());
}

#[test]
fn a_batch_leaves_when_one_of_its_messages_has_waited_as_long_as_it_may() {
    const SECOND: Duration = Duration::from_secs(1);
    let outbox = Outbox::batched(1_000, Batcher::new(&Bare, Batch::Each), Arc::default());
    let mut out = Outgoing::default();
    // Whether the task has to see the message, and when the batch is due then.
    let mut put = |bytes: &'static str, wait: u32, now: u32| {
        let bytes = Bytes::from_static(bytes.as_bytes());
        let first = outbox.put(Framed { bytes, wait: SECOND * wait }).unwrap().first;
        outbox.take_into(&mut out);
        let due = outbox.take_due(SECOND * now, &mut out).unwrap();
        (first, due.map(|due| due.as_secs()), std::mem::take(out.buf()))
    };
    let waits = |first, due| (first, Some(due), Vec::new());
    assert_eq!(put("a", 10, 1), waits(true, 11));
    // The same and longer waits change nothing, and wake nobody.
    assert_eq!(put("b", 10, 2), waits(false, 11));
    assert_eq!(put("c", 60, 2), waits(false, 11));
    // A shorter one does, unless the batch leaves before it anyway.
    assert_eq!(put("d", 5, 3), waits(true, 8));
    assert_eq!(put("e", 4, 7), waits(true, 8));
    // One that may not wait takes all others with it, in their order.
    assert_eq!(put("f", 0, 7), (true, None, b"abcdef".to_vec()));
    // The next batch knows nothing of the last.
    assert_eq!(put("g", 10, 8), waits(true, 18));
    assert_eq!(put("h", 10, 18), (false, None, b"gh".to_vec()));
}

/// A frame whose code looks at the outbox whose batch it is asked to frame.
struct Looks;

static LOOKED_AT: OnceLock<Arc<Outbox>> = OnceLock::new();

impl Envelope for Looks {
    fn finish(&self, _: usize, out: &mut Vec<u8>) -> Result<(), TooLong> {
        out.push(b'0' + LOOKED_AT.get().unwrap().len() as u8);
        Ok(())
    }
}

#[test]
fn frames_are_written_without_a_lock() {
    let outbox = Outbox::batched(10, Batcher::new(&Looks, Batch::Each), Arc::default());
    let outbox = LOOKED_AT.get_or_init(|| Arc::new(outbox));
    let (told, written) = mpsc::channel();
    thread::spawn(move || {
        let put = |wait| outbox.put(Framed { bytes: Bytes::from_static(b"12"), wait }).unwrap();
        let hour = Duration::from_secs(3_600);
        let mut task = Outgoing::default();
        let take = |task: &mut Outgoing| {
            outbox.set_unsent(0);
            told.send(std::mem::take(task.buf())).unwrap();
        };
        put(Duration::ZERO);
        outbox.take_due(Duration::ZERO, &mut task).unwrap();
        take(&mut task);
        put(hour);
        outbox.take_batch(&mut task);
        take(&mut task);
        put(hour);
        let answer = vec![b'x'; super::super::UNSENT + 1];
        task.buf().extend_from_slice(&answer);
        outbox.put_answer(&mut task, 0, "");
        assert_eq!(task.len(), 2 + 1 + answer.len() + 1);
        task = Outgoing::default();
        outbox.set_unsent(0);
        // A push beyond the limit is offered to the socket that rests.
        let (near, mut far) = tokio::io::duplex(100);
        let socket = MemorySocket::accept(near, Peer::new("memory", Address::Unnamed));
        outbox.take_into(&mut task);
        outbox.park(Waker::noop(), socket.boxed()).unwrap();
        for _ in 0..6 {
            put(hour);
        }
        told.send(arrived(&mut far)).unwrap();
    });
    let limit = Duration::from_secs(60);
    let next = || written.recv_timeout(limit).expect("it waits for itself");
    assert_eq!([next(), next()], [b"120", b"120"]);
    assert_eq!(next(), b"120".repeat(6));
}

#[test]
fn a_patient_message_hears_of_a_batch_that_has_left() {
    let outbox = Outbox::batched(10, Batcher::new(&Bare, Batch::Each), Arc::default());
    let patient = |bytes: &'static [u8]| {
        let bytes = Bytes::from_static(bytes);
        outbox.put_when_ready(Framed { bytes, wait: Duration::from_secs(1) })
    };
    assert!(patient(b"12345678").now_or_never().is_some());
    let woken = Arc::<Woken>::default();
    let waker = Waker::from(woken.clone());
    let mut waiting = pin!(patient(b"1234"));
    assert!(waiting.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    let mut task = Outgoing::default();
    outbox.take_into(&mut task);
    let due = outbox.take_due(Duration::ZERO, &mut task).unwrap();
    outbox.set_unsent(task.len());
    assert_eq!(woken.take(), 0);
    // The batch is written and sent in the same turn.
    assert_eq!(outbox.take_due(due.unwrap(), &mut task), Ok(None));
    assert_eq!(task.len(), 8);
    outbox.set_unsent(0);
    assert_eq!(woken.take(), 1);
    assert!(waiting.now_or_never().is_some());
}

#[test]
fn a_patient_message_hears_of_the_end() {
    for ends in [Outbox::end, |outbox: &Outbox| {
        outbox.close(CloseOrder { reason: CloseReason::Requested, drain: false });
    }] {
        let outbox = Outbox::new(10);
        outbox.set_unsent(20);
        let mut waiting = pin!(outbox.put_when_ready(Bytes::from_static(b"1")));
        let woken = Arc::<Woken>::default();
        let waker = Waker::from(woken.clone());
        assert!(waiting.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        ends(&outbox);
        assert_eq!(woken.take(), 1);
        assert_eq!(waiting.now_or_never(), Some(Err(PushError::Closed)));
    }
}

#[test]
fn a_patient_message_hears_of_what_others_send() {
    let (outbox, mut far, _) = resting(64);
    let outbox = Arc::new(outbox);
    outbox.put(Bytes::from(vec![b'x'; 60])).unwrap();
    let long = Bytes::from(vec![b'y'; 1 << 20]);
    let mut waiting = pin!(outbox.put_when_ready(long));
    assert_eq!(waiting.as_mut().now_or_never(), None);
    outbox.send();
    assert_eq!(arrived(&mut far).len(), 60);
    assert!(waiting.now_or_never().is_some());
}

#[test]
fn a_socket_that_rests_is_asked_before_its_peer_is_judged() {
    for woken in [false, true] {
        let (near, mut far) = tokio::io::duplex(20);
        let socket = MemorySocket::accept(near, Peer::new("memory", Address::Unnamed));
        let outbox = Outbox::new(10);
        outbox.park(Waker::noop(), socket.boxed()).unwrap();
        assert!(outbox.put(EIGHT).unwrap().first);
        if woken {
            outbox.wake();
        }
        for _ in 0..3 {
            outbox.put(EIGHT).unwrap();
            assert_eq!(arrived(&mut far).len(), 16, "{woken}");
            outbox.put(EIGHT).unwrap();
        }
        // Eight bytes wait, and nobody reads any more.
        for _ in 0..3 {
            outbox.put(EIGHT).unwrap();
        }
        assert_eq!(outbox.slow_peer(), Some(CloseReason::SlowPeer { queued: 12, limit: 10 }));
        outbox.put(EIGHT).unwrap();
        let full = PushError::Full { queued: 28, limit: 10 };
        assert_eq!(outbox.put(EIGHT), Err(full), "{woken}");
    }
}

#[test]
fn a_batch_is_offered_before_its_peer_is_judged() {
    let (near, mut far) = tokio::io::duplex(20);
    let socket = MemorySocket::accept(near, Peer::new("memory", Address::Unnamed));
    let outbox = Outbox::batched(10, Batcher::new(&Bare, Batch::Concat), Arc::default());
    let woken = Arc::<Woken>::default();
    outbox.park(&Waker::from(woken.clone()), socket.boxed()).unwrap();
    let number = |number: u8| {
        let bytes = Bytes::from(vec![number; 8]);
        Framed { bytes, wait: Duration::from_secs(3_600) }
    };
    // The task has seen the first, and rests until the batch is due.
    assert!(outbox.put(number(0)).unwrap().first);
    let mut task = Outgoing::default();
    outbox.take_into(&mut task);
    assert!(outbox.take_due(Duration::ZERO, &mut task).unwrap().is_some());
    // Far more than may wait, within the interval.
    for sent in (1..20).step_by(2) {
        outbox.put(number(sent)).unwrap();
        assert_eq!(arrived(&mut far), [vec![sent - 1; 8], vec![sent; 8]].concat());
        outbox.put(number(sent + 1)).unwrap();
    }
    assert_eq!((outbox.slow_peer(), woken.take()), (None, 0));
    // Nobody reads any more: the task is woken for what was left, in its order.
    for left in 21..=23 {
        outbox.put(number(left)).unwrap();
    }
    assert_eq!(woken.take(), 1);
    assert!(outbox.has_new());
    outbox.take_into(&mut task);
    assert_eq!(task.len(), 12);
    assert!(task.buf().ends_with(&[&[22; 4][..], &[23; 8]].concat()));
    assert!(outbox.slow_peer().is_some());
    outbox.set_unsent(task.len());
    let full = PushError::Full { queued: 28, limit: 10 };
    outbox.put(number(24)).unwrap();
    assert_eq!(outbox.put(number(25)), Err(full));
}

/// The outbox of a task that rests; the other end of its socket, which holds so
/// many bytes.
fn resting(room: usize) -> (Outbox, DuplexStream, Arc<Woken>) {
    let (near, far) = tokio::io::duplex(room);
    let socket = MemorySocket::accept(near, Peer::new("memory", Address::Unnamed));
    let (outbox, woken) = resting_on(socket);
    (outbox, far, woken)
}

fn resting_on(socket: impl Socket) -> (Outbox, Arc<Woken>) {
    let (outbox, woken) = (Outbox::new(1 << 20), Arc::<Woken>::default());
    outbox.park(&Waker::from(woken.clone()), socket.boxed()).unwrap();
    (outbox, woken)
}

/// What has arrived at the other end.
fn arrived(far: &mut DuplexStream) -> Vec<u8> {
    let mut bytes = [0; 64];
    let read = far.read(&mut bytes).now_or_never();
    read.map_or(Vec::new(), |read| bytes[..read.unwrap()].to_vec())
}

#[test]
fn a_task_that_rests_is_not_woken_for_what_can_be_sent_without_it() {
    let (outbox, mut far, woken) = resting(64);
    assert!(outbox.put(Bytes::from_static(b"one")).unwrap().first);
    assert!(!outbox.put(Bytes::from_static(b"two")).unwrap().first);
    assert_eq!(arrived(&mut far), b"");
    outbox.send();
    assert_eq!(arrived(&mut far), b"onetwo");
    assert!(!outbox.has_new());
    // There is nothing left to be done.
    outbox.send();
    assert_eq!((sent(&outbox), woken.0.load(Ordering::Relaxed)), (Vec::new(), 0));
    assert!(outbox.put(Bytes::from_static(b"three")).unwrap().first);
}

#[test]
fn a_task_sends_what_was_left_in_its_order() {
    let (outbox, mut far, woken) = resting(4);
    outbox.put(Bytes::from_static(b"onetwo")).unwrap();
    outbox.send();
    outbox.put(Bytes::from_static(b"three")).unwrap();
    assert_eq!(woken.0.load(Ordering::Relaxed), 1);
    assert_eq!(arrived(&mut far), b"onet");
    assert!(outbox.unpark(Waker::noop()).is_some());
    let mut outgoing = Outgoing::default();
    outbox.take_into(&mut outgoing);
    let mut left = Cursor::new(Vec::new());
    let written = outgoing.poll_write(&mut Context::from_waker(Waker::noop()), &mut left);
    assert!(written.is_ready());
    assert_eq!(left.into_inner(), b"wothree");
}

/// A socket on a stream that keeps what is written until it is flushed.
#[derive(connector_macros::Socket)]
#[socket(framing = PomeloPackages, crate = "crate")]
struct Kept {
    #[socket(io)]
    io: BufStream<DuplexStream>,
    #[socket(peer)]
    peer: Peer,
}

#[test]
fn a_task_flushes_what_somebody_else_has_written() {
    let (near, mut far) = tokio::io::duplex(4);
    let peer = Peer::new("memory", Address::Unnamed);
    let (outbox, woken) = resting_on(Kept { io: BufStream::new(near), peer });
    outbox.put(Bytes::from_static(b"onetwo")).unwrap();
    outbox.send();
    assert_eq!(woken.0.load(Ordering::Relaxed), 1);
    assert_eq!(arrived(&mut far), b"onet");
    // The stream wakes it again, now that there is room.
    assert_eq!(woken.0.load(Ordering::Relaxed), 2);
    let mut socket = outbox.unpark(Waker::noop()).unwrap();
    let mut outgoing = Outgoing::default();
    outbox.take_into(&mut outgoing);
    assert!(outgoing.is_empty() && !outgoing.is_sent());
    let flushed = socket.poll_send(&mut Context::from_waker(Waker::noop()), &mut outgoing);
    assert!(flushed.is_ready() && outgoing.is_sent());
    assert_eq!(arrived(&mut far), b"wo");
}

#[test]
fn nothing_overtakes_what_a_task_has_not_sent_yet() {
    let (outbox, mut far, woken) = resting(64);
    outbox.set_unsent(8);
    outbox.put(Bytes::from_static(b"late")).unwrap();
    outbox.send();
    assert_eq!((arrived(&mut far), woken.0.load(Ordering::Relaxed)), (Vec::new(), 1));
    assert_eq!(sent(&outbox), b"late");
}

#[test]
fn a_task_is_told_that_its_socket_has_failed() {
    let (outbox, far, woken) = resting(64);
    drop(far);
    outbox.put(Bytes::from_static(b"lost")).unwrap();
    outbox.send();
    assert_eq!(woken.0.load(Ordering::Relaxed), 1);
    assert_eq!(outbox.put(Bytes::new()), Err(PushError::Closed));
    assert_eq!(sent(&outbox), b"lost");
    let failed = outbox.check();
    assert!(matches!(failed, Err(CloseReason::Lost { .. })), "{failed:?}");
}

#[test]
fn an_order_to_end_is_left_to_the_task() {
    let (outbox, mut far, woken) = resting(64);
    outbox.put(Bytes::from_static(b"last")).unwrap();
    outbox.close(CloseOrder { reason: CloseReason::Kicked(None), drain: false });
    outbox.send();
    assert_eq!((arrived(&mut far), woken.0.load(Ordering::Relaxed)), (Vec::new(), 1));
    let mut outgoing = Outgoing::default();
    let order = outbox.take_close(&mut outgoing).unwrap();
    assert_eq!((order.reason, outgoing.len()), (CloseReason::Kicked(None), 4));
}

#[test]
fn a_task_does_not_rest_while_there_is_something_to_do() {
    let (outbox, _far, woken) = resting(64);
    let socket = outbox.unpark(Waker::noop()).unwrap();
    // It is awake, so nobody sends for it, and nobody has to wake it.
    outbox.put(Bytes::from_static(b"one")).unwrap();
    let socket = outbox.park(&Waker::from(woken.clone()), socket).unwrap_err();
    assert_eq!(sent(&outbox), b"one");
    outbox.close(CloseOrder { reason: CloseReason::Requested, drain: true });
    let socket = outbox.park(&Waker::from(woken.clone()), socket).unwrap_err();
    assert!(outbox.take_close(&mut Outgoing::default()).is_some());
    outbox.park(&Waker::from(woken), socket).unwrap();
}
