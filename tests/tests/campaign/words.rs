//! What a peer says by hand.

use std::io;
use std::net::SocketAddr;

use connector::protocol::framing::Envelope;
use connector::protocol::message::{Head, RequestId, RouteRef};
use connector::protocol::pomelo::package::DataPackage;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) const HANDSHAKE: &[u8] = b"\x01\x00\x00\x0a{\"sys\":{}}";
pub(crate) const HEARTBEAT: &[u8] = b"\x03\x00\x00\x00";
pub(crate) const ACK: &[u8] = b"\x02\x00\x00\x00";

/// A connection, up to a session.
pub(crate) async fn open(address: SocketAddr) -> io::Result<TcpStream> {
    shake_hands(TcpStream::connect(address).await?).await
}

pub(crate) async fn shake_hands(mut stream: TcpStream) -> io::Result<TcpStream> {
    stream.set_nodelay(true)?;
    stream.write_all(HANDSHAKE).await?;
    hear(&mut stream).await?;
    stream.write_all(ACK).await?;
    Ok(stream)
}

/// One package without its head.
pub(crate) async fn hear(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut head = [0; 4];
    stream.read_exact(&mut head).await?;
    let mut body = vec![0; u32::from_be_bytes([0, head[1], head[2], head[3]]) as usize];
    stream.read_exact(&mut body).await?;
    Ok(body)
}

/// A request as a package.
pub(crate) fn request(method: &str, body: &[u8]) -> Vec<u8> {
    let route = format!("campaign.stageHandler.{method}");
    message(&Head::Request(RequestId::new(1), RouteRef::Name(&route)), body)
}

/// A notify as a package.
pub(crate) fn notify(method: &str, body: &[u8]) -> Vec<u8> {
    let route = format!("campaign.stageHandler.{method}");
    message(&Head::Notify(RouteRef::Name(&route)), body)
}

fn message(head: &Head<'_>, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mark = DataPackage.begin(&mut out);
    head.encode(&mut out).unwrap();
    out.extend_from_slice(body);
    DataPackage.finish(mark, &mut out).unwrap();
    out
}
