//! The reading and writing of a plugin connection's messages over any link.

use std::any::{Any, TypeId};
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use connector_protocol::framing::{Bare, Envelope};
use connector_protocol::pomelo::package::{DataPackage, PomeloPackages};
use connector_protocol::remix::Message;
use connector_protocol::{CloseReason, Limit, Limits};

use crate::connection::{Connection, LINGER, Patience, Pause};
use crate::connector::{Address, Peer};
use crate::limits::{self, HeldLimit};
use crate::link::{Inbox, Link};
use crate::plugin::backlog::HalfOpen;
use crate::plugin::connection_limits::ConnectionLimits;
use crate::plugin::liveness::Liveness;
use crate::plugin::next_message::Next;
use crate::plugin::options::HEARTBEAT;
use crate::runtime::{Instant, Sleep, poll_alarm, sleep_until, timeout};

/// The buffers of a connection's messages, in both directions, and the methods that
/// read and write them over a [`Link`].
///
/// The driver of a connection owns it and lends it to the connector. A connector over a
/// [`Link`] forwards each of its methods to the one of the same name here. A connector
/// that carries messages by itself does not use it.
///
/// Over a link of pomelo's packages, each message is a data package, and there is no
/// handshake of pomelo's.
pub struct MessageIo {
    io: Connection<Liveness>,
    limits: ConnectionLimits,
    peer: Peer,
    epoch: Instant,
    /// The time of the current share of the thread, see [`Connection::poll`].
    now: Option<Duration>,
    /// Wakes the task when a package that arrives has to be judged.
    alarm: Option<Pin<Box<Sleep>>>,
    /// The place of a connection that was accepted, until its address is known.
    half_open: Option<Arc<HalfOpen>>,
    /// The address on loopback at which the plugin or the engine listens.
    loopback: Option<SocketAddr>,
    /// Messages that arrive are left unread.
    paused: bool,
}

impl MessageIo {
    /// Creates empty buffers for a connection with these limits.
    pub fn new(limits: &Limits) -> Self {
        let limits = ConnectionLimits::new(limits);
        let inbox = Inbox::new(limits.enforced.package);
        // A session without packages of its own puts none into a frame.
        let mut io = Connection::new(Liveness::new(HEARTBEAT), inbox, &Bare);
        io.without_heartbeats();
        let peer = Peer::new("unknown", Address::Unnamed);
        let epoch = Instant::now();
        Self {
            io,
            limits,
            peer,
            epoch,
            now: None,
            alarm: None,
            half_open: None,
            loopback: None,
            paused: false,
        }
    }

    /// Refuses to open the link if there are too many connections from its address, and counts
    /// what it holds for all connections of its port.
    pub(super) fn accepted(mut self, half_open: Arc<HalfOpen>) -> Self {
        self.io = self.io.counted(half_open.held_limit());
        self.half_open = Some(half_open);
        self
    }

    /// Counts what it holds for all connections of an engine.
    pub(super) fn held_in(mut self, limit: HeldLimit) -> Self {
        self.io = self.io.counted(&Arc::new(limit));
        self
    }

    /// Returns how much all connections may hold for which its own counts, if there are several.
    pub(super) fn held_limit(&self) -> Option<&HeldLimit> {
        self.io.held_limit().map(|limit| &**limit)
    }

    /// Takes over the buffers of a link that was opened with them. The limits, the heartbeat
    /// and what its bytes count for stay.
    pub(super) fn adopt(&mut self, opened: Self) {
        let Self { mut io, peer, epoch, .. } = opened;
        std::mem::swap(io.machine_mut(), self.io.machine_mut());
        io.set_limit(self.limits.enforced.package);
        if let Some(limit) = self.io.held_limit() {
            io = io.counted(limit);
        }
        (self.io, self.peer, self.epoch) = (io, peer, epoch);
        (self.now, self.alarm) = (None, None);
    }

    /// Sets the silence after which the peer is pinged, on links that have pings. Zero is
    /// never. Default: 30 seconds.
    #[must_use]
    pub fn heartbeat(mut self, interval: Duration) -> Self {
        *self.io.machine_mut() = Liveness::new(interval);
        self
    }

