//! The session machine of a server's connection.

use std::any::Any;
use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::framing::Envelope;
use connector_protocol::pomelo::ServerSession;
use connector_protocol::session::{Answer, Event, Machine, PackageWriter};

/// The machine of a connection, which a socket has made.
pub(super) enum AnyMachine {
    /// Pomelo's own, as nearly always. It is called by name, so that the compiler sees into
    /// it.
    Pomelo(Box<ServerSession>),
    Other(Box<dyn Machine>),
}

impl From<Box<dyn Machine>> for AnyMachine {
    fn from(machine: Box<dyn Machine>) -> Self {
        if !(&*machine as &dyn Any).is::<ServerSession>() {
            return Self::Other(machine);
        }
        match (machine as Box<dyn Any>).downcast() {
            Ok(pomelo) => Self::Pomelo(pomelo),
            Err(_) => unreachable!("its type was looked at"),
        }
    }
}

impl AnyMachine {
    fn get(&self) -> &dyn Machine {
        match self {
            Self::Pomelo(machine) => &**machine,
            Self::Other(machine) => &**machine,
        }
    }

    fn get_mut(&mut self) -> &mut dyn Machine {
        match self {
            Self::Pomelo(machine) => &mut **machine,
            Self::Other(machine) => &mut **machine,
        }
    }
}

impl Machine for AnyMachine {
    fn start(&mut self, now: Duration, out: &mut PackageWriter<'_>) -> Event<'static> {
        self.get_mut().start(now, out)
    }

    #[inline(always)]
    fn handle<'a>(
        &mut self,
        input: &mut &'a [u8],
        now: Duration,
        out: &mut PackageWriter<'_>,
    ) -> Result<Event<'a>, CloseReason> {
        match self {
            Self::Pomelo(machine) => machine.handle(input, now, out),
            Self::Other(machine) => machine.handle(input, now, out),
        }
    }

    fn takes_several(&self) -> bool {
        self.get().takes_several()
    }

    fn answer(
        &mut self,
        answer: Answer,
        now: Duration,
        out: &mut PackageWriter<'_>,
    ) -> Result<(), CloseReason> {
        self.get_mut().answer(answer, now, out)
    }

    fn is_open(&self) -> bool {
        self.get().is_open()
    }

    #[inline]
    fn deadline(&self) -> Option<Duration> {
        match self {
            Self::Pomelo(machine) => machine.deadline(),
            Self::Other(machine) => machine.deadline(),
        }
    }

    fn tick(&mut self, now: Duration, out: &mut PackageWriter<'_>) -> Result<(), CloseReason> {
        self.get_mut().tick(now, out)
    }

    #[inline]
    fn restart_idle_timer(&mut self, now: Duration) {
        match self {
            Self::Pomelo(machine) => machine.restart_idle_timer(now),
            Self::Other(machine) => machine.restart_idle_timer(now),
        }
    }

    fn heartbeat_interval(&self) -> Option<Duration> {
        self.get().heartbeat_interval()
    }

    fn beat(&mut self, out: &mut PackageWriter<'_>) {
        self.get_mut().beat(out);
    }

    fn kick(&mut self, reason: Option<&str>, out: &mut PackageWriter<'_>) -> bool {
        self.get_mut().kick(reason, out)
    }

    fn envelope(&self) -> &'static dyn Envelope {
        self.get().envelope()
    }
}

#[cfg(test)]
mod tests {
    use connector_protocol::session::{BareSession, ServerSettings};

    use super::*;

    #[test]
    fn only_a_pomelo_machine_is_called_by_name() {
        let pomelo: Box<dyn Machine> = Box::new(ServerSession::new(ServerSettings::default()));
        assert!(matches!(AnyMachine::from(pomelo), AnyMachine::Pomelo(_)));
        let other: Box<dyn Machine> = Box::new(BareSession);
        assert!(matches!(AnyMachine::from(other), AnyMachine::Other(_)));
    }

    #[test]
    fn it_is_no_larger_than_a_box() {
        assert_eq!(size_of::<AnyMachine>(), size_of::<Box<dyn Machine>>());
    }
}
