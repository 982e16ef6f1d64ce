//! A connection by hand, over TCP or WebSocket.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use connector::protocol::pomelo::package::{HANDSHAKE_ACK, Package, PackageType, encode};
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

/// The time in which something has to come, also on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) struct Wire {
    io: Io,
    arrived: VecDeque<(PackageType, Vec<u8>)>,
    /// What has ended it, as its peer sees it.
    pub(super) end: String,
}

enum Io {
    Tcp(TcpStream),
    Ws(Box<WebSocketStream<TcpStream>>),
}

impl Wire {
    /// Connects, with little room for what is not read.
    pub(super) async fn connect(address: SocketAddr, is_ws: bool) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(8 * 1024)?;
        let stream = socket.connect(address).await?;
        stream.set_nodelay(true)?;
        let io = if is_ws {
            let url = format!("ws://{address}");
            let upgrade = tokio_tungstenite::client_async(url, stream).await;
            Io::Ws(Box::new(upgrade.map_err(io::Error::other)?.0))
        } else {
            Io::Tcp(stream)
        };
        Ok(Self { io, arrived: VecDeque::new(), end: "a close".into() })
    }

    /// Shakes hands; `None` if the server refuses or leaves.
    pub(super) async fn open(&mut self, key: u64, panics: &str) -> Option<()> {
        let hello = json!({ "sys": {}, "user": { "key": key, "panics": panics } }).to_string();
        let mut package = Vec::new();
        encode(PackageType::Handshake, hello.as_bytes(), &mut package).unwrap();
        self.send(&package).await.ok()?;
        let (kind, answer) = self.recv().await?;
        assert_eq!(kind, PackageType::Handshake);
        let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
        if answer["code"] != 200 {
            return None;
        }
        self.send(&HANDSHAKE_ACK).await.ok()
    }

    pub(super) async fn send(&mut self, packages: &[u8]) -> io::Result<()> {
        match &mut self.io {
            Io::Tcp(stream) => stream.write_all(packages).await,
            Io::Ws(stream) => {
                let message = Message::Binary(packages.to_vec().into());
                stream.send(message).await.map_err(io::Error::other)
            }
        }
    }

    /// The next package; `None` at the end.
    pub(super) async fn recv(&mut self) -> Option<(PackageType, Vec<u8>)> {
        if self.arrived.is_empty() {
            let read = timeout(PATIENCE, self.read()).await;
            let read = read.expect("nothing comes from the server, not even an end");
            if let Err(error) = read {
                self.end = error;
                return None;
            }
        }
        self.arrived.pop_front()
    }

    async fn read(&mut self) -> Result<(), String> {
        match &mut self.io {
            Io::Tcp(stream) => {
                let mut package = vec![0; 4];
                stream.read_exact(&mut package).await.map_err(|error| error.to_string())?;
                let len = u32::from_be_bytes([0, package[1], package[2], package[3]]) as usize;
                package.resize(4 + len, 0);
                let rest = stream.read_exact(&mut package[4..]).await;
                rest.map_err(|error| error.to_string())?;
                self.take(&package);
            }
            Io::Ws(stream) => {
                let bytes = loop {
                    let next = stream.next().await.ok_or_else(|| self.end.clone())?;
                    match next.map_err(|error| error.to_string())? {
                        Message::Binary(bytes) => break bytes,
                        Message::Text(text) => break text.into(),
                        Message::Close(close) => self.end = format!("a close: {close:?}"),
                        other => panic!("{other:?}"),
                    }
                };
                self.take(&bytes);
            }
        }
        Ok(())
    }

    fn take(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let package = Package::take(&mut bytes).unwrap();
            self.arrived.push_back((package.kind, package.body.to_vec()));
        }
    }

    /// Leaves within a package, and maybe by a reset.
    pub(super) async fn tear(mut self, bytes: &[u8], resets: bool) {
        let stream = match &mut self.io {
            Io::Tcp(stream) => stream,
            // Within a frame, if it is taken for one.
            Io::Ws(stream) => stream.get_mut(),
        };
        let _ = stream.write_all(bytes).await;
        if resets {
            stream.set_zero_linger().unwrap();
        }
    }
}
