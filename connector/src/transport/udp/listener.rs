//! UDP listeners.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use socket2::SockRef;
use tokio::net::UdpSocket;

use super::port::Port;
use super::rules::Rules;
use super::served::Served;
use super::{DatagramSize, TRANSPORT, UdpLink};
use crate::connector::{Address, Listen, Peer, StartError};
use crate::transport::{host_port, udp_socket};

/// The system's buffers for datagrams that wait, in bytes: room for the burst of many peers.
/// Systems grant less than they are asked for.
const BUFFER: usize = 4 << 20;

/// A UDP port: an address until it is bound, or a socket that is. All its links share one
/// socket, and each is the datagrams of one address.
///
/// A datagram that is pomelo's handshake begins a link, others of unknown addresses are
/// dropped. Of an address with a session it ends that one, since its client has started again,
/// unless it is equal to the session's own and came within 5 seconds: a copy.
///
/// Source addresses may be forged, so an address gets at most [three
/// times](Self::answer_times) what it has sent until it goes on after an answer, and [only so
/// many](Self::unfinished) may be in that state: it costs a session's memory until
/// [`Limits::handshake`](crate::Limits::handshake) has passed, or the oldest of too many has
/// to go. Of each address 256 datagrams and 256 KiB may wait, [and so much of
/// all](Self::queued); more are lost.
///
/// Bound at `[::]`, it takes IPv4 too. On a host with several addresses bind each: at
/// `0.0.0.0` and `[::]` the system chooses the address that answers come from, and a client
/// drops those of another than it has asked.
///
/// ```
/// use std::time::Duration;
///
/// use connector::UdpConnector;
/// use connector::transport::{DatagramSize, Udp};
///
/// let port = Udp::from("0.0.0.0:3010").size(DatagramSize::Ethernet);
/// let connector = UdpConnector::bind(port.idle_timeout(Duration::from_secs(60)));
/// ```
#[derive(Debug)]
pub struct Udp {
    state: State,
    rules: Rules,
}

#[derive(Debug)]
enum State {
    Address(String),
    Bound(Arc<Port>),
    Std(std::net::UdpSocket),
    Tokio(UdpSocket),
    /// Links may still use the port.
    Closed(String, Weak<Port>),
}

impl Udp {
    fn new(state: State) -> Self {
        Self { state, rules: Rules::default() }
    }

    /// Sets the most bytes of a datagram that is sent. Default: [`DatagramSize::Minimal`],
    /// 1,200.
    #[must_use]
    pub fn size(mut self, size: DatagramSize) -> Self {
        self.rules.size = size;
        self
    }

    /// Lets any datagram of an unknown address begin a link, for sessions without pomelo's
    /// handshake, such as those of `#[socket(session = Bare)]`. A client that starts again at
    /// the same address then goes on in its old session.
    #[must_use]
    pub fn without_handshake(mut self) -> Self {
        self.rules.handshake = false;
        self
    }

    /// Sets how many times as much as it has sent an address may get before it has shown that
    /// it receives. An answer that is longer waits until the client has asked so often that it
    /// fits. Clients of this crate ask with 1,200 bytes; raise it for others whose handshake
    /// is short, if its answer is long, as one with a dictionary is. Zero counts as 1.
    /// Default: 3, as in QUIC.
    #[must_use]
    pub fn answer_times(mut self, times: u32) -> Self {
        self.rules.answer_times = times.max(1);
        self
    }

    /// Sets the number of addresses that may have begun a link and not shown that they
    /// receive. One more ends the oldest of them, so that clients come through a flood of
    /// forged addresses. Zero counts as 1. Default: 4,096.
    #[must_use]
    pub fn unfinished(mut self, addresses: usize) -> Self {
        self.rules.unfinished = addresses;
        self
    }

    /// Sets the bytes of datagrams that may wait for all links together, each with 64 bytes
    /// besides its own. Further ones are lost. Default: 64 MiB.
    #[must_use]
    pub fn queued(mut self, bytes: usize) -> Self {
        self.rules.queued = bytes;
        self
    }

