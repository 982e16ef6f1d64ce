//! The sessions and requests of a port.

use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::task::{Context, Poll, ready};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use connector_protocol::CloseReason;
use connector_protocol::http::parse_request;
use connector_protocol::socketio::{Content, PATH, RequestError};
use tokio::sync::{Notify, mpsc};

use super::SioLink;
use super::polled::Polled;
use super::visit::{Visit, serve};
use super::visitors::{MostVisitors, Visitors};
use crate::connector::Peer;
use crate::limits::HeldLimit;
use crate::link::{ByteStream, Opening, lost};
use crate::runtime;
use crate::transport::{Stream, StreamIo, WebOptions};

/// The sessions that wait to be accepted.
pub(super) const BACKLOG: usize = 1024;
/// The bytes that may be on their way to a port. From half of that on each body has to arrive
/// within one step, so that slow ones leave room for others.
const ARRIVING: usize = 64 << 20;
/// The bytes of one body or WebSocket that may arrive though others hold as much as that.
pub(super) const SHARE: usize = 16 << 10;
/// The random bytes of an id.
const ID: usize = 15;

/// A port: its sessions, and the connections that carry their requests.
pub(super) struct Port {
    pub(super) rules: RwLock<Rules>,
    /// The sessions that requests may name.
    sessions: Mutex<HashMap<String, Arc<Polled>>>,
    arrivals: mpsc::Sender<(SioLink, Peer)>,
    visitors: Arc<Visitors>,
    /// The bytes that are on their way: of bodies, and of WebSockets that are tried out.
    pub(super) arriving: HeldLimit,
    /// It accepts sessions.
    open: AtomicBool,
    /// It has been closed, or a session has ended.
    changed: Notify,
}

/// What a port is configured to do.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub(super) path: Arc<str>,
    pub(super) content: Content,
    pub(super) visitors: MostVisitors,
}

impl Default for Rules {
    fn default() -> Self {
        let visitors = MostVisitors { all: 16_384, each: 1024 };
        Self { path: PATH.into(), content: Content::Text, visitors }
    }
}

impl Port {
    /// Creates a port, and the queue of its sessions.
    pub(super) fn new() -> (Arc<Self>, mpsc::Receiver<(SioLink, Peer)>) {
        let (arrivals, accepted) = mpsc::channel(BACKLOG);
        let port = Self {
            rules: RwLock::default(),
            sessions: Mutex::default(),
            arrivals,
            visitors: Arc::default(),
            arriving: HeldLimit::new(&Arc::default(), ARRIVING),
            open: AtomicBool::new(true),
            changed: Notify::new(),
        };
        (Arc::new(port), accepted)
    }

    pub(super) fn rules(&self) -> Rules {
        self.rules.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes the rules.
    pub(super) fn change(&self, change: impl FnOnce(&mut Rules)) {
        change(&mut self.rules.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// Serves the requests of a connection, unless there are too many.
    pub(super) fn visit(
        self: &Arc<Self>,
        stream: Stream,
        read: Vec<u8>,
        peer: Peer,
        options: WebOptions,
    ) {
        let Some(seat) = self.visitors.seat(self.rules().visitors.all) else {
            tracing::debug!(?peer, "too many connections carry requests of socket.io");
            return;
        };
        let visit = Visit::new(self.clone(), stream, read, (peer, seat), options);
        runtime::spawn(serve(visit));
    }

    /// Hands a session over to be accepted.
    ///
    /// # Errors
    /// Returns an error if nobody accepts it.
    pub(super) fn offer(&self, link: SioLink, peer: Peer) -> Result<(), Refused> {
        if !self.is_open() {
            return Err(Refused);
        }
        self.arrivals.try_send((link, peer)).map_err(|_| Refused)
    }

    /// Makes an id that nobody can guess.
    pub(super) fn new_id() -> String {
        URL_SAFE_NO_PAD.encode(crate::transport::websocket::random::bytes::<ID>())
    }

    /// Lets requests find a session.
    pub(super) fn add(&self, id: String, polled: Arc<Polled>) {
        self.sessions().insert(id, polled);
    }

    pub(super) fn session(&self, id: &str) -> Result<Arc<Polled>, RequestError> {
        self.sessions().get(id).cloned().ok_or(RequestError::Session)
    }

    pub(super) fn remove(&self, id: &str) {
        self.sessions().remove(id);
        self.changed.notify_waiters();
    }

    pub(super) fn set_open(&self, open: bool) {
        self.open.store(open, Ordering::Release);
        self.changed.notify_waiters();
    }

    pub(super) fn is_open(&self) -> bool {
        self.open.load(Ordering::Acquire)
    }

    /// Waits until it is closed and has no session left.
    pub(super) async fn finished(&self) {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            if !self.is_open() && self.sessions().is_empty() {
                return;
            }
            changed.await;
        }
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<String, Arc<Polled>>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Nobody accepts a session.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused;

impl fmt::Debug for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Port")
            .field("rules", &self.rules())
            .field("sessions", &self.sessions().len())
            .finish_non_exhaustive()
    }
}

/// A port as another one knows it, which hands it the requests for its path.
#[derive(Clone, Debug)]
pub(in crate::transport) struct Handle(pub(super) Arc<Port>);

impl Handle {
    /// Returns whether requests for this target are its.
    fn takes(&self, target: &str) -> bool {
        let path = target.split('?').next().unwrap_or_default();
        self.0.is_open() && same_path(path, &self.0.rules().path)
    }

    /// Takes a connection over whose request is for its path. Returns whether it is. A port on
    /// loopback at which a plugin listens lets in the same pages here as by itself.
    pub(in crate::transport) fn poll_take_over<Io: ByteStream + 'static>(
        &self,
        cx: &mut Context<'_>,
        io: &mut Io,
        options: &WebOptions,
        opening: &mut Opening<'_>,
    ) -> Poll<Result<bool, CloseReason>> {
        let request = loop {
            match parse_request(opening.inbox.unread()) {
                Ok(Some((request, _))) => break request,
                // Whoever else reads it says what is wrong.
                Err(_) => return Poll::Ready(Ok(false)),
                Ok(None) => {}
            }
            if ready!(opening.inbox.poll_fill(cx, io.io())).map_err(lost)? == 0 {
                return Poll::Ready(Err(CloseReason::PeerClosed));
            }
        };
        if !self.takes(&request.path) {
            return Poll::Ready(Ok(false));
        }
        let Some(stream) = take_stream(io) else { return Poll::Ready(Ok(false)) };
        let read = opening.inbox.unread().to_vec();
        opening.inbox.consume(read.len());
        #[cfg_attr(not(feature = "plugin"), expect(unused_mut))]
        let mut options = options.clone();
        #[cfg(feature = "plugin")]
        if let Some(address) = opening.loopback {
            options.guard_loopback(address);
        }
        self.0.visit(stream, read, opening.peer.clone(), options);
        Poll::Ready(Ok(true))
    }
}

/// Compares paths, of which either may leave its last slash out.
pub(super) fn same_path(path: &str, other: &str) -> bool {
    path.trim_end_matches('/') == other.trim_end_matches('/')
}

/// Takes the stream out of a connection that is one, and leaves an empty one in its place.
fn take_stream<Io: 'static>(io: &mut Io) -> Option<Stream> {
    let stream = (io as &mut dyn Any).downcast_mut::<Stream>()?;
    Some(std::mem::replace(stream, StreamIo::default().into()))
}
