//! WebSockets between engines and plugins (plugin-ws): a plugin is the server.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll};

use connector_protocol::CloseReason;
use connector_protocol::remix::{Message, Profile};
use connector_protocol::ws::CloseCode;

use super::{MessageIo, PluginConnector};
use crate::MaybeSend;
use crate::connector::{Address, Listen, Peer, StartError};
use crate::transport::dial::connect;
use crate::transport::url::{Target, Transport};
use crate::transport::{DialError, Tcp, WebOptions, WebSocket, WebSocketLink, WithOpeners};

/// A listener for engines at a WebSocket port with text messages, as the released engine
/// expects it (plugin-ws).
#[derive(Debug)]
pub struct WebSocketPlugin(WebSocket);

impl WebSocketPlugin {
    /// Creates a listener at this address, such as `"127.0.0.1:65520"`, for engines of any
    /// origin. Port 0 picks a free port.
    pub fn bind(address: impl Into<WithOpeners<Tcp>>) -> Self {
        Self::new(address, WebOptions::new())
    }

    /// Creates a listener at this address, with these options. Messages are always text.
    /// Any page in a browser can connect unless [`origins`](WebOptions::origins) are set,
    /// so set them if the plugin is not for everyone.
    pub fn new(address: impl Into<WithOpeners<Tcp>>, options: WebOptions) -> Self {
        Self(WebSocket::new(address.into(), options.text()))
    }

    /// Starts to listen, and returns the address, with the port that was picked.
    ///
    /// # Errors
    /// Returns [`StartError`] if the address cannot be listened on.
    ///
    /// # Cancel safety
    /// If the future is dropped before it is ready, drop this listener too: it may have
    /// lost its address.
    pub async fn start(&mut self) -> Result<Option<Address>, StartError> {
        self.0.bind().await?;
        Ok(self.0.address())
    }
}

impl Listen for WebSocketPlugin {
    type Io = WebSocketLink;

    fn bind(&mut self) -> impl Future<Output = Result<(), StartError>> + MaybeSend {
        self.0.bind()
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(Self::Io, Peer)>> {
        self.0.poll_accept(cx)
    }

    fn close(&mut self) {
        self.0.close();
    }

    fn address(&self) -> Option<Address> {
        self.0.address()
    }
}

/// An engine's connector to a plugin at a `ws://` URL, as the released engine's
/// `WebsocketPlugin`. It reconnects after each end of the connection, unless the plugin
/// closed it with code 1000.
#[derive(Debug)]
pub struct WebSocketPluginConnector {
    profile: Profile,
    link: Option<WebSocketLink>,
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
        let mut link = dial(url).await.map_err(failed)?;
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
        let code = self.link.as_ref().and_then(WebSocketLink::close_code);
        code != Some(CloseCode::NORMAL)
    }
}

/// Dials a WebSocket of text messages at a `ws://` URL, without opening it.
async fn dial(url: &str) -> Result<WebSocketLink, DialError> {
    // Profiles may have URLs with a fragment, which is ignored.
    let target = Target::parse(url.split('#').next().unwrap_or(url))?;
    let Transport::WebSocket(path) = &target.transport else {
        return Err(DialError::Scheme { url: url.to_owned(), scheme: "tcp".into() });
    };
    let (stream, _) = connect(&target).await?;
    let link = WebSocketLink::client(stream.into(), &target.http_host(), path, true);
    Ok(link.map_err(CloseReason::malformed)?)
}

/// Converts a dial's error to the reason for which there is no connection.
fn failed(error: DialError) -> CloseReason {
    let kind = match &error {
        DialError::Unreachable { source, .. } => source.kind(),
        // All others are errors of the URL.
        _ => io::ErrorKind::InvalidInput,
    };
    match error {
        DialError::Closed(reason) => reason,
        error => CloseReason::Lost { kind, message: error.to_string() },
    }
}

fn unconnected() -> CloseReason {
    CloseReason::lost(&io::Error::new(io::ErrorKind::NotConnected, "not connected"))
}
