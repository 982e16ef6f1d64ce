//! The way of a session that polls to its WebSocket.

use std::sync::Arc;

use connector_protocol::socketio::RequestError;

use super::Polled;
use crate::transport::WebSocketLink;
use crate::transport::sio::probe::Arrived;

/// The way to a WebSocket.
#[derive(Debug)]
pub(super) enum Moving {
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

impl Moving {
    /// Returns the bytes that have arrived on a WebSocket which the link has not taken over.
    pub(super) fn held(&self) -> usize {
        match self {
            Self::Moved(moved) => moved.arrived.unread.len(),
            _ => 0,
        }
    }
}

/// The WebSocket that a client has moved to.
#[derive(Debug)]
pub(in crate::transport::sio) struct Moved {
    pub(in crate::transport::sio) link: WebSocketLink,
    /// What has arrived on it.
    pub(in crate::transport::sio) arrived: Arrived,
    /// The frames that no poll has taken.
    pub(in crate::transport::sio) frames: Vec<u8>,
}

impl Polled {
    /// Begins to try out a WebSocket, until the returned value is dropped.
    ///
    /// # Errors
    /// Returns [`RequestError`] if that has begun already, or the session has ended.
    pub(in crate::transport::sio) fn begin_move(self: &Arc<Self>) -> Result<Probing, RequestError> {
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
}

/// A WebSocket that is tried out.
pub(in crate::transport::sio) struct Probing(Arc<Polled>);

impl Probing {
    /// Lets the polls that wait end from now on, so that the client can stop polling.
    pub(in crate::transport::sio) fn release_polls(&self) {
        self.0.lock().moving = Moving::Probed;
        self.0.requests.notify_waiters();
    }

    /// Hands the WebSocket over to the link.
    pub(in crate::transport::sio) fn moved(self, link: WebSocketLink, arrived: Arrived) {
        let moved = Moved { link, arrived, frames: Vec::new() };
        self.0.lock().moving = Moving::Moved(Box::new(moved));
        self.0.link.wake();
        self.0.requests.notify_waiters();
    }

    /// Waits until the session has ended.
    pub(in crate::transport::sio) async fn ended(&self) {
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
