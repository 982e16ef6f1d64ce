//! Events while somebody else sends with the socket of a parked task: a link is anybody's
//! code, and runs under no lock.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use connector_protocol::framing::{Bare, Envelope};

use super::super::*;
use super::woken::Woken;
use crate::CloseReason;
use crate::connector::{Address, Peer, Role, Socket};
use crate::link::{Inbox, Link, Outgoing};
use crate::protocol::session::{BareSession, Machine};

/// A link that does something else while it sends, and sends up to so many bytes.
struct Meanwhile {
    outbox: Weak<Outbox>,
    act: Box<dyn Fn(&Outbox) + Send>,
    takes: usize,
    /// It keeps what it takes.
    keeps: bool,
    kept: usize,
    /// Counts that this link is still there.
    alive: Arc<()>,
    peer: Peer,
}

impl Link for Meanwhile {
    fn poll_recv(&mut self, _: &mut Context<'_>, _: &mut Inbox) -> Poll<Result<(), CloseReason>> {
        Poll::Pending
    }

    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<Result<(), CloseReason>> {
        (self.act)(&self.outbox.upgrade().unwrap());
        let mut room = vec![0; self.takes];
        let mut taken = std::io::Cursor::new(&mut room[..]);
        let written = outgoing.poll_write(cx, &mut taken);
        self.kept += if self.keeps { taken.position() as usize } else { 0 };
        match written {
            Poll::Ready(Ok(())) => Poll::Ready(Ok(())),
            _ => Poll::Pending,
        }
    }

    fn poll_close(&mut self, _: &mut Context<'_>, _: &CloseReason) -> Poll<()> {
        let _ = &self.alive;
        Poll::Ready(())
    }

    fn held(&self) -> usize {
        self.kept
    }

    fn frame(&self) -> &'static dyn Envelope {
        &Bare
    }
}

impl Socket for Meanwhile {
    fn peer(&self) -> &Peer {
        &self.peer
    }

    fn session(&self, _: Role) -> Box<dyn Machine> {
        Box::new(BareSession)
    }
}

struct Resting {
    outbox: Arc<Outbox>,
    woken: Arc<Woken>,
    alive: Weak<()>,
}

/// An outbox whose task rests, and whose link takes so many bytes and does this meanwhile.
/// Something was put in and sent.
fn sent(takes: usize, act: impl Fn(&Outbox) + Send + 'static) -> Resting {
    let resting = resting(takes, act);
    assert!(resting.outbox.put(Bytes::from_static(b"first")).unwrap().first);
    resting.outbox.send();
    resting
}

/// The same, before anything is put in. More than 20 bytes may not wait.
fn resting(takes: usize, act: impl Fn(&Outbox) + Send + 'static) -> Resting {
    resting_with(Outbox::new(20), takes, false, act)
}

fn resting_with(
    outbox: Outbox,
    takes: usize,
    keeps: bool,
    act: impl Fn(&Outbox) + Send + 'static,
) -> Resting {
    let (outbox, woken) = (Arc::new(outbox), Arc::<Woken>::default());
    let alive = Arc::new(());
    let link = Meanwhile {
        outbox: Arc::downgrade(&outbox),
        act: Box::new(act),
        takes,
        keeps,
        kept: 0,
        alive: alive.clone(),
        peer: Peer::new("memory", Address::Unnamed),
    };
    outbox.park(&Waker::from(woken.clone()), link.boxed()).unwrap();
    Resting { outbox, woken, alive: Arc::downgrade(&alive) }
}

impl Resting {
    fn woken(&self) -> usize {
        self.woken.0.load(Ordering::Relaxed)
    }

    fn left(&self) -> Vec<u8> {
        let mut outgoing = Outgoing::default();
        self.outbox.take_into(&mut outgoing);
        let mut left = std::io::Cursor::new(Vec::new());
        let written = outgoing.poll_write(&mut Context::from_waker(Waker::noop()), &mut left);
        assert!(written.is_ready());
        left.into_inner()
    }
}

#[test]
fn a_link_may_push_to_its_own_session() {
    let resting = sent(64, |outbox| {
        assert!(!outbox.put(Bytes::from_static(b"second")).unwrap().first, "it is sent for");
        outbox.send();
    });
    assert_eq!(resting.woken(), 1, "the task has to send the rest");
    assert!(resting.outbox.unpark(Waker::noop()).is_some());
    assert_eq!(resting.left(), b"second");
}

#[test]
fn a_link_may_push_to_its_own_session_that_is_full() {
    let resting = resting(64, |outbox| {
        assert!(!outbox.put(Bytes::from_static(b"second")).unwrap().first, "it is sent for");
        outbox.send();
    });
    assert!(resting.outbox.put(Bytes::from_static(b"longer than the limit")).unwrap().first);
    assert_eq!(resting.woken(), 1, "the task has to send the rest");
    assert!(resting.outbox.unpark(Waker::noop()).is_some());
    assert_eq!(resting.left(), b"second");
}

#[test]
fn what_was_left_goes_before_what_was_pushed_meanwhile() {
    let resting = sent(2, |outbox| {
        for _ in 0..20 {
            outbox.put(Bytes::from_static(b"x")).unwrap();
        }
    });
    assert_eq!(resting.woken(), 1);
    assert_eq!(resting.left(), [&b"rst"[..], &[b'x'; 20]].concat());
}

#[test]
fn a_task_that_wants_its_socket_meanwhile_is_woken() {
    let woken = Arc::<Woken>::default();
    let waker = Waker::from(woken.clone());
    let resting = sent(64, move |outbox| assert!(outbox.unpark(&waker).is_none()));
    assert_eq!((woken.0.load(Ordering::Relaxed), resting.woken()), (1, 0), "by its newest waker");
    assert!(resting.outbox.unpark(Waker::noop()).is_some());
    let resting = sent(64, Outbox::wake);
    assert_eq!(resting.woken(), 1, "as by a deadline");
    assert_eq!(sent(64, |_| {}).woken(), 0);
}

#[test]
fn a_task_is_woken_to_count_what_its_link_keeps() {
    for (keeps, woken) in [(false, 0), (true, 2)] {
        let resting = resting_with(Outbox::new(20_000), 10_000, keeps, |_| {});
        for _ in 0..9 {
            assert!(resting.outbox.put(Bytes::from_static(&[0; 1_000])).unwrap().first);
            resting.outbox.send();
            // The task looks at what is new, and rests again.
            assert_eq!(resting.left(), b"");
            resting.outbox.register(&Waker::from(resting.woken.clone()));
        }
        assert_eq!(resting.woken(), woken, "at 4 KiB and 8 KiB");
    }
}

#[test]
fn an_order_to_end_meanwhile_is_not_lost() {
    let resting = sent(64, |outbox| {
        outbox.close(CloseOrder { reason: CloseReason::Kicked(None), drain: false });
    });
    assert_eq!(resting.woken(), 1);
    let order = resting.outbox.take_close(&mut Outgoing::default()).unwrap();
    assert_eq!(order.reason, CloseReason::Kicked(None));
}

#[test]
fn a_session_that_ends_meanwhile_keeps_no_socket() {
    let resting = sent(64, Outbox::end);
    assert!(resting.outbox.unpark(Waker::noop()).is_none());
    assert!(resting.alive.upgrade().is_none());
}

#[test]
fn a_link_that_panics_ends_its_own_connection() {
    let resting = sent(64, |_| panic!("as wanted"));
    assert_eq!(resting.woken(), 1);
    assert!(resting.outbox.unpark(Waker::noop()).is_some());
    assert_eq!(resting.outbox.check(), Err(CloseReason::Panicked));
}
