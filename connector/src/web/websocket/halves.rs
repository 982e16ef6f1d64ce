//! The two halves of a WebSocket.

use std::cell::Cell;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use connector_protocol::CloseReason;
use js_sys::{ArrayBuffer, JsString, Uint8Array};
use tokio::sync::oneshot;
use wasm_bindgen::JsCast;
use web_sys::{BinaryType, CloseEvent, Event, MessageEvent, WebSocket};

use super::State;
use crate::link::{AsyncLink, AsyncSender, Fed, Feed, FeedLimits};
use crate::runtime::sleep;
use crate::web::error::lost;
use crate::web::listener::Listener;

/// The most that waits to be handled, see [`WebSocketLink`](super::WebSocketLink).
const WAITING: FeedLimits = FeedLimits { messages: 4_096, bytes: 16 << 20 };
/// The bytes that may wait in the browser before the next message is sent.
const BUFFERED: u32 = 256 << 10;
/// The time between two looks at them, since the browser does not tell when they have left.
const LOOK: Duration = Duration::from_millis(10);
/// The browser's codes for ends without a code: none was sent, and none has come.
const NO_CODE: u16 = 1005;
const ABNORMAL: u16 = 1006;

/// A socket that is taken apart when it is open. It is closed when it is dropped.
pub(super) struct Opened {
    socket: WebSocket,
    state: Rc<State>,
}

/// The half that sends, which keeps the listeners of the other one.
pub(super) struct Sender {
    // Dropped first, so that the close is not heard.
    _listeners: Vec<Listener>,
    opened: Opened,
}

impl Opened {
    pub(super) fn new(socket: WebSocket, state: Rc<State>) -> Self {
        socket.set_binary_type(BinaryType::Arraybuffer);
        Self { socket, state }
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        // It fails for codes alone.
        let _ = self.socket.close();
    }
}

impl AsyncLink for Opened {
    type Sender = Sender;
    type Receiver = Fed;

    async fn open(self, limit: usize) -> Result<(Sender, Fed), CloseReason> {
        let (feed, fed) = Feed::with_limits(WAITING);
        let (opened, opens) = oneshot::channel();
        let opened = Rc::new(Cell::new(Some(opened)));
        let open = opened.clone();
        let on_open = move |_: Event| {
            if let Some(opened) = open.take() {
                // Without a receiver the connection is given up.
                let _ = opened.send(Ok(()));
            }
        };
        let received = feed.clone();
        let on_message = move |event: MessageEvent| receive(&received, &event, limit);
        let state = self.state.clone();
        let on_close = move |event: CloseEvent| {
            state.has_finished.set(event.code() == 1000);
            let reason = closed(&event);
            if let Some(opened) = opened.take() {
                let _ = opened.send(Err(reason.clone()));
            }
            feed.end(reason);
        };
        let listeners = vec![
            Listener::new(&self.socket, "open", on_open),
            Listener::new(&self.socket, "message", on_message),
            Listener::new(&self.socket, "close", on_close),
        ];
        if self.socket.ready_state() != WebSocket::OPEN {
            // The listeners are there until then.
            opens.await.unwrap_or(Err(CloseReason::PeerClosed))?;
        }
        Ok((Sender { _listeners: listeners, opened: self }, fed))
    }
}

impl AsyncSender for Sender {
    type Buffer = Bytes;

    async fn send(&mut self, message: Bytes) -> Result<(), CloseReason> {
        let socket = &self.opened.socket;
        let sent = if self.opened.state.is_text.get() {
            let text = std::str::from_utf8(&message).map_err(CloseReason::malformed)?;
            socket.send_with_str(text)
        } else {
            socket.send_with_u8_array(&message)
        };
        sent.map_err(|exception| lost(&exception))?;
        while socket.buffered_amount() > BUFFERED && socket.ready_state() == WebSocket::OPEN {
            sleep(LOOK).await;
        }
        Ok(())
    }

    /// Closes with code 1000, or without one for a failure: a page may send no other.
    async fn close(&mut self, reason: CloseReason) {
        let socket = &self.opened.socket;
        let _ = match reason {
            CloseReason::Requested => socket.close_with_code(1000),
            _ => socket.close(),
        };
    }
}

/// Hands a message over, unless it is too long.
fn receive(feed: &Feed, event: &MessageEvent, limit: usize) {
    let data = event.data();
    let size = match data.dyn_ref::<JsString>() {
        Some(text) => text.length(),
        None => data.unchecked_ref::<ArrayBuffer>().byte_length(),
    };
    if size as usize > limit {
        return feed.end(CloseReason::TooLarge { size: size as usize, limit });
    }
    // One that is not taken has ended the link.
    let _ = match data.as_string() {
        Some(text) => feed.push(text),
        None => feed.push(Uint8Array::new(&data).to_vec()),
    };
}

/// Returns the reason of an end that the browser tells.
fn closed(event: &CloseEvent) -> CloseReason {
    let reason = event.reason();
    match event.code() {
        NO_CODE => CloseReason::PeerClosed,
        1000 if reason.is_empty() => CloseReason::PeerClosed,
        // A browser tells no page why, so that none can look around in a network.
        ABNORMAL => CloseReason::Lost {
            kind: io::ErrorKind::ConnectionAborted,
            message: "the WebSocket has failed: the browser's console tells why".to_owned(),
        },
        code => CloseReason::PeerClosedWith { code, reason },
    }
}
