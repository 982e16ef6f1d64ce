//! Frames around outgoing messages.

use connector_protocol::framing::{Envelope, TooLong};
use connector_protocol::ws::{OpCode, seal};

use super::random;

/// A server's frame around a message.
pub(crate) struct ServerFrame<const TEXT: bool>;

/// A client's frame around a message, masked.
pub(crate) struct ClientFrame<const TEXT: bool>;

pub(super) const fn opcode(text: bool) -> OpCode {
    if text { OpCode::Text } else { OpCode::Binary }
}

impl<const TEXT: bool> Envelope for ServerFrame<TEXT> {
    fn begin(&self, out: &mut Vec<u8>) -> usize {
        seal::begin(out)
    }

    fn finish(&self, mark: usize, out: &mut Vec<u8>) -> Result<(), TooLong> {
        seal::finish_server(mark, opcode(TEXT), out);
        Ok(())
    }
}

impl<const TEXT: bool> Envelope for ClientFrame<TEXT> {
    fn begin(&self, out: &mut Vec<u8>) -> usize {
        seal::begin(out)
    }

    fn finish(&self, mark: usize, out: &mut Vec<u8>) -> Result<(), TooLong> {
        seal::finish_client(mark, opcode(TEXT), random::bytes(), out);
        Ok(())
    }
}
