//! The connector of an engine to a plugin that is a WebSocket server (plugin-ws).

use std::future::poll_fn;
use std::task::{Context, Poll};

use connector_protocol::CloseReason;
use connector_protocol::remix::{Message, Profile};
use connector_protocol::ws::CloseCode;
use tokio::net::TcpStream;

use super::{MessageIo, PluginConnector};
use crate::transport::{DialError, WebSocketLink, dial_text};

/// An engine's connector to a plugin at a `ws://` URL, as the released engine's
/// `WebsocketPlugin`. It reconnects after each end of the connection, unless the plugin
/// closed it with code 1000.
#[derive(Debug)]
pub struct WebSocketPluginConnector {
    profile: Profile,
    link: Option<WebSocketLink<TcpStream>>,
}

impl WebSocketPluginConnector {
    /// Creates a connector to the plugin at the profile's `url`.
    pub fn new(profile: Profile) -> Self {
        Self { profile, link: None }
    }
}

impl PluginConnector for WebSocketPluginConnector {
    fn profile(&self) -> &Profile {
        &self.profile
    }

    async fn connect(&mut self, url: &str, io: &mut MessageIo) -> Result<(), CloseReason> {
        self.link = None;
        let mut link = dial_text(url).await.map_err(|error| match error {
            DialError::Closed(reason) => reason,
            error => CloseReason::Lost(error.to_string()),
        })?;
        poll_fn(|cx| io.poll_open(&mut link, cx)).await?;
        self.link = Some(link);
        Ok(())
    }

    fn send(&mut self, message: Message, io: &mut MessageIo) -> Result<(), CloseReason> {
        let link = self.link.as_ref().ok_or_else(unconnected)?;
        io.send(link, &message)
    }

    fn poll_message(
        &mut self,
        cx: &mut Context<'_>,
        io: &mut MessageIo,
    ) -> Poll<Result<Message, CloseReason>> {
        match &mut self.link {
            Some(link) => io.poll_message(link, cx),
            None => Poll::Ready(Err(unconnected())),
        }
    }

    fn poll_disconnect(
        &mut self,
        cx: &mut Context<'_>,
        reason: &CloseReason,
        io: &mut MessageIo,
    ) -> Poll<()> {
        if let Some(link) = &mut self.link {
            std::task::ready!(io.poll_close(link, cx, reason));
        }
        self.link = None;
        Poll::Ready(())
    }

    fn reconnects_after(&self, _: &CloseReason) -> bool {
        let said = self.link.as_ref().and_then(WebSocketLink::close_code);
        said != Some(CloseCode::NORMAL)
    }
}

fn unconnected() -> CloseReason {
    CloseReason::Lost("not connected".into())
}
