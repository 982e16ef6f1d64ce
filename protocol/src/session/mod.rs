//! The state machines that live on packages.
//!
//! A driver (a connection's task, a test, a browser's event loop) owns one and
//! does three things with it: it hands every package that arrived to
//! [`Machine::handle`], asks for the next [`Machine::deadline`] and calls
//! [`Machine::tick`] when that has passed. Time is a [`Duration`] since any
//! moment that stays the same for one session.

mod bare;
mod hello;
mod settings;

use std::time::Duration;

use crate::CloseReason;
use crate::framing::{Envelope, TooLong};
use crate::pomelo::package::{self, PackageType};

pub use bare::BareSession;
pub use hello::{Answer, ClientProfile, Details, Hello, Welcome};
pub use settings::{ClientSettings, ServerSettings};

/// One side of a connection's life: handshake, heartbeat, messages, kick.
///
/// An error ends the connection: the driver sends what was written until then,
/// closes the link and reports the reason.
pub trait Machine: Send {
    /// The link is open: says what this side sends unasked, and whether the
    /// session is open with that already ([`Event::Opened`]).
    fn start(&mut self, now: Duration, out: &mut PackageWriter<'_>) -> Event<'static>;

    /// Takes one package from the front of `input`, which holds one or more
    /// whole packages and nothing else. Call again while it is not empty.
    ///
    /// # Errors
    /// The reason to close with: malformed input, a refused handshake, a kick.
    fn handle<'a>(
        &mut self,
        input: &mut &'a [u8],
        now: Duration,
        out: &mut PackageWriter<'_>,
    ) -> Result<Event<'a>, CloseReason>;

    /// The application's answer to [`Event::Hello`].
    ///
    /// # Errors
    /// [`CloseReason::Refused`] if the answer refuses: the refusal is written,
    /// the connection ends.
    fn answer(
        &mut self,
        answer: Answer,
        now: Duration,
        out: &mut PackageWriter<'_>,
    ) -> Result<(), CloseReason>;

    /// When [`Machine::tick`] wants to be called, if at all.
    fn deadline(&self) -> Option<Duration>;

    /// The deadline has passed.
    ///
    /// # Errors
    /// [`CloseReason::HeartbeatTimeout`] if the other side fell silent.
    fn tick(&mut self, now: Duration, out: &mut PackageWriter<'_>) -> Result<(), CloseReason>;

    /// Forgets the silence of the other side until now: nothing was read because
    /// this side did not want to.
    fn restart_idle_timer(&mut self, now: Duration);

    /// Tells the other side that it is kicked. `false` if this machine has no
    /// package for that, so that the application's codec has to say it.
    fn kick(&mut self, reason: Option<&str>, out: &mut PackageWriter<'_>) -> bool;

    /// What an outgoing message is wrapped in.
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

    fn answer(
        &mut self,
        answer: Answer,
        now: Duration,
        out: &mut PackageWriter<'_>,
    ) -> Result<(), CloseReason> {
        (**self).answer(answer, now, out)
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

    fn kick(&mut self, reason: Option<&str>, out: &mut PackageWriter<'_>) -> bool {
        (**self).kick(reason, out)
    }

    fn envelope(&self) -> &'static dyn Envelope {
        (**self).envelope()
    }
}

/// What a package meant.
#[derive(Debug)]
pub enum Event<'a> {
    /// Nothing for the application: a heartbeat, or a package out of state.
    Ignored,
    /// A client introduces itself to a server. Nothing else happens until
    /// [`Machine::answer`] is called.
    Hello(Box<Hello>),
    /// Messages may flow. A client gets the server's welcome, where there is one.
    Opened(Option<Box<Welcome>>),
    /// A message arrived.
    Message(&'a [u8]),
}

/// Where a machine writes whole packages, each in the link's own frame.
pub struct PackageWriter<'a> {
    frame: &'static dyn Envelope,
    out: &'a mut Vec<u8>,
}

impl<'a> PackageWriter<'a> {
    /// Packages go to the end of `out`, each wrapped in `frame`.
    pub fn new(frame: &'static dyn Envelope, out: &'a mut Vec<u8>) -> Self {
        Self { frame, out }
    }

    /// Appends one package, whose bytes `write` appends. One that is too long
    /// for its frame is left out; control packages never are.
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
