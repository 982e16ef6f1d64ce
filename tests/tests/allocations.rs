//! An open session asks for no memory: a request that is served at once takes
//! none but its handler's own.

#![allow(clippy::unwrap_used)]

use std::alloc::System;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use connector::prelude::*;
use connector::protocol::framing::Envelope;
use connector::protocol::message::{Head, RequestId, RouteRef};
use connector::protocol::pomelo::package::DataPackage;
use connector::protocol::ws::{OpCode, seal, upgrade};
use connector_tests::slip::{Slip, SlipConnector};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Requests in one write.
const DEPTH: usize = 16;
const HANDSHAKE: &[u8] = b"\x01\x00\x00\x0a{\"sys\":{}}";
const ACK: &[u8] = b"\x02\x00\x00\x00";

struct Quiet;

#[handler("test.quietHandler")]
impl Quiet {
    #[route(code = 1)]
    async fn nothing(&self) {}

    #[route]
    async fn count(&self, Json(n): Json<u64>) -> Json<u64> {
        Json(n + 1)
    }

    #[route]
    fn plain<'m>(&self, text: &'m str) -> Json<&'m str> {
        Json(text)
    }

    #[route(code = 2)]
    fn plain_count(&self, Json(n): Json<u64>) -> Json<u64> {
        Json(n + 1)
    }

    #[route(concurrent)]
    async fn later(&self) {
        tokio::task::yield_now().await;
    }
}

/// How packages leave, as a client writes them.
type Frame = fn(&[u8]) -> Vec<u8>;

fn as_it_is(package: &[u8]) -> Vec<u8> {
    package.to_vec()
}

fn masked(package: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let start = seal::begin(&mut out);
    out.extend_from_slice(package);
    seal::finish_client(start, OpCode::Binary, [1, 2, 3, 4], &mut out);
    out
}

fn slipped(package: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    Slip.wrap(package, &mut out).unwrap();
    out
}

fn request(route: RouteRef<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    let mark = DataPackage.begin(&mut out);
    Head::Request(RequestId::new(1), route).encode(&mut out).unwrap();
    out.push(b'1');
    DataPackage.finish(mark, &mut out).unwrap();
    out
}

/// Asks so often, reads as many bytes each time as the first time.
struct Asking {
    stream: TcpStream,
    requests: Vec<u8>,
    answers: Vec<u8>,
}

impl Asking {
    fn new(mut stream: TcpStream, frame: Frame, request: &[u8]) -> Self {
        // One answer's length is that of every other.
        stream.write_all(&frame(request)).unwrap();
        let mut answer = [0; 256];
        let read = stream.read(&mut answer).unwrap();
        Self { stream, requests: frame(request).repeat(DEPTH), answers: vec![0; read * DEPTH] }
    }

    /// Asks more at once than one poll handles, so that the server's thread makes the list
    /// of those who yielded to others. It keeps that from then on, and a poll also yields if
    /// the system has paused it.
    fn pour(&mut self) {
        const ROUNDS: usize = 512 / DEPTH;
        self.stream.write_all(&self.requests.repeat(ROUNDS)).unwrap();
        self.stream.read_exact(&mut vec![0; self.answers.len() * ROUNDS]).unwrap();
    }

    fn ask(&mut self, rounds: usize) {
        for _ in 0..rounds {
            self.stream.write_all(&self.requests).unwrap();
            self.stream.read_exact(&mut self.answers).unwrap();
        }
    }
}

fn open(address: &str, frame: Frame) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    if frame as usize == masked as Frame as usize {
        let key = upgrade::client_key([7; 16]);
        stream.write_all(&upgrade::request(address, "/", &key, &[]).unwrap()).unwrap();
        hear(&mut stream);
    }
    stream.write_all(&frame(HANDSHAKE)).unwrap();
    hear(&mut stream);
    stream.write_all(&frame(ACK)).unwrap();
    stream
}

fn hear(stream: &mut TcpStream) {
    let mut bytes = [0; 4096];
    assert!(stream.read(&mut bytes).unwrap() > 0);
}

#[test]
fn a_request_in_the_steady_state_allocates_nothing() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let server = Server::builder()
        .connector(HybridConnector::bind("127.0.0.1:0"))
        .connector(SlipConnector::bind("127.0.0.1:0"))
        .handler(Quiet);
    // The peer of this test does not answer heartbeats.
    let server = server.heartbeat(Duration::ZERO);
    let server = runtime.block_on(server.start()).unwrap();
    let [hybrid, slip] = server.addresses() else { unreachable!("two connectors") };
    let routes = [
        RouteRef::Name("test.quietHandler.nothing"),
        RouteRef::Code(1),
        RouteRef::Name("test.quietHandler.count"),
        RouteRef::Name("test.quietHandler.plain"),
        RouteRef::Code(2),
    ];
    for (address, frame) in [(hybrid, as_it_is as Frame), (hybrid, masked), (slip, slipped)] {
        for route in routes {
            let stream = open(&address.to_string(), frame);
            let mut asking = Asking::new(stream, frame, &request(route));
            asking.pour();
            asking.ask(200);
            let before = ALLOCATOR.stats();
            asking.ask(1_000);
            let after = ALLOCATOR.stats();
            let allocated =
                after.allocations + after.reallocations - before.allocations - before.reallocations;
            println!("{allocated} allocations in {} requests of {route:?}", 1_000 * DEPTH);
            assert_eq!(allocated, 0, "in {} requests of {route:?}", 1_000 * DEPTH);
        }
    }
    runtime.block_on(server.handle().stop());
}
