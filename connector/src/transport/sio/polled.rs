//! A session whose client polls: what its link and the requests that name it share.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use atomic_waker::AtomicWaker;
use connector_protocol::CloseReason;
use connector_protocol::socketio::{CLOSE, NOOP, PayloadWriter, RequestError, Side, Version};
use tokio::sync::Notify;

use super::frame;
use super::probe::Arrived;
use crate::link::Outgoing;
use crate::transport::WebSocketLink;

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

/// The body of a request.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) bytes: Vec<u8>,
    /// It is one of bytes, by its content type.
    pub(super) is_bytes: bool,
}

/// The way to a WebSocket.
#[derive(Debug)]
enum Moving {
    No,
    /// The client connects a WebSocket.
    Begun,
    /// The WebSocket works, and polls end so that the client can move.
    Probed,
    /// It has moved.
    Moved(Box<Moved>),
    /// The link has taken over.
    Done,
}

/// The WebSocket that a client has moved to.
#[derive(Debug)]
pub(super) struct Moved {
    pub(super) link: WebSocketLink,
    /// What has arrived on it.
    pub(super) arrived: Arrived,
    /// The frames that no poll has taken.
    pub(super) frames: Vec<u8>,
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
            posts: false,
            posted: None,
            takes: false,
            longest: 0,
            moving: Moving::No,
            ended: None,
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
        let mut state = self.lock();
        state.takes = false;
        state.posts = false;
        drop(state);
        self.requests.notify_waiters();
    }

    /// Returns whether a poll waits, or has waited since the last call.
    pub(super) fn was_polled(&self) -> bool {
        let mut state = self.lock();
        std::mem::take(&mut state.has_polled) || state.polls
    }

    /// Ends the session behind what waits and this packet, and waits until polls have taken them,
    /// or the client has something to say about it.
    pub(super) fn poll_close(&self, cx: &mut Context<'_>, last: Option<&[u8]>) -> Poll<()> {
        self.link.register(cx.waker());
        let mut state = self.lock();
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

    /// Ends the session for the requests: its link is gone.
    pub(super) fn abandon(&self) {
        let mut state = self.lock();
        state.gone = true;
        state.posted = None;
        drop(state);
        self.requests.notify_waiters();
    }

    /// Returns whether the client has ended the session, or lost it.
    pub(super) fn has_ended(&self) -> bool {
        self.lock().ended.is_some()
    }

    /// Waits until something can be sent, and returns it as a body.
    ///
    /// # Errors
    /// Returns [`RequestError`] if another poll waits already, which ends the session, and if
    /// the session has ended or moved.
    ///
    /// # Cancel safety
    /// If the future is dropped, the session ends: its client has gone away.
    pub(super) async fn poll(self: &Arc<Self>) -> Result<Vec<u8>, RequestError> {
        {
            let mut state = self.lock();
            if state.polls {
                drop(state);
                self.end(CloseReason::malformed("two requests of a session wait at once"));
                return Err(RequestError::Bad("another request of this session waits already"));
            }
            state.polls = true;
        }
        let mut waiting = Waiting { polled: self, answered: false };
        let answer = self.wait(|state| match state {
            // Its client may poll a last time before it knows.
            State { moving: Moving::Moved(_) | Moving::Done, .. } => Some(Ok(vec![])),
            state if !state.frames.is_empty() => Some(Ok(std::mem::take(&mut state.frames))),
            State { ended: Some(_), .. } | State { gone: true, .. } => {
                Some(Err(RequestError::Session))
            }
            State { moving: Moving::Probed, .. } => Some(Ok(vec![])),
            _ => None,
        });
        let answer = answer.await;
        waiting.answered = true;
        drop(waiting);
        // There is room again, or nothing is left to wait for.
        self.link.wake();
        let mut frames = answer?;
        let mut body = Vec::with_capacity(frames.len());
        let writer = PayloadWriter::new(self.version);
        frame::for_each(&mut frames, |packet| writer.write(packet, &mut body));
        if body.is_empty() {
            writer.write(str::from_utf8(NOOP).unwrap_or_default(), &mut body);
        }
        Ok(body)
    }

    /// Returns the most bytes of a body that [`Polled::post`] takes.
    pub(super) fn longest(&self) -> usize {
        self.lock().longest
    }

    /// Begins a body, which holds up others until it is dropped.
    ///
    /// # Errors
    /// Returns [`RequestError`] if another one is on its way already, which ends the session,
    /// and if the session has ended or moved.
    pub(super) fn begin_post(self: &Arc<Self>) -> Result<Posting<'_>, RequestError> {
        let mut state = self.lock();
        if state.is_over() {
            return Err(RequestError::Session);
        }
        if std::mem::replace(&mut state.posts, true) {
            drop(state);
            self.end(CloseReason::malformed("two bodies of a session are on their way at once"));
            return Err(RequestError::Bad("another body of this session is on its way already"));
        }
        Ok(Posting(self))
    }

    /// Waits until the session has ended.
    pub(super) async fn ended(&self) {
        let ended = |state: &mut State| (state.gone || state.ended.is_some()).then_some(());
        self.wait(ended).await;
    }

    /// Begins to try out a WebSocket, until the returned value is dropped.
    ///
    /// # Errors
    /// Returns [`RequestError`] if that has begun already, or the session has ended.
    pub(super) fn begin_move(self: &Arc<Self>) -> Result<Probing, RequestError> {
        let mut state = self.lock();
        if state.is_over() {
            return Err(RequestError::Session);
        }
        if !matches!(state.moving, Moving::No) {
            return Err(RequestError::Bad("the session moves to another WebSocket already"));
        }
        state.moving = Moving::Begun;
        Ok(Probing(self.clone()))
    }

    /// Ends the session for this reason, behind what has arrived.
    pub(super) fn end(&self, reason: CloseReason) {
        self.lock().ended.get_or_insert(reason);
        self.link.wake();
        self.requests.notify_waiters();
    }

    /// Ends the session, since something was sent that its client has not got.
    pub(super) fn lose(&self) {
        let message = "the answer to a poll was not taken".to_owned();
        self.end(CloseReason::Lost { kind: io::ErrorKind::ConnectionReset, message });
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

/// A poll that waits.
struct Waiting<'a> {
    polled: &'a Arc<Polled>,
    answered: bool,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut state = self.polled.lock();
        state.polls = false;
        state.has_polled = true;
        if !self.answered {
            state.ended.get_or_insert(CloseReason::PeerClosed);
            drop(state);
            self.polled.link.wake();
        }
    }
}

