//! A client of bytes alone, over wtransport.

use connector::protocol::message::{Head, RequestId};
use connector::protocol::pomelo::message::Message;
use connector::protocol::pomelo::package::{HANDSHAKE_ACK, PackageType};
use connector_tests::raw_pomelo::{self, hello};
use wtransport::{Connection, RecvStream, SendStream};

use super::*;

/// The stream of a session, whose owner decides about each byte.
pub(crate) struct Raw {
    pub(crate) session: Connection,
    pub(crate) send: SendStream,
    pub(crate) recv: RecvStream,
    read: Vec<u8>,
}

impl Raw {
    /// A client that has shaken hands.
    pub(crate) async fn open(served: &Served) -> Self {
        let mut raw = Self::new(&served.bare(), served.address()).await;
        raw.write(&hello()).await;
        assert_eq!(raw.package().await.0, PackageType::Handshake);
        raw.write(&HANDSHAKE_ACK).await;
        raw
    }

    pub(crate) async fn new(client: &BareWebTransport, address: SocketAddr) -> Self {
        let session = client.connect(address, "/game", None).await.unwrap();
        let (send, recv) = session.open_bi().await.unwrap().await.unwrap();
        Self { session, send, recv, read: Vec::new() }
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        self.send.write_all(bytes).await.unwrap();
    }

    /// The next package.
    pub(crate) async fn package(&mut self) -> (PackageType, Vec<u8>) {
        loop {
            if let Some(package) = raw_pomelo::take(&mut self.read) {
                return package;
            }
            let mut bytes = vec![0; 65_536];
            let read = comes("the server answers", self.recv.read(&mut bytes)).await;
            self.read.extend(&bytes[..read.unwrap().expect("an answer")]);
        }
    }

    /// Asks for an echo, and gets it.
    pub(crate) async fn echoes(&mut self, body: &Value) {
        self.write(&raw_pomelo::request(1, ECHO, body)).await;
        let (_, answer) = self.package().await;
        let message = Message::decode(&answer).unwrap();
        assert_eq!(message.head, Head::Response(RequestId::new(1)));
        assert_eq!(serde_json::from_slice::<Value>(message.body).unwrap(), *body);
    }
}
