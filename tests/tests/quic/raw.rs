//! A client of bytes alone, over quinn.

use std::net::SocketAddr;

use connector::protocol::message::{Head, RequestId};
use connector::protocol::pomelo::message::Message;
use connector::protocol::pomelo::package::{HANDSHAKE_ACK, PackageType};
use connector_tests::raw_pomelo;
pub(crate) use connector_tests::raw_pomelo::hello;
use quinn::{Connection, RecvStream, SendStream};
use serde_json::Value;

use super::*;

/// The stream of a connection, whose owner decides about each byte.
pub(crate) struct Raw {
    pub(crate) connection: Connection,
    pub(crate) send: SendStream,
    pub(crate) recv: RecvStream,
    read: Vec<u8>,
}

impl Raw {
    /// A client that has shaken hands.
    pub(crate) async fn open(served: &Served) -> Self {
        Self::open_by(served, &served.bare(&[ALPN])).await
    }

    /// The same of a client that may have been there before.
    pub(crate) async fn open_by(served: &Served, client: &BareQuic) -> Self {
        let mut raw = Self::new(client, served.address()).await;
        raw.write(&hello()).await;
        assert_eq!(raw.package().await.0, PackageType::Handshake);
        raw.write(&HANDSHAKE_ACK).await;
        raw
    }

    pub(crate) async fn new(client: &BareQuic, address: SocketAddr) -> Self {
        let connection = client.connect(address).await.unwrap();
        let (send, recv) = connection.open_bi().await.unwrap();
        Self { connection, send, recv, read: Vec::new() }
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
        self.write(&request(1, body)).await;
        let (_, answer) = self.package().await;
        let message = Message::decode(&answer).unwrap();
        assert_eq!(message.head, Head::Response(RequestId::new(1)));
        assert_eq!(serde_json::from_slice::<Value>(message.body).unwrap(), *body);
    }
}

/// The package of a request for an echo.
pub(crate) fn request(id: u32, body: &Value) -> Vec<u8> {
    raw_pomelo::request(id, ECHO, body)
}
