//! A call of a plugin's method boxes nothing: what it asks for is its message, and the values
//! that it takes and returns.

#![allow(clippy::unwrap_used)]

use std::alloc::System;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

use connector::Address;
use connector::plugin::{self, Port, plugin};
use connector::transport::Tcp;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Calls in one write.
const DEPTH: usize = 16;
const ROUNDS: usize = 1_000;

/// What a request asks for: its name, its key, the text of its arguments and what shares it, the
/// caller and its path; and the method's own name, with its services.
const MESSAGE: usize = 7;
/// A value that is returned, unless it is `()`: its text twice, as it is written and at its
/// length, and what shares it.
const RETURNED: usize = 3;
/// The list of the arguments, if there are any.
const ARGUMENTS: usize = 1;
/// A text that a method owns.
const TEXT: usize = 1;

struct Quiet;

#[plugin(name = "quiet")]
impl Quiet {
    #[method]
    fn nothing(&self) {}

    #[method]
    async fn nothing_later(&self) {}

    #[method]
    fn count(&self, n: u64) -> u64 {
        n + 1
    }

    #[method]
    async fn measure(&self, text: String) -> usize {
        text.len()
    }
}

/// An engine over lines, which calls one method again and again.
struct Calling {
    stream: TcpStream,
    calls: Vec<u8>,
    answers: Vec<u8>,
}

impl Calling {
    fn connect(address: SocketAddr, method: &str, arguments: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut lines = BufReader::new(&stream);
        let mut answer = |id: u32, asked: String| {
            (&stream).write_all(asked.as_bytes()).unwrap();
            let ended = format!(r#""id":{id}"#);
            loop {
                let mut line = String::new();
                assert!(lines.read_line(&mut line).unwrap() > 0);
                if line.contains(&ended) && line.contains("response") {
                    assert!(!line.contains("error"), "{line}");
                    return line;
                }
            }
        };
        let handshake =
            r#"{"id":0,"action":"request","key":"handshake","payload":["quiet"],"name":"quiet"}"#;
        answer(0, format!("{handshake}\n"));
        let call = format!(
            "{{\"id\":1,\"action\":\"request\",\"key\":\"{method}\",\"payload\":{arguments},\
             \"requestInfo\":{{\"from\":\"manager\",\"path\":\"quiet\"}},\"name\":\"quiet\"}}\n"
        );
        // One answer's length is that of every other.
        let len = answer(1, call.clone()).len();
        Self { stream, calls: call.repeat(DEPTH).into_bytes(), answers: vec![0; len * DEPTH] }
    }

    fn call(&mut self, rounds: usize) {
        for _ in 0..rounds {
            self.stream.write_all(&self.calls).unwrap();
            self.stream.read_exact(&mut self.answers).unwrap();
        }
    }

    /// Makes more calls at once than one poll handles, for what is only made then.
    fn pour(&mut self) {
        let times = 512 / DEPTH;
        self.stream.write_all(&self.calls.repeat(times)).unwrap();
        self.stream.read_exact(&mut vec![0; self.answers.len() * times]).unwrap();
    }
}

#[test]
fn a_call_in_the_steady_state_boxes_nothing() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let mut port = Tcp::from("127.0.0.1:0");
    runtime.block_on(port.open_port()).unwrap();
    let Some(Address::Inet(address)) = port.port_address() else { unreachable!() };
    runtime.spawn(plugin::serve(Quiet, port));
    let mut wrong = Vec::new();
    for (method, arguments, values) in [
        ("nothing", "[]", 0),
        ("nothingLater", "[]", 0),
        ("count", "[1]", ARGUMENTS + RETURNED),
        ("measure", "[\"text\"]", ARGUMENTS + TEXT + RETURNED),
    ] {
        let mut calling = Calling::connect(address, method, arguments);
        calling.pour();
        calling.call(200);
        let before = ALLOCATOR.stats();
        calling.call(ROUNDS);
        let after = ALLOCATOR.stats();
        let allocated =
            after.allocations + after.reallocations - before.allocations - before.reallocations;
        let calls = ROUNDS * DEPTH;
        println!("{allocated} allocations in {calls} calls of {method}");
        // Those of a poll of many calls are no calls' own.
        let rest = allocated % calls;
        if allocated / calls != MESSAGE + values || rest > calls / 20 {
            wrong.push(format!("{allocated} in {calls} calls of {method}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}
