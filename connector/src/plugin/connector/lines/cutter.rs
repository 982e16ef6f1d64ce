//! The lines of a byte stream.

use std::task::{Context, Poll, ready};

use connector_protocol::CloseReason;
use connector_protocol::framing::{Cut, Envelope, Framing, Lines};

use super::junk::Junk;
use crate::link::{ByteStream, Inbox, Link, Opening, Outgoing, lost};

/// What some programs put in front of UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Cuts a byte stream into lines, and drops what cannot hold a message.
#[derive(Debug)]
pub(super) struct Cutter<Io> {
    io: Io,
    junk: Junk,
    /// Unread bytes in which no line ends.
    searched: usize,
    /// The rest of the line is dropped, as its beginning was.
    skips: bool,
    /// The beginning of the line is dropped, and counted as junk.
    counted: bool,
    /// The stream has ended, and may still be written to.
    ended: bool,
    /// The reason for which reading or writing has failed.
    failure: Option<CloseReason>,
}

impl<Io> Cutter<Io> {
    pub(super) fn new(io: Io, junk: Junk) -> Self {
        Self { io, junk, searched: 0, skips: false, counted: false, ended: false, failure: None }
    }

    /// Returns whether the stream has ended, while it may still be written to.
    pub(super) fn is_half_closed(&self) -> bool {
        self.ended && self.failure.is_none()
    }

    /// Returns whether the stream has failed.
    pub(super) fn has_failed(&self) -> bool {
        self.failure.is_some()
    }

    /// Keeps the reason for which the stream has failed, and returns it.
    fn fail(&mut self, reason: CloseReason) -> CloseReason {
        self.failure.get_or_insert(reason).clone()
    }

    /// Delivers the whole lines. Returns whether there was one.
    fn cut(&mut self, inbox: &mut Inbox) -> Result<bool, CloseReason> {
        let mut any = false;
        loop {
            let limit = inbox.limit();
            let unread = &*inbox.unread();
            let Some(cut) = Lines::cut_on(unread, self.searched, usize::MAX)? else {
                self.keep_start(inbox);
                return Ok(any);
            };
            self.searched = 0;
            let Cut { mut package, consumed } = cut;
            if unread[package.clone()].starts_with(BYTE_ORDER_MARK) {
                package.start += BYTE_ORDER_MARK.len();
            }
            let line = &unread[package.clone()];
            let counted = std::mem::take(&mut self.counted);
            if std::mem::take(&mut self.skips) {
                inbox.consume(consumed);
                continue;
            }
            let object = line.iter().position(|&byte| byte == b'{');
            let object = object.filter(|_| line.len() <= limit);
            let junk = &line[..object.unwrap_or(line.len())];
            if !counted && !junk.trim_ascii().is_empty() {
                self.junk.add(junk);
            }
            match object {
                Some(start) => {
                    inbox.deliver(package.start + start..package.end, consumed);
                    any = true;
                }
                None => inbox.consume(consumed),
            }
        }
    }

    /// Keeps the start of a line, unless no message can be in it.
    fn keep_start(&mut self, inbox: &mut Inbox) {
        let limit = inbox.limit();
        let unread = &*inbox.unread();
        let kept = unread.len();
        let too_long = kept > limit.saturating_add(BYTE_ORDER_MARK.len());
        // Such as a prompt, behind which no line end follows.
        let without_object = kept > BYTE_ORDER_MARK.len() && !unread.contains(&b'{');
        if self.skips || too_long {
            if !std::mem::replace(&mut self.skips, true) {
                self.junk.add(unread);
            }
            inbox.consume(kept);
            self.searched = 0;
        } else if without_object {
            if !std::mem::replace(&mut self.counted, true) {
                self.junk.add(unread);
            }
            inbox.consume(kept);
            self.searched = 0;
        } else {
            self.searched = kept;
        }
    }
}

impl<Io: ByteStream> Link for Cutter<Io> {
    fn poll_open(
        &mut self,
        cx: &mut Context<'_>,
        opening: &mut Opening<'_>,
    ) -> Poll<Result<(), CloseReason>> {
        self.io.poll_open(cx, opening)
    }

    fn poll_recv(
        &mut self,
        cx: &mut Context<'_>,
        inbox: &mut Inbox,
    ) -> Poll<Result<(), CloseReason>> {
        if self.ended {
            if let Some(failure) = &self.failure {
                return Poll::Ready(Err(failure.clone()));
            }
            // The stream of a parent fails once that has gone, and wakes the task then.
            let gone = match inbox.poll_fill(cx, self.io.io()) {
                Poll::Ready(Err(error)) => self.fail(lost(error)),
                _ => CloseReason::PeerClosed,
            };
            return Poll::Ready(Err(gone));
        }
        // `poll_open` may have read lines too.
        if self.cut(inbox)? {
            return Poll::Ready(Ok(()));
        }
        let read = ready!(inbox.poll_fill(cx, self.io.io()));
        if read.map_err(|error| self.fail(lost(error)))? == 0 {
            self.ended = true;
            let rest = &*inbox.unread();
            let left = rest.len();
            // Of a line whose beginning was counted only an object counts.
            let start =
                if self.counted { rest.iter().position(|&byte| byte == b'{') } else { Some(0) };
            let start = start.filter(|_| left > 0 && !self.skips);
            let Some(start) = start else { return Poll::Ready(Err(CloseReason::PeerClosed)) };
            // The last line need not have an end.
            inbox.deliver(start..left, left);
            return Poll::Ready(Ok(()));
        }
        self.cut(inbox)?;
        Poll::Ready(Ok(()))
    }

    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<Result<(), CloseReason>> {
        let sent = ready!(self.io.poll_send(cx, outgoing));
        Poll::Ready(sent.map_err(|reason| self.fail(reason)))
    }

    fn poll_close(&mut self, cx: &mut Context<'_>, reason: &CloseReason) -> Poll<()> {
        self.io.poll_close(cx, reason)
    }

    fn peer_has_left(&mut self, cx: &mut Context<'_>) -> bool {
        self.io.peer_has_left(cx)
    }

    fn frame(&self) -> &'static dyn Envelope {
        &Lines
    }
}
