//! The side of a connection between an engine and a plugin: it waits for the next message.

use std::time::Duration;

use connector_protocol::pomelo::package::{HEADER, Package, PackageType};
use connector_protocol::remix::Message;
use connector_protocol::session::Event;
use connector_protocol::text::escaped;
use connector_protocol::{CloseReason, Limit, Limits};

use crate::connection::{Flow, Side, Turn};
use crate::plugin::connection_limits::ConnectionLimits;
use crate::runtime::Instant;

/// The [`Side`] that waits for the next message.
pub(super) struct Next<'p> {
    pub(super) message: Option<Message>,
    /// Messages come in pomelo's packages.
    pub(super) is_pomelo: bool,
    /// Finds a message in a package that is not one.
    pub(super) find: &'p mut dyn FnMut(&[u8]) -> Option<Message>,
    pub(super) limits: &'p ConnectionLimits,
    pub(super) epoch: Instant,
    /// Messages are left unread.
    pub(super) paused: bool,
}

impl Side for Next<'_> {
    /// Stores the next message. Other packages are skipped, as the released programs do.
    fn handle(&mut self, event: Event<'_>, _: &mut Turn<'_, '_>) -> Result<Flow, CloseReason> {
        let Event::Message(mut package) = event else { return Ok(Flow::Continue) };
        if self.is_pomelo {
            match Package::take(&mut package)? {
                Package { kind: PackageType::Data, body } => package = body,
                _ => return Ok(Flow::Continue),
            }
        }
        self.message = match Message::decode(package) {
            Ok(message) => Some(message),
            Err(error) => {
                tracing::debug!(error = %escaped(&error), "a package that is not a message");
                (self.find)(package)
            }
        };
        Ok(if self.message.is_some() { Flow::Yield } else { Flow::Continue })
    }

    fn has_room(&self) -> bool {
        !self.paused
    }

    fn reads(&self) -> bool {
        !self.paused
    }

    fn clock(&self) -> Option<Duration> {
        Some(self.epoch.elapsed())
    }

    fn package_rate(&self) -> usize {
        self.limits.configured.package_rate
    }

    fn slow_package(&mut self, received: usize, expected: usize) -> Result<(), CloseReason> {
        if !self.limits.configured.dry_run {
            return Err(CloseReason::SlowPackage { received, expected });
        }
        self.limits.report(Limit::PackageRate);
        Ok(())
    }

    fn stall_timeout(&self) -> Option<Duration> {
        Some(self.limits.configured.stall)
    }

    fn stalled(&mut self, unsent: usize) -> Result<(), CloseReason> {
        if !self.limits.configured.dry_run {
            return Err(CloseReason::Stalled { unsent });
        }
        self.limits.report(Limit::Stall);
        Ok(())
    }

    fn handled(&mut self, bytes: usize) {
        let Limits { dry_run, package, .. } = self.limits.configured;
        if dry_run && bytes > package.saturating_add(HEADER) {
            self.limits.report(Limit::Package);
        }
    }
}
