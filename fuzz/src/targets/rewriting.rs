//! A framing whose packages are rewritten, on its own and as a link.

use connector::Address;
use connector::link::{Inbox, Link};
use connector::prelude::*;
use connector::protocol::framing::{self, Cut, Decode, Decoded, Envelope, Framing, TooLong};
use tokio::io::{AsyncWriteExt, DuplexStream, duplex};
use tokio::runtime::Builder;
use tokio::task::yield_now;

use super::owned;
use crate::pieces::pieces;

/// Ends and escapes, good and bad.
pub const TOKENS: &[&[u8]] =
    &[b"\xc0", b"\xc0\xc0", b"\xdb\xdc", b"\xdb\xdd", b"\xdb\xdb", b"\xdb\xc0", b"ab\xc0"];

/// The longest packages.
const LIMITS: [usize; 4] = [0, 1, 10, 4096];
/// The room of a stream. What is written waits until it is read.
const ROOM: usize = 1 << 12;

/// A stream has the same packages however it is read, by a link and without one, and they make
/// a stream of the same packages again.
pub fn rewriting(bytes: &[u8]) {
    for limit in LIMITS {
        let alone = take(bytes, limit);
        assert_eq!(receive([bytes].into_iter(), limit), alone);
        assert_eq!(receive(pieces(bytes), limit), alone);
        assert!(alone.iter().all(|package| package.len() <= limit && !package.is_empty()));

        let mut stream = Vec::new();
        for package in &alone {
            Slip.wrap(package, &mut stream).expect("it fitted before");
        }
        assert_eq!(take(&stream, limit), alone);
    }
}

/// Packages with escapes and without, the last one not complete.
pub fn seeds() -> Vec<Vec<u8>> {
    owned([
        b"first\xc0last\xc0",
        b"\xc0\xc0\xdb\xdc\xc0\xdb\xdd\xdb\xdc\xc0half",
        b"a\xdb\xdcb\xdb\xddc\xc0a\xdb\xc0",
    ])
}

/// Cuts and decodes packages, up to the first that is not one.
fn take(mut bytes: &[u8], limit: usize) -> Vec<Vec<u8>> {
    let mut packages = Vec::new();
    while let Ok(Some(package)) = Slip::take(&mut bytes, limit) {
        packages.push(package.into_owned());
    }
    packages
}

/// Receives packages, up to the end of the stream or the first that is not one.
fn receive<'a>(reads: impl Iterator<Item = &'a [u8]>, limit: usize) -> Vec<Vec<u8>> {
    let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
    let (stream, mut far) = duplex(ROOM);
    let write = async {
        for read in reads {
            // Nobody reads on behind an error.
            if far.write_all(read).await.is_err() {
                return;
            }
            yield_now().await;
        }
        let _ = far.shutdown().await;
    };
    let read = async {
        let mut socket = SlipSocket { stream, peer: Peer::new("memory", Address::Unnamed) };
        let mut inbox = Inbox::new(limit);
        let mut packages = Vec::new();
        while let Ok(package) = socket.recv(&mut inbox).await {
            packages.push(package);
        }
        packages
    };
    runtime.block_on(async { tokio::join!(write, read).1 })
}

#[derive(Socket)]
#[socket(framing = Slip)]
struct SlipSocket {
    #[socket(io)]
    stream: DuplexStream,
    #[socket(peer)]
    peer: Peer,
}

const END: u8 = 0xc0;
const ESCAPE: u8 = 0xdb;

/// SLIP (RFC 1055): a package ends with C0. In it DB DC stands for C0, and DB DD for DB.
struct Slip;

impl Framing for Slip {
    const INSTANCE: &'static Self = &Self;
    const DECODE: Option<Decode> = Some(decode);

    fn cut(bytes: &[u8], limit: usize) -> Result<Option<Cut>, CloseReason> {
        Self::cut_on(bytes, 0, limit)
    }

    fn cut_on(bytes: &[u8], searched: usize, limit: usize) -> Result<Option<Cut>, CloseReason> {
        // Each byte of a package may be two here.
        Ok(framing::cut_before(END, bytes, searched, limit.saturating_mul(2))?)
    }
}

impl Envelope for Slip {
    fn finish(&self, mark: usize, out: &mut Vec<u8>) -> Result<(), TooLong> {
        framing::rewrite(mark, out, |package, out| {
            for &byte in package {
                match byte {
                    END => out.extend([ESCAPE, 0xdc]),
                    ESCAPE => out.extend([ESCAPE, 0xdd]),
                    byte => out.push(byte),
                }
            }
            out.push(END);
        });
        Ok(())
    }
}

fn decode(encoded: &[u8], _: usize, package: &mut Vec<u8>) -> Result<Decoded, CloseReason> {
    let mut bytes = encoded.iter();
    while let Some(&byte) = bytes.next() {
        package.push(match byte {
            ESCAPE => match bytes.next() {
                Some(0xdc) => END,
                Some(0xdd) => ESCAPE,
                _ => return Err(CloseReason::malformed("an escape of nothing")),
            },
            byte => byte,
        });
    }
    Ok(if encoded.is_empty() { Decoded::Nothing } else { Decoded::Package })
}
