//! WebSocket frames that are malformed, or only unusual.

#![allow(clippy::unwrap_used)]

mod running;

use std::io::{Read, Write};
use std::net::TcpStream;

use connector_protocol::pomelo::package::HANDSHAKE_ACK;
use connector_protocol::ws::{Header, OpCode, seal, upgrade};
use running::{Echo, TIMEOUT, data, handshake, request};

const KEY: [u8; 4] = [1, 2, 3, 4];
const ECHO: &str = "connector.entryHandler.echo";

/// A bare WebSocket.
struct Web {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Web {
    fn connect(echo: &Echo) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", echo.port)).unwrap();
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        let mut web = Self { stream, received: Vec::new() };
        let key = upgrade::client_key([7; 16]);
        let head = upgrade::request("here", "/any/path", &key, &[]).unwrap();
        // Byte by byte: the first byte decides, and the head comes in pieces.
        for byte in head {
            web.stream.write_all(&[byte]).unwrap();
        }
        loop {
            web.read();
            if let Some((_, consumed)) = upgrade::parse_response(&web.received, &key).unwrap() {
                web.received.drain(..consumed);
                return web;
            }
        }
    }

    fn open(echo: &Echo) -> Self {
        let mut web = Self::connect(echo);
        web.send(OpCode::Binary, &handshake("{}"));
        assert_eq!(web.frame().unwrap().0, OpCode::Binary);
        web.send(OpCode::Binary, &HANDSHAKE_ACK);
        web
    }

    fn send(&mut self, opcode: OpCode, payload: &[u8]) {
        let mut out = Vec::new();
        seal::write_frame(opcode, payload, Some(KEY), &mut out);
        self.stream.write_all(&out).unwrap();
    }

    fn read(&mut self) -> usize {
        let mut bytes = [0; 4096];
        let read = self.stream.read(&mut bytes).unwrap_or(0);
        self.received.extend_from_slice(&bytes[..read]);
        read
    }

    /// The next frame; `None` at the end of the connection.
    fn frame(&mut self) -> Option<(OpCode, Vec<u8>)> {
        loop {
            if let Some((header, start)) = Header::parse(&self.received).unwrap() {
                let end = start + header.len as usize;
                if self.received.len() >= end {
                    let payload = self.received[start..end].to_vec();
                    self.received.drain(..end);
                    return Some((header.opcode, payload));
                }
            }
            if self.read() == 0 {
                return None;
            }
        }
    }

    /// The code that the server closes with.
    fn closed_with(&mut self) -> u16 {
        loop {
            match self.frame() {
                Some((OpCode::Close, payload)) => {
                    return u16::from_be_bytes([payload[0], payload[1]]);
                }
                Some(_) => {}
                None => panic!("closed without a close frame"),
            }
        }
    }

    fn echo(&mut self, id: u32, body: &[u8]) {
        self.send(OpCode::Binary, &request(id, ECHO, body));
        self.answers(id, body);
    }

    fn answers(&mut self, id: u32, body: &[u8]) {
        let (opcode, payload) = self.frame().expect("the server answers");
        assert_eq!(opcode, OpCode::Binary);
        assert_eq!(payload, data(&[&[4, id as u8], body].concat()));
    }
}

/// Sends bare bytes behind an open session and expects this close code, and
/// that nobody else is hurt.
fn closes_with(code: u16, bytes: &[u8]) {
    let echo = Echo::start(&[]);
    let (mut bad, mut good) = (Web::open(&echo), Web::open(&echo));
    bad.stream.write_all(bytes).unwrap();
    assert_eq!(bad.closed_with(), code);
    good.echo(1, b"{\"good\":1}");
    echo.still_serves();
}

fn frame(opcode: OpCode, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    seal::write_frame(opcode, payload, Some(KEY), &mut out);
    out
}

#[test]
fn an_unmasked_frame_closes_with_1002() {
    closes_with(1002, &[0x82, 0x01, 0x00]);
}

#[test]
fn reserved_bits_close_with_1002() {
    closes_with(1002, &[0xf2, 0x80, 1, 2, 3, 4]);
}

#[test]
fn a_message_beyond_the_limit_closes_with_1009_before_it_is_sent() {
    closes_with(1009, &[0x82, 0xff, 0, 0, 0, 0, 0, 0x10, 0, 0x05, 1, 2, 3, 4]);
}

