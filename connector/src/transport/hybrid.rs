//! Packages on a bare stream and WebSocket on one port.

use std::io;
#[cfg(feature = "mqtt")]
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use connector_protocol::framing::Envelope;
#[cfg(feature = "mqtt")]
use connector_protocol::mqtt::DeliveryOptions;
use connector_protocol::pomelo::package::{PackageType, PomeloPackages};
use connector_protocol::session::Machine;
use connector_protocol::{CloseReason, TlsError, http, tls};

use super::http::WebOptions;
#[cfg(feature = "mqtt")]
use super::mqtt::{Carrier, Clients, MqttOptions};
use super::proxy;
use super::stream::Stream;
use super::tcp::Tcp;
use super::websocket::{self, Web};
use super::with_openers::WithOpeners;
use crate::MaybeSend;
use crate::connector::{Address, Listen, Peer, Pomelo, Role, SessionKind, StartError};
use crate::link::{ByteStream, Inbox, Link, Opening, Outgoing, lost};

/// The first byte of MQTT: a CONNECT.
#[cfg(feature = "mqtt")]
const CONNECT: u8 = 0x10;

/// A TCP port, or any other listener of byte streams, that accepts pomelo's
/// packages bare and over WebSocket, and MQTT if it is told to. The first byte decides which.
#[derive(Debug)]
pub struct Hybrid<L = WithOpeners<Tcp>> {
    listen: L,
    options: WebOptions,
    #[cfg(feature = "mqtt")]
    mqtt: Option<(Arc<DeliveryOptions>, Arc<Clients>)>,
}

impl<L> Hybrid<L> {
    /// Accepts both on the connections of `listen`.
    pub fn new(listen: L, options: WebOptions) -> Self {
        Self {
            listen,
            options,
            #[cfg(feature = "mqtt")]
            mqtt: None,
        }
    }

    /// Accepts MQTT too, for a socket whose session is that of its link, see
    /// [`HybridLink::machine`]. Default: it is refused.
    #[cfg(feature = "mqtt")]
    #[must_use]
    pub fn mqtt(mut self, options: MqttOptions) -> Self {
        self.set_mqtt(options);
        self
    }

    #[cfg(feature = "mqtt")]
    pub(crate) fn set_mqtt(&mut self, options: MqttOptions) {
        self.mqtt = Some((options.delivery(), Arc::default()));
    }

    pub(crate) fn set_options(&mut self, options: WebOptions) {
        self.options = options;
    }
}

impl<L: Listen> Listen for Hybrid<L>
where
    L::Io: ByteStream,
{
    type Io = HybridLink<L::Io>;

    fn bind(&mut self) -> impl Future<Output = Result<(), StartError>> + MaybeSend {
        self.listen.bind()
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(Self::Io, Peer)>> {
        let options = &self.options;
        #[cfg(feature = "mqtt")]
        let mqtt = &self.mqtt;
        self.listen.poll_accept(cx).map_ok(|(io, peer)| {
            let expected = Expected {
                web: options.clone(),
                #[cfg(feature = "mqtt")]
                mqtt: mqtt.clone(),
            };
            (HybridLink { io, mode: Mode::Unknown(expected) }, peer)
        })
    }

    fn close(&mut self) {
        self.listen.close();
    }

    fn address(&self) -> Option<Address> {
        self.listen.address()
    }
}

impl<A> From<A> for Hybrid
where
    WithOpeners<Tcp>: From<A>,
{
    fn from(address: A) -> Self {
        Self::new(address.into(), WebOptions::new())
    }
}

/// A link that carries packages bare or over WebSocket, or MQTT.
#[derive(Debug)]
pub struct HybridLink<Io = Stream> {
    io: Io,
    mode: Mode,
}

#[derive(Debug)]
enum Mode {
    Unknown(Expected),
    Packages,
    /// Boxed, since it is much larger than the others.
    Web(Box<Web>),
    #[cfg(feature = "mqtt")]
    Mqtt(Box<Carrier>),
}

/// The options of what a connection may turn out to carry.
#[derive(Debug)]
struct Expected {
    web: WebOptions,
    #[cfg(feature = "mqtt")]
    mqtt: Option<(Arc<DeliveryOptions>, Arc<Clients>)>,
}

impl Mode {
    /// Returns whether a request may name another address of this peer.
    fn changes_address(&self, peer: &Peer) -> bool {
        match self {
            Self::Unknown(expected) => {
                expected.web.get_forwarded().is_some_and(|proxies| proxies.trusts(peer))
            }
            Self::Web(web) => web.changes_address(peer),
            _ => false,
        }
    }
}

impl<Io> HybridLink<Io> {
    /// Creates the machine of an open link's session, which is pomelo's or MQTT's:
    /// [`Socket::session`](crate::Socket::session) of a socket of your own.
    pub fn machine(&self, role: Role) -> Box<dyn Machine> {
        match &self.mode {
            #[cfg(feature = "mqtt")]
            Mode::Mqtt(carrier) => carrier.machine(role),
            _ => Pomelo::machine(role),
        }
    }
}

impl<Io: ByteStream + 'static> HybridLink<Io> {
    /// Decides by the first byte: a package begins with its type, 1 to 5, an HTTP
    /// request with a capital letter, MQTT with 16.
    fn poll_sniff(
        &mut self,
        cx: &mut Context<'_>,
        opening: &mut Opening<'_>,
    ) -> Poll<Result<(), CloseReason>> {
        loop {
            let inbox = &mut *opening.inbox;
            match &mut self.mode {
                Mode::Packages => return Poll::Ready(Ok(())),
                #[cfg(feature = "mqtt")]
                Mode::Mqtt(carrier) => {
                    carrier.open(opening);
                    return Poll::Ready(Ok(()));
                }
                Mode::Web(web) => {
                    opening.peer.transport = websocket::TRANSPORT;
                    return web.poll_open(self.io.io(), cx, opening);
                }
                Mode::Unknown(expected) => match inbox.unread().first() {
                    Some(b'A'..=b'Z') => {
                        #[cfg(feature = "sio")]
                        if let Some(sio) = expected.web.get_sio()
                            && ready!(sio.poll_take_over(cx, &mut self.io, &expected.web, opening))?
                        {
                            return Poll::Ready(Err(CloseReason::Answered));
                        }
                        self.mode = Mode::Web(Box::new(Web::server(expected.web.clone())));
                    }
                    #[cfg(feature = "mqtt")]
                    Some(&CONNECT) if expected.mqtt.is_some() => {
                        if let Some((options, clients)) = expected.mqtt.take() {
                            self.mode = Mode::Mqtt(Box::new(Carrier::server(options, clients)));
                        }
                    }
                    Some(&tls::HANDSHAKE) => return Poll::Ready(Err(refuse_tls(inbox))),
                    Some(&byte) => {
                        PackageType::try_from(byte)?;
                        self.mode = Mode::Packages;
                    }
                    None => {
                        if ready!(inbox.poll_fill(cx, self.io.io())).map_err(lost)? == 0 {
                            return Poll::Ready(Err(CloseReason::PeerClosed));
                        }
                    }
                },
            }
        }
    }
}

