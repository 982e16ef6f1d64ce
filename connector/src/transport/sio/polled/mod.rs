//! A session whose client polls: what its link and the requests that name it share.
//!
//! The link's half is here. The other half is that of the [`requests`], which take what waits and
//! bring bodies, and of the WebSocket that the session moves to ([`moving`]).

mod moving;
mod requests;
#[cfg(test)]
mod tests;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use atomic_waker::AtomicWaker;
use connector_protocol::CloseReason;
use connector_protocol::socketio::{CLOSE, RequestError, Side, Version};
use tokio::sync::Notify;

use self::moving::Moving;
pub(super) use self::moving::{Moved, Probing};
pub(super) use self::requests::Body;
use super::frame;
use crate::link::Outgoing;

/// The bytes that wait for a poll before the link has to wait. A longer message waits alone.
const ROOM: usize = 256 << 10;

/// The bytes that wait for a poll, and answer what a client has sent before it moved to a
/// WebSocket, before the session ends.
const REPLIES: usize = 1 << 20;

/// A session whose client polls. Its link and the requests share it.
#[derive(Debug)]
pub(super) struct Polled {
    version: Version,
    state: Mutex<State>,
    /// The task of the link.
    link: AtomicWaker,
    /// The requests that wait.
    requests: Notify,
}

#[derive(Debug)]
struct State {
    /// The frames that wait for a poll.
    frames: Vec<u8>,
    /// A poll waits.
    polls: bool,
    /// A poll has ended since the link has looked.
    has_polled: bool,
    /// The bytes of the answer to a poll that are on their way to the client.
    answering: usize,
    /// A body is on its way to the link.
    posts: bool,
    posted: Option<Body>,
    /// The link takes the packets of a body.
    takes: bool,
    /// The most bytes of a body.
    longest: usize,
    moving: Moving,
    /// The reason for which the client has ended the session, or lost it.
    ended: Option<CloseReason>,
    /// The answer to the request that has begun the session, if that was refused.
    refused: Option<RequestError>,
    closing: Closing,
    /// The link is gone.
    gone: bool,
}

/// The end of a session by its link. Each step is a poll of its own, since clients of socket.io
/// 4 drop events that come together with the close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Closing {
    No,
    /// What waits is the last but the close.
    Last,
    /// The close waits.
    Close,
}

/// The news of a session for its link.
pub(super) enum News {
    Posted(Body),
    Moved(Box<Moved>),
}

impl Polled {
    pub(super) fn new(version: Version) -> Self {
        let state = State {
            frames: Vec::new(),
            polls: false,
            has_polled: false,
            answering: 0,
            posts: false,
            posted: None,
            takes: false,
            longest: 0,
            moving: Moving::No,
            ended: None,
            refused: None,
            closing: Closing::No,
            gone: false,
        };
        let (link, requests) = (AtomicWaker::new(), Notify::new());
        Self { version, state: Mutex::new(state), link, requests }
    }

    pub(super) fn version(&self) -> Version {
        self.version
    }

    /// Puts a packet in front of the next poll. It is short, and answers one of the client's or
    /// belongs to the opening.
    pub(super) fn put(&self, packet: &[u8]) {
        let mut state = self.lock();
        frame::write(Side::Server, packet, &mut state.frames);
        drop(state);
        self.requests.notify_waiters();
    }

    /// Sets the most bytes of a body.
    pub(super) fn set_longest(&self, bytes: usize) {
        self.lock().longest = bytes;
    }

