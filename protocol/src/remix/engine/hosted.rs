//! One plugin of an engine.

use std::time::Duration;

use super::super::queue::CallQueue;
use super::super::{HostCall, Profile, RemixError, Ticket};

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

/// The options of a plugin's queue of calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueOptions {
    timeout: Duration,
    at_once: usize,
    waiting: usize,
    bytes: usize,
}

impl Default for QueueOptions {
    /// One call at once, for 10 seconds, as in the released engine; 1,024 calls may wait, with
    /// 16 MiB in all.
    fn default() -> Self {
        Self { timeout: Duration::ZERO, at_once: 1, waiting: 1024, bytes: 16 << 20 }
    }
}

impl QueueOptions {
    /// Sets the time that a call may run. Default: 10 seconds. Zero is the default too.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how many calls may run at once: 1 at least. Default: 1.
    #[must_use]
    pub fn at_once(mut self, calls: usize) -> Self {
        self.at_once = calls;
        self
    }

    /// Sets how many calls may wait, and how many bytes they may have together. A single
    /// call may have more. Default: 1,024 calls and 16 MiB.
    #[must_use]
    pub fn waiting(mut self, calls: usize, bytes: usize) -> Self {
        self.waiting = calls;
        self.bytes = bytes;
        self
    }

    pub(super) fn apply(&self, queue: &mut CallQueue) {
        queue.set_timeout(self.timeout);
        queue.set_at_once(self.at_once);
        queue.set_limits(self.waiting, self.bytes);
    }
}

/// A plugin of an engine.
#[derive(Debug)]
pub(super) struct Hosted {
    pub(super) profile: Profile,
    pub(super) activity: Activity,
    pub(super) queue: CallQueue,
    /// The calls that came while it was not active.
    pub(super) parked: Vec<Parked>,
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
    pub(super) fn new(profile: Profile, options: QueueOptions) -> Self {
        let mut queue = CallQueue::default();
        options.apply(&mut queue);
        let QueueOptions { waiting: max_parked, bytes: max_bytes, .. } = options;
        let (activity, parked) = (Activity::Inactive, Vec::new());
        Self { profile, activity, queue, parked, max_parked, max_bytes }
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
