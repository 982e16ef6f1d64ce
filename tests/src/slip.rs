//! A framing that stuffs bytes, and a connector over it.

use connector::codec::PomeloCodec;
use connector::prelude::*;
use connector::protocol::framing::{self, Cut, Decode, Decoded, Envelope, Framing, TooLong};
use connector::transport::{Stream, Tcp, WithOpeners};

const END: u8 = 0xC0;
const ESCAPE: u8 = 0xDB;

/// SLIP (RFC 1055): a package ends with C0. In it DB DC stands for C0, and DB DD for DB.
pub struct Slip;

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
            package.iter().for_each(|&byte| match byte {
                END => out.extend([ESCAPE, 0xDC]),
                ESCAPE => out.extend([ESCAPE, 0xDD]),
                byte => out.push(byte),
            });
            out.push(END);
        });
        Ok(())
    }
}

fn decode(encoded: &[u8], _: usize, package: &mut Vec<u8>) -> Result<Decoded, CloseReason> {
    let wrong = |at| CloseReason::malformed(format_args!("SLIP: byte {at} escapes nothing"));
    let mut bytes = encoded.iter().enumerate();
    while let Some((at, &byte)) = bytes.next() {
        package.push(match byte {
            ESCAPE => match bytes.next() {
                Some((_, 0xDC)) => END,
                Some((_, 0xDD)) => ESCAPE,
                _ => return Err(wrong(at)),
            },
            byte => byte,
        });
    }
    // Peers send C0 also before a package, or while they have nothing to say.
    Ok(if encoded.is_empty() { Decoded::Nothing } else { Decoded::Package })
}

/// Pomelo's packages in SLIP, over TCP with any openers.
#[derive(Connector)]
#[connector(socket = SlipSocket, codec = PomeloCodec)]
pub struct SlipConnector(#[connector(listen)] WithOpeners<Tcp>);

#[derive(Socket)]
#[socket(framing = Slip, session = connector::Pomelo)]
pub struct SlipSocket(#[socket(io)] Stream, #[socket(peer)] Peer);
