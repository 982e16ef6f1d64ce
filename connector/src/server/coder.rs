//! The messages of a connection whose codec waits.
//!
//! What the session's encoder writes is not yet what leaves: it is a row of pomelo's data
//! packages, whatever the connection speaks, since pushes and broadcasts of other tasks cannot
//! wait. They are staged here, encoded by the application's futures, and framed in their order.

use std::sync::Arc;
use std::task::{Context, Poll};

use connector_protocol::CloseReason;
use connector_protocol::framing::Envelope;
use connector_protocol::pomelo::message::Message;
use connector_protocol::pomelo::package::Package;
use connector_protocol::text::escaped;
use futures_util::stream::{FuturesOrdered, Stream};

use crate::Limits;
use crate::body::write_json;
use crate::codec::{AsyncOverride, CodecCx, CodecError, Decoding, OwnedMessage, Received};
use crate::connection::{LAST_BYTES, Turn, UNSENT};
use crate::dispatch::Calls;
use crate::handler::HandlerError;
use crate::limits::{HeldInAll, HeldPart};
use crate::link::Outgoing;
use crate::runtime::{BoxFuture, timeout};
use crate::session::Session;

/// The messages of a connection whose codec waits.
pub(super) struct Coder {
    codec: AsyncOverride,
    decoding: FuturesOrdered<BoxFuture<'static, Decoded>>,
    /// The bytes of payloads that are decoded or wait for their turn.
    held: HeldPart<Arc<HeldInAll>>,
    /// Messages that are to be encoded, if the encoding waits.
    stage: Option<Outgoing>,
    encoding: FuturesOrdered<BoxFuture<'static, Encoded>>,
    /// The bytes of messages that are encoded.
    unsent: usize,
    layers: Layers,
}

/// The layers around an encoded message.
#[derive(Clone, Copy)]
struct Layers {
    package: &'static dyn Envelope,
    frame: &'static dyn Envelope,
}

impl Layers {
    /// Wraps a message in its package and frame.
    fn wrap(self, message: &[u8]) -> Result<Vec<u8>, CodecError> {
        let mut out = Vec::with_capacity(message.len() + 16);
        let frame = self.frame.begin(&mut out);
        let package = self.package.begin(&mut out);
        out.extend_from_slice(message);
        self.package.finish(package, &mut out)?;
        self.frame.finish(frame, &mut out)?;
        Ok(out)
    }
}

/// The outcome of a decoding, and the length of the payload.
type Decoded = (Result<Option<OwnedMessage>, CodecError>, usize);
/// The bytes to send of a message, and what it counts for.
type Encoded = (Result<Vec<u8>, CodecError>, usize);

impl Coder {
    /// Creates the coder of a connection with these layers around a message.
    pub(super) fn new(
        codec: AsyncOverride,
        package: &'static dyn Envelope,
        frame: &'static dyn Envelope,
        held: HeldPart<Arc<HeldInAll>>,
    ) -> Self {
        let stage = codec.encode.as_ref().map(|_| Outgoing::default());
        Self {
            codec,
            decoding: FuturesOrdered::new(),
            held,
            stage,
            encoding: FuturesOrdered::new(),
            unsent: 0,
            layers: Layers { package, frame },
        }
    }

    /// Returns where the session's messages are written: the stage, or the outgoing bytes.
    pub(super) fn written<'o>(&'o mut self, outgoing: &'o mut Outgoing) -> &'o mut Outgoing {
        self.stage.as_mut().unwrap_or(outgoing)
    }

    /// Returns whether another payload may be taken. A connection that decodes nothing always
    /// takes one, however much others hold.
    pub(super) fn has_room(&self, limits: &Limits) -> bool {
        let held = self.held.bytes();
        let is_held = held >= limits.call_bytes || self.held.in_all() >= limits.call_bytes_in_all;
        !self.is_clogged() && self.decoding.len() < limits.waiting && (held == 0 || !is_held)
    }

    /// Returns whether so much waits to be encoded that no call may answer.
    pub(super) fn is_clogged(&self) -> bool {
        self.unsent > UNSENT
    }

    /// Returns whether the encoding waits.
    pub(super) fn encodes(&self) -> bool {
        self.stage.is_some()
    }

    /// Returns whether nothing is decoded or encoded.
    pub(super) fn is_idle(&self) -> bool {
        self.has_decoded() && self.has_encoded()
    }

    /// Returns whether nothing is decoded.
    pub(super) fn has_decoded(&self) -> bool {
        self.decoding.is_empty()
    }

    /// Returns whether nothing is encoded.
    pub(super) fn has_encoded(&self) -> bool {
        self.encoding.is_empty() && self.stage.as_ref().is_none_or(Outgoing::is_empty)
    }

    /// Returns the bytes of messages that are encoded.
    pub(super) fn unsent(&self) -> usize {
        self.unsent
    }

