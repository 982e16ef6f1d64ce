//! Lines of base64, and a connector over them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use connector::codec::JsonCodec;
use connector::prelude::*;
use connector::protocol::framing::{self, Cut, Decode, Decoded, Envelope, Framing, TooLong};
use connector::transport::Memory;
use tokio::io::DuplexStream;

/// Each package as base64 (RFC 4648, section 4, with padding) on a line, which ends with LF or
/// CRLF. An empty line is an empty package.
pub struct Base64Lines;

impl Framing for Base64Lines {
    const INSTANCE: &'static Self = &Self;
    const DECODE: Option<Decode> = Some(decode);

    fn cut(bytes: &[u8], limit: usize) -> Result<Option<Cut>, CloseReason> {
        Self::cut_on(bytes, 0, limit)
    }

    fn cut_on(bytes: &[u8], searched: usize, limit: usize) -> Result<Option<Cut>, CloseReason> {
        // Four characters for three bytes, and a carriage return.
        let longest = limit.div_ceil(3).saturating_mul(4).saturating_add(1);
        Ok(framing::cut_before(b'\n', bytes, searched, longest)?)
    }
}

impl Envelope for Base64Lines {
    fn finish(&self, mark: usize, out: &mut Vec<u8>) -> Result<(), TooLong> {
        framing::rewrite(mark, out, |package, out| {
            let length = base64::encoded_len(package.len(), true).expect("it is in memory twice");
            out.resize(mark + length, 0);
            let written = STANDARD.encode_slice(package, &mut out[mark..]);
            written.expect("the length is right");
            out.push(b'\n');
        });
        Ok(())
    }
}

fn decode(line: &[u8], _: usize, package: &mut Vec<u8>) -> Result<Decoded, CloseReason> {
    let digits = line.strip_suffix(b"\r").unwrap_or(line);
    // The error says which byte is wrong, or that the padding is.
    let wrong = |error| CloseReason::malformed(format_args!("a line is not base64: {error}"));
    STANDARD.decode_vec(digits, package).map_err(wrong)?;
    Ok(Decoded::Package)
}

/// Messages in JSON, in memory.
#[derive(Connector)]
#[connector(socket = Base64Socket, codec = JsonCodec)]
pub struct Base64Connector(#[connector(listen)] Memory);

#[derive(Socket)]
#[socket(framing = Base64Lines)]
pub struct Base64Socket(#[socket(io)] DuplexStream, #[socket(peer)] Peer);
