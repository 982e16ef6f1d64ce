//! The calls of an engine's plugins.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::super::host::{exposed, exposes};
use super::super::{Answer, HostCall, Outcome, RemixError, Ticket};
use super::hosted::not_activated;
use super::{Activity, EngineEvent, EngineSession};

/// The calls that have not ended.
#[derive(Debug, Default)]
pub(super) struct Calls {
    last_ticket: u64,
    open: BTreeMap<Ticket, Open>,
    /// The same calls by the plugins that have made them.
    made: BTreeMap<Arc<str>, BTreeSet<Ticket>>,
    /// The calls that wait for a person, with how many waits each has begun.
    patient: BTreeMap<Ticket, usize>,
    /// True if one of those has ended, or a call has started beside them.
    are_clocks_stale: bool,
}

/// A call that has not ended.
#[derive(Debug)]
struct Open {
    from: Arc<str>,
    target: Arc<str>,
    /// The last call that was made before this one started. `None` while it waits.
    started_after: Option<u64>,
}

impl Calls {
    /// Adds a call that was made.
    fn open(&mut self, from: Arc<str>, target: Arc<str>) -> Ticket {
        self.last_ticket += 1;
        let ticket = Ticket(self.last_ticket);
        self.made.entry(from.clone()).or_default().insert(ticket);
        self.open.insert(ticket, Open { from, target, started_after: None });
        ticket
    }

    /// Removes a call that has ended.
    fn close(&mut self, ticket: Ticket) -> Option<Open> {
        let call = self.open.remove(&ticket)?;
        self.are_clocks_stale |= self.patient.remove(&ticket).is_some();
        if let Some(made) = self.made.get_mut(&call.from) {
            made.remove(&ticket);
            if made.is_empty() {
                self.made.remove(&call.from);
            }
        }
        Some(call)
    }

    /// Returns the plugins that a plugin has called since this call of its own has started.
    fn called_since(&self, name: &str, running: Ticket) -> impl Iterator<Item = &Arc<str>> {
        let start = self.open.get(&running).and_then(|call| call.started_after);
        let made = start.and_then(|start| Some(self.made.get(name)?.range(Ticket(start + 1)..)));
        made.into_iter().flatten().filter_map(|call| Some(&self.open.get(call)?.target))
    }
}

impl EngineSession {
    /// Calls a plugin's method, after the calls before it. A plugin that is not active is
    /// activated first, if the caller may do that.
    ///
    /// The driver gets an [`EngineEvent::Answered`], also if the call fails later.
    ///
    /// # Errors
    /// Returns [`RemixError::NotRegistered`], [`RemixError::NotConnected`],
    /// [`RemixError::NotExposed`], [`RemixError::Circle`], and [`RemixError::Busy`] if too
    /// many calls of its caller wait.
    pub fn call(&mut self, call: HostCall, now: Duration) -> Result<Ticket, RemixError> {
        let Some((target, plugin)) = self.plugin_mut(call.target()) else {
            let target = call.target().to_owned();
            return Err(RemixError::NotRegistered { target, caller: call.from });
        };
        let activity = plugin.activity;
        let from = self.name_of(&call.from);
        if activity == Activity::Lost {
            return Err(RemixError::NotConnected(target.to_string()));
        }
        let ticket = self.calls.open(from.clone(), target.clone());
        let method = (activity != Activity::Active).then(|| call.method.clone());
        let added = match (&method, self.plugins.get_mut(&target)) {
            (Some(_), Some(plugin)) => plugin.park(ticket, call),
            _ => self.enqueue(ticket, call),
        };
        if let Err(error) = added {
            self.calls.close(ticket);
            return Err(error);
        }
        match method {
            Some(method) => {
                self.events.push_back(EngineEvent::MayActivate { ticket, from, target, method });
            }
            None => self.start_calls(&target, now),
        }
        Ok(ticket)
    }

    /// Answers [`EngineEvent::MayActivate`].
    pub fn allow(&mut self, ticket: Ticket, is_allowed: bool, now: Duration) {
        let Some(target) = self.target_of(ticket) else { return };
        let Some(plugin) = self.plugins.get_mut(&target) else { return };
        if !plugin.parked.contains(ticket) {
            return;
        }
        if !is_allowed {
            if let Some(call) = plugin.unpark(ticket) {
                self.end_call(ticket, Err(not_activated(call)));
            }
            return;
        }
        plugin.allowed.insert(ticket);
        match plugin.activity {
            Activity::Inactive => _ = self.activate(&target),
            Activity::Active => self.activated(&target, now),
            // It was lost after it was activated.
            Activity::Lost => {
                plugin.unpark(ticket);
                self.end_call(ticket, Err(RemixError::NotConnected(target.to_string())));
            }
            Activity::Activating => {}
        }
    }

