//! Session machines: the state machines that handle the packages of a connection.
//!
//! A driver (a connection's task, a test, a browser's event loop) owns a machine
//! and does three things with it: it passes every package that arrived to
//! [`Machine::handle`], asks for the next [`Machine::deadline`], and calls
//! [`Machine::tick`] when that has passed. Time is a [`Duration`] since a moment of
//! the driver's choice, which stays the same for a session.

mod bare;
mod hello;
mod hidden;
mod settings;

use std::any::Any;
use std::time::Duration;

use crate::CloseReason;
use crate::framing::{Envelope, TooLong};
use crate::pomelo::package::{self, PackageType};

pub use bare::BareSession;
pub use hello::{Answer, ClientProfile, Details, Hello, Welcome};
pub(crate) use hidden::Hidden;
pub use settings::{ClientSettings, ServerSettings};

/// The state machine of one side of a connection: handshake, heartbeat, messages,
/// kick.
///
/// An error ends the connection: the driver sends what was written so far, closes
/// the link and reports the reason.
///
/// The methods with defaults are those of handshakes, timers and kicks, which some
/// protocols do not have.
pub trait Machine: Any + Send {
    /// Starts the session on an open link, and writes what this side sends first.
    /// Returns [`Event::Opened`] if that opens the session already. A client's session that
    /// cannot start has the deadline zero, and says why in [`Machine::tick`].
    fn start(&mut self, now: Duration, out: &mut PackageWriter<'_>) -> Event<'static>;

    /// Removes the first package from `input` and handles it. `input` holds one whole
    /// package, or more if the link keeps several in one of its own or
    /// [`Machine::takes_several`], and nothing else. Call again while it is not empty.
    ///
    /// # Errors
    /// Returns the reason to close with: malformed input, a refused handshake, or a
    /// kick.
    fn handle<'a>(
        &mut self,
        input: &mut &'a [u8],
        now: Duration,
        out: &mut PackageWriter<'_>,
    ) -> Result<Event<'a>, CloseReason>;

    /// Returns whether [`Machine::handle`] finds the end of each package by itself, so that
    /// the driver may pass several at once that lie side by side. Default: `false`, for
    /// machines to which a package is all that they are passed.
    fn takes_several(&self) -> bool {
        false
    }

    /// Handles the application's answer to [`Event::Hello`]. A driver may refuse a client
    /// before that, whose introduction is too long to be handled. Does nothing by default,
    /// for machines that never return that event.
    ///
    /// # Errors
    /// Returns [`CloseReason::Refused`] if the answer refuses, or if it is too long
    /// to be sent. The refusal has been written then.
    fn answer(
        &mut self,
        answer: Answer,
        now: Duration,
        out: &mut PackageWriter<'_>,
    ) -> Result<(), CloseReason> {
        let _ = (answer, now, out);
        Ok(())
    }

    /// Returns whether [`Machine::answer`] has opened the session, so that the driver does not
    /// wait for [`Event::Opened`]. Default: `false`, for protocols in which a client confirms
    /// that it was accepted.
    fn is_open(&self) -> bool {
        false
    }

    /// Returns the time at which to call [`Machine::tick`], if there is one. Default:
    /// `None`.
    fn deadline(&self) -> Option<Duration> {
        None
    }

    /// Handles that the deadline has passed. Does nothing by default, for machines
    /// without deadlines.
    ///
    /// # Errors
    /// Returns [`CloseReason::HeartbeatTimeout`] if nothing arrived from the other
    /// side in time.
    fn tick(&mut self, now: Duration, out: &mut PackageWriter<'_>) -> Result<(), CloseReason> {
        let _ = (now, out);
        Ok(())
    }

    /// Restarts the timer of the other side's silence, if there is one. It is called
    /// after a pause in which this side did not read.
    fn restart_idle_timer(&mut self, now: Duration) {
        let _ = now;
    }

    /// Returns the interval at which to call [`Machine::beat`], or a little later, while
    /// packages of the other side wait to be handled, and heartbeats may lie among them.
    /// Default: `None`, for sessions in which the other side does not wait for heartbeats.
    fn heartbeat_interval(&self) -> Option<Duration> {
        None
    }

