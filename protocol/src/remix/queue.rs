//! The calls that wait for one plugin.

use std::collections::VecDeque;
use std::time::Duration;

use super::fields::Layout;
use super::{Action, Answer, Arguments, Message, RemixError, RequestInfo};

/// The time that a call may run, unless another one is set.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// The id of a call to a remote plugin, until the call ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(u64);

/// A call to a remote plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostCall {
    /// The calling plugin.
    pub from: String,
    /// The called plugin's name, then its services, separated by dots.
    pub path: String,
    /// The method, without services.
    pub method: String,
    /// The arguments.
    pub payload: Arguments,
}

impl HostCall {
    /// Returns the plugin's name, which is the first part of the path.
    fn target(&self) -> &str {
        self.path.split('.').next().unwrap_or_default()
    }

    fn size(&self) -> usize {
        let texts = [&self.from, &self.path, &self.method];
        texts.map(String::len).iter().sum::<usize>() + self.payload.as_payload().as_str().len()
    }
}

/// The calls to one plugin, which run in order and one at a time, as in the released
/// engine.
#[derive(Debug)]
pub(super) struct CallQueue {
    timeout: Duration,
    last_ticket: u64,
    waiting: VecDeque<(Ticket, HostCall)>,
    /// The bytes of the waiting calls.
    bytes: usize,
    max_calls: usize,
    max_bytes: usize,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    ticket: Ticket,
    id: i64,
    from: String,
    method: String,
    deadline: Duration,
}

impl CallQueue {
    pub(super) fn new() -> Self {
        Self {
            timeout: DEFAULT_TIMEOUT,
            last_ticket: 0,
            waiting: VecDeque::new(),
            bytes: 0,
            max_calls: usize::MAX,
            max_bytes: usize::MAX,
            running: None,
        }
    }

    /// Sets the timeout. Zero is the default, as in the released engine.
    pub(super) fn set_timeout(&mut self, timeout: Duration) {
        self.timeout = if timeout.is_zero() { DEFAULT_TIMEOUT } else { timeout };
    }

    /// Sets how many calls may wait, and how many bytes they may have.
    pub(super) fn set_limits(&mut self, calls: usize, bytes: usize) {
        self.max_calls = calls;
        self.max_bytes = bytes;
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len() + usize::from(self.running.is_some())
    }

    /// Adds a call, unless too many wait.
    pub(super) fn push(&mut self, call: HostCall) -> Result<Ticket, RemixError> {
        let bytes = self.bytes.saturating_add(call.size());
        let is_long = self.bytes > 0 && bytes > self.max_bytes;
        let is_full = self.running.is_some() && self.waiting.len() >= self.max_calls;
        if is_full || is_long {
            let target = call.target().to_owned();
            return Err(RemixError::Busy { target, caller: call.from, method: call.method });
        }
        self.bytes = bytes;
        self.last_ticket += 1;
        let ticket = Ticket(self.last_ticket);
        self.waiting.push_back((ticket, call));
        Ok(ticket)
    }

    /// Starts the next call unless one runs, with the next id.
    pub(super) fn start(&mut self, now: Duration, next_id: &mut i64) -> Option<Message> {
        if self.running.is_some() {
            return None;
        }
        let (ticket, call) = self.waiting.pop_front()?;
        self.bytes -= call.size();
        let id = *next_id;
        *next_id += 1;
        let message = Message {
            name: Some(call.target().to_owned()),
            key: Some(call.method.clone()),
            payload: Some(call.payload.into_payload()),
            id: Some(id),
            request_info: Some(RequestInfo { from: call.from.clone(), path: Some(call.path) }),
            layout: Layout::ENGINE,
            ..Message::new(Action::Request)
        };
        let deadline = now.saturating_add(self.timeout);
        let HostCall { from, method, .. } = call;
        self.running = Some(Running { ticket, id, from, method, deadline });
        Some(message)
    }

    /// Ends the running call if this is its id. Answers to calls that timed out or
    /// were cancelled belong to no call.
    pub(super) fn finish(&mut self, id: i64) -> Option<Ticket> {
        self.running.take_if(|running| running.id == id).map(|running| running.ticket)
    }

    pub(super) fn deadline(&self) -> Option<Duration> {
        self.running.as_ref().map(|running| running.deadline)
    }

    /// Ends the running call if its deadline has passed.
    pub(super) fn expire(&mut self, now: Duration) -> Option<Answer<Ticket>> {
        let Running { ticket, method, from, .. } =
            self.running.take_if(|running| running.deadline <= now)?;
        Some(Answer { id: ticket, outcome: Err(RemixError::Timeout { method, from }) })
    }

    /// Ends the calls of `from`, of one method or of all.
    pub(super) fn cancel(&mut self, from: &str, method: Option<&str>) -> Vec<Answer<Ticket>> {
        let is_meant = |caller: &str, called: &str| {
            caller == from && method.is_none_or(|method| method == called)
        };
        let mut ended = Vec::new();
        if let Some(running) =
            self.running.take_if(|running| is_meant(&running.from, &running.method))
        {
            ended.push((running.ticket, running.from, running.method));
        }
        let waiting = std::mem::take(&mut self.waiting);
        for (ticket, call) in waiting {
            if is_meant(&call.from, &call.method) {
                self.bytes -= call.size();
                ended.push((ticket, call.from, call.method));
            } else {
                self.waiting.push_back((ticket, call));
            }
        }
        ended
            .into_iter()
            .map(|(id, from, method)| Answer {
                id,
                outcome: Err(RemixError::Canceled { method, from }),
            })
            .collect()
    }

    /// Ends all calls.
    pub(super) fn drain(&mut self) -> Vec<Ticket> {
        self.bytes = 0;
        let running = self.running.take().map(|running| running.ticket);
        running.into_iter().chain(self.waiting.drain(..).map(|(ticket, _)| ticket)).collect()
    }
}