    /// Sets the time after which a link ends whose peer sends nothing. Heartbeats notice that
    /// earlier where they are on; a server with heartbeats less often than this needs a longer
    /// one. Zero is never. Default: 2 minutes, after which routers give the address to others.
    #[must_use]
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.rules.idle = timeout;
        self
    }
}

impl Listen for Udp {
    type Io = UdpLink;

    async fn bind(&mut self) -> Result<(), StartError> {
        // The state changes behind the last await, so that a cancelled call leaves it as it was.
        let socket = match &self.state {
            State::Bound(_) => return Ok(()),
            State::Std(socket) => adopt(&SockRef::from(socket))?,
            State::Tokio(socket) => adopt(&SockRef::from(socket))?,
            State::Address(address) => bind(address).await?,
            State::Closed(address, port) => match port.upgrade() {
                Some(port) => {
                    port.peers().listen(true);
                    self.state = State::Bound(port);
                    return Ok(());
                }
                None => bind(address).await?,
            },
        };
        let sockref = SockRef::from(&socket);
        let _ = sockref.set_recv_buffer_size(BUFFER);
        let _ = sockref.set_send_buffer_size(BUFFER);
        self.state = State::Bound(Port::open(socket, self.rules));
        Ok(())
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(UdpLink, Peer)>> {
        let State::Bound(port) = &self.state else {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        };
        let new = ready!(port.poll_accept(cx));
        let peer = Peer::new(TRANSPORT, new.address);
        let served = Served::new(port.clone(), new);
        Poll::Ready(Ok((UdpLink::served(served, self.rules.size), peer)))
    }

    /// The socket is closed with the last link. Until then the address stays bound, the links
    /// go on, and newcomers are told that nobody listens; [`Listen::bind`] takes it up again.
    fn close(&mut self) {
        if let State::Bound(port) = &self.state {
            port.peers().listen(false);
            let address =
                port.socket.local_addr().map_or_else(|_| String::new(), |at| at.to_string());
            self.state = State::Closed(address, Arc::downgrade(port));
        }
    }

    fn address(&self) -> Option<Address> {
        match &self.state {
            State::Bound(port) => port.socket.local_addr().ok(),
            State::Std(socket) => socket.local_addr().ok(),
            State::Tokio(socket) => socket.local_addr().ok(),
            State::Address(_) | State::Closed(..) => None,
        }
        .map(Address::Inet)
    }
}

async fn bind(address: &str) -> Result<UdpSocket, StartError> {
    let bound = udp_socket::bind(address).await.and_then(UdpSocket::from_std);
    bound.map_err(|error| StartError::new(address, error))
}

/// Takes over a socket that is bound already.
fn adopt(socket: &SockRef<'_>) -> Result<UdpSocket, StartError> {
    let adopted = socket.try_clone().and_then(|socket| {
        socket.set_nonblocking(true)?;
        UdpSocket::from_std(socket.into())
    });
    adopted.map_err(|error| StartError::new("a socket", error))
}

impl From<&str> for Udp {
    /// Parses `"host:port"`. For port 0 the system chooses one.
    fn from(address: &str) -> Self {
        Self::new(State::Address(address.to_owned()))
    }
}

impl From<String> for Udp {
    fn from(address: String) -> Self {
        Self::new(State::Address(address))
    }
}

impl From<SocketAddr> for Udp {
    fn from(address: SocketAddr) -> Self {
        Self::new(State::Address(address.to_string()))
    }
}

impl From<(&str, u16)> for Udp {
    fn from((host, port): (&str, u16)) -> Self {
        Self::new(State::Address(host_port::join(host, port)))
    }
}

impl From<UdpSocket> for Udp {
    fn from(socket: UdpSocket) -> Self {
        Self::new(State::Tokio(socket))
    }
}

impl From<std::net::UdpSocket> for Udp {
    fn from(socket: std::net::UdpSocket) -> Self {
        Self::new(State::Std(socket))
    }
}