    /// Sends a heartbeat that answers none, so that the other side does not give up.
    /// Default: nothing.
    fn beat(&mut self, out: &mut PackageWriter<'_>) {
        let _ = out;
    }

    /// Kicks the other side. Returns `false`, which is the default, if the protocol
    /// has no package for that, so that the application's codec has to write a message
    /// instead.
    fn kick(&mut self, reason: Option<&str>, out: &mut PackageWriter<'_>) -> bool {
        let _ = (reason, out);
        false
    }

    /// Returns the envelope of outgoing messages.
    fn envelope(&self) -> &'static dyn Envelope;
}

impl<M: Machine + ?Sized> Machine for Box<M> {
    fn start(&mut self, now: Duration, out: &mut PackageWriter<'_>) -> Event<'static> {
        (**self).start(now, out)
    }

    fn handle<'a>(
        &mut self,
        input: &mut &'a [u8],
        now: Duration,
        out: &mut PackageWriter<'_>,
    ) -> Result<Event<'a>, CloseReason> {
        (**self).handle(input, now, out)
    }

    fn takes_several(&self) -> bool {
        (**self).takes_several()
    }

    fn answer(
        &mut self,
        answer: Answer,
        now: Duration,
        out: &mut PackageWriter<'_>,
    ) -> Result<(), CloseReason> {
        (**self).answer(answer, now, out)
    }

    fn is_open(&self) -> bool {
        (**self).is_open()
    }

    fn deadline(&self) -> Option<Duration> {
        (**self).deadline()
    }

    fn tick(&mut self, now: Duration, out: &mut PackageWriter<'_>) -> Result<(), CloseReason> {
        (**self).tick(now, out)
    }

    fn restart_idle_timer(&mut self, now: Duration) {
        (**self).restart_idle_timer(now);
    }

    fn heartbeat_interval(&self) -> Option<Duration> {
        (**self).heartbeat_interval()
    }

    fn beat(&mut self, out: &mut PackageWriter<'_>) {
        (**self).beat(out);
    }

    fn kick(&mut self, reason: Option<&str>, out: &mut PackageWriter<'_>) -> bool {
        (**self).kick(reason, out)
    }

    fn envelope(&self) -> &'static dyn Envelope {
        (**self).envelope()
    }
}

/// The meaning of a package for the application.
#[derive(Debug)]
pub enum Event<'a> {
    /// Nothing: a heartbeat, or a package that the current state ignores.
    Ignored,
    /// A client introduced itself to this server. The session goes on when
    /// [`Machine::answer`] is called.
    Hello(Box<Hello>),
    /// The session is open. A client gets the server's welcome, if the protocol has
    /// one.
    Opened(Option<Box<Welcome>>),
    /// A message arrived.
    Message(&'a [u8]),
}

/// A writer of whole packages, each in a frame of the link.
pub struct PackageWriter<'a> {
    frame: &'static dyn Envelope,
    out: &'a mut Vec<u8>,
}

impl<'a> PackageWriter<'a> {
    /// Creates a writer that appends packages to `out`, each wrapped in `frame`.
    pub fn new(frame: &'static dyn Envelope, out: &'a mut Vec<u8>) -> Self {
        Self { frame, out }
    }

    /// Appends a package, whose bytes `write` appends. A package that is too long
    /// for the frame is left out. Control packages are never that long.
    pub fn package(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let before = self.out.len();
        let mark = self.frame.begin(self.out);
        write(self.out);
        if self.frame.finish(mark, self.out).is_err() {
            self.out.truncate(before);
        }
    }

    /// Appends one of pomelo's packages.
    ///
    /// # Errors
    /// [`TooLong`] for a body beyond [`MAX_BODY`](crate::pomelo::package::MAX_BODY);
    /// nothing is appended.
    pub(crate) fn control(&mut self, kind: PackageType, body: &[u8]) -> Result<(), TooLong> {
        let before = self.out.len();
        let mut result = Ok(());
        self.package(|out| result = package::encode(kind, body, out));
        if result.is_err() {
            self.out.truncate(before);
        }
        result
    }
}

impl std::fmt::Debug for PackageWriter<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PackageWriter").field("len", &self.out.len()).finish_non_exhaustive()
    }
}
