//! The conformance kit passes on every connector that is sound, and finds what
//! is broken in those that are not.

use std::io;
use std::time::Duration;

use connector::prelude::*;
use connector::protocol::framing;
use connector::protocol::framing::LengthDelimited;
use connector::protocol::pomelo::package::{HEADER, PomeloPackages};
use connector::testing::{
    Behaviour, Dial, Dialers, Outcome, OverWebSocket, Sockets, Subject, Tester, Wire, check,
    conformance,
};
use connector::transport::{ClientPem, Memory, ProxyProtocol, Tcp, Tls, WebOptions, WebSocket};
use connector::{Address, Bare, Pomelo};
use connector_tests::broken::{Broken, Fault};
use connector_tests::buffered::Buffered;
use connector_tests::by_hand::{HandConnector, Loopback, Netstrings};
use connector_tests::certificates::Authority;
use connector_tests::line_link::LineConnector;
use tokio::io::{BufStream, DuplexStream};
use tokio::net::TcpSocket;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

const ANY: &str = "127.0.0.1:0";

#[tokio::test]
async fn tcp_conforms() {
    let tcp = Tester::framed::<PomeloPackages>(|| TcpConnector::bind(ANY)).pomelo();
    conformance(&tcp).await.assert();
}

#[tokio::test]
async fn websocket_conforms() {
    let web = Tester::websocket(|| WebSocketConnector::bind(ANY)).pomelo();
    conformance(&web).await.assert();
}

#[tokio::test]
async fn hybrid_conforms_to_packages() {
    let hybrid = Tester::framed::<PomeloPackages>(|| HybridConnector::bind(ANY)).pomelo();
    conformance(&hybrid).await.assert();
}

#[tokio::test]
async fn hybrid_conforms_to_websocket() {
    let hybrid = Tester::websocket(|| HybridConnector::bind(ANY)).pomelo();
    conformance(&hybrid).await.assert();
}

/// A client behind a proxy.
#[derive(Debug)]
struct Proxied;

impl Dial for Proxied {
    async fn dial(&self, address: &Address) -> io::Result<Wire> {
        let mut wire = Sockets.dial(address).await?;
        wire.write(b"PROXY TCP4 203.0.113.7 127.0.0.1 56324 3010\r\n").await?;
        Ok(wire)
    }
}

#[tokio::test]
async fn a_connector_with_an_opener_conforms() {
    let hybrid = || {
        let proxy = ProxyProtocol::from_proxies(["127.0.0.1"]).unwrap();
        HybridConnector::bind(Tcp::from(ANY).opener(proxy))
    };
    let packages = Tester::framed::<PomeloPackages>(hybrid).pomelo().dial(Proxied);
    conformance(&packages).await.assert();
    conformance(&Tester::websocket(hybrid).pomelo().dial(Proxied)).await.assert();
}

/// A client that speaks TLS.
struct OverTls(TlsConnector);

impl Dial for OverTls {
    /// Stops in the handshake of TLS.
    async fn stall(&self, address: &Address, _: &[u8]) -> io::Result<Wire> {
        Sockets.stall(address, b"\x16\x03\x01\x02").await
    }

    async fn dial(&self, address: &Address) -> io::Result<Wire> {
        let Address::Inet(address) = address else { unreachable!("a TCP port") };
        let socket = TcpSocket::new_v4()?;
        // Otherwise the system lets it grow by megabytes.
        socket.set_recv_buffer_size(64 * 1024)?;
        let stream = socket.connect(*address).await?;
        stream.set_nodelay(true)?;
        // A client that disappears does so with a reset.
        stream.set_zero_linger()?;
        let name = ServerName::IpAddress(address.ip().into());
        Ok(Wire::new(self.0.connect(name, stream).await?))
    }
}

#[tokio::test]
async fn connectors_with_tls_conform() {
    let authority = Authority::new();
    let local = authority.local();
    let tls = Tls::from_pem_files(local.certificate, local.key).unwrap();
    let client = ClientPem::new(authority.roots()).load().unwrap();
    let hybrid = || HybridConnector::bind(Tcp::from(ANY).opener(tls.clone()));
    let packages = Tester::framed::<PomeloPackages>(hybrid).pomelo();
    conformance(&packages.dial(OverTls(client.clone().into()))).await.assert();
    let web = Tester::websocket(hybrid).pomelo();
    conformance(&web.dial(OverTls(client.into()))).await.assert();
}

#[tokio::test]
async fn memory_conforms() {
    let dialers = Dialers::default();
    let memory = || MemoryConnector::bind(dialers.memory());
    let memory = Tester::framed::<PomeloPackages>(memory).dial(dialers.clone()).pomelo();
    conformance(&memory).await.assert();
}

#[cfg(unix)]
#[tokio::test]
async fn unix_conforms() {
    use connector::transport::Unix;
    use std::sync::atomic::{AtomicU64, Ordering};

    static NEXT: AtomicU64 = AtomicU64::new(0);
    let unix = || {
        let (process, next) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(format!("conformance-{process}-{next}.sock"));
        HandConnector(Unix::from(path))
    };
    conformance(&Tester::framed::<Netstrings>(unix)).await.assert();
}

