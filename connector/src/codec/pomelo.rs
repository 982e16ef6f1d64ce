//! The codec of pomelo's messages.

use connector_protocol::message::Head;
use connector_protocol::pomelo::message::Message;

use super::{Codec, CodecCx, CodecError, Received};

/// The codec of pomelo's messages. Their format is in [`connector_protocol::pomelo::message`].
#[derive(Clone, Copy, Debug, Default)]
pub struct PomeloCodec;

impl Codec for PomeloCodec {
    #[inline(always)]
    fn decode<'a>(
        &self,
        cx: &CodecCx<'_>,
        payload: &'a [u8],
    ) -> Result<Option<Received<'a>>, CodecError> {
        let message = Message::decode_expecting(payload, cx.expected)?;
        Ok(Some(Received { head: message.head, body: message.body.into() }))
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
