//! The codec of pomelo's messages.

use connector_protocol::message::Head;
use connector_protocol::pomelo::message::Message;

use super::{Codec, CodecCx, CodecError, Received};

/// The codec of pomelo's messages. Their format is in [`connector_protocol::pomelo::message`].
#[derive(Clone, Copy, Debug, Default)]
pub struct PomeloCodec;

/// Nobody has announced compression, so no handler can expect such a body.
#[cold]
fn compressed(head: &Head<'_>) -> CodecError {
    CodecError::refusal(
        head,
        "the body is compressed, which was not agreed: turn the sender's compression off",
    )
}

impl PomeloCodec {
    /// Reads a message that probably has the route `expected`: its head and its body.
    #[inline(always)]
    pub(crate) fn read<'a>(
        expected: &'a str,
        payload: &'a [u8],
    ) -> Result<(Head<'a>, &'a [u8]), CodecError> {
        let message = Message::decode_expecting(payload, expected)?;
        if message.compressed {
            return Err(compressed(&message.head));
        }
        Ok((message.head, message.body))
    }
}

impl Codec for PomeloCodec {
    fn decode<'a>(
        &self,
        cx: &CodecCx<'_>,
        payload: &'a [u8],
    ) -> Result<Option<Received<'a>>, CodecError> {
        let (head, body) = Self::read(cx.expected, payload)?;
        Ok(Some(Received { head, body: body.into() }))
    }

    #[inline(always)]
    fn begin(&self, head: &Head<'_>, out: &mut Vec<u8>) -> Result<usize, CodecError> {
        let mark = out.len();
        head.encode(out)?;
        Ok(mark)
    }

    fn finish(&self, _: &Head<'_>, _: usize, _: &mut Vec<u8>) -> Result<(), CodecError> {
        Ok(())
    }

    fn is_negotiable(&self) -> bool {
        true
    }
}
