//! Connections that say nothing: as many as are wanted, each with a session.
//!
//! It prints `OPEN <connections>` when all are open, waits for a line, asks for
//! an answer on each, and prints `ANSWERED <connections>`; then it keeps them
//! until its input ends.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use bench::greet::{Body, ROUTE, request};
use bench::packages::{first, is_data};
use clap::Parser;
use connector_protocol::message::RouteRef;
use connector_protocol::pomelo::package::{HANDSHAKE_ACK, PackageType, encode};

#[derive(Parser)]
struct Options {
    /// The port on 127.0.0.1.
    #[arg(long)]
    port: u16,
    #[arg(long)]
    connections: usize,
}

fn main() -> io::Result<()> {
    let options = Options::parse();
    let mut handshake = Vec::new();
    let body = br#"{"sys":{"type":"bench","version":"1"},"user":{}}"#;
    encode(PackageType::Handshake, body, &mut handshake).map_err(io::Error::other)?;
    let mut connections = Vec::with_capacity(options.connections);
    for _ in 0..options.connections {
        let mut stream = TcpStream::connect(("127.0.0.1", options.port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        stream.write_all(&handshake)?;
        hear(&mut stream)?;
        stream.write_all(&HANDSHAKE_ACK)?;
        connections.push(stream);
    }
    println!("OPEN {}", connections.len());
    io::stdin().read_line(&mut String::new())?;
    let request = request(RouteRef::Name(ROUTE), Body::Json);
    let mut answered = 0;
    for stream in &mut connections {
        stream.write_all(&request)?;
        while !is_data(hear(stream)?) {}
        answered += 1;
    }
    println!("ANSWERED {answered}");
    io::stdin().read_line(&mut String::new())?;
    Ok(())
}

/// The kind of the next package. Nothing but what was asked for comes, and the
/// heartbeat that every session begins with.
fn hear(stream: &mut TcpStream) -> io::Result<u8> {
    let mut bytes = [0; 4096];
    let mut have = 4;
    stream.read_exact(&mut bytes[..have])?;
    loop {
        if let Some((kind, _)) = first(&bytes[..have]) {
            return Ok(kind);
        }
        let end = 4 + u32::from_be_bytes([0, bytes[1], bytes[2], bytes[3]]) as usize;
        let rest = bytes.get_mut(have..end).ok_or(io::ErrorKind::InvalidData)?;
        stream.read_exact(rest)?;
        have = end;
    }
}