    /// Ends a call that [`EngineEvent::Start`] has started, with its result. The result of a
    /// call that has ended is ignored.
    pub fn finish(&mut self, ticket: Ticket, outcome: Outcome, now: Duration) {
        let Some(target) = self.target_of(ticket) else { return };
        let Some(plugin) = self.plugins.get_mut(&target) else { return };
        if plugin.queue.finish(ticket) {
            self.end_call(ticket, outcome);
            self.start_calls(&target, now);
        }
    }

    /// Cancels the calls of the plugin `from` at `path`: of one method, or of all, also those
    /// that wait for an activation. They fail with [`RemixError::Canceled`]. Those that run get
    /// no message.
    ///
    /// # Errors
    /// Returns [`RemixError::CancelNotRegistered`], [`RemixError::CancelNotActivated`], and
    /// [`RemixError::CancelNotExposed`].
    pub fn cancel(
        &mut self,
        from: &str,
        path: &str,
        method: Option<&str>,
        now: Duration,
    ) -> Result<(), RemixError> {
        let target = path.split('.').next().unwrap_or_default().to_owned();
        let caller = from.to_owned();
        let wanted = method.map(str::to_owned);
        let Some((name, plugin)) = self.plugin_mut(&target) else {
            return Err(RemixError::CancelNotRegistered { target, caller, method: wanted });
        };
        if plugin.activity == Activity::Inactive {
            return Err(RemixError::CancelNotActivated { target, caller, method: wanted });
        }
        let parked = plugin.parked.cancel(from, method);
        for (ticket, _) in &parked {
            plugin.allowed.remove(ticket);
        }
        let methods = plugin.profile.methods.as_deref().unwrap_or_default();
        let unknown = wanted.filter(|method| parked.is_empty() && !exposes(methods, method));
        if let Some(method) = unknown {
            let exposed = exposed(methods);
            return Err(RemixError::CancelNotExposed { target, caller, method, exposed });
        }
        let queued = plugin.queue.cancel(from, method);
        for (ticket, HostCall { from, method, .. }) in parked {
            self.end_call(ticket, Err(RemixError::Canceled { method, from }));
        }
        for canceled in queued {
            self.drop_running(canceled.id, &name);
            self.end_call(canceled.id, canceled.outcome);
        }
        self.start_calls(&name, now);
        Ok(())
    }

    /// Ends a call whose caller waits no longer for its result, without an answer.
    pub fn give_up(&mut self, ticket: Ticket, now: Duration) {
        let Some(target) = self.target_of(ticket) else { return };
        self.withdraw(ticket, &target);
        self.calls.close(ticket);
        self.start_calls(&target, now);
    }

    /// Returns the calls that a plugin runs.
    pub fn running(&self, name: &str) -> Vec<Ticket> {
        self.plugins.get(name).map(|plugin| plugin.queue.running().collect()).unwrap_or_default()
    }

    /// Returns the calls of the plugin `target` that the plugin `from` has made.
    pub fn made(&self, from: &str, target: &str) -> Vec<Ticket> {
        let made = self.calls.made.get(from).into_iter().flatten().copied();
        let is_its = |ticket: &Ticket| {
            self.calls.open.get(ticket).is_some_and(|call| *call.target == *target)
        };
        made.filter(is_its).collect()
    }

    /// Stops the clock of a call, since it waits for a person, and those of the calls that
    /// wait for it: the calls to its caller, and so on. They go on when it was resumed as
    /// often.
    pub fn wait_for_person(&mut self, ticket: Ticket, now: Duration) {
        if !self.calls.open.contains_key(&ticket) {
            return;
        }
        let waits = self.calls.patient.entry(ticket).or_default();
        *waits += 1;
        if *waits == 1 {
            self.set_clocks(now);
        }
    }

    /// Lets the clocks that [`EngineSession::wait_for_person`] has stopped go on.
    pub fn resume(&mut self, ticket: Ticket, now: Duration) {
        let Some(waits) = self.calls.patient.get_mut(&ticket) else { return };
        *waits -= 1;
        if *waits == 0 {
            self.calls.patient.remove(&ticket);
            self.set_clocks(now);
        }
    }

    /// Adds a call to the queue of its plugin, which is active.
    pub(super) fn enqueue(&mut self, ticket: Ticket, call: HostCall) -> Result<(), RemixError> {
        let Some((target, plugin)) = self.plugin_mut(call.target()) else { return Ok(()) };
        let methods = plugin.profile.methods.as_deref().unwrap_or_default();
        if !exposes(methods, &call.method) {
            return Err(RemixError::NotExposed {
                target: target.to_string(),
                exposed: exposed(methods),
                caller: call.from,
                method: call.method,
            });
        }
        if plugin.queue.is_full()
            && let Some(circle) = self.circle(&call.from, &target)
        {
            return Err(RemixError::Circle { caller: call.from, method: call.method, circle });
        }
        let Some(plugin) = self.plugins.get_mut(&target) else { return Ok(()) };
        plugin.queue.push(ticket, call)
    }

