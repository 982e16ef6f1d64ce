//! The socket: frames that leave, whole in any case, and bytes that arrive.

use std::cell::Cell;
use std::io::{self, IoSlice};
use std::task::{Context, Poll, ready};

use tokio::net::UnixStream;

use super::frame::Frame;

/// The most bytes of a read.
const READ: usize = 64 * 1024;

thread_local! {
    /// What a thread reads into.
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// The buffer of the thread, which gets it back.
pub(super) struct Scratch(Vec<u8>);

impl Scratch {
    pub(super) fn take() -> Self {
        let mut bytes = SCRATCH.take();
        bytes.resize(READ, 0);
        Self(bytes)
    }

    pub(super) fn first(&self, len: usize) -> &[u8] {
        &self.0[..len]
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        SCRATCH.set(std::mem::take(&mut self.0));
    }
}

/// A socket, and the end of a frame that it did not take yet.
#[derive(Debug)]
pub(super) struct Wire {
    pub(super) socket: UnixStream,
    pending: Vec<u8>,
    written: usize,
}

impl Wire {
    pub(super) fn new(socket: UnixStream) -> Self {
        Self { socket, pending: Vec::new(), written: 0 }
    }

    /// Writes bytes of frames that follow each other. What the socket does not take is kept:
    /// less than a frame, if nothing was kept before.
    pub(super) fn write(&mut self, heads: &[u8], body: &[u8]) -> io::Result<()> {
        let written = if !self.is_clear() {
            0
        } else if body.is_empty() {
            taken(self.socket.try_write(heads))?
        } else {
            let pieces = [IoSlice::new(heads), IoSlice::new(body)];
            taken(self.socket.try_write_vectored(&pieces))?
        };
        let of_heads = written.min(heads.len());
        self.pending.extend_from_slice(&heads[of_heads..]);
        self.pending.extend_from_slice(&body[written - of_heads..]);
        Ok(())
    }

    /// Writes a frame without bytes.
    pub(super) fn write_frame(&mut self, frame: Frame) -> io::Result<()> {
        let mut head = super::frame::Heads::new();
        frame.write(&mut head);
        self.write(&head, &[])
    }

    /// Returns `true` if the socket has taken everything.
    pub(super) fn is_clear(&self) -> bool {
        self.pending.is_empty()
    }

    /// Waits until the socket has taken everything.
    pub(super) fn poll_clear(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.written < self.pending.len() {
            ready!(self.socket.poll_write_ready(cx))?;
            self.written += taken(self.socket.try_write(&self.pending[self.written..]))?;
        }
        self.pending = Vec::new();
        self.written = 0;
        Poll::Ready(Ok(()))
    }

    /// Reads once. Returns the number of bytes: 0 at the end.
    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        scratch: &mut Scratch,
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.socket.poll_read_ready(cx))?;
            match self.socket.try_read(&mut scratch.0) {
                Err(error) if is_for_later(&error) => {}
                read => return Poll::Ready(read),
            }
        }
    }
}

/// Returns how many bytes a socket has taken, which may be none.
fn taken(written: io::Result<usize>) -> io::Result<usize> {
    match written {
        Err(error) if is_for_later(&error) => Ok(0),
        written => written,
    }
}

fn is_for_later(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}
