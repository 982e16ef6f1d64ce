//! The datagrams of one address that wait for its link.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use atomic_waker::AtomicWaker;
use bytes::Bytes;
use connector_protocol::CloseReason;

use crate::runtime::Instant;

/// The most datagrams of one address that may wait.
const DATAGRAMS: usize = 256;
/// The most bytes of one address that may wait.
const BYTES: usize = 256 * 1024;
/// The most bytes of one address that may wait while those of all take more than half of what
/// they may, so that some slow links leave room for the others.
const FAIR: usize = 16 * 1024;
/// The memory of a datagram besides its bytes.
const OVERHEAD: usize = 64;

/// The bytes that wait in all mailboxes of a port.
#[derive(Debug, Default)]
pub(super) struct QueuedInAll(AtomicUsize);

/// The datagrams of one address that wait for its link. Above the limits new ones are lost, as
/// they are in a system's receive buffer.
#[derive(Debug)]
pub(super) struct Mailbox {
    state: Mutex<State>,
    reader: AtomicWaker,
    in_all: Arc<QueuedInAll>,
    most_in_all: usize,
}

#[derive(Debug)]
struct State {
    waiting: VecDeque<Bytes>,
    bytes: usize,
    /// The end behind what waits.
    ended: Option<CloseReason>,
    /// The time of the last datagram.
    heard: Instant,
}

impl QueuedInAll {
    pub(super) fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Mailbox {
    /// `most_in_all` bounds what waits in all mailboxes of the port.
    pub(super) fn new(in_all: &Arc<QueuedInAll>, most_in_all: usize, now: Instant) -> Self {
        let state = State { waiting: VecDeque::new(), bytes: 0, ended: None, heard: now };
        Self {
            state: Mutex::new(state),
            reader: AtomicWaker::new(),
            in_all: in_all.clone(),
            most_in_all,
        }
    }

    /// Puts a datagram in. Returns `false` if there is no room, or the mailbox has ended.
    pub(super) fn put(&self, datagram: &[u8], now: Instant) -> bool {
        let weight = datagram.len() + OVERHEAD;
        let mut state = self.lock();
        if state.ended.is_some() {
            return false;
        }
        state.heard = now;
        let in_all = self.in_all.get() + weight;
        let most = if in_all > self.most_in_all / 2 { FAIR } else { BYTES };
        let fits = state.waiting.len() < DATAGRAMS && state.bytes + weight <= most;
        if !fits || in_all > self.most_in_all {
            return false;
        }
        state.waiting.push_back(Bytes::copy_from_slice(datagram));
        state.bytes += weight;
        self.in_all.0.fetch_add(weight, Ordering::Relaxed);
        drop(state);
        self.reader.wake();
        true
    }

    /// Ends the mailbox behind what waits. An earlier reason is kept.
    pub(super) fn end(&self, reason: CloseReason) {
        self.lock().ended.get_or_insert(reason);
        self.reader.wake();
    }

    /// Ends the mailbox at once: what waits is dropped.
    pub(super) fn cut_off(&self, reason: CloseReason) {
        {
            let mut state = self.lock();
            self.take_all(&mut state);
            state.ended.get_or_insert(reason);
        }
        self.reader.wake();
    }

    /// Takes all that waits, or the reason of the end.
    pub(super) fn poll_take(
        &self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<VecDeque<Bytes>, CloseReason>> {
        // Registered before the check, so that a datagram in between wakes the task.
        self.reader.register(cx.waker());
        let mut state = self.lock();
        let taken = self.take_all(&mut state);
        match &state.ended {
            _ if !taken.is_empty() => Poll::Ready(Ok(taken)),
            Some(reason) => Poll::Ready(Err(reason.clone())),
            None => Poll::Pending,
        }
    }

    /// Returns `true` if the end has come, though what waits before it may be unread.
    pub(super) fn is_ended(&self) -> bool {
        self.lock().ended.is_some()
    }

    /// Returns the time of the last datagram.
    pub(super) fn heard(&self) -> Instant {
        self.lock().heard
    }

    fn take_all(&self, state: &mut State) -> VecDeque<Bytes> {
        self.in_all.0.fetch_sub(std::mem::take(&mut state.bytes), Ordering::Relaxed);
        std::mem::take(&mut state.waiting)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        let mut state = self.lock();
        self.take_all(&mut state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Waker;

    fn taken(mailbox: &Mailbox) -> Poll<Result<usize, CloseReason>> {
        let cx = &mut Context::from_waker(Waker::noop());
        mailbox.poll_take(cx).map_ok(|datagrams| datagrams.len())
    }

    #[test]
    fn what_waits_is_bounded_by_number_by_bytes_and_in_all() {
        let now = Instant::now();
        let in_all = Arc::<QueuedInAll>::default();
        let mailbox = Mailbox::new(&in_all, usize::MAX, now);
        let many = (0..2 * DATAGRAMS).filter(|_| mailbox.put(b"x", now)).count();
        assert_eq!((many, in_all.get()), (DATAGRAMS, DATAGRAMS * (1 + OVERHEAD)));
        assert_eq!(taken(&mailbox), Poll::Ready(Ok(DATAGRAMS)));
        assert_eq!((taken(&mailbox), in_all.get()), (Poll::Pending, 0));

        let large = vec![0; 65_507];
        let some = (0..9).filter(|_| mailbox.put(&large, now)).count();
        assert_eq!(some, BYTES / (large.len() + OVERHEAD));

        let other = Mailbox::new(&in_all, in_all.get() + 1 + OVERHEAD, now);
        assert!(other.put(b"x", now), "one more fits");
        assert!(!other.put(b"x", now), "there is no room in all");
        drop((mailbox, other));
        assert_eq!(in_all.get(), 0, "what nobody reads is given back");
    }

    #[test]
    fn slow_links_leave_room_for_others() {
        let now = Instant::now();
        let in_all = Arc::<QueuedInAll>::default();
        let room = 4 * BYTES;
        let datagram = [0; 1_200];
        let slow: Vec<_> = (0..20).map(|_| Mailbox::new(&in_all, room, now)).collect();
        for mailbox in slow.iter().cycle().take(20 * 2 * DATAGRAMS) {
            mailbox.put(&datagram, now);
        }
        assert!(in_all.get() < room / 2 + 20 * FAIR, "{} of {room}", in_all.get());
        let other = Mailbox::new(&in_all, room, now);
        assert!((0..12).all(|_| other.put(&datagram, now)));
    }

    #[test]
    fn an_end_comes_behind_what_waits_unless_it_is_cut_off() {
        let now = Instant::now();
        let in_all = Arc::<QueuedInAll>::default();
        let mailbox = || {
            let mailbox = Mailbox::new(&in_all, usize::MAX, now);
            assert!(mailbox.put(b"last", now));
            mailbox
        };
        let closed = mailbox();
        closed.end(CloseReason::PeerClosed);
        assert!(closed.is_ended() && !closed.put(b"late", now));
        assert_eq!(taken(&closed), Poll::Ready(Ok(1)));
        closed.cut_off(CloseReason::HandshakeTimeout);
        assert_eq!(taken(&closed), Poll::Ready(Err(CloseReason::PeerClosed)), "the first reason");

        let cut = mailbox();
        cut.cut_off(CloseReason::HandshakeTimeout);
        assert_eq!(taken(&cut), Poll::Ready(Err(CloseReason::HandshakeTimeout)));
        assert_eq!(in_all.get(), 0);
    }
}
