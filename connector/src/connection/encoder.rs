//! The encoding of messages for one kind of peer.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, OnceLock};

use connector_protocol::framing::{Envelope, TooLong};
use connector_protocol::message::{Head, RequestId, RouteRef};
use connector_protocol::pomelo::handshake::{Agreement, Direction};
use connector_protocol::pomelo::package::DataPackage;
use connector_protocol::pomelo::protobuf::RouteSchema;

use super::Agreed;
use crate::body::{BodyWriter, ToBody};
#[cfg(feature = "zlib")]
use crate::codec::zlib;
use crate::codec::{Codec, CodecError, PomeloCodec};
#[cfg(feature = "crypto")]
use crate::codec::{SigningKey, sign};
use crate::link::Batch;

/// The layers of a message on its way out: codec, package, frame.
pub(crate) struct Encoder {
    pub(crate) codec: Arc<dyn Codec>,
    /// The session machine's layer.
    pub(super) package: &'static dyn Envelope,
    /// The link's layer.
    pub(crate) frame: &'static dyn Envelope,
    /// Whether that layer adds anything.
    framed: bool,
    /// Whether codec and package are pomelo's own, as nearly always. They are
    /// called by name then, so that the compiler sees into them.
    pub(super) pomelo: bool,
    /// The same, on a link whose layer adds nothing.
    bare_pomelo: bool,
    batch: Batch,
    /// What the handshake agreed on, once it has.
    agreed: OnceLock<Arc<Agreed>>,
    /// The key by which a client's requests and notifies are signed.
    #[cfg(feature = "crypto")]
    signing: Option<SigningKey>,
}

/// Where the layers of a message begin.
pub(crate) struct Begun {
    frame: usize,
    message: Mark,
}

/// Where package and message begin.
struct Mark {
    package: usize,
    message: usize,
}

impl Encoder {
    /// The layers of a connection before its handshake.
    pub(crate) fn new(
        codec: Arc<dyn Codec>,
        package: &'static dyn Envelope,
        frame: &'static dyn Envelope,
        batch: Batch,
    ) -> Self {
        let framed = !frame.is_bare();
        let pomelo =
            (&*codec as &dyn Any).is::<PomeloCodec>() && (package as &dyn Any).is::<DataPackage>();
        let bare_pomelo = pomelo && !framed;
        Self {
            codec,
            package,
            frame,
            framed,
            pomelo,
            bare_pomelo,
            batch,
            agreed: OnceLock::new(),
            #[cfg(feature = "crypto")]
            signing: None,
        }
    }

    /// Signs requests and notifies with `key`.
    #[cfg(feature = "crypto")]
    pub(crate) fn signing(self, key: Option<SigningKey>) -> Self {
        Self { signing: key, ..self }
    }

    /// The agreement of the handshake; without one, the codec's format.
    #[inline(always)]
    pub(crate) fn agreement(&self) -> &Agreement {
        &self.agreed().agreement
    }

    /// Sets the handshake's agreement, and the dictionary that the peer has.
    /// The first agreement is for good.
    pub(crate) fn agree(&self, agreed: Arc<Agreed>) {
        let _ = self.agreed.set(agreed);
    }

    #[inline(always)]
    pub(super) fn agreed(&self) -> &Agreed {
        self.agreed.get_or_init(|| Arc::new(Agreed::by_codec(&*self.codec)))
    }

