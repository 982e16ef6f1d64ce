//! Codecs whose encoding or decoding waits: pomelo's `useAsyncCoder`.

use std::any::Any;
use std::sync::Arc;

use connector_protocol::format::Format;
use connector_protocol::message::{Head, RequestId, RouteRef};

use super::{Codec, CodecCx, CodecError, Override, Received};
use crate::runtime::BoxFuture;
use crate::{MaybeSend, MaybeSync, Session};

/// A message with its own parts, for [`encode_async`](crate::Connector::encode_async) and
/// [`decode_async`](crate::Connector::decode_async).
///
/// | message | id | route |
/// |---|---|---|
/// | request | yes | yes |
/// | notify, push | no | yes |
/// | answer | yes | no |
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedMessage {
    /// The id of a request or an answer.
    pub id: Option<RequestId>,
    /// The route. `None` for an answer.
    pub route: Option<String>,
    /// The body, in JSON unless the codec has another format.
    pub body: Vec<u8>,
}

impl OwnedMessage {
    /// Creates a request with this id, or a notify if the id is 0, as pomelo's `decode`
    /// returns it.
    pub fn new(id: u32, route: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        Self { id: RequestId::new(id), route: Some(route.into()), body: body.into() }
    }

    pub(crate) fn of(head: &Head<'_>, body: &[u8]) -> Self {
        let route = head.route().map(str::to_owned);
        Self { id: head.id(), route, body: body.to_vec() }
    }

    /// Returns the head of a received message. `None` for one without a route, which only
    /// servers send.
    pub(crate) fn head(&self) -> Option<Head<'_>> {
        let route = RouteRef::Name(self.route.as_deref()?);
        Some(if self.id.is_some() { Head::Request(self.id, route) } else { Head::Notify(route) })
    }
}

pub(crate) type Encoding = BoxFuture<'static, Result<Vec<u8>, CodecError>>;
pub(crate) type Decoding = BoxFuture<'static, Result<Option<OwnedMessage>, CodecError>>;

/// An encoding that waits.
pub(crate) trait AsyncEncode: MaybeSend + MaybeSync {
    fn encode(&self, session: Session, message: OwnedMessage) -> Encoding;
}

impl<F, A> AsyncEncode for F
where
    F: Fn(Session, OwnedMessage) -> A + MaybeSend + MaybeSync,
    A: Future<Output = Result<Vec<u8>, CodecError>> + MaybeSend + 'static,
{
    fn encode(&self, session: Session, message: OwnedMessage) -> Encoding {
        Box::pin(self(session, message))
    }
}

/// A decoding that waits.
pub(crate) trait AsyncDecode: MaybeSend + MaybeSync {
    fn decode(&self, session: Session, payload: Vec<u8>) -> Decoding;
}

impl<F, A> AsyncDecode for F
where
    F: Fn(Session, Vec<u8>) -> A + MaybeSend + MaybeSync,
    A: Future<Output = Result<Option<OwnedMessage>, CodecError>> + MaybeSend + 'static,
{
    fn decode(&self, session: Session, payload: Vec<u8>) -> Decoding {
        Box::pin(self(session, payload))
    }
}

/// The codec `base`, with one half or both replaced by those that wait. Only a server's
/// connections know these: they ask for them by [`AsyncOverride::of`].
#[derive(Clone)]
pub(crate) struct AsyncOverride {
    pub(crate) base: Arc<dyn Codec>,
    pub(crate) encode: Option<Arc<dyn AsyncEncode>>,
    pub(crate) decode: Option<Arc<dyn AsyncDecode>>,
}

impl AsyncOverride {
    /// Returns the codec as one whose halves may be replaced.
    pub(crate) fn over(codec: &Arc<dyn Codec>) -> Self {
        let base = codec.clone();
        Self::of(&**codec).cloned().unwrap_or(Self { base, encode: None, decode: None })
    }

    /// Returns `codec` with its encoding replaced by `replace`, which does not wait.
    pub(crate) fn encoding(
        codec: Arc<dyn Codec>,
        replace: impl FnOnce(Arc<dyn Codec>) -> Override,
    ) -> Arc<dyn Codec> {
        match Self::of(&*codec).cloned() {
            None => Arc::new(replace(codec)),
            Some(Self { base, decode: None, .. }) => Arc::new(replace(base)),
            Some(Self { base, decode, .. }) => {
                Arc::new(Self { base: Arc::new(replace(base)), encode: None, decode })
            }
        }
    }

    /// Returns `codec` with its decoding replaced by `replace`, which does not wait.
    pub(crate) fn decoding(
        codec: Arc<dyn Codec>,
        replace: impl FnOnce(Arc<dyn Codec>) -> Override,
    ) -> Arc<dyn Codec> {
        match Self::of(&*codec).cloned() {
            None => Arc::new(replace(codec)),
            Some(Self { base, encode: None, .. }) => Arc::new(replace(base)),
            Some(Self { base, encode, .. }) => {
                Arc::new(Self { base: Arc::new(replace(base)), encode, decode: None })
            }
        }
    }

    /// Returns the codec, if one of its halves waits.
    pub(crate) fn of(codec: &dyn Codec) -> Option<&Self> {
        (codec as &dyn Any).downcast_ref()
    }
}

/// The halves that do not wait.
impl Codec for AsyncOverride {
    fn decode<'a>(
        &self,
        cx: &'a CodecCx<'_>,
        payload: &'a [u8],
    ) -> Result<Option<Received<'a>>, CodecError> {
        self.base.decode(cx, payload)
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
}