    /// Takes a payload that has arrived, and decodes it.
    pub(super) fn receive(
        &mut self,
        payload: &[u8],
        calls: &mut Calls<'_>,
        turn: &mut Turn<'_, '_>,
    ) -> Result<(), CloseReason> {
        let Turn { task, outgoing, .. } = turn;
        let session = calls.session();
        let Some(decode) = &self.codec.decode else {
            let about = CodecCx::new(session, calls.last_route());
            let decoded = self.codec.base.decode(&about, payload);
            let decoded = decoded.map(|message| {
                message.map(|Received { head, body }| OwnedMessage::of(&head, &body))
            });
            return self.dispatch(decoded, calls, task, outgoing);
        };
        let len = payload.len();
        let decoding: Decoding = decode.decode(session.clone(), payload.to_vec());
        self.decoding.push_back(Box::pin(async move { (decoding.await, len) }));
        self.held.set(self.held.bytes() + len, calls.limits().call_bytes_in_all);
        // Polled for the first time, so that what is ready is not put off.
        self.poll_decoding(calls, task, outgoing)
    }

    /// Calls the methods of messages that are decoded, in the order of their arrival.
    pub(super) fn poll_decoding(
        &mut self,
        calls: &mut Calls<'_>,
        task: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Result<(), CloseReason> {
        while !calls.is_full() && !self.is_clogged() {
            let next = std::pin::Pin::new(&mut self.decoding).poll_next(task);
            let Poll::Ready(Some((decoded, len))) = next else { break };
            self.held.set(self.held.bytes().saturating_sub(len), usize::MAX);
            self.dispatch(decoded, calls, task, outgoing)?;
        }
        Ok(())
    }

    fn dispatch(
        &mut self,
        decoded: Result<Option<OwnedMessage>, CodecError>,
        calls: &mut Calls<'_>,
        task: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Result<(), CloseReason> {
        let outgoing = self.written(outgoing);
        let message = match decoded {
            Ok(message) => message,
            Err(error) => return calls.refuse(error, outgoing),
        };
        if let Some(message) = &message
            && let Some(head) = message.head()
        {
            calls.dispatch(head, &message.body, task, outgoing);
        }
        Ok(())
    }

    /// Encodes what is staged, and moves what is encoded to the end of the outgoing bytes.
    pub(super) fn poll_encoding(
        &mut self,
        session: &Session,
        task: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) {
        self.begin(session);
        let was_clogged = self.is_clogged();
        while let Poll::Ready(Some((encoded, len))) =
            std::pin::Pin::new(&mut self.encoding).poll_next(task)
        {
            self.unsent -= len;
            match encoded {
                Ok(encoded) => outgoing.buf().extend_from_slice(&encoded),
                Err(error) => {
                    tracing::warn!(error = %escaped(&error), session = %escaped(session.id()), "a message could not be encoded");
                }
            }
        }
        if was_clogged && !self.is_clogged() {
            // Calls were not polled.
            task.waker().wake_by_ref();
        }
    }

    /// Begins to encode what is staged.
    fn begin(&mut self, session: &Session) {
        let (Some(stage), Some(encode)) = (&mut self.stage, &self.codec.encode) else { return };
        if stage.is_empty() {
            return;
        }
        let staged = stage.buf().to_vec();
        stage.clear();
        let mut rest = &*staged;
        while !rest.is_empty() {
            // The session's encoder has written it.
            let Ok(Package { body, .. }) = Package::take(&mut rest) else { break };
            let Ok(message) = Message::decode(body) else { continue };
            let (id, len) = (message.head.id(), body.len());
            let message = OwnedMessage::of(&message.head, message.body);
            let encoding = encode.encode(session.clone(), message);
            let (encode, session, layers) = (encode.clone(), session.clone(), self.layers);
            self.unsent += len;
            self.encoding.push_back(Box::pin(async move {
                let wrap = |encoded: Vec<u8>| layers.wrap(&encoded);
                let mut encoded = encoding.await.and_then(wrap);
                if let Err(error) = &encoded
                    && id.is_some()
                {
                    tracing::error!(error = %escaped(error), "an answer could not be encoded");
                    let mut body = Vec::new();
                    let _ = write_json(&HandlerError::failed(), &mut body);
                    let failed = OwnedMessage { id, route: None, body };
                    encoded = encode.encode(session, failed).await.and_then(wrap);
                }
                (encoded, len)
            }));
        }
    }

    /// Encodes the last messages of a session that has ended, for a few seconds.
    pub(super) async fn drain(
        &mut self,
        session: &Session,
        outgoing: &mut Outgoing,
        mut poll_calls: impl FnMut(&mut Context<'_>),
    ) {
        let drained = std::future::poll_fn(|cx| {
            poll_calls(cx);
            self.poll_encoding(session, cx, outgoing);
            if self.has_encoded() { Poll::Ready(()) } else { Poll::Pending }
        });
        let _ = timeout(LAST_BYTES, drained).await;
        self.encoding.clear();
        self.unsent = 0;
    }

    /// Drops what was written to a client that has left.
    pub(super) fn forget_stage(&mut self) {
        if let Some(stage) = &mut self.stage {
            stage.clear();
        }
    }

    /// Drops the messages that are not decoded.
    pub(super) fn forget_decoding(&mut self) {
        self.decoding.clear();
        self.held.set(0, usize::MAX);
    }
}
