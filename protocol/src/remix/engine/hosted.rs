//! One plugin of an engine.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::queue::{CallQueue, QueueOptions};
use super::super::waiting::Waiting;
use super::super::{HostCall, Profile, RemixError, Ticket};
use super::EventBounds;

/// The state of a plugin in its engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Activity {
    /// It cannot be called.
    Inactive,
    /// Its connection is being opened, and calls wait for that.
    Activating,
    /// It can be called.
    Active,
    /// Its connection has ended, and is being opened again. Calls fail.
    Lost,
}

/// A plugin of an engine.
#[derive(Debug)]
pub(super) struct Hosted {
    pub(super) profile: Arc<Profile>,
    pub(super) activity: Activity,
    pub(super) queue: CallQueue,
    /// The calls that came while it was not active.
    pub(super) parked: Waiting,
    /// Those of them whose callers may activate it.
    pub(super) allowed: BTreeSet<Ticket>,
    pub(super) events: EventBounds,
}

impl Hosted {
    pub(super) fn new(profile: Profile, options: &QueueOptions) -> Self {
        let mut plugin = Self {
            profile: Arc::new(profile),
            activity: Activity::Inactive,
            queue: CallQueue::default(),
            parked: Waiting::default(),
            allowed: BTreeSet::new(),
            events: EventBounds::default(),
        };
        plugin.set_options(options);
        plugin
    }

    /// Changes how its calls run. Those that run or wait are not changed.
    pub(super) fn set_options(&mut self, options: &QueueOptions) {
        self.queue.set_options(options);
        self.parked.set_limits(options.waiting, options.bytes);
    }

    /// Keeps a call until the plugin is active, unless too many of its caller wait for that.
    pub(super) fn park(&mut self, ticket: Ticket, call: HostCall) -> Result<(), RemixError> {
        self.parked.check(&call)?;
        self.parked.insert(ticket, call);
        Ok(())
    }

    /// Removes a call that waits for the activation.
    pub(super) fn unpark(&mut self, ticket: Ticket) -> Option<HostCall> {
        self.allowed.remove(&ticket);
        self.parked.remove(ticket)
    }

    /// Returns the method of a call that waits or runs.
    pub(super) fn method(&self, ticket: Ticket) -> Option<&str> {
        self.parked.method(ticket).or_else(|| self.queue.method(ticket))
    }

    /// Removes the calls that wait for the activation and whose callers may activate the plugin.
    pub(super) fn take_allowed(&mut self) -> Vec<(Ticket, HostCall)> {
        let allowed = std::mem::take(&mut self.allowed).into_iter();
        allowed.filter_map(|ticket| Some((ticket, self.parked.remove(ticket)?))).collect()
    }
}

/// The error of a call whose plugin is not active.
pub(super) fn not_activated(call: HostCall) -> RemixError {
    let target = call.target().to_owned();
    RemixError::NotActivated { target, caller: call.from, method: call.method }
}
