//! The byte stream of ready-made sockets.

use std::fmt;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use connector_protocol::CloseReason;
use futures_util::FutureExt;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, Interest, ReadBuf};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;

use super::Opener;
use super::opener::Openers;
#[cfg(feature = "tls")]
use super::tls::TlsIo;
use crate::MaybeSend;
use crate::link::{ByteStream, Opening, Outgoing, lost};

/// A byte stream of any kind with its openers. As a socket's `#[socket(io)]` field it
/// works over every listener, with and without openers.
///
/// `From` makes it of a TCP stream, a Unix stream or a stream in memory,
/// [`Stream::new`] of any other.
pub struct Stream {
    io: StreamIo,
    openers: Openers,
}

impl Stream {
    /// Wraps a stream of another kind, such as a library's TLS stream. This costs an
    /// allocation, and a virtual call for each read and write.
    pub fn new(io: impl AsyncRead + AsyncWrite + Unpin + MaybeSend + 'static) -> Self {
        StreamIo::new(io).into()
    }

    /// Adds an opener that runs after the present ones.
    #[must_use]
    pub fn opener(mut self, opener: impl Opener) -> Self {
        self.openers.push(opener);
        self
    }

    /// Adds openers that run after the present ones.
    pub(super) fn with_openers(mut self, openers: &Openers) -> Self {
        self.openers.extend(openers);
        self
    }
}

impl ByteStream for Stream {
    type Io = StreamIo;

    #[inline]
    fn io(&mut self) -> &mut StreamIo {
        &mut self.io
    }

    fn poll_open(
        &mut self,
        cx: &mut Context<'_>,
        opening: &mut Opening<'_>,
    ) -> Poll<Result<(), CloseReason>> {
        while let Some(opener) = self.openers.next(opening) {
            if opening.settled {
                ready!(opening.poll_admitted());
            }
            ready!(opener.poll_open(cx, &mut self.io, opening))?;
            self.openers.next_is_done();
        }
        Poll::Ready(Ok(()))
    }

    fn peer_has_left(&mut self, cx: &mut Context<'_>) -> bool {
        self.io.peer_has_left(cx)
    }

    #[inline]
    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<Result<(), CloseReason>> {
        let sent = outgoing.poll_write(cx, &mut self.io).map_err(lost);
        #[cfg(feature = "tls")]
        if let Kind::Tls(io) = &self.io.0 {
            outgoing.set_kept(io.kept());
        }
        sent
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").field("io", &self.io).finish_non_exhaustive()
    }
}

impl<Io: Into<StreamIo>> From<Io> for Stream {
    fn from(io: Io) -> Self {
        Self { io: io.into(), openers: Openers::default() }
    }
}

/// The transport of a [`Stream`]: a TCP stream, a Unix stream, a stream in memory, one of
/// these within TLS, or any other in a box.
///
/// An opener that transforms the bytes, as TLS or compression does, takes the stream, wraps it, and
/// puts the wrapper in its place:
///
/// ```
/// use connector::transport::StreamIo;
/// use tokio::io::BufStream;
///
/// fn buffer(io: &mut StreamIo) {
///     *io = StreamIo::new(BufStream::new(std::mem::take(io)));
/// }
/// ```
pub struct StreamIo(Kind);

enum Kind {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
    Memory(DuplexStream),
    #[cfg(feature = "tls")]
    Tls(Box<TlsIo>),
    Other(Box<dyn AnyIo>),
}

trait AnyIo: AsyncRead + AsyncWrite + Unpin + MaybeSend {}
impl<Io: AsyncRead + AsyncWrite + Unpin + MaybeSend> AnyIo for Io {}

impl StreamIo {
    /// Wraps a stream of a kind that has no `From`.
    pub fn new(io: impl AsyncRead + AsyncWrite + Unpin + MaybeSend + 'static) -> Self {
        Self(Kind::Other(Box::new(io)))
    }

    /// Returns `true` if the system has told of the peer's end, or of an error. Streams of
    /// other kinds do not know it before they are read.
    pub(super) fn peer_has_left(&mut self, cx: &mut Context<'_>) -> bool {
        let ready = match &mut self.0 {
            Kind::Tcp(stream) => stream.ready(Interest::READABLE).now_or_never(),
            #[cfg(unix)]
            Kind::Unix(stream) => stream.ready(Interest::READABLE).now_or_never(),
            #[cfg(feature = "tls")]
            Kind::Tls(stream) => return TlsIo::peer_has_left(stream, cx),
            // Writing nothing fails once the other end is dropped.
            Kind::Memory(stream) => {
                return matches!(Pin::new(stream).poll_write(cx, &[]), Poll::Ready(Err(_)));
            }
            Kind::Other(_) => None,
        };
        ready.is_some_and(|ready| ready.is_ok_and(|ready| ready.is_read_closed()))
    }

    #[cfg(feature = "tls")]
    pub(super) fn tls(io: TlsIo) -> Self {
        Self(Kind::Tls(Box::new(io)))
    }
}

impl Default for StreamIo {
    /// Returns an empty stream, which takes the place of one that is moved out.
    fn default() -> Self {
        Self::new(tokio::io::empty())
    }
}

impl From<TcpStream> for StreamIo {
    fn from(stream: TcpStream) -> Self {
        Self(Kind::Tcp(stream))
    }
}

#[cfg(unix)]
impl From<UnixStream> for StreamIo {
    fn from(stream: UnixStream) -> Self {
        Self(Kind::Unix(stream))
    }
}

impl From<DuplexStream> for StreamIo {
    fn from(stream: DuplexStream) -> Self {
        Self(Kind::Memory(stream))
    }
}

/// Makes the same call on each kind.
macro_rules! on {
    ($kind:expr, $io:ident => $call:expr) => {
        match $kind {
            Kind::Tcp($io) => $call,
            #[cfg(unix)]
            Kind::Unix($io) => $call,
            Kind::Memory($io) => $call,
            #[cfg(feature = "tls")]
            Kind::Tls($io) => $call,
            Kind::Other($io) => $call,
        }
    };
}

impl AsyncRead for StreamIo {
    #[inline(always)]
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        on!(&mut self.0, io => Pin::new(io).poll_read(cx, buf))
    }
}

impl AsyncWrite for StreamIo {
    #[inline(always)]
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        on!(&mut self.0, io => Pin::new(io).poll_write(cx, buf))
    }

    #[inline(always)]
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        on!(&mut self.0, io => Pin::new(io).poll_flush(cx))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        on!(&mut self.0, io => Pin::new(io).poll_shutdown(cx))
    }

    #[inline]
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        on!(&mut self.0, io => Pin::new(io).poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        on!(&self.0, io => io.is_write_vectored())
    }
}

impl fmt::Debug for StreamIo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Kind::Tcp(_) => "Tcp",
            #[cfg(unix)]
            Kind::Unix(_) => "Unix",
            Kind::Memory(_) => "Memory",
            #[cfg(feature = "tls")]
            Kind::Tls(_) => "Tls",
            Kind::Other(_) => "Other",
        })
    }
}
