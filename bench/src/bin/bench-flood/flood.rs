//! Peers that send all that a server takes.

use std::io;
use std::str::FromStr;
use std::sync::Arc;

use bench::greet::{self, Body};
use bench::packages::open;
use connector_protocol::message::{Head, RequestId, RouteRef};
use connector_protocol::pomelo::package::{PackageType, encode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Bytes of one write of short messages.
const CHUNK: usize = 64 * 1024;

/// What a flood consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flood {
    /// Requests that are answered at once.
    Echo,
    /// Pings of WebSocket.
    Pings,
    /// Heartbeats of pomelo.
    Heartbeats,
    /// Requests with bodies of a megabyte, which are answered with them.
    Bodies,
    /// Connections, each with a handshake of 63 kB.
    Handshakes,
}

impl FromStr for Flood {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Ok(match name {
            "echo" => Self::Echo,
            "pings" => Self::Pings,
            "heartbeats" => Self::Heartbeats,
            "bodies" => Self::Bodies,
            "handshakes" => Self::Handshakes,
            _ => return Err("echo, pings, heartbeats, bodies or handshakes".into()),
        })
    }
}

impl Flood {
    /// Floods with so many peers until the input ends.
    pub(crate) async fn run(self, port: u16, peers: usize) -> io::Result<()> {
        let chunk: Arc<[u8]> = self.chunk()?.into();
        for _ in 0..peers {
            let chunk = chunk.clone();
            tokio::spawn(async move {
                loop {
                    // A peer that is closed comes again.
                    let _ = self.send(port, &chunk).await;
                }
            });
        }
        println!("FLOODS {peers}");
        tokio::io::stdin().read_to_end(&mut Vec::new()).await?;
        Ok(())
    }

    /// What is sent again and again.
    fn chunk(self) -> io::Result<Vec<u8>> {
        let mut one = Vec::new();
        match self {
            Self::Echo => one = greet::request(RouteRef::Name(greet::ROUTE), Body::Json),
            // Masked by zeros.
            Self::Pings => one.extend_from_slice(b"\x89\x80\0\0\0\0"),
            Self::Heartbeats => {
                encode(PackageType::Heartbeat, b"", &mut one).map_err(io::Error::other)?;
            }
            Self::Bodies => {
                let route = RouteRef::Name("connector.entryHandler.echo");
                let body = format!("\"{}\"", "x".repeat(1_000_000));
                return Ok(greet::package(
                    &Head::Request(RequestId::new(1), route),
                    body.as_bytes(),
                ));
            }
            Self::Handshakes => {
                // The most values that there may be, and text.
                let values: String =
                    (0..2_000).map(|number| format!("\"{number}\":{number},")).collect();
                let rest = "x".repeat(63_000 - values.len());
                let text = format!("{{\"sys\":{{}},\"user\":{{{values}\"\":\"{rest}\"}}}}");
                encode(PackageType::Handshake, text.as_bytes(), &mut one)
                    .map_err(io::Error::other)?;
                return Ok(one);
            }
        }
        Ok(one.repeat(CHUNK / one.len()))
    }

    async fn send(self, port: u16, chunk: &[u8]) -> io::Result<()> {
        let address = ("127.0.0.1", port);
        let stream = match self {
            Self::Pings => upgrade(TcpStream::connect(address).await?).await?,
            Self::Handshakes => {
                let mut stream = TcpStream::connect(address).await?;
                stream.write_all(chunk).await?;
                stream.read_exact(&mut [0; 4]).await?;
                return stream.set_zero_linger();
            }
            _ => open(address).await?,
        };
        let (mut answers, mut requests) = stream.into_split();
        let read = async {
            let mut bytes = vec![0; 256 * 1024];
            while answers.read(&mut bytes).await? > 0 {}
            Ok(())
        };
        let write = async {
            loop {
                requests.write_all(chunk).await?;
            }
        };
        tokio::select! {
            end = read => end,
            end = write => end,
        }
    }
}

/// A WebSocket, which is enough for pings.
async fn upgrade(mut stream: TcpStream) -> io::Result<TcpStream> {
    let request = "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\
        Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(request.as_bytes()).await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    // A session, so that the handshake's deadline does not end it.
    let mut hello = b"\x82\x8e\0\0\0\0".to_vec();
    hello.extend_from_slice(b"\x01\x00\x00\x0a{\"sys\":{}}");
    stream.write_all(&hello).await?;
    stream.read_exact(&mut [0; 2]).await?;
    stream.write_all(b"\x82\x84\0\0\0\0\x02\0\0\0").await?;
    Ok(stream)
}
