//! A side that notes what happens to it.

use std::time::Duration;

use bytes::Bytes;
use connector_protocol::CloseReason;
use connector_protocol::session::Event;

use super::faulty::framed;
use crate::connection::{Flow, Side, Turn};

/// A side that notes what happens to it, and does as its fields say.
#[derive(Debug, Default)]
pub(super) struct Probe<const UNSENT: usize> {
    /// The messages that were handled.
    pub(super) heard: Vec<Vec<u8>>,
    /// Bytes of the answer to each message; without any, there is none.
    pub(super) answer: usize,
    /// The number of the message that the side ends the connection for.
    pub(super) fails_at: Option<usize>,
    /// The number of the message that the side panics at, with half of its answer
    /// written.
    pub(super) panics_at: Option<usize>,
    /// It hands control back behind each message.
    pub(super) yields: bool,
    /// Each message may have taken long.
    pub(super) looks: bool,
    /// No package can be handled.
    pub(super) is_full: bool,
    /// The number of packages that can be handled before there is no room.
    pub(super) room: Option<usize>,
    /// Nothing is read.
    pub(super) is_deaf: bool,
    /// The side's clock, if it has one.
    pub(super) clock: Option<Duration>,
    /// The time that each message takes on that clock.
    pub(super) costs: Duration,
    pub(super) stall_timeout: Option<Duration>,
    /// The fewest bytes a second of a package.
    pub(super) package_rate: usize,
    /// Bytes of each package that was too slow, in a dry run.
    pub(super) slow: Vec<usize>,
    /// Peers that stall are only noted.
    pub(super) dry_run: bool,
    /// Unsent bytes of each stall.
    pub(super) stalls: Vec<usize>,
    /// What others have put in for sending, framed.
    pub(super) queue: Vec<Bytes>,
    /// Bytes that the loop said were left to send.
    pub(super) unsent: Option<usize>,
}

impl<const MOST: usize> Side for Probe<MOST> {
    const UNSENT: usize = MOST;

    fn has_room(&self) -> bool {
        !self.is_full && self.room != Some(0)
    }

    fn reads(&self) -> bool {
        !self.is_deaf
    }

    fn handle(&mut self, event: Event<'_>, turn: &mut Turn<'_, '_>) -> Result<Flow, CloseReason> {
        let Event::Message(message) = event else { return Ok(Flow::Continue) };
        if self.fails_at == Some(self.heard.len()) {
            return Err(CloseReason::malformed("a message to fail at"));
        }
        self.heard.push(message.to_vec());
        self.room = self.room.map(|room| room - 1);
        self.clock = self.clock.map(|clock| clock + self.costs);
        if self.answer > 0 {
            let number = self.heard.len() as u8;
            let answer = framed(&vec![number; self.answer]);
            if self.panics_at == Some(self.heard.len() - 1) {
                turn.outgoing.buf().extend(&answer[..answer.len() / 2]);
                panic!("as wanted");
            }
            turn.outgoing.buf().extend(answer);
        }
        Ok(match (self.yields, self.looks) {
            (true, _) => Flow::Yield,
            (false, true) => Flow::Look,
            (false, false) => Flow::Continue,
        })
    }

    fn collect(&mut self, turn: &mut Turn<'_, '_>) -> Result<(), CloseReason> {
        for bytes in self.queue.drain(..) {
            turn.outgoing.push_shared(bytes);
        }
        Ok(())
    }

    fn sent(&mut self, unsent: usize) {
        self.unsent = Some(unsent);
    }

    fn clock(&self) -> Option<Duration> {
        self.clock
    }

    fn package_rate(&self) -> usize {
        self.package_rate
    }

    fn slow_package(&mut self, received: usize, expected: usize) -> Result<(), CloseReason> {
        if !self.dry_run {
            return Err(CloseReason::SlowPackage { received, expected });
        }
        self.slow.push(received);
        Ok(())
    }

    fn stall_timeout(&self) -> Option<Duration> {
        self.stall_timeout
    }

    fn stalled(&mut self, unsent: usize) -> Result<(), CloseReason> {
        if !self.dry_run {
            return Err(CloseReason::Stalled { unsent });
        }
        self.stalls.push(unsent);
        Ok(())
    }
}
