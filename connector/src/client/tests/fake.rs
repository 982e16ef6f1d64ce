//! A server that says what a test makes it say.

use std::io;

use bytes::{Buf, BytesMut};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::{mpsc, oneshot};

use crate::client::{Client, ClientBuilder, ConnectError};
use crate::connector::Accept;
use crate::protocol::message::{Head, RequestId, RouteRef};
use crate::protocol::pomelo::message::Message;
use crate::protocol::pomelo::package::{self, Package, PackageType};
use crate::{Address, MemorySocket, Peer};

pub(super) struct Fake {
    pub(super) io: DuplexStream,
    read: BytesMut,
}

/// A socket for the client, and the server at its other end.
pub(super) fn pair(bytes: usize) -> (MemorySocket, Fake) {
    let (near, far) = duplex(bytes);
    let peer = Peer::new("memory", Address::Unnamed);
    (MemorySocket::accept(near, peer), Fake { io: far, read: BytesMut::new() })
}

/// An open connection, for which the server's `sys` was this.
pub(super) async fn opened(builder: ClientBuilder, sys: Value) -> (Client, Fake) {
    let (socket, mut fake) = pair(64 * 1024);
    let (client, ()) = tokio::join!(builder.connect_socket(socket), fake.welcome(sys));
    (client.unwrap(), fake)
}

/// What comes of a handshake that is answered like this.
pub(super) async fn answered(kind: PackageType, body: &[u8]) -> Result<Client, ConnectError> {
    let (socket, mut fake) = pair(1024);
    let answer = async {
        fake.expect(PackageType::Handshake).await;
        fake.send(kind, body).await;
        fake
    };
    tokio::join!(Client::builder().connect_socket(socket), answer).0
}

impl Fake {
    pub(super) async fn welcome(&mut self, sys: Value) {
        self.expect(PackageType::Handshake).await;
        let response = json!({ "code": 200, "sys": sys }).to_string();
        self.send(PackageType::Handshake, response.as_bytes()).await;
        self.expect(PackageType::HandshakeAck).await;
    }

    /// The next package; none at the end.
    pub(super) async fn package(&mut self) -> Option<(PackageType, Vec<u8>)> {
        loop {
            if self.read.len() >= 4 {
                let size = u32::from_be_bytes([0, self.read[1], self.read[2], self.read[3]]);
                let size = 4 + size as usize;
                if self.read.len() >= size {
                    let mut bytes = &self.read[..size];
                    let Package { kind, body } = Package::take(&mut bytes).unwrap();
                    let package = (kind, body.to_vec());
                    self.read.advance(size);
                    return Some(package);
                }
            }
            if self.io.read_buf(&mut self.read).await.unwrap() == 0 {
                return None;
            }
        }
    }

    pub(super) async fn expect(&mut self, kind: PackageType) -> Vec<u8> {
        let (found, body) = self.package().await.expect("a package");
        assert_eq!(found, kind);
        body
    }

    /// The next request: its id, its route, its body.
    pub(super) async fn request(&mut self) -> (RequestId, RouteText, Vec<u8>) {
        let payload = self.expect(PackageType::Data).await;
        let message = Message::decode(&payload).unwrap();
        let Head::Request(Some(id), route) = message.head else { panic!("{:?}", message.head) };
        (id, RouteText::of(route), message.body.to_vec())
    }

    pub(super) async fn send(&mut self, kind: PackageType, body: &[u8]) {
        let mut bytes = Vec::new();
        package::encode(kind, body, &mut bytes).unwrap();
        self.io.write_all(&bytes).await.unwrap();
    }

    pub(super) async fn message(&mut self, head: Head<'_>, body: &Value) {
        let mut payload = Vec::new();
        head.encode(&mut payload).unwrap();
        payload.extend_from_slice(body.to_string().as_bytes());
        self.send(PackageType::Data, &payload).await;
    }

    pub(super) async fn answer(&mut self, id: RequestId, body: &Value) {
        self.message(Head::Response(Some(id)), body).await;
    }

    pub(super) async fn push(&mut self, route: &str, body: &Value) {
        self.message(Head::Push(RouteRef::Name(route)), body).await;
    }
}

/// A route in the form in which it came.
#[derive(Debug, PartialEq)]
pub(super) enum RouteText {
    Name(String),
    Code(u16),
}

impl RouteText {
    fn of(route: RouteRef<'_>) -> Self {
        match route {
            RouteRef::Name(name) => Self::Name(name.to_owned()),
            RouteRef::Code(code) => Self::Code(code),
        }
    }
}

/// A server that a client dials again and again: each connection is handed to the test, which
/// may refuse it.
pub(super) struct Host {
    dialed: mpsc::UnboundedReceiver<oneshot::Sender<io::Result<MemorySocket>>>,
}

/// The client's half of a [`Host`].
pub(super) type Dialing =
    Box<dyn Fn() -> BoxFuture<'static, io::Result<MemorySocket>> + Send + Sync>;

impl Host {
    pub(super) fn new() -> (Dialing, Self) {
        let (sender, dialed) = mpsc::unbounded_channel();
        let dial = move || -> BoxFuture<'static, io::Result<MemorySocket>> {
            let (answer, answered) = oneshot::channel();
            let sent = sender.send(answer);
            Box::pin(async move {
                sent.map_err(io::Error::other)?;
                answered.await.map_err(io::Error::other)?
            })
        };
        (Box::new(dial), Self { dialed })
    }

    /// An open client, and its first connection.
    pub(super) async fn opened(builder: ClientBuilder) -> (Client, Fake, Self) {
        let (dial, mut host) = Self::new();
        let (client, fake) = tokio::join!(builder.connect_with(dial), host.welcome());
        (client.unwrap(), fake, host)
    }

    /// Takes the next connection, without a handshake.
    pub(super) async fn accept(&mut self) -> Fake {
        let (socket, fake) = pair(64 * 1024);
        self.dialed.recv().await.unwrap().send(Ok(socket)).unwrap();
        fake
    }

    /// Takes the next connection, and shakes hands.
    pub(super) async fn welcome(&mut self) -> Fake {
        let mut fake = self.accept().await;
        fake.welcome(json!({})).await;
        fake
    }

    /// Refuses the next connection.
    pub(super) async fn refuse(&mut self) {
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        self.dialed.recv().await.unwrap().send(Err(refused)).unwrap();
    }

    /// Returns whether the client has dialled and waits.
    pub(super) fn is_dialed(&self) -> bool {
        !self.dialed.is_empty()
    }

    /// Returns whether the client will never dial again.
    pub(super) fn is_left(&self) -> bool {
        self.dialed.is_closed()
    }
}
