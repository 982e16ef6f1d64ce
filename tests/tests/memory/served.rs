//! The server whose memory is counted.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector::prelude::*;
use connector::transport::{ProxyProtocol, Quic, Tcp, Tls, Udp};
use connector::{Address, MqttConnector, Proto, QuicConnector, Raw, SioConnector, UdpConnector};
use connector_tests::certificates::Authority;
use serde_json::Value;
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;

use super::peer::RawPeer;

/// The length of a long answer or message, which fits into a package with its head.
pub(crate) const LONG: usize = (1 << 20) - 64;

/// A server with the default limits, without heartbeats.
pub(crate) struct Served {
    runtime: Runtime,
    server: Server,
    gate: Arc<Semaphore>,
    kept: Mutex<Vec<RawPeer>>,
    authority: Authority,
}

struct Costly(Arc<Semaphore>);

impl Costly {
    async fn pass(&self) {
        self.0.acquire().await.unwrap().forget();
    }
}

/// A message of messages, each of which is two bytes at least and takes 168.
#[derive(Clone, PartialEq, prost::Message)]
struct Entries {
    #[prost(message, repeated, tag = "1")]
    entries: Vec<Entry>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Entry {
    #[prost(string, repeated, tag = "1")]
    names: Vec<String>,
    #[prost(string, tag = "2")]
    first: String,
    #[prost(string, tag = "3")]
    second: String,
    #[prost(string, tag = "4")]
    third: String,
    #[prost(string, tag = "5")]
    fourth: String,
    #[prost(string, tag = "6")]
    fifth: String,
    #[prost(string, tag = "7")]
    sixth: String,
}

fn long() -> Raw {
    Raw(vec![b'x'; LONG].into())
}

#[handler("test.costly")]
impl Costly {
    #[route(concurrent)]
    async fn ping(&self) {}

    #[route]
    async fn visit(&self, session: &Session, server: &ServerHandle) {
        for room in 0..10_000 {
            let room = format!("room {room}");
            server.channels().join(&room, session);
            server.channels().leave(&room, session);
        }
    }

    #[route]
    async fn wait(&self) {
        self.pass().await;
    }

    #[route]
    async fn long(&self) -> Raw {
        long()
    }

    #[route(concurrent)]
    async fn long_beside(&self) -> Raw {
        self.pass().await;
        long()
    }

    #[route]
    async fn take(&self, body: Raw) {
        drop(body);
    }

    #[route(concurrent)]
    async fn take_beside(&self, body: Raw) {
        self.pass().await;
        drop(body);
    }

    #[route(concurrent)]
    async fn value_beside(&self, Json(value): Json<Value>) {
        self.pass().await;
        drop(value);
    }

    #[route(concurrent)]
    async fn message_beside(&self, Proto(message): Proto<Entries>) {
        self.pass().await;
        drop(message);
    }

    #[route]
    async fn value(&self, Json(value): Json<Value>) {
        self.pass().await;
        drop(value);
    }
}

impl Served {
    pub(crate) fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let gate = Arc::new(Semaphore::new(0));
        let proxy = ProxyProtocol::from_proxies(["127.0.0.1"]).unwrap();
        let behind_proxy = Tcp::from("127.0.0.1:0").opener(proxy);
        let authority = Authority::new();
        let local = authority.local();
        let tls = Tls::from_pem_files(&local.certificate, &local.key).unwrap();
        // Nobody says that such a peer has left.
        let udp = Udp::from("127.0.0.1:0").idle_timeout(Duration::from_secs(1));
        let server = Server::builder()
            .connector(HybridConnector::bind("127.0.0.1:0"))
            .connector(HybridConnector::bind(behind_proxy))
            .connector(MqttConnector::bind("127.0.0.1:0"))
            .connector(SioConnector::bind("127.0.0.1:0"))
            .connector(UdpConnector::bind(udp))
            .connector(QuicConnector::bind(Quic::new("127.0.0.1:0", tls)))
            // The peer counts bytes.
            .heartbeat(Duration::ZERO)
            .handler(Costly(gate.clone()));
        let server = runtime.block_on(server.start()).unwrap();
        Self { runtime, server, gate, kept: Mutex::default(), authority }
    }

    /// A peer that has opened its session.
    pub(crate) fn peer(&self) -> RawPeer {
        RawPeer::open(&self.server.addresses()[0].to_string())
    }

    pub(crate) fn pitaya_peer(&self) -> RawPeer {
        RawPeer::open_pitaya(&self.server.addresses()[0].to_string())
    }

    /// A peer that has said nothing.
    pub(crate) fn stranger(&self) -> RawPeer {
        RawPeer::connect(&self.server.addresses()[0].to_string())
    }

    /// A peer that has opened its session over WebSocket.
    pub(crate) fn web(&self) -> RawPeer {
        RawPeer::open_web(&self.server.addresses()[0].to_string())
    }

    /// A peer that has said nothing, on a port that is behind a proxy.
    pub(crate) fn behind_proxy(&self) -> RawPeer {
        RawPeer::connect(&self.server.addresses()[1].to_string())
    }

    /// A client of MQTT that has opened its session.
    pub(crate) fn mqtt(&self) -> RawPeer {
        RawPeer::open_mqtt(&self.server.addresses()[2].to_string())
    }

    /// A client of MQTT that has said nothing.
    pub(crate) fn mqtt_stranger(&self) -> RawPeer {
        RawPeer::connect(&self.server.addresses()[2].to_string())
    }

    /// A client of socket.io that has opened its session.
    pub(crate) fn sio(&self) -> RawPeer {
        RawPeer::open_sio(&self.server.addresses()[3].to_string())
    }

    /// The port of UDP.
    pub(crate) fn udp(&self) -> SocketAddr {
        self.inet(4)
    }

    /// The port of QUIC.
    pub(crate) fn quic(&self) -> SocketAddr {
        self.inet(5)
    }

    fn inet(&self, connector: usize) -> SocketAddr {
        match self.server.addresses()[connector] {
            Address::Inet(address) => address,
            ref other => panic!("{other} is no address of IP"),
        }
    }

    /// Whom a client trusts.
    pub(crate) fn roots(&self) -> PathBuf {
        self.authority.roots()
    }

    /// Runs a peer.
    pub(crate) fn block_on<T>(&self, peer: impl Future<Output = T>) -> T {
        self.runtime.block_on(peer)
    }

    /// Keeps a peer connected, once all that it has said is handled.
    pub(crate) fn keep(&self, mut peer: RawPeer) {
        peer.ping();
        self.kept.lock().unwrap().push(peer);
    }

    /// Lets so many calls return.
    pub(crate) fn open_gate(&self, calls: usize) {
        self.gate.add_permits(calls);
    }

    /// Waits until no session is open.
    pub(crate) fn until_closed(&self) {
        self.until(|statistics| statistics.sessions == 0);
    }

    /// Waits until no connection is left, and shuts the gate.
    pub(crate) fn until_left(&self) {
        self.until(|statistics| statistics.connections == 0);
        self.gate.forget_permits(usize::MAX);
    }

    pub(crate) fn stop(&self) {
        self.runtime.block_on(self.server.handle().stop());
    }

    fn until(&self, so: impl Fn(connector::server::Statistics) -> bool) {
        let handle = self.server.handle();
        for _ in 0..12_000 {
            if so(handle.statistics()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("the peer's connection did not end");
    }
}
