//! Pomelo over UDP: many sockets on one descriptor, a package a datagram.
//! Declared from outside, with nothing private.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use connector::codec::PomeloCodec;
use connector::link::{Boundaries, Inbox, Link, Outgoing};
use connector::prelude::*;
use connector::protocol::framing::{Envelope, Framing};
use connector::protocol::message::{Head, RequestId, RouteRef};
use connector::protocol::pomelo::message::Message;
use connector::protocol::pomelo::package::{
    self, DataPackage, HANDSHAKE_ACK, Package, PackageType,
};
use connector::{Address, Pomelo, StartError};
use serde_json::{Value, json};
use tokio::io::ReadBuf;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;

/// Datagrams that may wait for one peer; further ones are lost, as datagrams
/// may be.
const WAITING: usize = 64;

/// A UDP port, whose datagrams are spread over links by their address.
struct Udp {
    address: String,
    socket: Option<Arc<UdpSocket>>,
    links: HashMap<SocketAddr, mpsc::Sender<Vec<u8>>>,
}

/// What came from one address, and a way back.
struct UdpLink {
    socket: Arc<UdpSocket>,
    peer: SocketAddr,
    datagrams: mpsc::Receiver<Vec<u8>>,
}

impl From<&str> for Udp {
    fn from(address: &str) -> Self {
        Self { address: address.into(), socket: None, links: HashMap::new() }
    }
}

impl Listen for Udp {
    type Io = UdpLink;

    async fn bind(&mut self) -> Result<(), StartError> {
        let bound = UdpSocket::bind(&self.address).await;
        let socket = bound.map_err(|error| StartError::new(&self.address, error))?;
        self.socket = Some(Arc::new(socket));
        Ok(())
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(UdpLink, Peer)>> {
        let Some(socket) = &self.socket else {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        };
        let mut bytes = [0; 65_536];
        loop {
            let mut buf = ReadBuf::new(&mut bytes);
            let from = ready!(socket.poll_recv_from(cx, &mut buf))?;
            let datagram = buf.filled().to_vec();
            if let Some(link) = self.links.get(&from)
                && !link.is_closed()
            {
                let _ = link.try_send(datagram);
                continue;
            }
            let (link, datagrams) = mpsc::channel(WAITING);
            let _ = link.try_send(datagram);
            self.links.insert(from, link);
            let link = UdpLink { socket: socket.clone(), peer: from, datagrams };
            return Poll::Ready(Ok((link, Peer::new("udp", from))));
        }
    }

    fn close(&mut self) {
        self.socket = None;
    }

    fn address(&self) -> Option<Address> {
        self.socket.as_ref()?.local_addr().ok().map(Address::Inet)
    }
}

impl Link for UdpLink {
    fn poll_recv(
        &mut self,
        cx: &mut Context<'_>,
        inbox: &mut Inbox,
    ) -> Poll<Result<(), CloseReason>> {
        match ready!(self.datagrams.poll_recv(cx)) {
            Some(datagram) => inbox.push(datagram),
            None => return Poll::Ready(Err(CloseReason::PeerClosed)),
        }
        Poll::Ready(Ok(()))
    }

    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<Result<(), CloseReason>> {
        while let Some(package) = outgoing.package() {
            let sent = ready!(self.socket.poll_send_to(cx, package, self.peer));
            sent.map_err(|error| CloseReason::lost(&error))?;
            outgoing.package_sent();
        }
        Poll::Ready(Ok(()))
    }

    fn poll_close(&mut self, _: &mut Context<'_>, _: &CloseReason) -> Poll<()> {
        Poll::Ready(())
    }

    fn frame(&self) -> &'static dyn Envelope {
        Boundaries::INSTANCE
    }
}

#[derive(Socket)]
#[socket(session = Pomelo, batch = concat)]
struct UdpSocketPart {
    #[socket(link)]
    link: UdpLink,
    #[socket(peer)]
    peer: Peer,
}

#[derive(Connector)]
#[connector(socket = UdpSocketPart, codec = PomeloCodec)]
struct UdpConnector {
    #[connector(listen)]
    udp: Udp,
}

struct Entry;

#[handler("connector.entryHandler")]
impl Entry {
    #[route]
    async fn echo(&self, Json(body): Json<Value>) -> Json<Value> {
        Json(body)
    }

