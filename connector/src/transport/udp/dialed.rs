//! The client's end of a link: a socket of its own.

use std::io;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use connector_protocol::CloseReason;
use connector_protocol::pomelo::package::HANDSHAKE_ACK;
use tokio::io::Interest;
use tokio::net::UdpSocket;

use super::port::ROOM;
use super::repeat::{Heard, Repeat};
use super::rules::Rules;
use crate::link::{Inbox, Outgoing, lost};
use crate::runtime::BoxFuture;

/// The datagrams that are received together.
const TOGETHER: usize = 32;

/// A socket that is connected to one address.
pub(super) struct Dialed {
    socket: Arc<UdpSocket>,
    rules: Rules,
    repeat: Repeat,
    /// The wait for what the network says of datagrams that did not arrive.
    fault: Option<BoxFuture<'static, ()>>,
    ended: Option<CloseReason>,
}

impl Dialed {
    pub(super) fn new(socket: UdpSocket, rules: Rules) -> Self {
        let repeat = if rules.handshake { Repeat::New } else { Repeat::Done };
        let socket = Arc::new(socket);
        let watched = socket.clone();
        let fault: BoxFuture<'static, ()> = Box::pin(async move {
            let _ = watched.ready(Interest::ERROR).await;
        });
        Self { socket, rules, repeat, fault: Some(fault), ended: None }
    }

    pub(super) fn poll_recv(
        &mut self,
        cx: &mut Context<'_>,
        inbox: &mut Inbox,
    ) -> Poll<Result<(), CloseReason>> {
        if let Some(reason) = &self.ended {
            return Poll::Ready(Err(reason.clone()));
        }
        while let Poll::Ready(datagram) = self.repeat.poll_again(cx) {
            // It may be lost like any other.
            let _ = self.socket.try_send(datagram);
        }
        if let Some(fault) = &mut self.fault
            && fault.as_mut().poll(cx).is_ready()
        {
            self.fault = None;
            if let Ok(Some(error)) = self.socket.take_error() {
                let reason = lost(error);
                self.ended = Some(reason.clone());
                return Poll::Ready(Err(reason));
            }
        }
        loop {
            ready!(self.socket.poll_recv_ready(cx)).map_err(lost)?;
            match self.receive(inbox) {
                Ok(false) => {}
                Ok(true) => return Poll::Ready(Ok(())),
                Err(reason) => {
                    self.ended = Some(reason.clone());
                    return Poll::Ready(Err(reason));
                }
            }
        }
    }

    /// Reads what has arrived. Returns whether there was something for the session.
    fn receive(&mut self, inbox: &mut Inbox) -> Result<bool, CloseReason> {
        let mut room = Vec::with_capacity(ROOM);
        let mut received = false;
        for _ in 0..TOGETHER {
            room.clear();
            match self.socket.try_recv_buf(&mut room) {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(lost(error)),
            }
            if room.is_empty() {
                return Err(CloseReason::PeerClosed);
            }
            match self.repeat.hears(&room) {
                Heard::Deliver => {}
                Heard::Drop => continue,
                Heard::AckAgain => {
                    let _ = self.socket.try_send(&HANDSHAKE_ACK);
                    continue;
                }
            }
            self.rules.check(&room, inbox.limit())?;
            inbox.push(room.to_vec());
            received = true;
        }
        Ok(received)
    }

    pub(super) fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<Result<(), CloseReason>> {
        while let Some(datagram) = outgoing.package() {
            ready!(self.socket.poll_send_ready(cx)).map_err(lost)?;
            let padded = self.repeat.sends(datagram);
            match self.socket.try_send(padded.unwrap_or(datagram)) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                sent => sent.map_err(lost)?,
            };
            outgoing.package_sent();
        }
        Poll::Ready(Ok(()))
    }

    pub(super) fn close(&mut self) {
        if self.ended.is_none() {
            self.ended = Some(CloseReason::PeerClosed);
            let _ = self.socket.try_send(&[]);
        }
    }

    pub(super) fn peer_has_left(&self) -> bool {
        self.ended.is_some()
    }
}

impl Drop for Dialed {
    /// A client may give up before the connection is open.
    fn drop(&mut self) {
        self.close();
    }
}
