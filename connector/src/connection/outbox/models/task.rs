//! The task of a connection, which does with its outbox as a server's does.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::super::*;
use super::peer::Peer;
use crate::runtime::sync::woken::block_on;

pub(super) struct Task {
    outbox: Arc<Outbox>,
    /// Until the first poll.
    socket: Option<BoxSocket>,
    outgoing: Outgoing,
    ending: Option<CloseReason>,
}

impl Task {
    pub(super) fn new(outbox: &Arc<Outbox>, peer: &Arc<Peer>) -> Self {
        Self {
            outbox: outbox.clone(),
            socket: Some(peer.socket()),
            outgoing: Outgoing::default(),
            ending: None,
        }
    }

    /// Runs the task to its end, and returns the reason.
    pub(super) fn run(mut self) -> CloseReason {
        let reason = block_on(poll_fn(|cx| self.poll(cx)));
        self.outbox.end();
        reason
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<CloseReason> {
        let unparked = || self.outbox.unpark(cx.waker());
        let Some(mut socket) = self.socket.take().or_else(unparked) else { return Poll::Pending };
        loop {
            if let Err(reason) = self.turn(&mut socket, cx) {
                return Poll::Ready(reason);
            }
            match self.outbox.park(cx.waker(), socket) {
                Ok(()) => return Poll::Pending,
                Err(awake) => socket = awake,
            }
        }
    }

    fn turn(&mut self, socket: &mut BoxSocket, cx: &mut Context<'_>) -> Result<(), CloseReason> {
        let Self { outbox, outgoing, ending, .. } = self;
        if ending.is_none() {
            match outbox.take_close(outgoing) {
                Some(order) if !order.drain => return Err(order.reason),
                order => *ending = order.map(|order| order.reason),
            }
        }
        outbox.take_into(outgoing);
        outbox.check()?;
        if let Poll::Ready(Err(reason)) = socket.poll_send(cx, outgoing) {
            return Err(reason);
        }
        outbox.set_unsent(outgoing.len());
        match ending {
            Some(reason) if outgoing.is_empty() => Err(reason.clone()),
            _ => Ok(()),
        }
    }
}