#[test]
fn text_that_is_no_utf8_closes_with_1007() {
    closes_with(1007, &frame(OpCode::Text, b"\xff\xfe"));
}

#[test]
fn a_stray_byte_behind_a_package_closes() {
    let stray = [&*request(1, ECHO, b"{}"), b"x"].concat();
    closes_with(1008, &frame(OpCode::Binary, &stray));
}

#[test]
fn an_empty_message_closes() {
    closes_with(1008, &frame(OpCode::Binary, b""));
}

#[test]
fn a_text_frame_counts_as_its_bytes() {
    let echo = Echo::start(&[]);
    let mut web = Web::open(&echo);
    web.send(OpCode::Text, &request(1, ECHO, b"{\"text\":1}"));
    web.answers(1, b"{\"text\":1}");
}

#[test]
fn several_packages_in_one_message_are_served() {
    let echo = Echo::start(&[]);
    let mut web = Web::open(&echo);
    let both = [request(1, ECHO, b"{\"n\":1}"), request(2, ECHO, b"{\"n\":2}")].concat();
    web.send(OpCode::Binary, &both);
    // One package a frame on the way back: released clients read no more.
    web.answers(1, b"{\"n\":1}");
    web.answers(2, b"{\"n\":2}");
}

#[test]
fn fragments_and_a_ping_between_them_are_served() {
    let echo = Echo::start(&[]);
    let mut web = Web::open(&echo);
    let message = request(3, ECHO, b"{\"parts\":3}");
    let (first, rest) = message.split_at(7);
    let mut out = Vec::new();
    for (byte, opcode, part) in
        [(0x02, OpCode::Binary, first), (0x00, OpCode::Continuation, &rest[..4])]
    {
        let start = out.len();
        seal::write_frame(opcode, part, Some(KEY), &mut out);
        out[start] = byte;
    }
    seal::write_frame(OpCode::Ping, b"are you there", Some(KEY), &mut out);
    seal::write_frame(OpCode::Continuation, &rest[4..], Some(KEY), &mut out);
    for byte in out {
        web.stream.write_all(&[byte]).unwrap();
    }
    assert_eq!(web.frame(), Some((OpCode::Pong, b"are you there".to_vec())));
    web.answers(3, b"{\"parts\":3}");
}

#[test]
fn a_close_is_answered_behind_what_was_asked_before() {
    let echo = Echo::start(&[]);
    let mut web = Web::open(&echo);
    web.send(OpCode::Binary, &request(1, ECHO, b"{}"));
    web.send(OpCode::Close, &1000u16.to_be_bytes());
    web.answers(1, b"{}");
    assert_eq!(web.closed_with(), 1000);
    assert_eq!(web.frame(), None);
}

#[test]
#[cfg(target_os = "linux")]
fn pings_of_a_client_that_does_not_read_cost_bounded_memory() {
    let echo = Echo::start(&[]);
    // One before its handshake, one behind it.
    for mut web in [Web::connect(&echo), Web::open(&echo)] {
        let before = echo.memory();
        web.stream.set_write_timeout(Some(std::time::Duration::from_secs(1))).unwrap();
        let pings = frame(OpCode::Ping, &[b'p'; 125]).repeat(1_000);
        let mut sent = 0;
        while sent < 64 << 20 {
            match web.stream.write(&pings) {
                Ok(more) => sent += more,
                Err(_) => break,
            }
        }
        assert!(sent < 64 << 20, "it reads on for ever");
        let grown = echo.memory().saturating_sub(before);
        // A few buffers, and not what was sent.
        assert!(grown < 8 << 20, "{grown} bytes after {sent} bytes of pings");
        echo.still_serves();
    }
}

#[test]
fn a_broken_upgrade_is_refused_in_http() {
    let echo = Echo::start(&[]);
    let heads = [
        (
            "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\n\r\n",
            "400",
        ),
        (
            "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            "426",
        ),
        ("GET / HTTP/1.1\r\nHost: x\r\n\r\n", "426"),
        ("NO WAY\r\n\r\n", "400"),
    ];
    for (head, status) in heads {
        let mut stream = TcpStream::connect(("127.0.0.1", echo.port)).unwrap();
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert_eq!(answer.get(9..12), Some(status), "{head}: {answer}");
    }
    echo.still_serves();
}
