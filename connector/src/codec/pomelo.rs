//! The codec of pomelo's messages.

use connector_protocol::message::Head;
use connector_protocol::pomelo::message::Message;

use super::{Codec, CodecCx, CodecError, Received, zlib};

/// The codec of pomelo's messages. Their format is in [`connector_protocol::pomelo::message`].
#[derive(Clone, Copy, Debug, Default)]
pub struct PomeloCodec;

impl PomeloCodec {
    /// Reads a message that probably has the route `expected`: its head and its body. `None`
    /// for a compressed body, which only [`Codec::decode`] reads.
    #[inline(always)]
    pub(crate) fn read<'a>(
        expected: &'a str,
        payload: &'a [u8],
    ) -> Option<Result<(Head<'a>, &'a [u8]), CodecError>> {
        match Message::decode_expecting(payload, expected) {
            Ok(message) if message.compressed => None,
            Ok(message) => Some(Ok((message.head, message.body))),
            Err(error) => Some(Err(error.into())),
        }
    }
}

impl Codec for PomeloCodec {
    fn decode<'a>(
        &self,
        cx: &'a CodecCx<'_>,
        payload: &'a [u8],
    ) -> Result<Option<Received<'a>>, CodecError> {
        let message = Message::decode_expecting(payload, cx.expected)?;
        let body = if message.compressed {
            zlib::inflate(cx, &message)?.into()
        } else {
            message.body.into()
        };
        Ok(Some(Received { head: message.head, body }))
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
