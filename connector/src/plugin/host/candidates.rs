//! The peers that connect where an engine waits for a plugin, until one of them has shaken
//! hands.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::{Context, Poll};

use connector_protocol::remix::{Action, Message};
use connector_protocol::{CloseReason, Limits};

use super::ConnectError;
use crate::limits;
use crate::plugin::carrier::Carrier;
use crate::plugin::connection_limits::ConnectionLimits;
use crate::plugin::{MessageIo, MessageLink};
use crate::runtime::{BoxFuture, isolate};

/// The most peers that shake hands beside one another, unless they are more than half of all
/// connections of the port, of which some are for those who come.
const MOST: usize = 64;
/// The most messages of a peer before its answer. A plugin sends one.
const EARLY: usize = 16;

/// Peers that may be the plugin, in the order in which they came. They shake hands beside one
/// another, so that those who say nothing delay nobody.
pub(super) struct Candidates<L>(VecDeque<BoxFuture<'static, Result<Candidate<L>, ConnectError>>>);

/// A peer that has shaken hands.
pub(super) struct Candidate<L> {
    pub(super) carrier: Carrier<L>,
    /// The id of the handshake that it has answered.
    pub(super) handshake: i64,
    /// Its messages, of which the last is the answer.
    pub(super) said: Vec<Message>,
}

impl<L> Default for Candidates<L> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<L: MessageLink> Candidates<L> {
    /// Sends a peer the handshake. If there are too many, the one that has waited longest for
    /// the answer of its peer makes room.
    pub(super) fn add(&mut self, link: L, io: MessageIo, handshake: Message, limits: &Limits) {
        if self.0.len() >= (limits.enforced().connections / 2).clamp(1, MOST) {
            isolate("a link that was dropped", || drop(self.0.pop_front()));
        }
        let carrier = Carrier::new(link, io);
        self.0.push_back(Box::pin(shake_hands(carrier, handshake, limits.clone())));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Waits for the next one that has shaken hands, or has failed to. Pending also if there
    /// are none.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Candidate<L>, ConnectError>> {
        for place in 0..self.0.len() {
            if let Poll::Ready(ended) = self.0[place].as_mut().poll(cx) {
                drop(self.0.remove(place));
                return Poll::Ready(ended);
            }
        }
        Poll::Pending
    }

    /// Drops all.
    pub(super) fn clear(&mut self) {
        while let Some(candidate) = self.0.pop_front() {
            isolate("a link that was dropped", || drop(candidate));
        }
    }
}

/// Shakes hands with a peer in time, or closes its connection.
async fn shake_hands<L: MessageLink>(
    mut carrier: Carrier<L>,
    handshake: Message,
    limits: Limits,
) -> Result<Candidate<L>, ConnectError> {
    let id = handshake.id.unwrap_or_default();
    let limits = ConnectionLimits::new(&limits);
    let late = |limit| limits.report_once(limit);
    let asked = ask(&mut carrier, handshake, limits.enforced.handshake_body);
    let asked = limits::with_handshake_deadline(&limits.configured, late, asked).await;
    let (reason, error) = match asked {
        Ok(Ok(said)) => return Ok(Candidate { carrier, handshake: id, said }),
        Ok(Err(text)) => {
            let refused = ConnectError::Refused(text);
            (CloseReason::malformed(&refused), refused)
        }
        Err(reason) => (reason.clone(), ConnectError::Lost(reason)),
    };
    limits.count_end(&reason);
    carrier.close(&reason).await;
    isolate("a link that was dropped", || drop(carrier));
    Err(error)
}

/// Opens a peer's link, sends it the handshake, and waits for the answer. Returns its messages
/// up to that, or the text of its refusal.
async fn ask<L: MessageLink>(
    carrier: &mut Carrier<L>,
    handshake: Message,
    most: usize,
) -> Result<Result<Vec<Message>, String>, CloseReason> {
    poll_fn(|cx| carrier.poll_open(cx)).await?;
    let id = handshake.id;
    carrier.take(&mut vec![handshake]);
    carrier.send()?;
    let mut said = Vec::new();
    let mut bytes = 0;
    loop {
        let message = poll_fn(|cx| carrier.poll_message(cx)).await?;
        if message.action == Action::Response && message.id == id {
            let refusal = message.failure();
            said.push(message);
            return Ok(refusal.map_or(Ok(said), Err));
        }
        bytes += message.size();
        if said.len() == EARLY || bytes > most {
            return Err(CloseReason::malformed("too much came before the answer to the handshake"));
        }
        said.push(message);
    }
}
