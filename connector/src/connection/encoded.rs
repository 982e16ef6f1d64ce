//! Pushes that are encoded once for each kind of peer.

use std::any::{Any, TypeId};
use std::ptr;
use std::sync::Arc;

use bytes::Bytes;
use connector_protocol::framing::Envelope;
use connector_protocol::pomelo::handshake::Direction;

use super::{Agreed, Dictionary, Encoder};
use crate::body::{Format, ToBody};
use crate::codec::{CodecError, PomeloCodec};

/// A push that is encoded once for each kind of peer that it goes to.
pub(crate) struct Encoded<'a> {
    route: &'a str,
    body: &'a dyn ToBody,
    done: Vec<(Kind, Bytes)>,
}

impl<'a> Encoded<'a> {
    pub(crate) fn new(route: &'a str, body: &'a dyn ToBody) -> Self {
        Self { route, body, done: Vec::new() }
    }

    /// The framed message for peers like this.
    pub(crate) fn bytes(&mut self, encoder: &Encoder) -> Result<Bytes, CodecError> {
        let kind = encoder.kind(self.route);
        if let Some((_, bytes)) = self.done.iter().find(|(known, _)| *known == kind) {
            return Ok(bytes.clone());
        }
        let mut out = Vec::new();
        encoder.write_push(self.route, self.body, &mut out)?;
        let bytes = Bytes::from(out);
        self.done.push((kind, bytes.clone()));
        Ok(bytes)
    }
}

/// Peers of the same kind get the same bytes for the same push.
#[derive(PartialEq)]
struct Kind {
    codec: CodecKind,
    package: TypeId,
    frame: TypeId,
    /// Says whether the route is a code.
    dictionary: *const Dictionary,
    format: Format,
    compress_from: usize,
    /// The schema by which the body is written. The address is no other's, since each
    /// encoder in question keeps its own alive.
    schema: *const (),
}

/// Codecs that write the same: all of a type without fields, and otherwise one alone.
#[derive(PartialEq)]
enum CodecKind {
    Type(TypeId),
    Value(*const ()),
}

impl Encoder {
    fn codec_kind(&self) -> CodecKind {
        if self.pomelo {
            CodecKind::Type(TypeId::of::<PomeloCodec>())
        } else if size_of_val(&*self.codec) == 0 {
            CodecKind::Type((&*self.codec as &dyn Any).type_id())
        } else {
            CodecKind::Value(Arc::as_ptr(&self.codec).cast())
        }
    }

    /// The kind of bytes that a push of this route has here.
    fn kind(&self, route: &str) -> Kind {
        let envelope = |envelope: &'static dyn Envelope| (envelope as &dyn Any).type_id();
        let Agreed { agreement, dictionary, compress_from } = self.agreed();
        Kind {
            codec: self.codec_kind(),
            package: envelope(self.package),
            frame: envelope(self.frame),
            dictionary: dictionary.as_ref().map_or(ptr::null(), Arc::as_ptr),
            format: agreement.format,
            schema: agreement
                .schema(route, Direction::ToClient)
                .map_or(ptr::null(), |schema| schema.address()),
            compress_from: *compress_from,
        }
    }
}
