//! Sends messages to a handler that does nothing, in memory and on one thread, so
//! that valgrind can count the instructions from the session machine's return to
//! [`entered`], and those of [`decode`] alone: the rest is the dispatch of a decoded
//! message to its handler.

use std::hint::black_box;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use connector::codec::PomeloCodec;
use connector::prelude::*;
use connector::{Accept, Address, Role, SessionKind, Socket};
use connector_protocol::CloseReason;
use connector_protocol::framing::Envelope;
use connector_protocol::message::{Head, RequestId, RouteRef};
use connector_protocol::pomelo::message::{Message, MessageError};
use connector_protocol::pomelo::package::{
    DataPackage, HANDSHAKE_ACK, HEADER, PackageType, PomeloPackages, encode,
};
use connector_protocol::pomelo::{ClientSession, ServerSession};
use connector_protocol::session::{Answer, Event, Machine, PackageWriter};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

#[derive(Parser)]
struct Options {
    /// The form of the route.
    #[arg(long)]
    route: Route,
}

#[derive(Clone, Copy, ValueEnum)]
enum Route {
    /// By name, the same one all the time.
    Name,
    /// By name, another one each time.
    Names,
    /// By its code.
    Code,
    /// By name, the same one all the time, to a plain `fn`.
    PlainName,
    /// By its code, to a plain `fn`.
    PlainCode,
}

/// A socket in memory whose machine is called as one of a user's own, so that valgrind sees
/// where it returns. Pomelo's own is compiled into the server's loop.
#[derive(Debug, Socket)]
#[socket(framing = PomeloPackages, session = Called)]
struct CallingSocket {
    #[socket(io)]
    stream: DuplexStream,
    #[socket(peer)]
    peer: Peer,
}

enum Called {}

impl SessionKind for Called {
    fn machine(role: Role) -> Box<dyn Machine> {
        match role {
            Role::Client(settings) => Box::new(ClientSession::new(&settings)),
            Role::Server(settings) => Box::new(CalledSession(ServerSession::new(settings))),
        }
    }
}

struct CalledSession(ServerSession);

impl Machine for CalledSession {
    fn start(&mut self, now: Duration, out: &mut PackageWriter<'_>) -> Event<'static> {
        self.0.start(now, out)
    }

    #[inline(never)]
    fn handle<'a>(
        &mut self,
        input: &mut &'a [u8],
        now: Duration,
        out: &mut PackageWriter<'_>,
    ) -> Result<Event<'a>, CloseReason> {
        self.0.handle(input, now, out)
    }

    fn answer(
        &mut self,
        answer: Answer,
        now: Duration,
        out: &mut PackageWriter<'_>,
    ) -> Result<(), CloseReason> {
        self.0.answer(answer, now, out)
    }

    fn envelope(&self) -> &'static dyn Envelope {
        self.0.envelope()
    }
}

/// Decodes a message alone, as the server does.
#[inline(never)]
fn decode<'a>(payload: &'a [u8], expected: &'a str) -> Result<Message<'a>, MessageError> {
    Message::decode_expecting(payload, expected)
}

/// Marks that its handler is entered.
#[inline(never)]
fn entered() {
    black_box("entered");
}

struct Nothing;

#[handler("bench.nothingHandler")]
impl Nothing {
    #[route(code = 1)]
    async fn first(&self) {
        entered();
    }

    #[route(code = 2)]
    async fn other(&self) {
        entered();
    }

    #[route(code = 3)]
    fn plain(&self) {
        entered();
    }

    #[route(code = 4)]
    fn other_plain(&self) {
        entered();
    }
}

/// Pairs of messages: enough for every allocation that only first messages make.
const PAIRS: usize = 5;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::builder().handler(Nothing).without_connectors().start().await?;
    let (mut near, far) = tokio::io::duplex(64 * 1024);
    let socket = <CallingSocket as Accept<_>>::accept(far, Peer::new("memory", Address::Unnamed));
    server.handle().serve_connection(socket, PomeloCodec);
    let mut handshake = Vec::new();
    encode(PackageType::Handshake, br#"{"sys":{}}"#, &mut handshake)?;
    near.write_all(&handshake).await?;
    hear(&mut near).await?;
    near.write_all(&HANDSHAKE_ACK).await?;
    let mut last = "";
    for route in routes(Options::parse().route).into_iter().cycle().take(2 * PAIRS) {
        let request = request(route);
        black_box(decode(&request[HEADER..], last)?);
        if let RouteRef::Name(name) = route {
            last = name;
        }
        near.write_all(&request).await?;
        hear(&mut near).await?;
    }
    Ok(())
}

fn routes(route: Route) -> [RouteRef<'static>; 2] {
    let [first, other, plain] =
        ["bench.nothingHandler.first", "bench.nothingHandler.other", "bench.nothingHandler.plain"]
            .map(RouteRef::Name);
    match route {
        Route::Name => [first, first],
        Route::Names => [first, other],
        Route::Code => [RouteRef::Code(1), RouteRef::Code(2)],
        Route::PlainName => [plain, plain],
        Route::PlainCode => [RouteRef::Code(3), RouteRef::Code(4)],
    }
}

fn request(route: RouteRef<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    let mark = DataPackage.begin(&mut out);
    Head::Request(RequestId::new(1), route).encode(&mut out).expect("the routes here are short");
    DataPackage.finish(mark, &mut out).expect("there is no body");
    out
}

async fn hear(near: &mut DuplexStream) -> std::io::Result<()> {
    let mut head = [0; 4];
    near.read_exact(&mut head).await?;
    let mut body = vec![0; u32::from_be_bytes([0, head[1], head[2], head[3]]) as usize];
    near.read_exact(&mut body).await.map(drop)
}
