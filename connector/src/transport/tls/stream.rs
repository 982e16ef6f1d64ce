//! A byte stream within TLS.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::TlsStream;

use super::failure;
use crate::transport::StreamIo;

/// The stream below TLS: what was read from it before TLS began, and how much was written.
pub(super) struct Wire {
    io: StreamIo,
    read: Vec<u8>,
    /// Bytes that were written, modulo 2^32.
    written: u32,
}

impl Wire {
    /// Puts bytes in front of a stream that were read from it.
    pub(super) fn new(io: StreamIo, read: &[u8]) -> Self {
        Self { io, read: read.to_vec(), written: 0 }
    }

    pub(super) fn into_io(self) -> StreamIo {
        self.io
    }

    fn count(&mut self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(bytes)) = &written {
            self.written = self.written.wrapping_add(*bytes as u32);
        }
        written
    }
}

impl AsyncRead for Wire {
    #[inline]
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.read.is_empty() {
            return Pin::new(&mut self.io).poll_read(cx, buf);
        }
        let taken = self.read.len().min(buf.remaining());
        buf.put_slice(&self.read[..taken]);
        // Rarely a part, since TLS reads more than a client begins with.
        self.read = self.read.split_off(taken);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    #[inline]
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(cx, buf);
        self.count(written)
    }

    #[inline]
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write_vectored(cx, bufs);
        self.count(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    #[inline]
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

/// A byte stream within TLS, after the handshake.
pub(crate) struct TlsIo {
    tls: TlsStream<Wire>,
    /// About how many bytes TLS has taken that the stream below has not.
    kept: usize,
}

impl TlsIo {
    pub(super) fn new(tls: impl Into<TlsStream<Wire>>) -> Self {
        Self { tls: tls.into(), kept: 0 }
    }

    /// Returns about how many bytes TLS keeps, and how many were ever written to the stream
    /// below it, modulo 2^32.
    pub(crate) fn kept(&self) -> (usize, u32) {
        (self.kept, self.written())
    }

    /// Returns `true` if the stream below knows of the peer's end.
    pub(crate) fn peer_has_left(&mut self, cx: &mut Context<'_>) -> bool {
        self.tls.get_mut().0.io.peer_has_left(cx)
    }

    fn written(&self) -> u32 {
        self.tls.get_ref().0.written
    }

    /// Takes note of what a call has moved, which has begun at `before` and took `taken` bytes.
    #[inline]
    fn count(&mut self, before: u32, taken: usize) {
        if !self.tls.get_ref().1.wants_write() {
            self.kept = 0;
            return;
        }
        let moved = self.written().wrapping_sub(before) as usize;
        self.kept = (self.kept + taken).saturating_sub(moved).max(1);
    }

    #[inline]
    fn poll_counted(
        &mut self,
        write: impl FnOnce(Pin<&mut TlsStream<Wire>>) -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        let before = self.written();
        let written = write(Pin::new(&mut self.tls));
        let taken = match &written {
            Poll::Ready(Ok(taken)) => *taken,
            _ => 0,
        };
        self.count(before, taken);
        written.map_err(failure::of_stream)
    }
}

impl AsyncRead for TlsIo {
    #[inline]
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tls).poll_read(cx, buf).map_err(failure::of_stream)
    }
}

impl AsyncWrite for TlsIo {
    #[inline]
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_counted(|tls| tls.poll_write(cx, buf))
    }

    #[inline]
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_counted(|tls| tls.poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        self.tls.is_write_vectored()
    }

    #[inline]
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = self.poll_counted(|tls| tls.poll_flush(cx).map_ok(|()| 0));
        flushed.map_ok(|_| ())
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(ready!(Pin::new(&mut self.tls).poll_shutdown(cx)).map_err(failure::of_stream))
    }
}
