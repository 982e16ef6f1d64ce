//! The calls of one plugin: those that run, and those that wait for them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::waiting::Waiting;
use super::{Answer, Arguments, RemixError};

/// The time that a call may run, unless another one is set.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// The id of a call, until it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub(super) u64);

/// A call of a plugin's method.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HostCall {
    /// The calling plugin.
    pub from: String,
    /// The called plugin's name, then its services, separated by dots.
    pub path: String,
    /// The method, without services.
    pub method: String,
    /// The arguments.
    pub payload: Arguments,
    /// The time that it may run. `None` and zero are the time of the called plugin.
    pub timeout: Option<Duration>,
}

impl HostCall {
    /// Creates a call of a method at a path by the plugin `from`.
    pub fn new(
        from: impl Into<String>,
        path: impl Into<String>,
        method: impl Into<String>,
        payload: Arguments,
    ) -> Self {
        Self { from: from.into(), path: path.into(), method: method.into(), payload, timeout: None }
    }

    /// Sets the time that it may run, without the time it waits for earlier calls. Zero is the
    /// time of the called plugin.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Returns the called plugin's name, which is the first part of the path.
    pub fn target(&self) -> &str {
        self.path.split('.').next().unwrap_or_default()
    }

    pub(super) fn size(&self) -> usize {
        let texts = [&self.from, &self.path, &self.method];
        texts.map(String::len).iter().sum::<usize>() + self.payload.as_payload().as_str().len()
    }
}

/// The options of a plugin's queue of calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueOptions {
    timeout: Duration,
    at_once: usize,
    pub(super) waiting: usize,
    pub(super) bytes: usize,
}

impl Default for QueueOptions {
    /// One call at once, for 10 seconds, as in the released engine; 1,024 calls of each caller
    /// may wait, with 16 MiB.
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

    /// Sets how many calls of each caller may wait, and how many bytes they may have together. A
    /// single call may have more. One that calls too much so keeps nobody else from calling.
    /// Default: 1,024 calls and 16 MiB.
    #[must_use]
    pub fn waiting(mut self, calls: usize, bytes: usize) -> Self {
        self.waiting = calls;
        self.bytes = bytes;
        self
    }
}

/// The calls of one plugin, which start in order: one at a time, as in the released engine,
/// or as many as its owner allows.
#[derive(Debug)]
pub(super) struct CallQueue {
    timeout: Duration,
    at_once: usize,
    waiting: Waiting,
    running: BTreeMap<Ticket, Running>,
    /// When the running calls end, unless their clocks are stopped.
    deadlines: BTreeSet<(Duration, Ticket)>,
}

#[derive(Debug)]
struct Running {
    from: String,
    method: String,
    clock: Clock,
}

/// The time that is left to a running call.
#[derive(Clone, Copy, Debug)]
enum Clock {
    /// Its end.
    Runs(Duration),
    /// The rest that it has when the clock runs again.
    Stopped(Duration),
}

impl Default for CallQueue {
    fn default() -> Self {
        Self {
            timeout: DEFAULT_TIMEOUT,
            at_once: 1,
            waiting: Waiting::default(),
            running: BTreeMap::new(),
            deadlines: BTreeSet::new(),
        }
    }
}

impl CallQueue {
    /// Sets the timeout of calls that have none of their own. Zero is the default, as in the
    /// released engine.
    pub(super) fn set_timeout(&mut self, timeout: Duration) {
        self.timeout = if timeout.is_zero() { DEFAULT_TIMEOUT } else { timeout };
    }

    /// Sets how many calls may run at once: one at least.
    pub(super) fn set_at_once(&mut self, calls: usize) {
        self.at_once = calls.max(1);
    }

    /// Sets how many calls of each caller may wait, and how many bytes they may have.
    pub(super) fn set_limits(&mut self, calls: usize, bytes: usize) {
        self.waiting.set_limits(calls, bytes);
    }

    /// Changes how calls run. Those that run or wait are not changed.
    pub(super) fn set_options(&mut self, options: &QueueOptions) {
        self.set_timeout(options.timeout);
        self.set_at_once(options.at_once);
        self.set_limits(options.waiting, options.bytes);
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len() + self.running.len()
    }

    /// Returns `true` if the next call has to wait.
    pub(super) fn is_full(&self) -> bool {
        self.running.len() >= self.at_once
    }

    /// Returns `true` if each call waits for the one before it.
    pub(super) fn runs_one_at_a_time(&self) -> bool {
        self.at_once == 1
    }

    /// Returns the running call if all others wait for it.
    pub(super) fn alone(&self) -> Option<Ticket> {
        if self.at_once == 1 { self.running.keys().next().copied() } else { None }
    }

