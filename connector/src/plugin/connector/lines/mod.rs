//! Lines of JSON as links, on which other programs may write too.

mod cutter;
mod dialer;
mod junk;
mod search;
#[cfg(test)]
mod tests;

use std::task::{Context, Poll};

use connector_protocol::CloseReason;
use connector_protocol::remix::Message;

pub use dialer::LineDialer;

use self::cutter::Cutter;
use self::junk::Junk;
use self::search::Search;
use crate::link::ByteStream;
use crate::plugin::{MessageIo, MessageLink};

/// A byte stream as a link of messages, a line of JSON for each, as plugins that are child
/// processes speak over their standard streams or Node's IPC channel.
///
/// Such streams are rarely clean: a banner, the output of a library, a byte order mark. All
/// that is not a message is junk. It is counted
/// ([`JUNK_LINES`](crate::metrics::JUNK_LINES)), and the first five lines of a link are
/// logged. It is never answered. A message behind junk on the same line is found, unless so many
/// broken objects stand in front of it that they would be read more than about four times. A
/// line of more than [`Limits::package`](crate::Limits::package) bytes is junk too, and is not
/// kept. Lines end in LF or CRLF.
///
/// A plugin whose stream fails drops the calls that run, since it is mostly a child process
/// that ends with its parent. One whose stream has ended, and can be written to, answers them
/// first.
#[derive(Debug)]
pub struct LineLink<Io> {
    cutter: Cutter<Io>,
    junk: Junk,
    search: Search,
}

impl<Io: ByteStream> LineLink<Io> {
    /// Creates the link of a byte stream.
    pub fn new(io: Io) -> Self {
        let junk = Junk::default();
        Self { cutter: Cutter::new(io, junk.clone()), junk, search: Search::default() }
    }

    /// Returns how many pieces of junk have arrived.
    pub fn junk(&self) -> u64 {
        self.junk.count()
    }
}

impl<Io: ByteStream + 'static> MessageLink for LineLink<Io> {
    fn poll_open_link(
        &mut self,
        cx: &mut Context<'_>,
        io: &mut MessageIo,
    ) -> Poll<Result<(), CloseReason>> {
        io.poll_open(&mut self.cutter, cx)
    }

    fn send_message(&mut self, message: Message, io: &mut MessageIo) -> Result<(), CloseReason> {
        io.send(&self.cutter, &message)
    }

    fn poll_message(
        &mut self,
        cx: &mut Context<'_>,
        io: &mut MessageIo,
    ) -> Poll<Result<Message, CloseReason>> {
        let Self { cutter, junk, search } = self;
        io.poll_message_or(cutter, cx, |line| junk.find_message(line, search))
    }

    fn poll_close_link(
        &mut self,
        cx: &mut Context<'_>,
        reason: &CloseReason,
        io: &mut MessageIo,
    ) -> Poll<()> {
        io.poll_close(&mut self.cutter, cx, reason)
    }

    fn is_half_closed(&self) -> bool {
        self.cutter.is_half_closed()
    }

    fn is_abandoned(&self) -> bool {
        self.cutter.has_failed()
    }
}
