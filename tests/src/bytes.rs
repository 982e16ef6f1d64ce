//! A connection that shows its bytes.

#![allow(clippy::unwrap_used, reason = "only tests connect with it")]

use connector::RequestId;
use connector::protocol::message::{Head, RouteRef};
use connector::protocol::pomelo::handshake::Response;
use connector::protocol::pomelo::message::Message;
use connector::protocol::pomelo::package::{self, HANDSHAKE_ACK, Package, PackageType};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection over TCP that shows its bytes. It panics when they are not pomelo's.
#[derive(Debug)]
pub struct Bytes {
    stream: TcpStream,
    /// The server's handshake response.
    pub response: Response,
    /// The same in bytes.
    pub handshake: Vec<u8>,
}

impl Bytes {
    /// Connects to a port of this machine as the client that `sys` describes.
    pub async fn connect(port: u16, sys: Value) -> Self {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let mut hello = Vec::new();
        let body = json!({ "sys": sys }).to_string();
        package::encode(PackageType::Handshake, body.as_bytes(), &mut hello).unwrap();
        stream.write_all(&hello).await.unwrap();
        let handshake = package_of(&mut stream).await;
        let response = Response::parse(&handshake).unwrap();
        stream.write_all(&HANDSHAKE_ACK).await.unwrap();
        Self { stream, response, handshake }
    }

    /// Sends a request, and returns the flags of its answer and its body.
    pub async fn request(&mut self, route: RouteRef<'_>, body: &[u8]) -> (u8, Vec<u8>) {
        let mut message = Vec::new();
        Head::Request(RequestId::new(1), route).encode(&mut message).unwrap();
        message.extend_from_slice(body);
        self.send(&message).await
    }

    /// Sends a message.
    pub async fn tell(&mut self, message: &[u8]) {
        let mut bytes = Vec::new();
        package::encode(PackageType::Data, message, &mut bytes).unwrap();
        self.stream.write_all(&bytes).await.unwrap();
    }

    /// Sends a message, and returns the flags of its answer and its body.
    pub async fn send(&mut self, message: &[u8]) -> (u8, Vec<u8>) {
        self.tell(message).await;
        let answer = self.message().await;
        (answer[0], Message::decode(&answer).unwrap().body.to_vec())
    }

    /// Returns the body of the next package, which is a message as it was sent.
    pub async fn message(&mut self) -> Vec<u8> {
        package_of(&mut self.stream).await
    }
}

async fn package_of(stream: &mut TcpStream) -> Vec<u8> {
    let mut header = [0; package::HEADER];
    stream.read_exact(&mut header).await.unwrap();
    let size = u32::from_be_bytes([0, header[1], header[2], header[3]]) as usize;
    let mut whole = header.to_vec();
    whole.resize(header.len() + size, 0);
    stream.read_exact(&mut whole[header.len()..]).await.unwrap();
    Package::take(&mut &whole[..]).unwrap().body.to_vec()
}
