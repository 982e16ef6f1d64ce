//! A client of datagrams alone.

use std::net::SocketAddr;

use connector::protocol::framing::Envelope;
use connector::protocol::message::{Head, RequestId, RouteRef};
use connector::protocol::pomelo::message::Message;
use connector::protocol::pomelo::package::{
    self, DataPackage, HANDSHAKE_ACK, Package, PackageType,
};
use serde_json::Value;
use tokio::net::UdpSocket;
use tokio::time::timeout;

use super::PATIENCE;

/// A socket whose owner decides about each datagram.
pub(crate) struct Raw(pub(crate) UdpSocket);

impl Raw {
    pub(crate) async fn at(from: &str, server: SocketAddr) -> Self {
        let socket = UdpSocket::bind(from).await.unwrap();
        socket.connect(server).await.unwrap();
        Self(socket)
    }

    pub(crate) async fn new(server: SocketAddr) -> Self {
        Self::at("127.0.0.1:0", server).await
    }

    /// A client that has shaken hands.
    pub(crate) async fn open(server: SocketAddr) -> Self {
        let raw = Self::new(server).await;
        raw.shake_hands().await;
        raw
    }

    pub(crate) async fn shake_hands(&self) {
        self.send(&hello("{\"sys\":{}}")).await;
        let answer = self.packages().await;
        assert_eq!(answer[0].0, PackageType::Handshake);
        self.send(&HANDSHAKE_ACK).await;
    }

    pub(crate) async fn send(&self, datagram: &[u8]) {
        self.0.send(datagram).await.unwrap();
    }

    pub(crate) async fn ask(&self, id: u32, method: &str, body: &Value) {
        self.send(&request(id, method, body)).await;
    }

    /// The next datagram.
    pub(crate) async fn datagram(&self) -> Vec<u8> {
        let mut bytes = vec![0; 65_536];
        let received = timeout(PATIENCE, self.0.recv(&mut bytes)).await;
        let size = received.expect("a datagram comes").unwrap();
        bytes.truncate(size);
        bytes
    }

    /// The packages of the next datagram.
    pub(crate) async fn packages(&self) -> Vec<(PackageType, Vec<u8>)> {
        let datagram = self.datagram().await;
        let mut input = &*datagram;
        let mut packages = Vec::new();
        while !input.is_empty() {
            let package = Package::take(&mut input).unwrap();
            packages.push((package.kind, package.body.to_vec()));
        }
        packages
    }

    /// The body of the next message, which is an answer to `id`.
    pub(crate) async fn answer(&self, id: u32) -> Value {
        let packages = self.packages().await;
        let message = Message::decode(&packages[0].1).unwrap();
        assert_eq!(message.head, Head::Response(RequestId::new(id)));
        serde_json::from_slice(message.body).unwrap()
    }

    /// The answer to `id`, behind whatever else comes.
    pub(crate) async fn answer_of(&self, id: u32) -> Value {
        loop {
            for (kind, body) in self.packages().await {
                let message = Message::decode(&body).ok().filter(|_| kind == PackageType::Data);
                if let Some(message) = message
                    && message.head == Head::Response(RequestId::new(id))
                {
                    return serde_json::from_slice(message.body).unwrap();
                }
            }
        }
    }
}

/// A handshake package.
pub(crate) fn hello(body: &str) -> Vec<u8> {
    let mut hello = Vec::new();
    package::encode(PackageType::Handshake, body.as_bytes(), &mut hello).unwrap();
    hello
}

/// The package of a request.
pub(crate) fn request(id: u32, method: &str, body: &Value) -> Vec<u8> {
    let route = format!("connector.entryHandler.{method}");
    let mut out = Vec::new();
    let mark = DataPackage.begin(&mut out);
    let head = Head::Request(RequestId::new(id), RouteRef::Name(&route));
    head.encode(&mut out).unwrap();
    out.extend(body.to_string().bytes());
    DataPackage.finish(mark, &mut out).unwrap();
    out
}