    /// Returns the plugins that would wait for one another for ever if `caller` called
    /// `target`: each runs one call at a time, and has called the next one meanwhile.
    fn circle(&self, caller: &str, target: &Arc<str>) -> Option<Vec<String>> {
        let is_caller_alone = self.plugins.get(caller)?.queue.runs_one_at_a_time();
        let mut paths = vec![vec![target]];
        let mut seen = BTreeSet::from([target]);
        while let Some(path) = paths.pop() {
            let name = *path.last()?;
            let Some(running) = self.plugins.get(name).and_then(|plugin| plugin.queue.alone())
            else {
                continue;
            };
            if **name == *caller && is_caller_alone {
                let circle = path.into_iter().chain([target]);
                return Some(circle.map(ToString::to_string).collect());
            }
            for next in self.calls.called_since(name, running) {
                if **next == *caller && is_caller_alone {
                    let circle = path.into_iter().chain([next, target]);
                    return Some(circle.map(ToString::to_string).collect());
                }
                if seen.insert(next) {
                    paths.push(path.iter().copied().chain([next]).collect());
                }
            }
        }
        None
    }

    /// Starts as many of a plugin's calls as may run, after some have ended.
    pub(super) fn start_calls(&mut self, name: &str, now: Duration) {
        let Some(plugin) = self.plugins.get_mut(name) else { return };
        while let Some((ticket, call)) = plugin.queue.start(now) {
            if let Some(open) = self.calls.open.get_mut(&ticket) {
                open.started_after = Some(self.calls.last_ticket);
            }
            self.events.push_back(EngineEvent::Start { ticket, call });
            self.calls.are_clocks_stale |= !self.calls.patient.is_empty();
        }
        if std::mem::take(&mut self.calls.are_clocks_stale) {
            self.set_clocks(now);
        }
    }

    /// Answers a call.
    pub(super) fn end_call(&mut self, ticket: Ticket, outcome: Outcome) {
        if self.calls.close(ticket).is_some() {
            self.events.push_back(EngineEvent::Answered(Answer { id: ticket, outcome }));
        }
    }

    /// Tells the driver that the result of a call is not needed, if it has started.
    pub(super) fn drop_running(&mut self, ticket: Ticket, target: &Arc<str>) {
        if self.calls.open.get(&ticket).is_some_and(|call| call.started_after.is_none()) {
            return;
        }
        self.events.push_back(EngineEvent::Drop { ticket, target: target.clone() });
    }

    /// Fails all calls of a plugin, whose connection has ended.
    pub(super) fn fail_calls(&mut self, name: &Arc<str>, now: Duration) {
        let Some(plugin) = self.plugins.get_mut(name) else { return };
        for ticket in plugin.queue.drain() {
            self.drop_running(ticket, name);
            self.end_call(ticket, Err(RemixError::Lost(name.to_string())));
        }
        self.start_calls(name, now);
    }

    /// Cancels the calls that a plugin has made. The program may have made some on its behalf,
    /// and is told so.
    pub(super) fn cancel_calls_of(&mut self, name: &str, now: Duration) {
        let mut targets = BTreeSet::new();
        for ticket in self.calls.made.get(name).cloned().unwrap_or_default() {
            let Some(target) = self.target_of(ticket) else { continue };
            let called = self.plugins.get(&target).and_then(|plugin| plugin.method(ticket));
            let (method, from) = (called.unwrap_or_default().to_owned(), name.to_owned());
            self.withdraw(ticket, &target);
            self.end_call(ticket, Err(RemixError::Canceled { method, from }));
            targets.insert(target);
        }
        // Behind all of them, or each would make room for the next.
        for target in targets {
            self.start_calls(&target, now);
        }
    }

    /// Takes a call from its plugin, where it waits or runs.
    fn withdraw(&mut self, ticket: Ticket, target: &Arc<str>) {
        let Some(plugin) = self.plugins.get_mut(target) else { return };
        plugin.unpark(ticket);
        if plugin.queue.give_up(ticket) {
            self.drop_running(ticket, target);
        }
    }

    fn target_of(&self, ticket: Ticket) -> Option<Arc<str>> {
        self.calls.open.get(&ticket).map(|call| call.target.clone())
    }

    /// Stops the clocks of the calls that wait for a person, and runs all others.
    fn set_clocks(&mut self, now: Duration) {
        let Calls { open, patient, .. } = &self.calls;
        let mut stopped: BTreeSet<_> = patient.keys().copied().collect();
        loop {
            let waiting: BTreeSet<_> =
                stopped.iter().filter_map(|ticket| Some(&open.get(ticket)?.from)).collect();
            let more = open.iter().filter(|(_, call)| waiting.contains(&call.target));
            let more: Vec<_> = more.map(|(ticket, _)| *ticket).collect();
            let before = stopped.len();
            stopped.extend(more);
            if stopped.len() == before {
                break;
            }
        }
        for plugin in self.plugins.values_mut() {
            plugin.queue.set_clocks(now, |ticket| stopped.contains(&ticket));
        }
    }
}
