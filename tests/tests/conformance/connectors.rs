//! The kit passes on every connector that is sound.

use std::sync::atomic::{AtomicU64, Ordering};

use connector::MqttConnector;
use connector::prelude::*;
use connector::protocol::framing::{self, LengthDelimited};
use connector::protocol::mqtt::MqttPackets;
use connector::protocol::pomelo::package::{HEADER, PomeloPackages};
use connector::testing::{Behaviour, Content, Dialers, Effort, OverWebSocket, Tester, exemptions};
use connector::transport::{Deflate, Memory, ProxyProtocol, Tcp, Udp, WebOptions, WebSocket};
use connector::{Bare, Pomelo, QuicConnector, SioConnector, WebTransportConnector};
use connector_tests::buffered::Buffered;
use connector_tests::by_hand::{HandConnector, Loopback, Netstrings};
use connector_tests::line_link::LineConnector;
use connector_tests::mqtt::packet;
use tokio::io::{BufStream, DuplexStream};

#[cfg(unix)]
use crate::children::{AtFarEnd, ChildConnector, Children};
use crate::datagrams::Packages;
use crate::deflated::{self, OverDeflate};
use crate::dialers::{OverQuic, OverTls, OverWebTransport, Proxied};
use crate::effort;
use crate::socketio::OverSocketIo;

const ANY: &str = "127.0.0.1:0";

connector::conformance! {
    tcp => {
        let tcp = Tester::framed::<PomeloPackages>(|| TcpConnector::bind(ANY));
        tcp.pomelo().transport("tcp").effort(effort())
    },
    websocket => {
        let websocket = Tester::websocket(|| WebSocketConnector::bind(ANY));
        websocket.pomelo().transport("websocket").effort(effort())
    },
    websocket_texts => {
        let web = || WebSocketConnector::bind(ANY).web(WebOptions::new().text());
        let texts = Tester::new(web, OverWebSocket::new().text()).uncounted(HEADER);
        texts.transport("websocket").effort(effort())
    },
    deflate => {
        let web = || WebOptions::new().deflate(Deflate::new());
        Tester::new(move || WebSocketConnector::bind(ANY).web(web()), OverDeflate::new())
            .package(deflated::package)
            .uncounted(HEADER)
            .transport("websocket")
            .effort(effort())
    },
    hybrid_packages => {
        let hybrid = Tester::framed::<PomeloPackages>(|| HybridConnector::bind(ANY));
        hybrid.pomelo().effort(effort())
    },
    hybrid_websocket => {
        Tester::websocket(|| HybridConnector::bind(ANY)).pomelo().effort(effort())
    },
    socketio => {
        Tester::new(|| SioConnector::bind(ANY), OverSocketIo::new())
            .transport("socket.io")
            .effort(effort())
            .exempt(Behaviour::SizeLimit, "what escapes stand for is known when they are read")
            .exempt(Behaviour::SlowOpen, "a connection is accepted when its request was read")
            .exempt(Behaviour::Bytes, "its packages are text")
    },
    memory => {
        let dialers = Dialers::default();
        let memory = dialers.clone();
        Tester::framed::<PomeloPackages>(move || MemoryConnector::bind(memory.memory()))
            .dial(dialers)
            .pomelo()
            .transport("memory")
            .effort(Effort::Thorough)
    },
    udp => {
        // The kit's packages are not handshakes, and its client need not answer any.
        let port = || Udp::from(ANY).without_handshake().answer_times(u32::MAX);
        let lost = "a datagram may be lost, and others overtake it";
        let silent = "the death of a datagram's sender is silence";
        let bound = "open sockets keep the port, and a client that sends nothing is not refused";
        Tester::framed::<PomeloPackages>(move || UdpConnector::bind(port()))
            .pomelo()
            .uncounted(0)
            .limit(1_000)
            .dial(Packages)
            .transport("udp")
            .effort(effort())
            .exempt(Behaviour::Order, lost)
            .exempt(Behaviour::SizeLimit, "a datagram is complete when it arrives")
            .exempt(Behaviour::BothClose, "a session that has ended receives nothing")
            .exempt(Behaviour::AbruptDeath, silent)
            .exempt(Behaviour::BrokenOff, "a datagram arrives whole or not at all")
            .exempt(Behaviour::Stop, bound)
            .exempt(Behaviour::Restart, bound)
            .exempt(Behaviour::Backpressure, "what a peer does not read is lost")
            .exempt(Behaviour::Unread, "what a server does not read is lost")
    },
    mqtt => {
        Tester::framed::<MqttPackets>(|| MqttConnector::bind(ANY))
            // Their type nobody looks at before there is a session.
            .package(|payload| packet(0xf0, &[payload]))
            .uncounted(4)
            .transport("mqtt")
            .effort(effort())
    },
    quic => {
        let (quic, dialer) = OverQuic::new();
        let connector = move || QuicConnector::bind(quic());
        let quic = Tester::framed::<PomeloPackages>(connector).pomelo();
        quic.dial(dialer).transport("quic").effort(effort())
    },
    webtransport => {
        let (port, dialer) = OverWebTransport::new();
        let connector = move || WebTransportConnector::bind(port());
        let sessions = Tester::framed::<PomeloPackages>(connector).pomelo();
        sessions.dial(dialer).transport("webtransport").effort(effort())
    },
    #[cfg(unix)]
    unix => Tester::framed::<Netstrings>(|| {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let (process, next) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(format!("conformance-{process}-{next}.sock"));
        HandConnector(connector::transport::Unix::from(path))
    })
    .transport("unix")
    .effort(effort()),
    #[cfg(target_os = "linux")]
    shared_memory => {
        let connector = || connector::SharedMemoryConnector::bind(crate::shared::place());
        let shared = Tester::framed::<PomeloPackages>(connector).pomelo();
        shared.dial(crate::shared::OverSharedMemory).transport("shared-memory").effort(effort())
    },
    #[cfg(unix)]
    child_process => {
        let dialers = Dialers::default();
        let memory = dialers.clone();
        let children = move || ChildConnector { listen: Children::new(memory.memory()) };
        Tester::framed::<LengthDelimited<u32>>(children)
            .dial(AtFarEnd(dialers))
            .exempt(Behaviour::Churn, "a program that closes its output has a second to exit")
            .transport("child")
            .effort(effort())
    },
}

