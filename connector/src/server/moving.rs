//! The count of a connection for its peer's address, which some transports let change.

use std::task::{Context, Poll};

use connector_protocol::CloseReason;

use super::inner::ServerInner;
use crate::Limits;
use crate::connection::CloseOrder;
use crate::limits::Admission;
use crate::link::Moves;
use crate::session::Session;

/// The reason that a client reads whose new address is blocked.
const BLOCKED: &str = "its address is blocked";

/// An open connection's place in the counts, which follows its peer.
pub(super) struct Moving {
    admission: Admission,
    moves: Option<Moves>,
}

impl Moving {
    pub(super) fn new(admission: Admission, moves: Option<Moves>) -> Self {
        Self { admission, moves }
    }

    /// Counts the connection for its peer's new address, if there is one. A session that moves
    /// to where it could not have connected from ends.
    #[inline]
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        session: &Session,
        server: &ServerInner,
        limits: &Limits,
    ) {
        if self.moves.is_some() {
            self.poll_moves(cx, session, server, limits);
        }
    }

    #[inline(never)]
    fn poll_moves(
        &mut self,
        cx: &mut Context<'_>,
        session: &Session,
        server: &ServerInner,
        limits: &Limits,
    ) {
        while let Some(Poll::Ready(address)) = self.moves.as_ref().map(|moves| moves.poll(cx)) {
            let mut peer = session.peer().clone();
            peer.address = address;
            session.set_address(peer.address.clone());
            let reason = if server.hosts.is_blocked(&peer) {
                CloseReason::Kicked(Some(BLOCKED.to_owned()))
            } else if !self.admission.admit_address(&peer, limits) {
                CloseReason::TooManyConnections
            } else {
                continue;
            };
            self.moves = None;
            session.0.outbox.close(CloseOrder { reason, drain: false });
        }
    }
}
