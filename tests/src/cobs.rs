//! Consistent overhead byte stuffing, and a connector over it.

use connector::codec::JsonCodec;
use connector::prelude::*;
use connector::protocol::framing::{self, Cut, Decode, Decoded, Envelope, Framing, TooLong};
use connector::transport::Memory;
use tokio::io::DuplexStream;

/// The most bytes of a group.
const GROUP: usize = 254;

/// COBS (Cheshire and Baker, 1999): a package ends with 00 and has no other. It consists of
/// groups: a byte that counts itself and those behind it. A 00 is left out behind each group
/// but the last one, and but those of 254 bytes.
pub struct Cobs;

impl Framing for Cobs {
    const INSTANCE: &'static Self = &Self;
    const DECODE: Option<Decode> = Some(decode);

    fn cut(bytes: &[u8], limit: usize) -> Result<Option<Cut>, CloseReason> {
        Self::cut_on(bytes, 0, limit)
    }

    fn cut_on(bytes: &[u8], searched: usize, limit: usize) -> Result<Option<Cut>, CloseReason> {
        let longest = limit.saturating_add(limit / GROUP + 1);
        Ok(framing::cut_before(0, bytes, searched, longest)?)
    }
}

impl Envelope for Cobs {
    fn finish(&self, mark: usize, out: &mut Vec<u8>) -> Result<(), TooLong> {
        framing::rewrite(mark, out, |package, out| {
            let mut parts = package.split(|&byte| byte == 0).peekable();
            while let Some(part) = parts.next() {
                let groups = part.chunks_exact(GROUP);
                let last = groups.remainder();
                groups.for_each(|group| group_into(group, out));
                // The last group of all may be a whole one.
                if !last.is_empty() || part.is_empty() || parts.peek().is_some() {
                    group_into(last, out);
                }
            }
            out.push(0);
        });
        Ok(())
    }
}

fn group_into(group: &[u8], out: &mut Vec<u8>) {
    out.push(group.len() as u8 + 1);
    out.extend_from_slice(group);
}

fn decode(encoded: &[u8], _: usize, package: &mut Vec<u8>) -> Result<Decoded, CloseReason> {
    let mut rest = encoded;
    while let Some((&code, behind)) = rest.split_first() {
        // It is not 0, which ends packages.
        let length = usize::from(code) - 1;
        let Some((group, behind)) = behind.split_at_checked(length) else {
            let (at, left) = (encoded.len() - rest.len(), behind.len());
            let mistake = format_args!(
                "COBS: the group at byte {at} has {length} bytes, but {left} are left"
            );
            return Err(CloseReason::malformed(mistake));
        };
        package.extend_from_slice(group);
        if length < GROUP && !behind.is_empty() {
            package.push(0);
        }
        rest = behind;
    }
    // An empty package is a group without bytes.
    Ok(if encoded.is_empty() { Decoded::Nothing } else { Decoded::Package })
}

/// Messages in JSON, in memory.
#[derive(Connector)]
#[connector(socket = CobsSocket, codec = JsonCodec)]
pub struct CobsConnector(#[connector(listen)] Memory);

#[derive(Socket)]
#[socket(framing = Cobs)]
pub struct CobsSocket(#[socket(io)] DuplexStream, #[socket(peer)] Peer);
