//! WebSockets between engines and plugins (plugin-ws): a plugin is the server.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll};

use connector_protocol::CloseReason;
use connector_protocol::remix::{Message, Profile};
use connector_protocol::ws::CloseCode;

use super::{PluginConnector, Transit};
use crate::MaybeSend;
use crate::connector::{Address, Listen, Peer, StartError};
use crate::transport::dial::connect;
use crate::transport::url::{Target, Transport};
use crate::transport::{DialError, Tcp, WebOptions, WebSocket, WebSocketLink, WithOpeners};

/// A plugin as the real engine expects it: a WebSocket port with text messages
/// (plugin-ws).
#[derive(Debug)]
pub struct WebSocketPlugin(WebSocket);

impl WebSocketPlugin {
    /// On this address (`"127.0.0.1:65520"`; port 0 picks one), for engines of
    /// any origin.
    pub fn bind(address: impl Into<WithOpeners<Tcp>>) -> Self {
        Self::new(address, WebOptions::new())
    }

    /// On this address, with these options; messages are text whatever they
    /// say. A plugin that does more than it would for any page in a browser
    /// should name its [`origins`](WebOptions::origins).
    pub fn new(address: impl Into<WithOpeners<Tcp>>, options: WebOptions) -> Self {
        Self(WebSocket::new(address.into(), options.text()))
    }

    /// Listens from now on, so that the address is known.
    ///
    /// # Errors
    /// [`StartError`] if the address cannot be listened on.
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

/// The engine's side of a connection to a plugin at a `ws://` url, as the real
/// engine's `WebsocketPlugin`. It comes back after each loss, except when the
/// plugin closes with code 1000.
#[derive(Debug)]
pub struct WebSocketPluginConnector {
    profile: Profile,
    link: Option<WebSocketLink>,
}

impl WebSocketPluginConnector {
    /// To the plugin at the profile's `url`.
    pub fn new(profile: Profile) -> Self {
        Self { profile, link: None }
    }
}

impl PluginConnector for WebSocketPluginConnector {
    fn profile(&self) -> &Profile {
        &self.profile
    }

    async fn connect(&mut self, url: &str, transit: &mut Transit) -> Result<(), CloseReason> {
        self.link = None;
        let mut link = dial(url).await.map_err(|error| match error {
            DialError::Closed(reason) => reason,
            error => CloseReason::Lost(error.to_string()),
        })?;
        poll_fn(|cx| transit.poll_open(&mut link, cx)).await?;
        self.link = Some(link);
        Ok(())
    }

    fn send(&mut self, message: Message, transit: &mut Transit) -> Result<(), CloseReason> {
        let link = self.link.as_ref().ok_or_else(unconnected)?;
        transit.send(link, &message)
    }

    fn poll_message(
        &mut self,
        cx: &mut Context<'_>,
        transit: &mut Transit,
    ) -> Poll<Result<Message, CloseReason>> {
        match &mut self.link {
            Some(link) => transit.poll_message(link, cx),
            None => Poll::Ready(Err(unconnected())),
        }
    }

    fn poll_disconnect(
        &mut self,
        cx: &mut Context<'_>,
        reason: &CloseReason,
        transit: &mut Transit,
    ) -> Poll<()> {
        if let Some(link) = &mut self.link {
            std::task::ready!(transit.poll_close(link, cx, reason));
        }
        self.link = None;
        Poll::Ready(())
    }

    fn reconnects_after(&self, _: &CloseReason) -> bool {
        let said = self.link.as_ref().and_then(WebSocketLink::close_code);
        said != Some(CloseCode::NORMAL)
    }
}

/// A WebSocket of text messages to a `ws://` url, not open yet.
async fn dial(url: &str) -> Result<WebSocketLink, DialError> {
    // Engines take urls from profiles, where a fragment does no harm.
    let target = Target::parse(url.split('#').next().unwrap_or(url))?;
    let Transport::WebSocket(path) = &target.transport else {
        return Err(DialError::Scheme { url: url.to_owned(), scheme: "tcp".into() });
    };
    let (stream, _) = connect(&target).await?;
    let link = WebSocketLink::client(stream.into(), &target.http_host(), path, true);
    Ok(link.map_err(CloseReason::malformed)?)
}

fn unconnected() -> CloseReason {
    CloseReason::Lost("not connected".into())
}
