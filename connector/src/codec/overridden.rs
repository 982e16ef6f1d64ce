//! Codecs whose encoding or decoding is replaced.

use std::sync::Arc;

use connector_protocol::format::Format;
use connector_protocol::message::Head;

use super::{Codec, CodecCx, CodecError, Outbound, Received};
use crate::{MaybeSend, MaybeSync};

/// The codec `base`, with `encode` or `decode` replaced.
pub(crate) struct Override {
    base: Arc<dyn Codec>,
    encode: Option<Box<dyn Encode>>,
    decode: Option<Box<dyn Decode>>,
}

trait Encode: MaybeSend + MaybeSync {
    fn encode(&self, message: Outbound<'_>, out: &mut Vec<u8>) -> Result<(), CodecError>;
}

impl<F> Encode for F
where
    F: Fn(Outbound<'_>, &mut Vec<u8>) -> Result<(), CodecError> + MaybeSend + MaybeSync,
{
    fn encode(&self, message: Outbound<'_>, out: &mut Vec<u8>) -> Result<(), CodecError> {
        self(message, out)
    }
}

trait Decode: MaybeSend + MaybeSync {
    fn decode<'a>(
        &self,
        cx: &CodecCx<'_>,
        payload: &'a [u8],
    ) -> Result<Option<Received<'a>>, CodecError>;
}

impl<F> Decode for F
where
    F: for<'a> Fn(&CodecCx<'_>, &'a [u8]) -> Result<Option<Received<'a>>, CodecError>
        + MaybeSend
        + MaybeSync,
{
    fn decode<'a>(
        &self,
        cx: &CodecCx<'_>,
        payload: &'a [u8],
    ) -> Result<Option<Received<'a>>, CodecError> {
        self(cx, payload)
    }
}

impl Override {
    pub(crate) fn encode<F>(base: Arc<dyn Codec>, encode: F) -> Self
    where
        F: Fn(Outbound<'_>, &mut Vec<u8>) -> Result<(), CodecError>
            + MaybeSend
            + MaybeSync
            + 'static,
    {
        Self { base, encode: Some(Box::new(encode)), decode: None }
    }

    pub(crate) fn decode<F>(base: Arc<dyn Codec>, decode: F) -> Self
    where
        F: for<'a> Fn(&CodecCx<'_>, &'a [u8]) -> Result<Option<Received<'a>>, CodecError>
            + MaybeSend
            + MaybeSync
            + 'static,
    {
        Self { base, encode: None, decode: Some(Box::new(decode)) }
    }

    pub(super) fn base(&self) -> &dyn Codec {
        &*self.base
    }
}

impl Codec for Override {
    fn decode<'a>(
        &self,
        cx: &'a CodecCx<'_>,
        payload: &'a [u8],
    ) -> Result<Option<Received<'a>>, CodecError> {
        match &self.decode {
            Some(decode) => decode.decode(cx, payload),
            None => self.base.decode(cx, payload),
        }
    }

    fn begin(&self, head: &Head<'_>, out: &mut Vec<u8>) -> Result<usize, CodecError> {
        match &self.encode {
            Some(_) => Ok(out.len()),
            None => self.base.begin(head, out),
        }
    }

    /// Removes the body from `out` again, since the user's `encode` gets it whole.
    fn finish(&self, head: &Head<'_>, mark: usize, out: &mut Vec<u8>) -> Result<(), CodecError> {
        let Some(encode) = &self.encode else { return self.base.finish(head, mark, out) };
        let body = out.split_off(mark);
        encode.encode(Outbound { head: *head, body: &body }, out)
    }

    fn format(&self) -> Format {
        self.base.format()
    }
}