/// Answers a client that begins TLS as web servers do, which every TLS library tells apart.
fn refuse_tls(inbox: &mut Inbox) -> CloseReason {
    let text = b"this port does not speak TLS";
    inbox.unread_and_replies().1.extend(http::response(
        400,
        &[("Content-Type", "text/plain")],
        text,
    ));
    CloseReason::Tls(Box::new(TlsError::Unexpected))
}

impl<Io: ByteStream + 'static> Link for HybridLink<Io> {
    fn poll_open(
        &mut self,
        cx: &mut Context<'_>,
        opening: &mut Opening<'_>,
    ) -> Poll<Result<(), CloseReason>> {
        opening.changes_later = self.mode.changes_address(opening.peer);
        ready!(self.io.poll_open(cx, opening))?;
        opening.changes_later = self.mode.changes_address(opening.peer);
        opening.settled = !opening.changes_later;
        ready!(opening.poll_admitted());
        self.poll_sniff(cx, opening).map_err(|reason| proxy::explain(reason, opening))
    }

    fn poll_recv(
        &mut self,
        cx: &mut Context<'_>,
        inbox: &mut Inbox,
    ) -> Poll<Result<(), CloseReason>> {
        match &mut self.mode {
            Mode::Web(web) => web.poll_recv(self.io.io(), cx, inbox),
            #[cfg(feature = "mqtt")]
            Mode::Mqtt(carrier) => carrier.poll_recv(&mut self.io, cx, inbox),
            _ => self.io.poll_recv::<PomeloPackages>(cx, inbox),
        }
    }

    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<Result<(), CloseReason>> {
        #[cfg(feature = "deflate")]
        if let Mode::Web(web) = &mut self.mode {
            return web.poll_send(&mut self.io, cx, outgoing);
        }
        #[cfg(feature = "mqtt")]
        if let Mode::Mqtt(carrier) = &mut self.mode {
            return carrier.poll_send(&mut self.io, cx, outgoing);
        }
        self.io.poll_send(cx, outgoing)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>, reason: &CloseReason) -> Poll<()> {
        match &mut self.mode {
            Mode::Web(web) => {
                #[cfg(feature = "deflate")]
                ready!(web.poll_sealed(&mut self.io, cx));
                web.poll_close(self.io.io(), cx, reason)
            }
            #[cfg(feature = "mqtt")]
            Mode::Mqtt(carrier) => carrier.poll_close(&mut self.io, cx, reason),
            _ => self.io.poll_close(cx, reason),
        }
    }

    fn peer_has_left(&mut self, cx: &mut Context<'_>) -> bool {
        self.io.peer_has_left(cx)
    }

    fn ping(&mut self, inbox: &mut Inbox) -> bool {
        match &mut self.mode {
            Mode::Web(web) => web.ping(inbox),
            _ => false,
        }
    }

    fn beat(&mut self, inbox: &mut Inbox) {
        match &mut self.mode {
            Mode::Web(web) => web.beat(inbox),
            #[cfg(feature = "mqtt")]
            Mode::Mqtt(carrier) => carrier.beat(inbox),
            _ => {}
        }
    }

    fn peer_has_finished(&self) -> bool {
        matches!(&self.mode, Mode::Web(web) if web.peer_has_finished())
    }

    #[cfg(feature = "mqtt")]
    fn held(&self) -> usize {
        match &self.mode {
            Mode::Mqtt(carrier) => carrier.held(),
            _ => 0,
        }
    }

    fn frame(&self) -> &'static dyn Envelope {
        match &self.mode {
            Mode::Web(web) => web.frame(),
            _ => &PomeloPackages,
        }
    }
}
