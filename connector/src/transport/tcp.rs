//! TCP listeners.

use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream, lookup_host};

use super::{Opener, WithOpeners, host_port, tcp_options};
use crate::connector::{Address, Peer};
use crate::connector::{Listen, StartError};

/// The number of connections that may wait to be accepted: many, since all clients
/// of a room may reconnect at the same time.
const BACKLOG: u32 = 4096;

/// A TCP port: an address until it is bound, or a listener that is.
///
/// Peers that vanish without closing are noticed by TCP keepalive, see
/// [`Tcp::keepalive`].
#[derive(Debug)]
pub struct Tcp {
    state: State,
    keepalive: Duration,
    no_delay: bool,
}

#[derive(Debug)]
enum State {
    Address(String),
    Bound(TcpListener),
    Std(std::net::TcpListener),
}

impl Tcp {
    fn new(state: State) -> Self {
        Self { state, keepalive: tcp_options::KEEPALIVE, no_delay: true }
    }

    /// Sets the time after which the system probes whether an idle peer is still there.
    /// If it answers none of four probes, 15 seconds apart, its connection is lost. Zero
    /// turns the probes off. Default: 60 seconds.
    #[must_use]
    pub fn keepalive(mut self, idle: Duration) -> Self {
        self.keepalive = idle;
        self
    }

    /// Sets whether small writes leave at once (`TCP_NODELAY`). Without, the system holds one
    /// back while the last one is not acknowledged (Nagle's algorithm), which saves packets and
    /// costs the time of a round trip. Default: `true`.
    #[must_use]
    pub fn no_delay(mut self, at_once: bool) -> Self {
        self.no_delay = at_once;
        self
    }

    /// Adds an opener to its connections, such as
    /// [`ProxyProtocol`](super::ProxyProtocol).
    pub fn opener(self, opener: impl Opener) -> WithOpeners<Self> {
        WithOpeners::new(self).opener(opener)
    }
}

impl Listen for Tcp {
    type Io = TcpStream;

    async fn bind(&mut self) -> Result<(), StartError> {
        // The state changes behind the last await, so that a cancelled call leaves it as it was.
        let bound = match &self.state {
            State::Bound(_) => return Ok(()),
            State::Std(listener) => {
                adopt(listener).map_err(|error| StartError::new("a listener", error))
            }
            State::Address(address) => {
                bind(address).await.map_err(|error| StartError::new(address, error))
            }
        };
        self.state = State::Bound(bound?);
        Ok(())
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(TcpStream, Peer)>> {
        let State::Bound(listener) = &self.state else {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        };
        let (stream, address) = ready!(listener.poll_accept(cx))?;
        tcp_options::set(&stream, self.keepalive, self.no_delay);
        Poll::Ready(Ok((stream, Peer::new("tcp", address))))
    }

    fn close(&mut self) {
        if let Some(address) = self.address() {
            self.state = State::Address(address.to_string());
        }
    }

    fn address(&self) -> Option<Address> {
        match &self.state {
            State::Bound(listener) => listener.local_addr().ok().map(Address::Inet),
            State::Std(listener) => listener.local_addr().ok().map(Address::Inet),
            State::Address(_) => None,
        }
    }
}

/// Takes over a listener of the standard library.
fn adopt(listener: &std::net::TcpListener) -> io::Result<TcpListener> {
    let listener = listener.try_clone()?;
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}

async fn bind(address: &str) -> io::Result<TcpListener> {
    let mut last = io::Error::new(io::ErrorKind::InvalidInput, "the name has no address");
    for address in lookup_host(address).await? {
        match listen(address) {
            Ok(listener) => return Ok(listener),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // On Unix this allows binding a port with old connections in TIME_WAIT; on
    // Windows it would allow taking over a bound port.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

impl From<&str> for Tcp {
    /// Parses `"host:port"`. For port 0 the system chooses one.
    fn from(address: &str) -> Self {
        Self::new(State::Address(address.to_owned()))
    }
}

impl From<String> for Tcp {
    fn from(address: String) -> Self {
        Self::new(State::Address(address))
    }
}

impl From<SocketAddr> for Tcp {
    fn from(address: SocketAddr) -> Self {
        Self::new(State::Address(address.to_string()))
    }
}

impl From<(&str, u16)> for Tcp {
    fn from((host, port): (&str, u16)) -> Self {
        Self::new(State::Address(host_port::join(host, port)))
    }
}

impl From<TcpListener> for Tcp {
    fn from(listener: TcpListener) -> Self {
        Self::new(State::Bound(listener))
    }
}

impl From<std::net::TcpListener> for Tcp {
    fn from(listener: std::net::TcpListener) -> Self {
        Self::new(State::Std(listener))
    }
}
