//! The greeting of `examples/echo`, written by hand for this one route: no
//! session, no limits, no heartbeats, bodies that borrow. It is the lower bound of
//! the cost of any server that reads and writes JSON.

use std::io::{self, ErrorKind};

use bench::greet::ROUTE;
use bench::packages;
use connector_protocol::pomelo::package::{self, HEADER, PackageType};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[derive(Deserialize)]
struct Greeting<'a> {
    n: i64,
    s: &'a str,
}

#[derive(Serialize)]
struct Greeted<'a> {
    code: u16,
    n: i64,
    s: &'a str,
}

const HANDSHAKE: &[u8] = br#"{"code":200,"sys":{"heartbeat":0}}"#;
/// The first byte of a request with a route by name.
const REQUEST: u8 = 0;
/// The first byte of a response.
const RESPONSE: u8 = 4;

#[tokio::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    bench::ready(listener.local_addr()?.port())?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(serve(stream));
    }
}

async fn serve(mut stream: TcpStream) -> io::Result<()> {
    let mut bytes = vec![0; 64 * 1024];
    let mut filled = 0;
    let mut out = Vec::new();
    loop {
        let read = stream.read(&mut bytes[filled..]).await?;
        if read == 0 {
            return Ok(());
        }
        filled += read;
        let mut at = 0;
        while let Some((kind, end)) = packages::first(&bytes[at..filled]) {
            let body = &bytes[at + HEADER..at + end];
            if packages::is_data(kind) {
                answer(body, &mut out)?;
            } else if kind == PackageType::Handshake as u8 {
                package::encode(PackageType::Handshake, HANDSHAKE, &mut out)
                    .map_err(io::Error::other)?;
            }
            at += end;
        }
        stream.write_all(&out).await?;
        out.clear();
        bytes.copy_within(at..filled, 0);
        filled -= at;
    }
}

/// Appends the whole package that answers a request.
fn answer(request: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
    let start = out.len();
    out.extend_from_slice(&[PackageType::Data as u8, 0, 0, 0]);
    greet(request, out).ok_or(ErrorKind::InvalidData)?;
    let len = u32::try_from(out.len() - start - HEADER).map_err(|_| ErrorKind::InvalidData)?;
    out[start + 1..start + HEADER].copy_from_slice(&len.to_be_bytes()[1..]);
    Ok(())
}

/// Appends the response to a request, without its package's header.
fn greet(request: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let (&REQUEST, rest) = request.split_first()? else { return None };
    let id = 1 + rest.iter().position(|byte| byte & 0x80 == 0)?;
    let (id, rest) = rest.split_at(id);
    let (&route, rest) = rest.split_first()?;
    let (route, body) = rest.split_at_checked(route.into())?;
    if route != ROUTE.as_bytes() {
        return None;
    }
    let Greeting { n, s } = serde_json::from_str(str::from_utf8(body).ok()?).ok()?;
    out.push(RESPONSE);
    out.extend_from_slice(id);
    serde_json::to_writer(out, &Greeted { code: 200, n: n.wrapping_add(1), s }).ok()
}
