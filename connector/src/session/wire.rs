//! How messages are written for one kind of peer.

use std::any::{Any, TypeId};
use std::fmt;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use connector_protocol::framing::{Envelope, TooLong};
use connector_protocol::handshake::Terms;
use connector_protocol::message::Head;

use crate::body::Format;
use crate::codec::{Codec, CodecError};
use crate::handler::HandlerError;
use crate::link::Batch;

/// The layers of a message on its way out: codec, package, frame.
#[derive(Clone)]
pub(crate) struct Wire {
    pub(crate) codec: Arc<dyn Codec>,
    /// The session machine's layer.
    pub(crate) package: &'static dyn Envelope,
    /// The link's layer.
    pub(crate) frame: &'static dyn Envelope,
    /// Whether that layer adds anything.
    framed: bool,
    pub(crate) batch: Batch,
    /// What the handshake agreed on, once it has.
    pub(crate) terms: OnceLock<Terms>,
}

/// What tells one kind of bytes from another: peers with the same key get the
/// same bytes for the same push.
type Key = (*const (), TypeId, TypeId);

impl Wire {
    /// The layers of a connection before its handshake.
    pub(crate) fn new(
        codec: Arc<dyn Codec>,
        package: &'static dyn Envelope,
        frame: &'static dyn Envelope,
        batch: Batch,
    ) -> Self {
        let framed = !frame.is_bare();
        Self { codec, package, frame, framed, batch, terms: OnceLock::new() }
    }

    /// What the handshake agreed on; without one, what the codec does.
    pub(crate) fn terms(&self) -> Terms {
        let by_codec = || Terms { format: self.codec.format(), ..Terms::default() };
        self.terms.get().copied().unwrap_or_else(by_codec)
    }

    /// How bodies are written.
    pub(crate) fn format(&self) -> Format {
        self.terms().format
    }

    /// Appends one framed message to `out`. What fails is taken back.
    pub(crate) fn write<E: From<CodecError> + From<TooLong>>(
        &self,
        head: &Head<'_>,
        out: &mut Vec<u8>,
        body: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let before = out.len();
        let result = match self.framed {
            false => self.message(head, out, body),
            true => {
                let frame = self.frame.begin(out);
                self.message(head, out, body)
                    .and_then(|()| self.frame.finish(frame, out).map_err(E::from))
            }
        };
        if result.is_err() {
            out.truncate(before);
        }
        result
    }

    /// Appends a package without its frame.
    fn message<E: From<CodecError> + From<TooLong>>(
        &self,
        head: &Head<'_>,
        out: &mut Vec<u8>,
        body: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let package = self.package.begin(out);
        let message = self.codec.begin(head, out)?;
        body(out)?;
        self.codec.finish(head, message, out)?;
        Ok(self.package.finish(package, out)?)
    }

    /// Appends several messages, joined as the link's batches are.
    pub(crate) fn write_batch(
        &self,
        messages: &[(Head<'_>, &[u8])],
        out: &mut Vec<u8>,
    ) -> Result<(), CodecError> {
        let mut packages = Vec::new();
        let mut ends = Vec::with_capacity(messages.len());
        for (head, body) in messages {
            self.message::<CodecError>(head, &mut packages, |out| {
                out.extend_from_slice(body);
                Ok(())
            })?;
            ends.push(packages.len());
        }
        let mut start = 0;
        let packages: Vec<&[u8]> = ends
            .into_iter()
            .map(|end| &packages[std::mem::replace(&mut start, end)..end])
            .collect();
        self.batch
            .write(self.frame, &packages, out)
            .map_err(|reason| CodecError::new(reason.to_string()))
    }

    fn key(&self) -> Key {
        let envelope = |envelope: &'static dyn Envelope| (envelope as &dyn Any).type_id();
        (Arc::as_ptr(&self.codec).cast(), envelope(self.package), envelope(self.frame))
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").field("batch", &self.batch).finish_non_exhaustive()
    }
}

/// A push that is encoded once for each kind of peer that it goes to.
pub(crate) struct Encoded<'a> {
    head: Head<'a>,
    body: &'a [u8],
    done: Vec<(Key, Bytes)>,
}

impl<'a> Encoded<'a> {
    pub(crate) fn new(head: Head<'a>, body: &'a [u8]) -> Self {
        Self { head, body, done: Vec::new() }
    }

    /// The framed message for peers like this.
    pub(crate) fn bytes(&mut self, wire: &Wire) -> Result<Bytes, CodecError> {
        let key = wire.key();
        if let Some((_, bytes)) = self.done.iter().find(|(known, _)| *known == key) {
            return Ok(bytes.clone());
        }
        let mut out = Vec::with_capacity(self.body.len() + 64);
        wire.write::<CodecError>(&self.head, &mut out, |out| {
            out.extend_from_slice(self.body);
            Ok(())
        })?;
        let bytes = Bytes::from(out);
        self.done.push((key, bytes.clone()));
        Ok(bytes)
    }
}

impl From<TooLong> for CodecError {
    fn from(error: TooLong) -> Self {
        Self::new(error.to_string())
    }
}

impl From<CodecError> for HandlerError {
    fn from(error: CodecError) -> Self {
        tracing::error!(%error, "an answer could not be written");
        Self::failed()
    }
}

impl From<TooLong> for HandlerError {
    fn from(error: TooLong) -> Self {
        CodecError::from(error).into()
    }
}