connector::conformance! {
    behind_a_proxy => {
        let packages = Tester::framed::<PomeloPackages>(proxied);
        packages.pomelo().dial(Proxied).transport("tcp")
    },
    websocket_behind_a_proxy => Tester::websocket(proxied).pomelo().dial(Proxied),
    over_tls => {
        let (tls, dialer) = OverTls::new();
        let hybrid = move || HybridConnector::bind(Tcp::from(ANY).opener(tls.clone()));
        Tester::framed::<PomeloPackages>(hybrid).pomelo().dial(dialer).effort(effort())
    },
    websocket_over_tls => {
        let (tls, dialer) = OverTls::new();
        let hybrid = move || HybridConnector::bind(Tcp::from(ANY).opener(tls.clone()));
        Tester::websocket(hybrid).pomelo().dial(dialer)
    },
    by_hand => Tester::framed::<Netstrings>(|| HandConnector(Loopback::any())).transport("loopback"),
    short_packages => {
        let dialers = Dialers::default();
        let memory = dialers.clone();
        let short = move || Short { listen: memory.memory() };
        Tester::framed::<LengthDelimited<u8>>(short).dial(dialers).limit(120)
    },
    lines => {
        let dialers = Dialers::default();
        let memory = dialers.clone();
        let lines = move || Text { listen: memory.memory() };
        Tester::framed::<framing::Lines>(lines).dial(dialers).content(Content::Line)
    },
    websocket_texts_in_memory => {
        let dialers = Dialers::default();
        let memory = dialers.clone();
        let page =
            move || Page { listen: WebSocket::new(memory.memory(), WebOptions::new().text()) };
        let speech = OverWebSocket::new().text().path("/play?room=1");
        Tester::new(page, speech).uncounted(HEADER).dial(dialers)
    },
    streams_with_a_buffer => {
        let dialers = Dialers::default();
        let memory = dialers.clone();
        let kept = move || Kept { listen: Buffered(memory.memory()) };
        Tester::framed::<LengthDelimited<u32>>(kept).dial(dialers)
    },
    websocket_with_a_buffer => {
        let dialers = Dialers::default();
        let memory = dialers.clone();
        let page = move || KeptPage {
            listen: WebSocket::new(Buffered(memory.memory()), WebOptions::new().text()),
        };
        Tester::new(page, OverWebSocket::new().text()).uncounted(HEADER).dial(dialers)
    },
    an_async_library => {
        let dialers = Dialers::default();
        let memory = dialers.clone();
        let lines = move || LineConnector { memory: memory.memory() };
        Tester::framed::<framing::Lines>(lines).dial(dialers).content(Content::Line)
    },
}