    #[route]
    async fn burst(&self, session: &Session) -> Result<(), HandlerError> {
        session
            .push_batch(&[("onOne", json!({ "n": 1 })), ("onTwo", json!({ "n": 2 }))])
            .map_err(|_| HandlerError::failed())
    }

    #[route(notify)]
    async fn leave(&self, session: &Session) {
        session.kick("gone");
    }
}

/// A pomelo client over datagrams.
struct Client(UdpSocket);

impl Client {
    async fn open(server: &Server) -> Self {
        let Address::Inet(address) = &server.addresses()[0] else { panic!("an IP address") };
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        socket.connect(address).await.unwrap();
        let client = Self(socket);
        let mut hello = Vec::new();
        package::encode(PackageType::Handshake, b"{\"sys\":{}}", &mut hello).unwrap();
        client.0.send(&hello).await.unwrap();
        let answer = client.receive().await;
        assert_eq!(answer[0].0, PackageType::Handshake);
        client.0.send(&HANDSHAKE_ACK).await.unwrap();
        client
    }

    async fn request(&self, id: u32, method: &str, body: &Value) {
        let route = format!("connector.entryHandler.{method}");
        let mut out = Vec::new();
        let mark = DataPackage.begin(&mut out);
        let head = Head::Request(RequestId::new(id), RouteRef::Name(&route));
        head.encode(&mut out).unwrap();
        out.extend(body.to_string().bytes());
        DataPackage.finish(mark, &mut out).unwrap();
        self.0.send(&out).await.unwrap();
    }

    /// The packages of the next datagram.
    async fn receive(&self) -> Vec<(PackageType, Vec<u8>)> {
        let mut bytes = [0; 65_536];
        let received = tokio::time::timeout(Duration::from_secs(10), self.0.recv(&mut bytes));
        let size = received.await.expect("a datagram comes").unwrap();
        let mut input = &bytes[..size];
        let mut packages = Vec::new();
        while !input.is_empty() {
            let package = Package::take(&mut input).unwrap();
            packages.push((package.kind, package.body.to_vec()));
        }
        packages
    }
}

fn message(package: &(PackageType, Vec<u8>)) -> (Head<'_>, Value) {
    let message = Message::decode(&package.1).unwrap();
    (message.head, serde_json::from_slice(message.body).unwrap())
}

async fn serve() -> Server {
    let connector = UdpConnector::new("127.0.0.1:0");
    // A datagram is cut into its packages by the client below.
    let server =
        Server::builder().connector(connector).join_packages(|_| Some(true)).handler(Entry);
    server.heartbeat(Duration::ZERO).start().await.unwrap()
}

#[tokio::test]
async fn many_sockets_share_one_descriptor() {
    let server = serve().await;
    let (one, two) = (Client::open(&server).await, Client::open(&server).await);
    for (client, n) in [(&one, 1), (&two, 2), (&one, 3)] {
        client.request(n, "echo", &json!({ "n": n })).await;
        let datagram = client.receive().await;
        let answer = (Head::Response(RequestId::new(n)), json!({ "n": n }));
        assert_eq!(message(&datagram[0]), answer);
    }
    assert_eq!(server.handle().statistics().sessions, 2);
}

#[tokio::test]
async fn a_batch_is_one_datagram() {
    let server = serve().await;
    let client = Client::open(&server).await;
    client.request(1, "burst", &json!({})).await;
    let datagram = client.receive().await;
    assert_eq!(datagram.len(), 2);
    assert_eq!(message(&datagram[0]), (Head::Push(RouteRef::Name("onOne")), json!({ "n": 1 })));
    assert_eq!(message(&datagram[1]), (Head::Push(RouteRef::Name("onTwo")), json!({ "n": 2 })));
    assert_eq!(client.receive().await.len(), 1);
}

#[tokio::test]
async fn a_kicked_address_may_come_again() {
    let server = serve().await;
    let client = Client::open(&server).await;
    client.request(0, "leave", &json!({})).await;
    let kick = (PackageType::Kick, b"{\"reason\":\"gone\"}".to_vec());
    assert_eq!(client.receive().await, [kick]);
    let again = Client::open(&server).await;
    again.request(1, "echo", &json!({})).await;
    assert_eq!(again.receive().await.len(), 1);
}
