//! Sources of links that carry messages, made of any connector or listener.

use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};

use crate::MaybeSend;
use crate::connector::{Address, Connector, Listen, Peer, Socket, StartError};
use crate::link::{ByteStream, Link};
use crate::plugin::{LineLink, MessageLink};

/// A source of links that carry messages: any [`Connector`], and any [`Listen`]er of links or
/// of byte streams. [`serve`](crate::plugin::serve) takes it for a plugin, and
/// [`AcceptedPlugin`](crate::plugin::AcceptedPlugin) for an engine.
///
/// | type | its links |
/// |---|---|
/// | a connector, ready or derived | its sockets; over pomelo's packages each message is a data package |
/// | [`WebSocketPlugin`](crate::plugin::WebSocketPlugin), or another listener of links | these |
/// | `transport::Unix`, `transport::Tcp`, or another listener of byte streams | [`LineLink`]s over these |
///
/// `Kind` tells them apart, and is inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a connector, nor a listener of links or byte streams",
    note = "use `WebSocketPlugin`, a connector such as `HybridConnector`, `transport::Unix`, or \
            your own with `#[derive(Connector)]`"
)]
pub trait Port<Kind>: MaybeSend + 'static {
    /// The link of a connection.
    type Link: MessageLink;

    /// Starts listening.
    ///
    /// # Errors
    /// Returns [`StartError`] if the address cannot be listened on.
    ///
    /// # Cancel safety
    /// That of [`Listen::bind`].
    fn open_port(&mut self) -> impl Future<Output = Result<(), StartError>> + MaybeSend;

    /// Waits for the next connection.
    ///
    /// # Errors
    /// Returns the error of accepting this connection. The port stays usable.
    fn poll_link(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(Self::Link, Peer)>>;

    /// Stops listening. Accepted links stay open.
    fn close_port(&mut self);

    /// Returns the address at which it listens. `None` before it has started.
    fn port_address(&self) -> Option<Address>;
}

/// Returns the address of a port if it is on loopback.
pub(in crate::plugin) fn loopback(address: Option<Address>) -> Option<SocketAddr> {
    match address {
        Some(Address::Inet(address)) if address.ip().to_canonical().is_loopback() => Some(address),
        _ => None,
    }
}

/// The kind of [`Port`]s that are connectors.
#[derive(Debug)]
pub enum OfConnector {}

/// The kind of [`Port`]s that are listeners of links.
#[derive(Debug)]
pub enum OfLinks {}

/// The kind of [`Port`]s that are listeners of byte streams.
#[derive(Debug)]
pub enum OfStreams {}

impl<C: Connector> Port<OfConnector> for C {
    type Link = C::Socket;

    fn open_port(&mut self) -> impl Future<Output = Result<(), StartError>> + MaybeSend {
        Connector::start(self)
    }

    fn poll_link(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(C::Socket, Peer)>> {
        Connector::poll_accept(self, cx).map_ok(|socket| {
            let peer = socket.peer().clone();
            (socket, peer)
        })
    }

    fn close_port(&mut self) {
        Connector::stop(self);
    }

    fn port_address(&self) -> Option<Address> {
        Connector::address(self)
    }
}

impl<L: Listen<Io: Link>> Port<OfLinks> for L {
    type Link = L::Io;

    fn open_port(&mut self) -> impl Future<Output = Result<(), StartError>> + MaybeSend {
        self.bind()
    }

    fn poll_link(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(L::Io, Peer)>> {
        Listen::poll_accept(self, cx)
    }

    fn close_port(&mut self) {
        self.close();
    }

    fn port_address(&self) -> Option<Address> {
        Listen::address(self)
    }
}

impl<L: Listen<Io: ByteStream>> Port<OfStreams> for L {
    type Link = LineLink<L::Io>;

    fn open_port(&mut self) -> impl Future<Output = Result<(), StartError>> + MaybeSend {
        self.bind()
    }

    fn poll_link(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(Self::Link, Peer)>> {
        Listen::poll_accept(self, cx).map_ok(|(io, peer)| (LineLink::new(io), peer))
    }

    fn close_port(&mut self) {
        self.close();
    }

    fn port_address(&self) -> Option<Address> {
        Listen::address(self)
    }
}