    /// Sets the peer, for a link whose openers read it. Default: an unnamed address.
    #[must_use]
    pub fn with_peer(mut self, peer: Peer) -> Self {
        self.peer = peer;
        self
    }

    /// Lets in only pages that were named, since the port is at this address on loopback.
    pub(super) fn on_loopback(self, loopback: Option<SocketAddr>) -> Self {
        Self { loopback, ..self }
    }

    /// Opens the link.
    ///
    /// # Errors
    /// Returns the reason for which the link did not open.
    pub fn poll_open<L: Link + ?Sized>(
        &mut self,
        link: &mut L,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), CloseReason>> {
        let half_open = self.half_open.as_deref();
        let admit = |peer: &Peer| half_open.is_none_or(|half_open| half_open.admit_address(peer));
        let mut opening = self.io.opening(&mut self.peer);
        opening.text = true;
        opening.loopback = self.loopback;
        let opened = limits::poll_open_admitted(link, cx, &mut opening, admit);
        opened.map(|opened| if opened? { Ok(()) } else { Err(too_many()) })
    }

    /// Queues a message in a frame of the link.
    ///
    /// # Errors
    /// Returns [`CloseReason::SlowPeer`] if too many bytes are queued already, which the
    /// driver of a connection avoids by asking
    /// [`MessageLink::unsent`](crate::plugin::MessageLink::unsent) first, and
    /// [`CloseReason::TooLarge`] if the frame cannot express the length.
    pub fn send<L: Link + ?Sized>(
        &mut self,
        link: &L,
        message: &Message,
    ) -> Result<(), CloseReason> {
        let (queued, limit) = (self.unsent(), self.limits.enforced.queued);
        if queued > limit {
            return Err(CloseReason::SlowPeer { queued, limit });
        }
        self.io.mark_intact();
        let outgoing = self.io.outgoing();
        let frame = envelope(link.frame());
        let out = outgoing.buf();
        let before = out.len();
        let mark = frame.begin(out);
        message.encode(out);
        frame.finish(mark, out).map_err(|error| {
            out.truncate(before);
            CloseReason::TooLarge { size: error.size, limit: error.limit }
        })?;
        let Limits { dry_run, queued: limit, .. } = self.limits.configured;
        if dry_run && queued <= limit && outgoing.len() > limit {
            self.limits.report(Limit::Queued);
        }
        Ok(())
    }

    /// Drops what a link that panicked has left half written. Returns the reason to close.
    pub(super) fn abandon(&mut self) -> CloseReason {
        self.io.abandon()
    }

    /// Returns the number of bytes of queued messages that are not sent yet.
    pub fn unsent(&self) -> usize {
        self.io.unsent()
    }

    pub(super) fn limits(&self) -> &ConnectionLimits {
        &self.limits
    }

    /// Returns the time of the current share of the thread, since the start.
    pub(super) fn time(&self) -> Duration {
        self.now.unwrap_or_else(|| self.epoch.elapsed())
    }

    /// Leaves messages that arrive unread from now on, or no longer.
    pub(super) fn pause(&mut self, paused: bool) {
        self.paused = paused;
    }

    /// Waits for a time since the start, behind a poll of the link.
    pub(super) fn poll_until(&mut self, time: Duration, cx: &mut Context<'_>) -> Poll<()> {
        self.now = None;
        let Some(due) = self.epoch.checked_add(time) else { return Poll::Pending };
        while Instant::now() < due {
            ready!(self.poll_alarm(Some(due), cx));
        }
        Poll::Ready(())
    }

