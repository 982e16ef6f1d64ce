//! The session machine of protocols without a handshake: every package is a message.

use std::time::Duration;

use super::{Event, Machine, PackageWriter};
use crate::CloseReason;
use crate::framing::{Bare, Envelope};

/// A session machine without handshake, heartbeat and kick package: every package
/// is a message.
#[derive(Clone, Copy, Debug, Default)]
pub struct BareSession;

impl Machine for BareSession {
    fn start(&mut self, _: Duration, _: &mut PackageWriter<'_>) -> Event<'static> {
        Event::Opened(None)
    }

    fn handle<'a>(
        &mut self,
        input: &mut &'a [u8],
        _: Duration,
        _: &mut PackageWriter<'_>,
    ) -> Result<Event<'a>, CloseReason> {
        Ok(Event::Message(std::mem::take(input)))
    }

    fn envelope(&self) -> &'static dyn Envelope {
        &Bare
    }
}
