//! A link in memory whose faults are scripted, and its bare other end.

use std::collections::VecDeque;
use std::task::{Context, Poll};

use connector_protocol::CloseReason;
use connector_protocol::framing::{Envelope, Framing, LengthDelimited};

use super::pipe::{Pipe, Stream};
use crate::link::{ByteStream, Inbox, Link, Opening, Outgoing};

/// The framing of tests that need no certain one.
pub(super) type Frames = LengthDelimited<u32>;

type Recv = fn(&mut Stream, &mut Context<'_>, &mut Inbox) -> Poll<Result<(), CloseReason>>;

/// A link in memory whose faults are scripted.
pub(super) struct Faulty {
    pub(super) stream: Stream,
    frame: &'static dyn Envelope,
    recv: Recv,
    /// How the link opens.
    pub(super) opens: Poll<Result<(), CloseReason>>,
    /// It is always ready to be read, and there is never a package.
    pub(super) is_idly_ready: bool,
    /// Bytes of the link's own answers to the next reads, which bring nothing else.
    pub(super) pings: VecDeque<usize>,
    /// Bytes of the next reads, each the fragment of a package that goes on.
    pub(super) fragments: VecDeque<usize>,
    /// Bytes of fragments that it keeps.
    kept: usize,
    /// How often it was asked for a sign of life, which is a byte.
    pub(super) beats: usize,
    /// What it says that it holds, in bytes.
    pub(super) held: usize,
    /// The package of the next read, which brings the end too.
    pub(super) last: Option<&'static [u8]>,
    /// So many closes are not done yet when they are asked for.
    pub(super) unclosed: usize,
    /// The reasons that were announced to the other end.
    pub(super) announced: Vec<CloseReason>,
    /// The transport knows that the other end has left.
    pub(super) is_left: bool,
    /// How often the link was asked for packages.
    pub(super) asked: usize,
}

/// The other end of a link, byte by byte.
#[derive(Debug)]
pub(super) struct Far {
    pub(super) reads: Pipe,
    pub(super) writes: Pipe,
}

impl Faulty {
    pub(super) fn new<F: Framing>(incoming: &Pipe, outgoing: &Pipe) -> Self {
        Self {
            stream: Stream::new(incoming, outgoing),
            frame: F::INSTANCE,
            recv: <Stream as ByteStream>::poll_recv::<F>,
            opens: Poll::Ready(Ok(())),
            is_idly_ready: false,
            pings: VecDeque::new(),
            fragments: VecDeque::new(),
            kept: 0,
            beats: 0,
            held: 0,
            last: None,
            unclosed: 0,
            announced: Vec::new(),
            is_left: false,
            asked: 0,
        }
    }

    /// A link, and its other end.
    pub(super) fn with_far<F: Framing>() -> (Self, Far) {
        let (up, down) = (Pipe::default(), Pipe::default());
        (Self::new::<F>(&up, &down), Far { reads: down, writes: up })
    }

    /// Two links that are one another's other end.
    pub(super) fn pair<F: Framing>() -> (Self, Self) {
        let (up, down) = (Pipe::default(), Pipe::default());
        (Self::new::<F>(&up, &down), Self::new::<F>(&down, &up))
    }
}

impl Link for Faulty {
    fn poll_open(
        &mut self,
        _: &mut Context<'_>,
        _: &mut Opening<'_>,
    ) -> Poll<Result<(), CloseReason>> {
        self.opens.clone()
    }

    fn poll_recv(
        &mut self,
        cx: &mut Context<'_>,
        inbox: &mut Inbox,
    ) -> Poll<Result<(), CloseReason>> {
        self.asked += 1;
        if let Some(answer) = self.pings.pop_front() {
            let (_, replies) = inbox.unread_and_replies();
            replies.resize(replies.len() + answer, b'p');
            return Poll::Ready(Ok(()));
        }
        if let Some(size) = self.fragments.pop_front() {
            self.kept += size;
            inbox.set_begun(self.kept);
            return Poll::Ready(Ok(()));
        }
        if let Some(last) = self.last.take() {
            inbox.push(last);
            return Poll::Ready(Err(CloseReason::PeerClosed));
        }
        if self.is_idly_ready {
            return Poll::Ready(Ok(()));
        }
        (self.recv)(&mut self.stream, cx, inbox)
    }

    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<Result<(), CloseReason>> {
        ByteStream::poll_send(&mut self.stream, cx, outgoing)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>, reason: &CloseReason) -> Poll<()> {
        if let Some(left) = self.unclosed.checked_sub(1) {
            self.unclosed = left;
            return Poll::Pending;
        }
        self.announced.push(reason.clone());
        ByteStream::poll_close(&mut self.stream, cx, reason)
    }

    fn peer_has_left(&mut self, _: &mut Context<'_>) -> bool {
        self.is_left
    }

    fn beat(&mut self, inbox: &mut Inbox) {
        self.beats += 1;
        inbox.unread_and_replies().1.push(b'!');
    }

    fn held(&self) -> usize {
        self.held
    }

    fn frame(&self) -> &'static dyn Envelope {
        self.frame
    }
}

impl Far {
    /// Sends a package in a frame of [`Frames`].
    pub(super) fn say(&self, package: &[u8]) {
        self.writes.put(&framed(package));
    }

    /// Sends packages at once, see [`Far::say`].
    pub(super) fn say_all(&self, packages: &[&[u8]]) {
        let frames: Vec<_> = packages.iter().map(|package| framed(package)).collect();
        self.writes.put(&frames.concat());
    }

    /// The packages that have arrived whole, in frames of [`Frames`]. What is
    /// not whole is lost.
    pub(super) fn heard(&self) -> Vec<Vec<u8>> {
        cut(&self.reads.take(usize::MAX))
    }
}

/// A package in a frame of [`Frames`].
pub(super) fn framed(package: &[u8]) -> Vec<u8> {
    let (frame, mut out) = (Frames::INSTANCE, Vec::new());
    let mark = frame.begin(&mut out);
    out.extend_from_slice(package);
    frame.finish(mark, &mut out).unwrap();
    out
}

/// The whole packages in these bytes.
pub(super) fn cut(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut packages = Vec::new();
    while let Some(cut) = Frames::cut(bytes, usize::MAX).unwrap() {
        packages.push(bytes[cut.package].to_vec());
        bytes = &bytes[cut.consumed..];
    }
    packages
}