    /// Waits for the next message, and sends queued ones meanwhile. A blocked write does
    /// not block reading. Packages that are not messages are skipped.
    ///
    /// # Errors
    /// Returns the reason for which the link has ended, after all messages that arrived
    /// before.
    pub fn poll_message<L: Link + ?Sized>(
        &mut self,
        link: &mut L,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Message, CloseReason>> {
        self.poll_message_or(link, cx, |_| None)
    }

    /// Waits for the next message as [`MessageIo::poll_message`] does. `find` may find one in
    /// a package that is not a message.
    pub(super) fn poll_message_or<L: Link + ?Sized>(
        &mut self,
        link: &mut L,
        cx: &mut Context<'_>,
        mut find: impl FnMut(&[u8]) -> Option<Message>,
    ) -> Poll<Result<Message, CloseReason>> {
        loop {
            let mut next = Next {
                message: None,
                is_pomelo: is_pomelo(link.frame()),
                find: &mut find,
                limits: &self.limits,
                epoch: self.epoch,
                paused: self.paused,
            };
            let now = match self.now {
                Some(now) => {
                    self.io.look(&next, now);
                    now
                }
                None => *self.now.insert(self.epoch.elapsed()),
            };
            let pause = self.io.poll(link, &mut next, cx, now)?;
            if let Some(message) = next.message {
                return Poll::Ready(Ok(message));
            }
            self.now = None;
            if self.io.machine_mut().takes_ping() {
                if !self.io.ping(link) {
                    self.io.machine_mut().give_up();
                }
                continue;
            }
            let deadline = self.io.deadline(&next);
            let due = deadline.and_then(|deadline| self.epoch.checked_add(deadline));
            if pause == Pause::Spent || self.poll_alarm(due, cx).is_pending() {
                return Poll::Pending;
            }
        }
    }

    /// Returns the longest package that is taken, in bytes.
    #[cfg(all(feature = "web", target_family = "wasm"))]
    pub(crate) fn package_limit(&self) -> usize {
        self.limits.enforced.package
    }

    /// Returns a message that did not come as a package, unless it is too long for one.
    pub(super) fn sized(&self, message: Message) -> Result<Message, CloseReason> {
        let size = message.size();
        let limit = self.limits.enforced.package;
        if size > limit {
            return Err(CloseReason::TooLarge { size, limit });
        }
        if size > self.limits.configured.package {
            self.limits.report(Limit::Package);
        }
        Ok(message)
    }

    /// Waits for a deadline, if there is one, as [`poll_alarm`] does.
    fn poll_alarm(&mut self, due: Option<Instant>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(due) = due else {
            self.alarm = None;
            return Poll::Pending;
        };
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep_until(due)));
        poll_alarm(alarm.as_mut(), due, cx)
    }

    /// Sends queued messages, closes the link with `reason`, and waits for the other side
    /// to close too: a link that is dropped with unread bytes is reset, and the last
    /// messages do not arrive. The driver limits the time of both.
    pub fn poll_close<L: Link + ?Sized>(
        &mut self,
        link: &mut L,
        cx: &mut Context<'_>,
        reason: &CloseReason,
    ) -> Poll<()> {
        ready!(self.io.poll_announce(link, cx, reason));
        self.io.poll_end(link, cx, reason)
    }

    /// Closes a connection by its connector's `poll_close`: the last messages have the time
    /// of any connection's last bytes, and the other side has a second to close too.
    pub(crate) async fn close(
        &mut self,
        mut poll_close: impl FnMut(&mut Context<'_>, &mut Self) -> Poll<()>,
    ) {
        let mut patience = Patience::new(self.io.last_bytes());
        let lingers = poll_fn(|cx| match poll_close(cx, self) {
            Poll::Ready(()) => Poll::Ready(false),
            Poll::Pending if self.io.is_announced() => Poll::Ready(true),
            Poll::Pending => patience.poll(cx, self.io.last_bytes()).map(|()| false),
        });
        if lingers.await {
            let _ = timeout(LINGER, poll_fn(|cx| poll_close(cx, self))).await;
        }
    }
}

/// Returns what messages are written in over a link with this frame.
fn envelope(frame: &'static dyn Envelope) -> &'static dyn Envelope {
    if is_pomelo(frame) { &DataPackage } else { frame }
}

/// Returns whether a link carries pomelo's packages, which contain their own header.
fn is_pomelo(frame: &'static dyn Envelope) -> bool {
    let frame: &dyn Any = frame;
    frame.type_id() == TypeId::of::<PomeloPackages>()
}

/// The reason of a connection that is not admitted. Nothing is sent to its peer.
fn too_many() -> CloseReason {
    let message = "too many connections from its address".to_owned();
    CloseReason::Lost { kind: io::ErrorKind::ConnectionRefused, message }
}

impl fmt::Debug for MessageIo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageIo")
            .field("io", &self.io)
            .field("peer", &self.peer)
            .finish_non_exhaustive()
    }
}