/// A body on its way.
pub(super) struct Posting<'a>(&'a Arc<Polled>);

impl Posting<'_> {
    /// Hands the body over, and waits until the link has taken it.
    pub(super) async fn post(self, body: Body) -> Result<(), RequestError> {
        self.0.lock().posted = Some(body);
        self.0.link.wake();
        let over = |state: &mut State| match state {
            State { gone: true, .. } => Some(Err(RequestError::Session)),
            State { posted: None, takes: false, .. } => Some(Ok(())),
            _ => None,
        };
        self.0.wait(over).await
    }
}

impl Drop for Posting<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.posts = false;
        state.posted = None;
    }
}

/// A WebSocket that is tried out.
pub(super) struct Probing(Arc<Polled>);

impl Probing {
    /// Lets the polls that wait end from now on, so that the client can stop polling.
    pub(super) fn release_polls(&self) {
        self.0.lock().moving = Moving::Probed;
        self.0.requests.notify_waiters();
    }

    /// Hands the WebSocket over to the link.
    pub(super) fn moved(self, link: WebSocketLink, arrived: Arrived) {
        let moved = Moved { link, arrived, frames: Vec::new() };
        self.0.lock().moving = Moving::Moved(Box::new(moved));
        self.0.link.wake();
        self.0.requests.notify_waiters();
    }

    /// Waits until the session has ended.
    pub(super) async fn ended(&self) {
        self.0.ended().await;
    }
}

impl Drop for Probing {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        if matches!(state.moving, Moving::Begun | Moving::Probed) {
            state.moving = Moving::No;
        }
    }
}
