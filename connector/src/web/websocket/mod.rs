//! The browser's WebSockets.

mod dialer;
mod halves;
mod url_dialer;

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;
use std::task::{Context, Poll};

use connector_macros::Socket;
use connector_protocol::CloseReason;
use connector_protocol::framing::Envelope;

use self::halves::Opened;
use crate::connector::{Peer, Pomelo};
use crate::link::{Inbox, Link, Linked, Opening, Outgoing};

pub use dialer::WebSocketDialer;
pub(crate) use url_dialer::UrlDialer;

/// A WebSocket of the browser as a link, whose messages are packages.
///
/// The browser reads as fast as the server sends, whether or not the program keeps up: more than
/// 4,096 messages or 16 MiB that wait end the connection, beside a single longer one. A message
/// beyond [`Limits::package`](crate::Limits::package) ends it too, and is not copied into the
/// program's memory.
pub struct WebSocketLink {
    link: Linked<Opened>,
    state: Rc<State>,
}

/// A socket of pomelo's packages in messages of a WebSocket of the browser.
#[derive(Debug, Socket)]
#[socket(session = Pomelo, batch = concat, crate = "crate")]
pub struct WebSocketSocket {
    #[socket(link)]
    link: WebSocketLink,
    #[socket(peer)]
    peer: Peer,
}

/// What a link and its halves both know.
#[derive(Debug, Default)]
struct State {
    /// Messages are texts.
    is_text: Cell<bool>,
    /// The server has closed with code 1000.
    has_finished: Cell<bool>,
}

impl WebSocketLink {
    /// Creates the link of a socket that may still be opening.
    fn new(socket: web_sys::WebSocket, is_text: bool) -> Self {
        let state = Rc::new(State::default());
        state.is_text.set(is_text);
        Self { link: Linked::new(Opened::new(socket, state.clone())), state }
    }
}

impl Link for WebSocketLink {
    fn poll_open(
        &mut self,
        cx: &mut Context<'_>,
        opening: &mut Opening<'_>,
    ) -> Poll<Result<(), CloseReason>> {
        if opening.is_text() {
            self.state.is_text.set(true);
        }
        self.link.poll_open(cx, opening)
    }

    fn poll_recv(
        &mut self,
        cx: &mut Context<'_>,
        inbox: &mut Inbox,
    ) -> Poll<Result<(), CloseReason>> {
        self.link.poll_recv(cx, inbox)
    }

    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<Result<(), CloseReason>> {
        self.link.poll_send(cx, outgoing)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>, reason: &CloseReason) -> Poll<()> {
        self.link.poll_close(cx, reason)
    }

    fn peer_has_left(&mut self, cx: &mut Context<'_>) -> bool {
        self.link.peer_has_left(cx)
    }

    fn peer_has_finished(&self) -> bool {
        self.state.has_finished.get()
    }

    fn frame(&self) -> &'static dyn Envelope {
        self.link.frame()
    }
}

impl fmt::Debug for WebSocketLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocketLink").field("state", &self.state).finish_non_exhaustive()
    }
}
