//! Pushes that wait for one reader.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use atomic_waker::AtomicWaker;

use super::Push;

/// How much may wait for one reader.
#[derive(Clone, Copy, Debug)]
pub(in crate::client) struct Room {
    pub(in crate::client) pushes: usize,
    pub(in crate::client) bytes: usize,
}

/// Pushes in the order of their arrival; the oldest give way to new ones.
#[derive(Debug)]
pub(super) struct Backlog {
    pushes: VecDeque<Push>,
    bytes: usize,
    room: Room,
    dropped: u64,
}

/// Pushes that wait for one reader, who sleeps until there are some.
#[derive(Debug)]
pub(super) struct Mailbox {
    state: Mutex<State>,
    reader: AtomicWaker,
}

#[derive(Debug)]
struct State {
    backlog: Backlog,
    ended: bool,
}

impl Backlog {
    pub(super) fn new(room: Room) -> Self {
        Self { pushes: VecDeque::new(), bytes: 0, room, dropped: 0 }
    }

    /// Puts one in. The newest stays, whatever its size.
    pub(super) fn put(&mut self, push: Push) {
        self.bytes += push.body.len();
        self.pushes.push_back(push);
        let Room { pushes, bytes } = self.room;
        while self.pushes.len() > 1 && (self.pushes.len() > pushes || self.bytes > bytes) {
            self.take();
            self.dropped += 1;
        }
    }

    fn take(&mut self) -> Option<Push> {
        let push = self.pushes.pop_front()?;
        self.bytes -= push.body.len();
        Some(push)
    }

    /// Takes out those of a route, or all.
    pub(super) fn split_off(&mut self, route: Option<&str>) -> VecDeque<Push> {
        let wanted = |push: &Push| route.is_none_or(|route| *push.route == *route);
        let (wanted, rest): (VecDeque<_>, _) = self.pushes.drain(..).partition(wanted);
        self.pushes = rest;
        self.bytes = self.pushes.iter().map(|push| push.body.len()).sum();
        wanted
    }
}

impl Mailbox {
    pub(super) fn new(room: Room) -> Self {
        let state = State { backlog: Backlog::new(room), ended: false };
        Self { state: Mutex::new(state), reader: AtomicWaker::new() }
    }

    pub(super) fn put(&self, push: Push) {
        self.lock().backlog.put(push);
        self.reader.wake();
    }

    /// Nothing more comes; what is there is still read.
    pub(super) fn end(&self) {
        self.lock().ended = true;
        self.reader.wake();
    }

    pub(super) fn poll_next(&self, cx: &mut Context<'_>) -> Poll<Option<Push>> {
        // Before the look, so that what comes right after it wakes.
        self.reader.register(cx.waker());
        let mut state = self.lock();
        match state.backlog.take() {
            None if !state.ended => Poll::Pending,
            push => Poll::Ready(push),
        }
    }

    pub(super) fn dropped(&self) -> u64 {
        self.lock().backlog.dropped
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
