//! One plugin of an engine.

use std::sync::Arc;

use super::super::queue::{CallQueue, QueueOptions};
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
    pub(super) parked: Vec<Parked>,
    pub(super) events: EventBounds,
    max_parked: usize,
    max_bytes: usize,
}

/// A call that waits for the activation of its plugin.
#[derive(Debug)]
pub(super) struct Parked {
    pub(super) ticket: Ticket,
    pub(super) call: HostCall,
    /// Its caller may activate the plugin.
    pub(super) is_allowed: bool,
}

impl Hosted {
    pub(super) fn new(profile: Profile, options: &QueueOptions) -> Self {
        let mut plugin = Self {
            profile: Arc::new(profile),
            activity: Activity::Inactive,
            queue: CallQueue::default(),
            parked: Vec::new(),
            events: EventBounds::default(),
            max_parked: 0,
            max_bytes: 0,
        };
        plugin.set_options(options);
        plugin
    }

    /// Changes how its calls run. Those that run or wait are not changed.
    pub(super) fn set_options(&mut self, options: &QueueOptions) {
        self.queue.set_options(options);
        (self.max_parked, self.max_bytes) = (options.waiting, options.bytes);
    }

    /// Keeps a call until the plugin is active, unless too many wait for that.
    pub(super) fn park(&mut self, ticket: Ticket, call: HostCall) -> Result<(), RemixError> {
        let bytes: usize = self.parked.iter().map(|parked| parked.call.size()).sum();
        let is_long = bytes > 0 && bytes.saturating_add(call.size()) > self.max_bytes;
        if self.parked.len() >= self.max_parked || is_long {
            let target = call.target().to_owned();
            return Err(RemixError::Busy { target, caller: call.from, method: call.method });
        }
        self.parked.push(Parked { ticket, call, is_allowed: false });
        Ok(())
    }
}

impl Parked {
    /// The error of a call whose plugin is not active.
    pub(super) fn not_activated(&self) -> RemixError {
        let HostCall { from, method, .. } = &self.call;
        RemixError::NotActivated {
            target: self.call.target().to_owned(),
            caller: from.clone(),
            method: method.clone(),
        }
    }
}
