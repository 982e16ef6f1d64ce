//! A byte stream in memory, whose reads and writes do as scripted.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// One direction: bytes on their way, and who waits for them.
#[derive(Debug)]
struct State {
    bytes: VecDeque<u8>,
    /// Bytes that may be on their way.
    room: usize,
    shut: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

/// One direction of a stream, shared by its two ends.
#[derive(Clone, Debug)]
pub(super) struct Pipe(Arc<Mutex<State>>);

impl Default for Pipe {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(State {
            bytes: VecDeque::new(),
            room: usize::MAX,
            shut: false,
            reader: None,
            writer: None,
        })))
    }
}

impl Pipe {
    /// Lets at most so many bytes be on their way.
    pub(super) fn set_room(&self, room: usize) {
        let mut state = self.lock();
        state.room = room;
        wake(state.writer.take());
    }

    pub(super) fn put(&self, bytes: &[u8]) {
        let mut state = self.lock();
        state.bytes.extend(bytes);
        wake(state.reader.take());
    }

    /// Ends the direction behind what is on its way.
    pub(super) fn shut(&self) {
        let mut state = self.lock();
        state.shut = true;
        wake(state.reader.take());
    }

    pub(super) fn is_shut(&self) -> bool {
        self.lock().shut
    }

    pub(super) fn len(&self) -> usize {
        self.lock().bytes.len()
    }

    /// Takes at most so many bytes, which makes room for others.
    pub(super) fn take(&self, most: usize) -> Vec<u8> {
        let mut state = self.lock();
        let taken = most.min(state.bytes.len());
        let bytes = state.bytes.drain(..taken).collect();
        if taken > 0 {
            wake(state.writer.take());
        }
        bytes
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

/// What one write does.
#[derive(Clone, Debug)]
pub(super) enum Write {
    /// Takes at most so many bytes.
    Take(usize),
    /// Takes nothing until the other end reads something.
    Block,
    Fail,
}

/// What one read does.
#[derive(Clone, Debug)]
pub(super) enum Read {
    /// Gives at most so many bytes.
    Give(usize),
    Fail,
}

/// How often a stream was asked for something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Calls {
    pub(super) reads: usize,
    pub(super) writes: usize,
    pub(super) flushes: usize,
}

/// One end of a stream in memory.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) incoming: Pipe,
    pub(super) outgoing: Pipe,
    /// The next reads. Behind them, each gives [`Stream::chunk`] bytes.
    pub(super) reads: VecDeque<Read>,
    /// The next writes. Behind them, each takes what there is room for.
    pub(super) writes: VecDeque<Write>,
    /// Bytes of a read.
    pub(super) chunk: usize,
    /// So many flushes are not done yet when they are asked for.
    pub(super) unflushed: usize,
    pub(super) calls: Calls,
}

impl Stream {
    pub(super) fn new(incoming: &Pipe, outgoing: &Pipe) -> Self {
        Self {
            incoming: incoming.clone(),
            outgoing: outgoing.clone(),
            reads: VecDeque::new(),
            writes: VecDeque::new(),
            chunk: usize::MAX,
            unflushed: 0,
            calls: Calls::default(),
        }
    }
}

/// The other end reads the end, and can write all it likes.
impl Drop for Stream {
    fn drop(&mut self) {
        self.outgoing.shut();
        self.incoming.set_room(usize::MAX);
    }
}

fn reset() -> io::Error {
    io::Error::from(io::ErrorKind::ConnectionReset)
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.calls.reads += 1;
        let most = match self.reads.pop_front() {
            Some(Read::Fail) => return Poll::Ready(Err(reset())),
            Some(Read::Give(most)) => most,
            None => self.chunk,
        };
        let bytes = self.incoming.take(most.min(buf.remaining()));
        if bytes.is_empty() && !self.incoming.is_shut() {
            self.incoming.lock().reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        buf.put_slice(&bytes);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.calls.writes += 1;
        let most = match self.writes.pop_front() {
            Some(Write::Fail) => return Poll::Ready(Err(reset())),
            Some(Write::Block) => 0,
            Some(Write::Take(most)) => most,
            None => usize::MAX,
        };
        let mut state = self.outgoing.lock();
        let room = state.room.saturating_sub(state.bytes.len());
        let taken = bytes.len().min(most).min(room);
        if taken == 0 {
            state.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        state.bytes.extend(&bytes[..taken]);
        wake(state.reader.take());
        Poll::Ready(Ok(taken))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.calls.flushes += 1;
        let Some(left) = self.unflushed.checked_sub(1) else { return Poll::Ready(Ok(())) };
        self.unflushed = left;
        self.outgoing.lock().writer = Some(cx.waker().clone());
        Poll::Pending
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.outgoing.shut();
        Poll::Ready(Ok(()))
    }
}
