//! WebSockets between engines and plugins (plugin-ws): a plugin is the server.

use std::io;
use std::task::{Context, Poll};

use connector_protocol::remix::Profile;

use crate::connector::{Address, Listen, Peer, StartError};
use crate::plugin::PluginConnector;
use crate::transport::{Tcp, WebOptions, WebSocket, WebSocketDialer, WebSocketLink, WithOpeners};

/// A listener for engines at a WebSocket port with text messages, as the released engine
/// expects it (plugin-ws).
#[derive(Debug)]
pub struct WebSocketPlugin(WebSocket);

impl WebSocketPlugin {
    /// Creates a listener at this address, such as `"127.0.0.1:65520"`, with the default
    /// options, see [`WebSocketPlugin::new`]. Port 0 picks a free port.
    pub fn bind(address: impl Into<WithOpeners<Tcp>>) -> Self {
        Self::new(address, WebOptions::new())
    }

    /// Creates a listener at this address, with these options. Messages are always text.
    ///
    /// See [`serve`](crate::plugin::serve) for the pages that can connect.
    ///
    /// ```
    /// use connector::plugin::WebSocketPlugin;
    /// use connector::transport::WebOptions;
    ///
    /// let options = WebOptions::new().origins(["https://remix.ethereum.org"]);
    /// let plugin = WebSocketPlugin::new("127.0.0.1:65520", options);
    /// ```
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
        Listen::bind(self).await?;
        Ok(self.0.address())
    }
}

impl Listen for WebSocketPlugin {
    type Io = WebSocketLink;

    async fn bind(&mut self) -> Result<(), StartError> {
        self.0.bind().await
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

/// An engine's connector to a plugin at a `ws://` or `wss://` URL, as the released engine's
/// `WebsocketPlugin`. It reconnects after each end of the connection, unless the plugin
/// closed it with code 1000.
#[derive(Clone, Debug, PluginConnector)]
#[plugin(crate = "crate")]
pub struct WebSocketPluginConnector {
    #[plugin(profile)]
    profile: Profile,
    #[plugin(link)]
    dialer: WebSocketDialer,
}

impl WebSocketPluginConnector {
    /// Creates a connector that connects by this dialer, which has TLS settings of its own.
    /// Messages are always text.
    pub fn with_dialer(profile: Profile, dialer: WebSocketDialer) -> Self {
        Self { profile, dialer }
    }
}