    /// Moves frames from `outgoing` to where a poll finds them. Pending while too many wait.
    pub(super) fn poll_put(
        &self,
        cx: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<Result<(), CloseReason>> {
        // Registered before the check, so that room in between wakes the task.
        self.link.register(cx.waker());
        let mut state = self.lock();
        let mut any = false;
        let full = loop {
            let front = outgoing.front();
            let Some(size) = frame::size(front) else { break false };
            if !state.frames.is_empty() && state.frames.len() + size > ROOM {
                break true;
            }
            state.frames.extend_from_slice(&front[..size]);
            outgoing.take_front(size);
            any = true;
        };
        let ended = state.ended.clone();
        drop(state);
        if any {
            self.requests.notify_waiters();
        }
        match ended {
            Some(reason) => Poll::Ready(Err(reason)),
            None if full => Poll::Pending,
            None => Poll::Ready(Ok(())),
        }
    }

    /// Waits for what the client sends. Nothing is taken while too much waits for a poll, since
    /// every packet may be answered. A body is followed by [`Polled::taken`].
    pub(super) fn poll_news(&self, cx: &mut Context<'_>) -> Poll<Result<News, CloseReason>> {
        self.link.register(cx.waker());
        let mut state = self.lock();
        if state.posted.is_some() {
            ready!(state.poll_room())?;
        }
        if let Some(body) = state.posted.take() {
            state.takes = true;
            return Poll::Ready(Ok(News::Posted(body)));
        }
        if let Some(reason) = &state.ended {
            return Poll::Ready(Err(reason.clone()));
        }
        if let Moving::Moved(_) = state.moving
            && let Moving::Moved(mut moved) = std::mem::replace(&mut state.moving, Moving::Done)
        {
            moved.frames = std::mem::take(&mut state.frames);
            drop(state);
            // A poll that has come meanwhile has to end.
            self.requests.notify_waiters();
            return Poll::Ready(Ok(News::Moved(moved)));
        }
        Poll::Pending
    }

    /// Waits until more packets of a body may be taken.
    pub(super) fn poll_room(&self, cx: &mut Context<'_>) -> Poll<Result<(), CloseReason>> {
        self.link.register(cx.waker());
        self.lock().poll_room()
    }

    /// Lets the request end whose body the link has taken.
    pub(super) fn taken(&self) {
        self.lock().takes = false;
        self.requests.notify_waiters();
    }

    /// Returns whether a poll waits or is being answered, or was since the last call.
    pub(super) fn was_polled(&self) -> bool {
        let mut state = self.lock();
        std::mem::take(&mut state.has_polled) || state.polls || state.answering > 0
    }

    /// Ends the session behind what waits and this packet, and waits until polls have taken them,
    /// or the client has something to say about it.
    pub(super) fn poll_close(&self, cx: &mut Context<'_>, last: Option<&[u8]>) -> Poll<()> {
        self.link.register(cx.waker());
        let mut state = self.lock();
        if state.refused.is_some() {
            return Poll::Ready(());
        }
        if state.closing == Closing::No {
            state.closing = Closing::Last;
            if let Some(packet) = last {
                frame::write(Side::Server, packet, &mut state.frames);
            }
        }
        if state.closing == Closing::Last && state.frames.is_empty() {
            state.closing = Closing::Close;
            frame::write(Side::Server, CLOSE, &mut state.frames);
        }
        let is_done = state.frames.is_empty() || state.ended.is_some() || state.posted.is_some();
        drop(state);
        self.requests.notify_waiters();
        if is_done { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Refuses the session, so that its first request is answered with this error.
    #[cfg(feature = "plugin")]
    pub(super) fn refuse(&self, error: RequestError) {
        self.lock().refused = Some(error);
        self.requests.notify_waiters();
    }

    /// Ends the session for the requests: its link is gone.
    pub(super) fn abandon(&self) {
        let mut state = self.lock();
        state.gone = true;
        state.posted = None;
        drop(state);
        self.requests.notify_waiters();
    }

    /// Returns how much waits for a poll or answers one, and has come and waits for the link, in
    /// bytes.
    pub(super) fn held(&self) -> usize {
        let state = self.lock();
        let posted = state.posted.as_ref().map_or(0, |body| body.bytes.len());
        state.frames.len() + state.answering + posted + state.moving.held()
    }

    /// Returns whether the client has ended the session, or lost it.
    pub(super) fn has_ended(&self) -> bool {
        self.lock().ended.is_some()
    }

    /// Waits until the session has ended.
    pub(super) async fn ended(&self) {
        let ended = |state: &mut State| (state.gone || state.ended.is_some()).then_some(());
        self.wait(ended).await;
    }

    /// Ends the session for this reason, behind what has arrived.
    pub(super) fn end(&self, reason: CloseReason) {
        self.lock().ended.get_or_insert(reason);
        self.link.wake();
        self.requests.notify_waiters();
    }

    /// Waits until `ready` returns something.
    async fn wait<T>(&self, mut ready: impl FnMut(&mut State) -> Option<T>) -> T {
        loop {
            let mut changed = std::pin::pin!(self.requests.notified());
            // Registered before the check, so that a change in between is noticed.
            changed.as_mut().enable();
            if let Some(value) = ready(&mut self.lock()) {
                return value;
            }
            changed.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Waits until little enough waits for a poll. A client that has moved polls no more.
    fn poll_room(&self) -> Poll<Result<(), CloseReason>> {
        let queued = self.frames.len();
        if queued <= ROOM {
            return Poll::Ready(Ok(()));
        }
        if let Some(reason) = &self.ended {
            return Poll::Ready(Err(reason.clone()));
        }
        match self.moving {
            Moving::Moved(_) if queued > REPLIES => {
                Poll::Ready(Err(CloseReason::SlowPeer { queued, limit: REPLIES }))
            }
            Moving::Moved(_) => Poll::Ready(Ok(())),
            _ => Poll::Pending,
        }
    }

    fn is_over(&self) -> bool {
        self.gone || self.ended.is_some() || matches!(self.moving, Moving::Moved(_) | Moving::Done)
    }
}
