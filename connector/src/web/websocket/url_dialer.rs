//! Dialing of pomelo's servers from a browser.

use super::{WebSocketDialer, WebSocketSocket};
use crate::connector::{Accept, BoxSocket, Dial, DialError, Peer, Schemes, Socket};

/// A dialer of sockets of pomelo's packages, over WebSocket, and of the application's own.
#[derive(Debug)]
pub(crate) struct UrlDialer {
    own: Schemes,
    websocket: WebSocketDialer,
}

impl UrlDialer {
    pub(crate) fn new(own: Schemes) -> Self {
        Self { own, websocket: WebSocketDialer::new() }
    }
}

impl Dial for UrlDialer {
    type Io = BoxSocket;

    async fn connect(&self, url: &str) -> Result<(BoxSocket, Peer), DialError> {
        if let Some(connected) = self.own.connect_known(url).await {
            return connected;
        }
        let connected = self.websocket.connect(url).await;
        let (link, peer) = connected.map_err(|error| match error {
            DialError::Scheme { known, .. } => self.own.unknown(url, Some(&known)),
            error => error,
        })?;
        Ok((WebSocketSocket::accept(link, peer.clone()).boxed(), peer))
    }
}