    /// A route as the peer knows it: the code if it has that.
    fn shorten<'a>(&self, route: &'a str) -> RouteRef<'a> {
        match &self.agreed().dictionary {
            Some(dictionary) => dictionary.shorten(route),
            None => RouteRef::Name(route),
        }
    }

    /// Appends one framed push.
    pub(crate) fn write_push(
        &self,
        route: &str,
        body: &dyn ToBody,
        out: &mut Vec<u8>,
    ) -> Result<(), CodecError> {
        let head = Head::Push(self.shorten(route));
        self.write(&head, out, |out| self.write_body(route, Direction::ToClient, body, out))
    }

    /// Appends one framed request or notify, whose head has `route` in some form.
    pub(crate) fn write_call(
        &self,
        head: &Head<'_>,
        route: &str,
        body: &dyn ToBody,
        out: &mut Vec<u8>,
    ) -> Result<(), CodecError> {
        self.write(head, out, |out| self.write_body(route, Direction::ToServer, body, out))
    }

    fn write_body(
        &self,
        route: &str,
        direction: Direction,
        body: &dyn ToBody,
        out: &mut Vec<u8>,
    ) -> Result<(), CodecError> {
        let agreement = self.agreement();
        let start = out.len();
        body.write(&mut BodyWriter::new(&agreement.format, out))?;
        #[cfg(feature = "crypto")]
        if let (Some(key), Direction::ToServer) = (&self.signing, direction) {
            sign(key, start, out)?;
        }
        match agreement.schema(route, direction) {
            Some(schema) => pack(route, &schema, start, out),
            None => Ok(()),
        }
    }

    /// Appends one framed message to `out`. What fails is taken back.
    pub(crate) fn write<E: From<CodecError>>(
        &self,
        head: &Head<'_>,
        out: &mut Vec<u8>,
        body: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let before = out.len();
        let result = match self.begin(head, out) {
            Ok(begun) => match body(out) {
                Ok(()) => self.finish(head, &begun, out).map_err(E::from),
                failed => failed,
            },
            Err(error) => Err(E::from(error)),
        };
        if result.is_err() {
            out.truncate(before);
        }
        result
    }

    /// Appends what stands in front of a body. Bodies have many types, and
    /// nothing of this is compiled for each.
    pub(crate) fn begin(&self, head: &Head<'_>, out: &mut Vec<u8>) -> Result<Begun, CodecError> {
        let frame = if self.framed { self.frame.begin(out) } else { 0 };
        Ok(Begun { frame, message: self.begin_package(head, out)? })
    }

    /// Ends a message whose body was appended.
    pub(crate) fn finish(
        &self,
        head: &Head<'_>,
        begun: &Begun,
        out: &mut Vec<u8>,
    ) -> Result<(), CodecError> {
        self.finish_package(head, &begun.message, out)?;
        if self.framed {
            self.frame.finish(begun.frame, out)?;
        }
        Ok(())
    }

    /// [`Encoder::begin`] for a response, which most messages are: where all layers are
    /// pomelo's, they are written in place.
    #[inline(always)]
    pub(crate) fn begin_response(
        &self,
        id: Option<RequestId>,
        out: &mut Vec<u8>,
    ) -> Result<Begun, CodecError> {
        let head = Head::Response(id);
        if !self.bare_pomelo {
            return self.begin(&head, out);
        }
        Ok(Begun { frame: 0, message: begin(&PomeloCodec, &DataPackage, &head, out)? })
    }

    /// [`Encoder::finish`] for a response.
    #[inline(always)]
    pub(crate) fn finish_response(
        &self,
        id: Option<RequestId>,
        begun: &Begun,
        out: &mut Vec<u8>,
    ) -> Result<(), CodecError> {
        let head = Head::Response(id);
        if !self.bare_pomelo {
            return self.finish(&head, begun, out);
        }
        self.compress(&begun.message, out);
        finish(&PomeloCodec, &DataPackage, &head, &begun.message, out)
    }

    /// Reads a message that probably has the route `expected`: its head and its body. `None`
    /// if the codec has to be asked, since it is not pomelo's, or the body is compressed.
    ///
    /// # Errors
    /// Returns the codec's error.
    #[inline(always)]
    pub(crate) fn read<'a>(
        &self,
        expected: &'a str,
        payload: &'a [u8],
    ) -> Option<Result<(Head<'a>, &'a [u8]), CodecError>> {
        if self.pomelo { PomeloCodec::read(expected, payload) } else { None }
    }

    /// Compresses the body of a message that was just written, if it is worth it and the peer
    /// reads that.
    #[inline(always)]
    fn compress(&self, mark: &Mark, out: &mut Vec<u8>) {
        /// The bytes up to which no message becomes shorter. Most have fewer.
        #[cfg(feature = "zlib")]
        const SHORT: usize = 64;
        #[cfg(feature = "zlib")]
        if out.len() - mark.message > SHORT {
            let from = self.agreed().compress_from;
            if out.len() - mark.message > from {
                zlib::deflate(out, mark.message, from);
            }
        }
        #[cfg(not(feature = "zlib"))]
        let _ = (mark, out);
    }

    fn begin_package(&self, head: &Head<'_>, out: &mut Vec<u8>) -> Result<Mark, CodecError> {
        if self.pomelo {
            begin(&PomeloCodec, &DataPackage, head, out)
        } else {
            begin(&*self.codec, self.package, head, out)
        }
    }

    fn finish_package(
        &self,
        head: &Head<'_>,
        mark: &Mark,
        out: &mut Vec<u8>,
    ) -> Result<(), CodecError> {
        if self.pomelo {
            self.compress(mark, out);
            finish(&PomeloCodec, &DataPackage, head, mark, out)
        } else {
            finish(&*self.codec, self.package, head, mark, out)
        }
    }

    /// The way in which several packages are joined: the link's, unless the peer reads
    /// one package of a frame only.
    pub(crate) fn batch(&self) -> Batch {
        match self.batch {
            Batch::Concat if !self.agreement().joins_packages => Batch::Each,
            batch => batch,
        }
    }

    /// Appends several pushes, joined as the link's batches are.
    pub(crate) fn write_batch(
        &self,
        messages: &[(&str, &dyn ToBody)],
        out: &mut Vec<u8>,
    ) -> Result<(), CodecError> {
        let mut packages = Vec::new();
        let mut ends = Vec::with_capacity(messages.len());
        for &(route, body) in messages {
            let head = Head::Push(self.shorten(route));
            let mark = self.begin_package(&head, &mut packages)?;
            self.write_body(route, Direction::ToClient, body, &mut packages)?;
            self.finish_package(&head, &mark, &mut packages)?;
            ends.push(packages.len());
        }
        let mut start = 0;
        let packages: Vec<&[u8]> = ends
            .into_iter()
            .map(|end| &packages[std::mem::replace(&mut start, end)..end])
            .collect();
        self.batch()
            .write(self.frame, &packages, out)
            .map_err(|reason| CodecError::new(reason.to_string()))
    }
}

