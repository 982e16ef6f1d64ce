//! Messages to a handler that does nothing, in memory and on one thread: for a
//! machine that counts instructions.
//!
//! The messages are notifies, or else some or all of them are pushes: the same
//! bytes but for the type, which a server reads as far as the route and drops,
//! since only servers send them. What a notify takes more than a push is what
//! lies between a decoded message and its handler.

use clap::{Parser, ValueEnum};
use connector::codec::PomeloCodec;
use connector::prelude::*;
use connector::{Accept, Address, MemorySocket};
use connector_protocol::framing::Envelope;
use connector_protocol::message::{Head, RequestId, RouteRef};
use connector_protocol::package::{DataPackage, HANDSHAKE_ACK, PackageType, encode};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

#[derive(Parser)]
struct Options {
    /// How the route is written.
    #[arg(long)]
    route: Route,
    /// Which messages are pushes.
    #[arg(long)]
    dropped: Dropped,
    /// Pairs of messages.
    #[arg(long, default_value_t = 10_000)]
    pairs: usize,
}

#[derive(Clone, Copy, ValueEnum)]
enum Route {
    /// By name, the same one all the time.
    Name,
    /// By name, another one each time.
    Names,
    /// By its code.
    Code,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Dropped {
    None,
    /// Every second one, so that the route of the last is one that is known.
    Half,
    All,
}

struct Nothing;

#[handler("bench.nothingHandler")]
impl Nothing {
    #[route(code = 1)]
    async fn first(&self) {}

    #[route(code = 2)]
    async fn other(&self) {}
}

/// Messages in one write.
const BATCH: usize = 100;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let Options { route, dropped, pairs } = Options::parse();
    let server = Server::builder().handler(Nothing).start().await?;
    let (mut near, far) = tokio::io::duplex(64 * 1024);
    let socket = <MemorySocket as Accept<_>>::accept(far, Peer::new("memory", Address::Unnamed));
    server.handle().serve_connection(socket, PomeloCodec);
    let mut handshake = Vec::new();
    encode(PackageType::Handshake, br#"{"sys":{}}"#, &mut handshake)?;
    near.write_all(&handshake).await?;
    hear(&mut near).await?;
    near.write_all(&HANDSHAKE_ACK).await?;

    let (first, other) = match route {
        Route::Name => (by_name("first"), by_name("first")),
        Route::Names => (by_name("first"), by_name("other")),
        Route::Code => (RouteRef::Code(1), RouteRef::Code(2)),
    };
    let message = |route, dropped| match dropped {
        true => package(&Head::Push(route)),
        false => package(&Head::Notify(route)),
    };
    let pair = [message(first, dropped == Dropped::All), message(other, dropped != Dropped::None)]
        .concat();
    let batch = pair.repeat(BATCH);
    for _ in 0..pairs / BATCH {
        near.write_all(&batch).await?;
    }
    // Once this is answered, all before it are done.
    near.write_all(&package(&Head::Request(RequestId::new(1), first))).await?;
    hear(&mut near).await?;
    Ok(())
}

fn by_name(method: &str) -> RouteRef<'static> {
    match method {
        "first" => RouteRef::Name("bench.nothingHandler.first"),
        _ => RouteRef::Name("bench.nothingHandler.other"),
    }
}

fn package(head: &Head<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    let mark = DataPackage.begin(&mut out);
    head.encode(&mut out).expect("the routes here are short");
    DataPackage.finish(mark, &mut out).expect("there is no body");
    out
}

async fn hear(near: &mut DuplexStream) -> std::io::Result<()> {
    let mut head = [0; 4];
    near.read_exact(&mut head).await?;
    let mut body = vec![0; u32::from_be_bytes([0, head[1], head[2], head[3]]) as usize];
    near.read_exact(&mut body).await.map(drop)
}