    /// Returns the running calls.
    pub(super) fn running(&self) -> impl Iterator<Item = Ticket> {
        self.running.keys().copied()
    }

    /// Returns the method of a call that waits or runs.
    pub(super) fn method(&self, ticket: Ticket) -> Option<&str> {
        let running = self.running.get(&ticket).map(|call| call.method.as_str());
        running.or_else(|| self.waiting.method(ticket))
    }

    /// Adds a call, unless it would wait and too many of its caller do already.
    pub(super) fn push(&mut self, ticket: Ticket, call: HostCall) -> Result<(), RemixError> {
        if self.is_full() {
            self.waiting.check(&call)?;
        }
        self.waiting.insert(ticket, call);
        Ok(())
    }

    /// Starts the next call, unless as many run as may.
    pub(super) fn start(&mut self, now: Duration) -> Option<(Ticket, HostCall)> {
        if self.is_full() {
            return None;
        }
        let (ticket, call) = self.waiting.pop()?;
        let own = call.timeout.filter(|timeout| !timeout.is_zero());
        let until = now.saturating_add(own.unwrap_or(self.timeout));
        self.deadlines.insert((until, ticket));
        let HostCall { from, method, .. } = &call;
        let clock = Clock::Runs(until);
        self.running.insert(ticket, Running { from: from.clone(), method: method.clone(), clock });
        Some((ticket, call))
    }

    /// Ends a running call. Returns `false` for a call that has ended or waits.
    pub(super) fn finish(&mut self, ticket: Ticket) -> bool {
        self.end(ticket).is_some()
    }

    pub(super) fn deadline(&self) -> Option<Duration> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    /// Ends a running call whose deadline has passed.
    pub(super) fn expire(&mut self, now: Duration) -> Option<Answer<Ticket>> {
        let &(_, id) = self.deadlines.first().filter(|(deadline, _)| *deadline <= now)?;
        let Running { method, from, .. } = self.end(id)?;
        Some(Answer { id, outcome: Err(RemixError::Timeout { method, from }) })
    }

    /// Stops the clocks of the running calls that `is_stopped` accepts, and runs all others.
    pub(super) fn set_clocks(&mut self, now: Duration, is_stopped: impl Fn(Ticket) -> bool) {
        for (&ticket, running) in &mut self.running {
            running.clock = match running.clock {
                Clock::Runs(until) if is_stopped(ticket) => {
                    self.deadlines.remove(&(until, ticket));
                    Clock::Stopped(until.saturating_sub(now))
                }
                Clock::Stopped(rest) if !is_stopped(ticket) => {
                    let until = now.saturating_add(rest);
                    self.deadlines.insert((until, ticket));
                    Clock::Runs(until)
                }
                clock => clock,
            };
        }
    }

    /// Ends the calls of `from`, of one method or of all.
    pub(super) fn cancel(&mut self, from: &str, method: Option<&str>) -> Vec<Answer<Ticket>> {
        let is_meant = |caller: &str, called: &str| {
            caller == from && method.is_none_or(|method| method == called)
        };
        let running = self.running.iter().filter(|(_, call)| is_meant(&call.from, &call.method));
        let running: Vec<_> = running.map(|(ticket, _)| *ticket).collect();
        let running = running.into_iter().filter_map(|id| Some((id, self.end(id)?.method)));
        let mut ended: Vec<_> = running.collect();
        let waiting = self.waiting.cancel(from, method).into_iter();
        ended.extend(waiting.map(|(id, call)| (id, call.method)));
        let canceled = |method| Err(RemixError::Canceled { method, from: from.to_owned() });
        ended.into_iter().map(|(id, method)| Answer { id, outcome: canceled(method) }).collect()
    }

    /// Ends one call whose caller has given it up. Returns `true` if it ran.
    pub(super) fn give_up(&mut self, ticket: Ticket) -> bool {
        let ran = self.finish(ticket);
        if !ran {
            self.waiting.remove(ticket);
        }
        ran
    }

    /// Ends all calls, and returns them in their order.
    pub(super) fn drain(&mut self) -> Vec<Ticket> {
        self.deadlines.clear();
        let running = std::mem::take(&mut self.running).into_keys();
        running.chain(self.waiting.drain().map(|(ticket, _)| ticket)).collect()
    }

    fn end(&mut self, ticket: Ticket) -> Option<Running> {
        let running = self.running.remove(&ticket)?;
        if let Clock::Runs(until) = running.clock {
            self.deadlines.remove(&(until, ticket));
        }
        Some(running)
    }
}
