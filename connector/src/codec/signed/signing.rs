//! The codec of a client that signs.

use std::sync::Arc;

use connector_protocol::format::Format;
use connector_protocol::message::Head;

use super::SigningKey;
use super::body::put;
use crate::codec::{Codec, CodecCx, CodecError, Received};

/// The codec `base`, with requests and notifies signed.
pub(crate) struct Signing {
    base: Arc<dyn Codec>,
    key: SigningKey,
}

impl Signing {
    pub(crate) fn new(base: Arc<dyn Codec>, key: SigningKey) -> Self {
        Self { base, key }
    }
}

impl Codec for Signing {
    fn decode<'a>(
        &self,
        cx: &'a CodecCx<'_>,
        payload: &'a [u8],
    ) -> Result<Option<Received<'a>>, CodecError> {
        self.base.decode(cx, payload)
    }

    fn begin(&self, _: &Head<'_>, out: &mut Vec<u8>) -> Result<usize, CodecError> {
        Ok(out.len())
    }

    /// Takes the body back, and writes it signed.
    fn finish(&self, head: &Head<'_>, mark: usize, out: &mut Vec<u8>) -> Result<(), CodecError> {
        let not_signed = || CodecError::new("only a body that is a JSON object can be signed");
        let body = out.split_off(mark);
        let text = std::str::from_utf8(&body).map_err(|_| not_signed())?;
        let text = if text.trim().is_empty() { "{}" } else { text.trim_end() };
        let signature = self.key.sign(text.as_bytes());
        let signature = signature.ok_or_else(|| CodecError::new("the key cannot sign"))?;
        let signed = put(text, &signature).ok_or_else(not_signed)?;
        let mark = self.base.begin(head, out)?;
        out.extend_from_slice(&signed);
        self.base.finish(head, mark, out)
    }

    fn format(&self) -> Format {
        self.base.format()
    }

    fn is_negotiable(&self) -> bool {
        self.base.is_negotiable()
    }
}
