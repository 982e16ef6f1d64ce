//! Socket.io between engines and plugins, as in the guide of connectors: a plugin is the server.

use std::io;
use std::task::{Context, Poll};

use connector_protocol::remix::Profile;

use super::dial;
use crate::connector::{Address, Listen, Peer, StartError};
use crate::plugin::{ConnectError, PluginConnector};
use crate::transport::{Sio, SioDialer, SioLink, Tcp, WebOptions, WithOpeners};

/// A listener for engines at a socket.io port, the plugin's side of the guide's example: each
/// message is the object that an event `message` carries. Its clients are those of [`Sio`].
#[derive(Debug)]
pub struct SocketIoConnector(Sio);

impl SocketIoConnector {
    /// Creates a listener at this address, such as `"127.0.0.1:65520"`, with the default
    /// options, see [`SocketIoConnector::new`]. Port 0 picks a free port.
    pub fn bind(address: impl Into<WithOpeners<Tcp>>) -> Self {
        Self::new(address, WebOptions::new())
    }

    /// Creates a listener at this address, with these options. What may connect is as for a
    /// [`WebSocketPlugin`](crate::plugin::WebSocketPlugin): at an address on loopback no page
    /// but those of the named origins.
    ///
    /// ```
    /// use connector::plugin::SocketIoConnector;
    /// use connector::transport::WebOptions;
    ///
    /// let options = WebOptions::new().origins(["https://remix.ethereum.org"]);
    /// let plugin = SocketIoConnector::new("127.0.0.1:65520", options);
    /// ```
    pub fn new(address: impl Into<WithOpeners<Tcp>>, options: WebOptions) -> Self {
        Self(Sio::new(address.into(), options).json())
    }
}

impl Listen for SocketIoConnector {
    type Io = SioLink;

    async fn bind(&mut self) -> Result<(), StartError> {
        self.0.bind().await?;
        if let Some(Address::Inet(address)) = self.0.address()
            && address.ip().to_canonical().is_loopback()
        {
            let mut options = self.0.options().clone();
            options.guard_loopback(address);
            self.0.set_options(options);
        }
        Ok(())
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

/// An engine's connector to a plugin at a socket.io server, the engine's side of the guide's
/// example, with a URL as of a [`SioDialer`]. It reconnects after each end of the connection,
/// unless the plugin has disconnected it.
#[derive(Clone, Debug)]
pub struct SocketIoPlugin {
    profile: Profile,
    dialer: SioDialer,
}

impl SocketIoPlugin {
    /// Creates a connector to the plugin with this profile, over WebSocket.
    pub fn new(profile: Profile) -> Self {
        Self::with_dialer(profile, SioDialer::new())
    }

    /// Creates a connector that connects by this dialer, which has a version, transports and TLS
    /// settings of its own. Messages are always objects.
    pub fn with_dialer(profile: Profile, dialer: SioDialer) -> Self {
        Self { profile, dialer: dialer.json() }
    }
}

impl PluginConnector for SocketIoPlugin {
    type Link = SioLink;

    fn profile(&self) -> &Profile {
        &self.profile
    }

    async fn connect(&mut self, url: &str) -> Result<SioLink, ConnectError> {
        dial(&self.dialer, url).await
    }
}