#[tokio::test]
async fn a_connector_by_hand_conforms() {
    let by_hand = Tester::framed::<Netstrings>(|| HandConnector(Loopback::any()));
    conformance(&by_hand).await.assert();
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

#[tokio::test]
async fn short_packages_conform() {
    let dialers = Dialers::default();
    let short = Tester::framed::<LengthDelimited<u8>>(|| Short { listen: dialers.memory() });
    conformance(&short.dial(dialers.clone()).limit(120)).await.assert();
}

#[tokio::test]
async fn lines_conform() {
    let dialers = Dialers::default();
    let lines = Tester::framed::<framing::Lines>(|| Text { listen: dialers.memory() });
    conformance(&lines.dial(dialers.clone())).await.assert();
}

#[tokio::test]
async fn websocket_texts_in_memory_conform() {
    let dialers = Dialers::default();
    let page = || Page { listen: WebSocket::new(dialers.memory(), WebOptions::new().text()) };
    let speech = OverWebSocket::new().text().path("/play?room=1");
    let page = Tester::new(page, speech).uncounted(HEADER);
    conformance(&page.dial(dialers.clone())).await.assert();
}

#[tokio::test]
async fn streams_with_a_buffer_of_their_own_conform() {
    let dialers = Dialers::default();
    let kept =
        Tester::framed::<LengthDelimited<u32>>(|| Kept { listen: Buffered(dialers.memory()) });
    conformance(&kept.dial(dialers.clone())).await.assert();

    let page = || KeptPage {
        listen: WebSocket::new(Buffered(dialers.memory()), WebOptions::new().text()),
    };
    let page = Tester::new(page, OverWebSocket::new().text()).uncounted(HEADER);
    conformance(&page.dial(dialers.clone())).await.assert();
}

#[tokio::test]
async fn an_async_library_conforms() {
    let dialers = Dialers::default();
    let lines = || LineConnector { memory: dialers.memory() };
    let lines = Tester::framed::<framing::Lines>(lines).dial(dialers.clone());
    conformance(&lines).await.assert();
}

#[tokio::test]
async fn exempt_behaviours_are_not_looked_at() {
    let by_hand = Tester::framed::<Netstrings>(|| HandConnector(Loopback::any()))
        .exempt(Behaviour::Order, "somebody's reason");
    assert_eq!(check(&by_hand, Behaviour::Order).await, Outcome::Exempt("somebody's reason"));
    assert_eq!(check(&by_hand, Behaviour::Batch).await, Outcome::Passed);
}

#[tokio::test]
async fn a_connector_that_cannot_start_has_no_behaviour() {
    let other = std::net::TcpListener::bind(ANY).unwrap();
    let address = other.local_addr().unwrap();
    let taken = Tester::framed::<Netstrings>(|| TcpConnector::bind(address));
    let report = conformance(&taken).await;
    assert_eq!(report.failed(), Behaviour::ALL);
    let said = format!("FAILED  fragmented: it could not start: {address} is in use");
    assert!(report.to_string().contains(&said), "{report}");
}

#[tokio::test]
#[should_panic(expected = "FAILED  restart: it still returns the address")]
async fn a_failed_report_fails_its_test() {
    let dialers = Dialers::default();
    conformance(&broken(Fault::NeverStops, dialers)).await.assert();
}

fn broken(fault: Fault, dialers: Dialers) -> impl Subject + 'static {
    let memory = dialers.clone();
    let connector = move || Broken::new(HandConnector(memory.memory()), fault);
    let tester = Tester::framed::<Netstrings>(connector);
    tester.dial(dialers).timeout(Duration::from_secs(1))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn finds_what_is_broken() {
    use Behaviour::{
        AbruptDeath, Backpressure, Batch, Closing, Coalesced, Fragmented, Order, Restart,
        SizeLimit, SlowOpen,
    };
    let expected: [(Fault, &[Behaviour]); 10] = [
        (Fault::LosesTail, &[Fragmented, Coalesced, Order, AbruptDeath, SizeLimit]),
        (Fault::GluesStuck, &[Coalesced, Order, Closing]),
        (Fault::Reverses, &[Coalesced, Order, Closing]),
        (Fault::CutsBatch, &[Batch]),
        (Fault::SwallowsClose, &[Closing, AbruptDeath, SlowOpen]),
        (Fault::CallsDeathClose, &[AbruptDeath]),
        (Fault::NeverStops, &[Restart]),
        (Fault::BuffersAll, &[Backpressure]),
        (Fault::IgnoresLimit, &[SizeLimit]),
        (Fault::OpensInAccept, &[SlowOpen]),
    ];
    let mut runs = JoinSet::new();
    for (fault, failing) in expected {
        let subject = broken(fault, Dialers::default());
        runs.spawn(async move { (fault, failing, conformance(&subject).await) });
    }
    while let Some(run) = runs.join_next().await {
        let (fault, failing, report) = run.unwrap();
        assert_eq!(report.failed(), failing, "{fault:?}\n{report}");
    }
}
