//! The bytes of an open stream.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::SAMPLE;
use super::open::{Open, failed};
use crate::link::Inbox;

/// The bytes of a [`SharedMemoryStream`](super::SharedMemoryStream). Before that is open, reading
/// and writing fail with [`io::ErrorKind::NotConnected`].
#[derive(Default)]
pub struct SharedMemoryIo(Option<Box<Open>>);

impl SharedMemoryIo {
    /// Creates the stream behind both hellos.
    pub(super) fn new(open: Open) -> Self {
        Self(Some(Box::new(open)))
    }

    /// Reads once into the unread bytes of an inbox: whole samples at once. Returns `false` at
    /// the end.
    pub(super) fn poll_append(
        &mut self,
        cx: &mut Context<'_>,
        inbox: &mut Inbox,
    ) -> Poll<io::Result<bool>> {
        self.poll_take(cx, |bytes| {
            let now = bytes.len().min(SAMPLE);
            inbox.append_arrived(&bytes[..now]);
            now
        })
    }

    /// Says goodbye for a reason, with the code that a WebSocket has for it and 0 in place of
    /// 1000, and ends this side.
    pub(super) fn poll_close(&mut self, cx: &mut Context<'_>, code: u16) -> Poll<io::Result<()>> {
        match &mut self.0 {
            Some(open) => open.poll_close(cx, code),
            None => Poll::Ready(Ok(())),
        }
    }

    /// Returns `true` if the system has told of the peer's end.
    pub(super) fn peer_has_left(&self) -> bool {
        self.0.as_ref().is_some_and(|open| open.peer_has_left())
    }

    /// Returns `true` if large writes go to memory.
    #[cfg(test)]
    pub(super) fn writes_to_memory(&self) -> bool {
        self.0.as_ref().is_some_and(|open| open.writes_to_memory())
    }

    /// Hands the next bytes to `take`, which returns how many it has taken. Returns `false` at
    /// the end.
    fn poll_take(
        &mut self,
        cx: &mut Context<'_>,
        take: impl FnOnce(&[u8]) -> usize,
    ) -> Poll<io::Result<bool>> {
        match &mut self.0 {
            Some(open) => open.poll_take(cx, take).map_err(failed),
            None => Poll::Ready(Err(not_open())),
        }
    }
}

impl AsyncRead for SharedMemoryIo {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let taken = ready!(self.poll_take(cx, |bytes| {
            let now = bytes.len().min(buf.remaining());
            buf.put_slice(&bytes[..now]);
            now
        }));
        Poll::Ready(taken.map(drop))
    }
}

impl AsyncWrite for SharedMemoryIo {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.0 {
            Some(_) if buf.is_empty() => Poll::Ready(Ok(0)),
            Some(open) => open.poll_write(cx, buf),
            None => Poll::Ready(Err(not_open())),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.0 {
            Some(open) => open.poll_clear(cx),
            None => Poll::Ready(Err(not_open())),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_close(cx, 0)
    }
}

impl fmt::Debug for SharedMemoryIo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = self.0.as_ref().and_then(|open| open.end());
        f.debug_struct("SharedMemoryIo").field("end", &end).finish_non_exhaustive()
    }
}

fn not_open() -> io::Error {
    io::ErrorKind::NotConnected.into()
}
