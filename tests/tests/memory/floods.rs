//! Floods of bytes that are no messages: heartbeats, handshakes, frames, heads.

use connector::protocol::pomelo::package::{PackageType, encode};

use super::served::{LONG, Served};
use super::{Sequence, list_of};

/// Bytes of each flood.
pub(crate) const MUCH: usize = 8 << 20;
/// The most bytes of a handshake.
const HELLO: usize = 64 << 10;

pub(crate) const SEQUENCES: &[Sequence] = &[
    ("heartbeats, by a peer that does not read", |served| {
        served.peer().flood(&b"\x03\0\0\0".repeat(MUCH / 4));
    }),
    ("handshakes and acks on an open session", |served| {
        let mut peer = served.peer();
        peer.flood(&[&handshake(&long_text())[..], b"\x02\0\0\0"].concat().repeat(MUCH / HELLO));
        peer.ping();
    }),
    ("a handshake of a long text", |served| shake_hands(served, &long_text())),
    ("a handshake of many keys", |served| {
        let keys = (0..2_000).map(|key| format!("\"{key}\":{{}},")).collect::<String>();
        shake_hands(served, &format!("{{\"sys\":{{{keys}\"\":0}}}}"));
        shake_hands(served, &format!("{{\"sys\":{{}},\"user\":{{{keys}\"\":0}}}}"));
    }),
    ("a handshake of too many values", |served| {
        let list = String::from_utf8(list_of("[]", HELLO - 100)).unwrap();
        shake_hands(served, &format!("{{\"sys\":{{}},\"user\":{list}}}"));
    }),
    ("a handshake that is deep", |served| {
        for levels in [100, 600, 30_000] {
            let (open, close) = ("[".repeat(levels), "]".repeat(levels));
            shake_hands(served, &format!("{{\"sys\":{{}},\"user\":{open}{close}}}"));
        }
    }),
    ("a handshake of halves of surrogates and of one key", |served| {
        let halves = "\\ud83d".repeat(HELLO / 6 - 100);
        shake_hands(served, &format!("{{\"sys\":{{\"type\":\"{halves}\"}}}}"));
        let same = "\"k\":0,".repeat(2_000);
        shake_hands(served, &format!("{{\"sys\":{{{same}\"\":0}}}}"));
    }),
    ("a handshake that is announced and does not come", |served| {
        let mut peer = served.stranger();
        peer.flood(&[&b"\x01\0\xff\xf0"[..], &[b' '; 60_000]].concat());
        peer.stay();
    }),
    ("a PROXY header without an end", |served| {
        served.behind_proxy().flood(&[b"PROXY TCP4 "[..].to_vec(), vec![b'1'; MUCH]].concat());
    }),
    ("a PROXY header with long extensions, and a handshake", |served| {
        let mut header = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff".to_vec();
        header.extend(b"\x7f\0\0\x01\x7f\0\0\x01\x04\xd2\x04\xd2\x04\xff\xf0");
        header.resize(16 + 0xffff, 0);
        let mut peer = served.behind_proxy();
        peer.flood(&header);
        peer.flood(&handshake(&long_text()));
    }),
    ("an HTTP head without an end", |served| {
        served.stranger().flood(&[b"GET /".to_vec(), vec![b'x'; MUCH]].concat());
        let fields = "X-Field: some value of it\r\n".repeat(MUCH / 27);
        served.stranger().flood(format!("GET / HTTP/1.1\r\n{fields}").as_bytes());
    }),
    ("an HTTP request with a long body", |served| {
        let head = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {MUCH}\r\n\r\n");
        served.stranger().flood(&[head.into_bytes(), vec![b'x'; MUCH]].concat());
    }),
    ("pings of WebSocket, by a peer that does not read", |served| {
        let ping = [&[0x89, 0x80 | 125, 0, 0, 0, 0][..], &[b'p'; 125]].concat();
        served.web().flood(&ping.repeat(MUCH / ping.len()));
    }),
    ("fragments of no byte", |served| {
        let frames = [frame(2, b""), frame(0, b"").repeat(MUCH / 6)].concat();
        served.web().flood(&frames);
    }),
    ("fragments of one byte, with pings between", |served| {
        let pair = [frame(0, b"x"), frame(9, b"")].concat();
        let mut peer = served.web();
        peer.flood(&[frame(2, b"\x04"), pair.repeat(LONG)].concat());
        peer.flood(&pair.repeat(LONG));
    }),
    ("packages in one message", |served| {
        let heartbeats = b"\x03\0\0\0".repeat(LONG / 4);
        served.web().flood(&frame(2, &heartbeats).repeat(MUCH / LONG));
    }),
    ("texts that are cut within a character", |served| {
        let mut peer = served.web();
        peer.flood(&[frame(1, b"\xf0\x9f\x98"), frame(9, b""), frame(0, b"\x80")].concat());
        peer.flood(&frame(1, &vec![0xc3; LONG]));
    }),
    ("compressed bodies that nobody announced", |served| {
        let mut peer = served.peer();
        let gzip = [&b"\x1f\x8b\x08\0\0\0\0\0\0\x03"[..], &[0; 100_000]].concat();
        peer.ask_compressed(80, "value", &gzip);
        peer.pour(80, "value", &gzip, || served.open_gate(80));
    }),
    ("bodies of halves of surrogates, of one key and of what is not UTF-8", |served| {
        let mut peer = served.peer();
        let halves = format!("\"{}\"", "\\ud83d".repeat(LONG / 6 - 10));
        let same = format!("{{{}\"\":0}}", "\"k\":0,".repeat(150_000));
        let keys = (0..90_000).map(|key| format!("\"{key}\":0,")).collect::<String>();
        let twice = format!("{{{keys}\"0\":0}}");
        let broken = [&b"\""[..], &vec![0xff; LONG - 10], b"\""].concat();
        for body in [halves.as_bytes(), same.as_bytes(), twice.as_bytes(), &broken] {
            peer.pour(6, "value", body, || served.open_gate(6));
        }
    }),
];

/// Sends a handshake, and reads the answer if there is one.
fn shake_hands(served: &Served, text: &str) {
    let mut peer = served.stranger();
    peer.flood(&handshake(text));
    peer.hear_any();
}

fn long_text() -> String {
    format!("{{\"sys\":{{\"type\":\"x\"}},\"user\":\"{}\"}}", "x".repeat(HELLO - 100))
}

fn handshake(text: &str) -> Vec<u8> {
    let mut package = Vec::new();
    encode(PackageType::Handshake, text.as_bytes(), &mut package).unwrap();
    package
}

/// A frame of WebSocket, masked by zeros. Opcodes 1 and 2 with less than half of a package
/// begin a message that goes on.
pub(crate) fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let is_first = (1..=2).contains(&opcode) && payload.len() < 4;
    let is_last = opcode > 2 || (payload.len() >= 4 && opcode > 0);
    let mut frame = vec![opcode | if is_last && !is_first { 0x80 } else { 0 }];
    match payload.len() {
        len @ 0..126 => frame.push(0x80 | len as u8),
        len @ 126..0x1_0000 => {
            frame.push(0x80 | 126);
            frame.extend((len as u16).to_be_bytes());
        }
        len => {
            frame.push(0x80 | 127);
            frame.extend((len as u64).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}