/// Writes the JSON behind `start` as pomelo-protobuf.
#[cold]
pub(crate) fn pack(
    route: &str,
    schema: &RouteSchema<'_>,
    start: usize,
    out: &mut Vec<u8>,
) -> Result<(), CodecError> {
    let json = out.split_off(start);
    schema
        .encode_json(&json, out)
        .map_err(|error| CodecError::new(format!("{error}; the route is `{route}`")))
}

#[inline(always)]
fn begin<C: Codec + ?Sized, P: Envelope + ?Sized>(
    codec: &C,
    package: &P,
    head: &Head<'_>,
    out: &mut Vec<u8>,
) -> Result<Mark, CodecError> {
    let package = package.begin(out);
    Ok(Mark { package, message: codec.begin(head, out)? })
}

#[inline(always)]
fn finish<C: Codec + ?Sized, P: Envelope + ?Sized>(
    codec: &C,
    package: &P,
    head: &Head<'_>,
    mark: &Mark,
    out: &mut Vec<u8>,
) -> Result<(), CodecError> {
    codec.finish(head, mark.message, out)?;
    Ok(package.finish(mark.package, out)?)
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder").field("batch", &self.batch).finish_non_exhaustive()
    }
}

impl From<TooLong> for CodecError {
    fn from(error: TooLong) -> Self {
        Self::new(error.to_string())
    }
}
