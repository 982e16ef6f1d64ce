//! Clients over WebSocket whose messages are compressed, each alone.

use std::io::{self, Read};

use connector::protocol::ws::upgrade::client_key;
use connector::testing::{ClientProtocol, OverWebSocket, Wire};
use flate2::Compression;
use flate2::read::DeflateDecoder;

/// What a message ends with on its way through deflate, and not on the wire (RFC 7692 7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];
/// A frame of a whole binary message that is compressed: FIN, RSV1 and the opcode.
const COMPRESSED: u8 = 0xc2;
const RSV1: u8 = 0x40;
const CONTROL: u8 = 0x08;
const CLOSE: u8 = 0x08;
const MASKED: u8 = 0x80;
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
/// From this length on packages are random, so that they do not shrink.
const LONG: usize = 4_096;

/// WebSocket with permessage-deflate and without contexts, in bytes made by hand and by flate2.
pub(crate) struct OverDeflate(OverWebSocket);

impl OverDeflate {
    pub(crate) fn new() -> Self {
        Self(OverWebSocket::new())
    }
}

/// Makes a package of a payload. A long one is one that compression does not shrink, so that
/// limits and buffers are reached.
pub(crate) fn package(payload: &[u8]) -> Vec<u8> {
    if payload.len() < LONG {
        return payload.to_vec();
    }
    let seed = payload.iter().fold(7, |seed: u64, &byte| seed.wrapping_mul(31) + u64::from(byte));
    let mut random = fastrand::Rng::with_seed(seed);
    payload.iter().map(|byte| byte ^ random.u8(..)).collect()
}

impl ClientProtocol for OverDeflate {
    async fn open(&self, wire: &mut Wire) -> io::Result<()> {
        let request = format!(
            "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {}\r\nSec-WebSocket-Extensions: \
             permessage-deflate; client_no_context_takeover; server_no_context_takeover\r\n\r\n",
            client_key(*b"conformance kit!")
        );
        wire.write(request.as_bytes()).await?;
        let end = loop {
            let read = String::from_utf8_lossy(wire.unread());
            if let Some(end) = read.find("\r\n\r\n") {
                break end + 4;
            }
            if wire.read().await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        };
        let answer = String::from_utf8_lossy(&wire.unread()[..end]).to_lowercase();
        let agreed = answer.contains(" 101 ") && answer.contains("permessage-deflate");
        assert!(agreed, "{answer}");
        wire.consume(end);
        Ok(())
    }

    fn half_open(&self) -> Vec<u8> {
        self.0.half_open()
    }

    fn wrap(&self, package: &[u8]) -> Vec<u8> {
        let payload = deflate(package);
        let mut out = vec![COMPRESSED];
        match payload.len() {
            short @ ..=125 => out.push(MASKED | short as u8),
            middle @ ..=0xffff => {
                out.push(MASKED | 126);
                out.extend((middle as u16).to_be_bytes());
            }
            long => {
                out.push(MASKED | 127);
                out.extend((long as u64).to_be_bytes());
            }
        }
        out.extend(MASK);
        out.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        out
    }

    /// Reads a message, and skips pings and pongs. Our server does not fragment.
    fn unwrap(&self, bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
        let mut at = 0;
        loop {
            let (&first, payload, size) = frame(&bytes[at..])?;
            at += size;
            match first & 0x0f {
                CLOSE => return None,
                opcode if opcode & CONTROL != 0 => {}
                _ if first & RSV1 != 0 => return Some((inflate(payload), at)),
                _ => return Some((payload.to_vec(), at)),
            }
        }
    }

    fn closing(&self) -> Vec<u8> {
        self.0.closing()
    }

    fn is_closing(&self, rest: &[u8]) -> bool {
        self.0.is_closing(rest)
    }
}

/// Returns the first byte of a server's frame, its payload, and its size.
fn frame(bytes: &[u8]) -> Option<(&u8, &[u8], usize)> {
    let [first, second, rest @ ..] = bytes else { return None };
    let (length, start) = match second {
        126 => (u64::from(u16::from_be_bytes(*rest.first_chunk()?)), 4),
        127 => (u64::from_be_bytes(*rest.first_chunk()?), 10),
        short => (u64::from(*short), 2),
    };
    let end = start + usize::try_from(length).ok()?;
    Some((first, bytes.get(start..end)?, end))
}

/// Compresses a message, as one block of deflate without a last one.
fn deflate(message: &[u8]) -> Vec<u8> {
    let mut compress = flate2::Compress::new(Compression::fast(), false);
    let mut out = Vec::with_capacity(2 * message.len() + 100);
    compress.compress_vec(message, &mut out, flate2::FlushCompress::Sync).unwrap();
    assert!(out.ends_with(&TAIL), "all of it is there");
    out.truncate(out.len() - TAIL.len());
    out
}

fn inflate(payload: &[u8]) -> Vec<u8> {
    // A last block behind it, so that the reader sees an end.
    let last = [1, 0, 0, 0xff, 0xff];
    let bytes = [payload, &TAIL, &last].concat();
    let mut message = Vec::new();
    DeflateDecoder::new(&*bytes).read_to_end(&mut message).unwrap();
    message
}
