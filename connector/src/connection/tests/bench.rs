//! One connection on a faulty link, polled by hand.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use connector_protocol::framing::Framing;
use connector_protocol::pomelo::handshake::Response;
use connector_protocol::pomelo::package::{HANDSHAKE_ACK, PackageType, PomeloPackages, encode};
use connector_protocol::pomelo::{ClientSession, ServerSession};
use connector_protocol::session::{
    Answer, BareSession, ClientSettings, Machine, PackageWriter, ServerSettings,
};
use connector_protocol::{CloseReason, pomelo};

use super::faulty::{Far, Faulty, Frames, framed};
use super::probe::Probe;
use super::woken::{Woken, poll_once};
use super::{SECOND, UNSENT};
use crate::connection::{Connection, Pause};
use crate::link::{Inbox, Link};
use crate::runtime::GRACE;

/// The largest package, in bytes.
const LIMIT: usize = 8 << 20;

/// One connection with its link, its side and its clock.
pub(super) struct Bench<M, const MOST: usize> {
    pub(super) io: Connection<M>,
    pub(super) link: Faulty,
    pub(super) side: Probe<MOST>,
    pub(super) now: Duration,
    pub(super) woken: Arc<Woken>,
}

/// A connection without a bound for what is unsent, and its other end.
pub(super) fn bare() -> (Bench<BareSession, { usize::MAX }>, Far) {
    let (link, far) = Faulty::with_far::<Frames>();
    (Bench::new(BareSession, link), far)
}

/// A connection that handles no more while much is unsent, as a server's.
pub(super) fn bounded() -> (Bench<BareSession, UNSENT>, Far) {
    let (link, far) = Faulty::with_far::<Frames>();
    (Bench::new(BareSession, link), far)
}

/// A pomelo server's connection at work since the start of its clock, with
/// heartbeats every 3 seconds and silence of at most 6.
pub(super) fn server() -> (Bench<ServerSession, UNSENT>, Far) {
    let mut machine = ServerSession::new(server_settings());
    let mut out = Vec::new();
    let mut handshake = Vec::new();
    let request = pomelo::handshake::Request::new("test", "1");
    encode(PackageType::Handshake, &request.encode(), &mut handshake).unwrap();
    let mut out = PackageWriter::new(PomeloPackages::INSTANCE, &mut out);
    machine.handle(&mut &handshake[..], Duration::ZERO, &mut out).unwrap();
    machine.answer(Answer::Accept { user: None }, Duration::ZERO, &mut out).unwrap();
    machine.handle(&mut &HANDSHAKE_ACK[..], Duration::ZERO, &mut out).unwrap();
    let (link, far) = Faulty::with_far::<PomeloPackages>();
    (Bench::new(machine, link), far)
}

/// A pomelo client's connection at work since the start of its clock, with
/// heartbeats every 3 seconds.
pub(super) fn client() -> (Bench<ClientSession, { usize::MAX }>, Far) {
    let mut machine = ClientSession::new(&ClientSettings::default());
    let sys = serde_json::json!({ "code": 200, "sys": { "heartbeat": 3 } });
    let mut welcome = Vec::new();
    let response = Response::parse(sys.to_string().as_bytes()).unwrap();
    encode(PackageType::Handshake, &response.encode(), &mut welcome).unwrap();
    let mut out = Vec::new();
    let mut out = PackageWriter::new(PomeloPackages::INSTANCE, &mut out);
    machine.start(Duration::ZERO, &mut out);
    machine.handle(&mut &welcome[..], Duration::ZERO, &mut out).unwrap();
    let (link, far) = Faulty::with_far::<PomeloPackages>();
    (Bench::new(machine, link), far)
}

/// The settings of [`server`].
pub(super) fn server_settings() -> ServerSettings {
    ServerSettings { heartbeat: Some(3 * SECOND), ..ServerSettings::default() }
}

/// A data package of pomelo's.
pub(super) fn data(body: &[u8]) -> Vec<u8> {
    let mut package = Vec::new();
    encode(PackageType::Data, body, &mut package).unwrap();
    package
}

/// Whether a poll ended because the transport failed.
pub(super) fn is_lost(polled: Result<Pause, CloseReason>) -> bool {
    matches!(polled, Err(CloseReason::Lost { .. }))
}

impl<M: Machine, const MOST: usize> Bench<M, MOST> {
    pub(super) fn new(machine: M, link: Faulty) -> Self {
        let io = Connection::new(machine, Inbox::new(LIMIT), link.frame());
        let (side, woken) = (Probe::default(), Arc::default());
        Self { io, link, side, now: Duration::ZERO, woken }
    }

    /// Polls once, and judges the peer at once.
    pub(super) fn poll(&mut self) -> Result<Pause, CloseReason> {
        self.io.asked = self.now.checked_sub(GRACE);
        self.poll_once()
    }

    /// Polls once.
    pub(super) fn poll_once(&mut self) -> Result<Pause, CloseReason> {
        let woken = self.woken.clone();
        let polled = poll_once(&woken, |cx| Poll::Ready(self.poll_with(cx)));
        let Poll::Ready(polled) = polled else { unreachable!() };
        polled
    }

    pub(super) fn poll_with(&mut self, cx: &mut Context<'_>) -> Result<Pause, CloseReason> {
        self.io.poll(&mut self.link, &mut self.side, cx, self.now)
    }

    /// Polls once at this time.
    pub(super) fn poll_at(&mut self, now: Duration) -> Result<Pause, CloseReason> {
        self.now = now;
        self.poll()
    }

    pub(super) fn deadline(&self) -> Option<Duration> {
        self.io.deadline(&self.side)
    }

    /// Queues a message in the layers of its machine and its link.
    pub(super) fn put(&mut self, message: &[u8]) {
        let (frame, package) = (self.link.frame(), self.io.machine().0.envelope());
        let out = self.io.outgoing().buf();
        let outer = frame.begin(out);
        let inner = package.begin(out);
        out.extend_from_slice(message);
        package.finish(inner, out).unwrap();
        frame.finish(outer, out).unwrap();
    }

    /// Queues a message that others have put in, in a frame of [`Frames`].
    pub(super) fn push(&mut self, message: &[u8]) {
        self.side.queue.push(framed(message).into());
    }
}
