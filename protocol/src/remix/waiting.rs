//! Calls that wait for one plugin, of which each caller may have some.

use std::collections::{BTreeMap, BTreeSet};

use super::{HostCall, RemixError, Ticket};

/// Calls that wait for one plugin, in their order.
///
/// The limits are those of each caller, so that one which calls too much keeps nobody else from
/// calling.
#[derive(Debug)]
pub(super) struct Waiting {
    calls: BTreeMap<Ticket, HostCall>,
    /// The callers with calls that wait.
    callers: BTreeMap<String, Share>,
    max_calls: usize,
    max_bytes: usize,
}

/// The calls of one caller.
#[derive(Debug, Default)]
struct Share {
    calls: BTreeSet<Ticket>,
    bytes: usize,
}

impl Default for Waiting {
    fn default() -> Self {
        Self {
            calls: BTreeMap::new(),
            callers: BTreeMap::new(),
            max_calls: usize::MAX,
            max_bytes: usize::MAX,
        }
    }
}

impl Waiting {
    /// Sets how many calls of one caller may wait, and how many bytes they may have. Those that
    /// wait stay.
    pub(super) fn set_limits(&mut self, calls: usize, bytes: usize) {
        self.max_calls = calls;
        self.max_bytes = bytes;
    }

    pub(super) fn len(&self) -> usize {
        self.calls.len()
    }

    pub(super) fn contains(&self, ticket: Ticket) -> bool {
        self.calls.contains_key(&ticket)
    }

    pub(super) fn method(&self, ticket: Ticket) -> Option<&str> {
        self.calls.get(&ticket).map(|call| call.method.as_str())
    }

    /// Returns [`RemixError::Busy`] for a call whose caller has too many that wait, in number or
    /// in bytes. A single call may have more bytes.
    pub(super) fn check(&self, call: &HostCall) -> Result<(), RemixError> {
        let (calls, bytes) =
            self.callers.get(&call.from).map_or((0, 0), |share| (share.calls.len(), share.bytes));
        let is_long = bytes > 0 && bytes.saturating_add(call.size()) > self.max_bytes;
        if calls < self.max_calls && !is_long {
            return Ok(());
        }
        let HostCall { from, method, .. } = call;
        let (target, caller) = (call.target().to_owned(), from.clone());
        Err(RemixError::Busy { target, caller, method: method.clone() })
    }

    /// Adds a call behind those with earlier tickets.
    pub(super) fn insert(&mut self, ticket: Ticket, call: HostCall) {
        let share = self.callers.entry(call.from.clone()).or_default();
        share.calls.insert(ticket);
        share.bytes += call.size();
        self.calls.insert(ticket, call);
    }

    pub(super) fn remove(&mut self, ticket: Ticket) -> Option<HostCall> {
        let call = self.calls.remove(&ticket)?;
        if let Some(share) = self.callers.get_mut(&call.from) {
            share.calls.remove(&ticket);
            share.bytes -= call.size();
            if share.calls.is_empty() {
                self.callers.remove(&call.from);
            }
        }
        Some(call)
    }

    /// Removes the first call.
    pub(super) fn pop(&mut self) -> Option<(Ticket, HostCall)> {
        let ticket = *self.calls.keys().next()?;
        Some((ticket, self.remove(ticket)?))
    }

    /// Removes the calls of `from`, of one method or of all, in their order.
    pub(super) fn cancel(&mut self, from: &str, method: Option<&str>) -> Vec<(Ticket, HostCall)> {
        let its = self.callers.get(from).into_iter().flat_map(|share| &share.calls);
        let is_meant = |ticket: &&Ticket| method.is_none() || method == self.method(**ticket);
        let meant: Vec<_> = its.filter(is_meant).copied().collect();
        meant.into_iter().filter_map(|ticket| Some((ticket, self.remove(ticket)?))).collect()
    }

    /// Removes all calls, in their order.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = (Ticket, HostCall)> + use<> {
        self.callers.clear();
        std::mem::take(&mut self.calls).into_iter()
    }
}
