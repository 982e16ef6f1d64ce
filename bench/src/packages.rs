//! Pomelo's packages, as far as an echo needs them.

use std::io;

use connector_protocol::pomelo::package::{HANDSHAKE_ACK, HEADER, PackageType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, ToSocketAddrs};

/// Counts the whole packages at the beginning of `bytes`, and their bytes.
pub fn count(bytes: &[u8]) -> (usize, usize) {
    let (mut count, mut at) = (0, 0);
    while let Some((_, end)) = first(&bytes[at..]) {
        (count, at) = (count + 1, at + end);
    }
    (count, at)
}

/// Returns the type and the end of the first package; none if it is not whole.
pub fn first(bytes: &[u8]) -> Option<(u8, usize)> {
    let &[kind, a, b, c] = bytes.first_chunk()?;
    let end = HEADER + u32::from_be_bytes([0, a, b, c]) as usize;
    (end <= bytes.len()).then_some((kind, end))
}

/// Checks that the type is that of data.
pub fn is_data(kind: u8) -> bool {
    kind == PackageType::Data as u8
}

/// Opens a session by hand.
///
/// # Errors
/// The server is not there, or ends the connection.
pub async fn open(address: impl ToSocketAddrs) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    stream.write_all(b"\x01\x00\x00\x0a{\"sys\":{}}").await?;
    hear(&mut stream).await?;
    stream.write_all(&HANDSHAKE_ACK).await?;
    Ok(stream)
}

/// Reads a whole package.
///
/// # Errors
/// The connection has ended.
pub async fn hear(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut package = vec![0; HEADER];
    stream.read_exact(&mut package).await?;
    let length = u32::from_be_bytes([0, package[1], package[2], package[3]]) as usize;
    package.resize(HEADER + length, 0);
    stream.read_exact(&mut package[HEADER..]).await?;
    Ok(package)
}
