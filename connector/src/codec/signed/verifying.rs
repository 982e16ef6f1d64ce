//! The codec of a server whose clients sign.

use std::borrow::Cow;
use std::sync::Arc;

use connector_protocol::format::Format;
use connector_protocol::message::Head;
use connector_protocol::pomelo::handshake::ClientInfo;

use super::PublicKey;
use super::body::take;
use crate::Session;
use crate::codec::{Codec, CodecCx, CodecError, Received};

/// The codec `base`, for messages that are signed with the key of their session.
pub(crate) struct Verifying {
    base: Arc<dyn Codec>,
}

impl Verifying {
    pub(crate) fn new(base: Arc<dyn Codec>) -> Self {
        Self { base }
    }
}

impl Codec for Verifying {
    fn decode<'a>(
        &self,
        cx: &'a CodecCx<'_>,
        payload: &'a [u8],
    ) -> Result<Option<Received<'a>>, CodecError> {
        let Some(Received { head, body }) = self.base.decode(cx, payload)? else {
            return Ok(None);
        };
        let body = verified(cx.session(), &head, &body)?;
        Ok(Some(Received { head, body: Cow::Owned(body) }))
    }

    fn begin(&self, head: &Head<'_>, out: &mut Vec<u8>) -> Result<usize, CodecError> {
        self.base.begin(head, out)
    }

    fn finish(&self, head: &Head<'_>, mark: usize, out: &mut Vec<u8>) -> Result<(), CodecError> {
        self.base.finish(head, mark, out)
    }

    fn format(&self) -> Format {
        self.base.format()
    }

    fn is_negotiable(&self) -> bool {
        self.base.is_negotiable()
    }
}

/// Returns a body without its signature.
///
/// # Errors
/// Returns the refusal of a message that is not signed, or not with the session's key.
pub(crate) fn verified(
    session: Option<&Session>,
    head: &Head<'_>,
    body: &[u8],
) -> Result<Vec<u8>, CodecError> {
    let refuse = |what: String| CodecError::refusal(head, what);
    let signed = take(body).map_err(refuse)?;
    let info = session.and_then(|session| session.client()?.details.get::<ClientInfo>());
    let key = info.and_then(|info| PublicKey::read(info.rsa.as_ref()?));
    let Some(key) = key else {
        return Err(refuse("the handshake had no public key `sys.rsa`".to_owned()));
    };
    if !key.verifies(&signed.text, &signed.signature) {
        let what = "the signature `__crypto__` is not that of the body by the key of the handshake";
        return Err(refuse(what.to_owned()));
    }
    Ok(signed.text.into_owned())
}