/// Returns the exemptions of the SDK's connectors, with the names that the guide gives them.
pub(crate) fn exempt() -> Vec<(&'static str, Vec<(Behaviour, &'static str)>)> {
    vec![
        ("TCP", exemptions(&tcp::subject())),
        ("WebSocket", exemptions(&websocket::subject())),
        ("WebSocket with `WebOptions::text`", exemptions(&websocket_texts::subject())),
        ("WebSocket with permessage-deflate", exemptions(&deflate::subject())),
        ("hybrid, packages", exemptions(&hybrid_packages::subject())),
        ("hybrid, WebSocket", exemptions(&hybrid_websocket::subject())),
        ("socket.io", exemptions(&socketio::subject())),
        ("UDP", exemptions(&udp::subject())),
        ("MQTT", exemptions(&mqtt::subject())),
        ("QUIC", exemptions(&quic::subject())),
        ("WebTransport", exemptions(&webtransport::subject())),
        ("memory", exemptions(&memory::subject())),
        #[cfg(unix)]
        ("Unix", exemptions(&unix::subject())),
        #[cfg(target_os = "linux")]
        ("shared memory", exemptions(&shared_memory::subject())),
        #[cfg(unix)]
        ("child process", exemptions(&child_process::subject())),
        ("TLS", exemptions(&over_tls::subject())),
        ("any with `Lines`", exemptions(&lines::subject())),
    ]
}

fn proxied() -> HybridConnector {
    let proxy = ProxyProtocol::from_proxies(["127.0.0.1"]).unwrap();
    HybridConnector::bind(Tcp::from(ANY).opener(proxy))
}

/// Declares a connector in memory and its socket.
macro_rules! in_memory {
    ($connector:ident, $socket:ident, $field:ident: $io:ty, $listen:ty, $($how:tt)*) => {
        #[derive(Socket)]
        #[socket($($how)*)]
        struct $socket {
            #[socket($field)]
            $field: $io,
            #[socket(peer)]
            peer: Peer,
        }

        #[derive(Connector)]
        #[connector(socket = $socket, codec = connector::codec::JsonCodec)]
        struct $connector {
            #[connector(listen)]
            listen: $listen,
        }
    };
}

type Web = connector::transport::WebSocketLink<DuplexStream>;
in_memory!(Short, ShortSocket, io: DuplexStream, Memory, framing = LengthDelimited<u8>, batch = concat);
in_memory!(Text, TextSocket, io: DuplexStream, Memory, framing = framing::Lines, session = Bare);
in_memory!(Page, PageSocket, link: Web, WebSocket<Memory>, session = Pomelo);

type Buffer = BufStream<DuplexStream>;
type BufferedWeb = connector::transport::WebSocketLink<Buffer>;
in_memory!(Kept, KeptSocket, io: Buffer, Buffered<Memory>, framing = LengthDelimited<u32>);
in_memory!(KeptPage, KeptPageSocket, link: BufferedWeb, WebSocket<Buffered<Memory>>, session = Pomelo);
