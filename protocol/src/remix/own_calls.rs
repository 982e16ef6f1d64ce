//! The calls that a plugin makes, until their answers.

use std::collections::{HashMap, HashSet, VecDeque};

use super::answer::outcome;
use super::{Action, Answer, Message, RemixError};

/// The most calls that were given up and are known to be unanswered, so that they can be
/// cancelled.
const GIVEN_UP: usize = 64;
/// The most plugins of which it is known that they answer.
const ANSWERING: usize = 1024;

/// The id of a call that this plugin made, unique in the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId(i64);

impl CallId {
    /// Returns the number on the wire.
    pub fn get(self) -> i64 {
        self.0
    }
}

/// The calls of a plugin's session that have no answer yet.
#[derive(Debug, Default)]
pub(super) struct OwnCalls {
    last_id: i64,
    pending: HashMap<i64, OwnCall>,
    /// The latest calls whose answers nobody waits for.
    given_up: VecDeque<(i64, OwnCall)>,
    /// Plugins that have answered a call on this connection.
    answering: HashSet<String>,
}

#[derive(Debug, PartialEq)]
struct OwnCall {
    name: String,
    key: String,
}

impl OwnCall {
    fn is_same_as(&self, other: &Self) -> bool {
        plugin_of(&self.name) == plugin_of(&other.name) && self.key == other.key
    }

    /// Whether a message is its answer, by name and key.
    fn is_answered_by(&self, message: &Message) -> bool {
        message.name.as_ref() == Some(&self.name) && message.key.as_ref() == Some(&self.key)
    }
}

impl OwnCalls {
    /// Returns the id of the latest call, or 0.
    pub(super) fn last_id(&self) -> i64 {
        self.last_id
    }

    /// Begins a call of a method.
    pub(super) fn begin(&mut self, name: &str, key: &str) -> CallId {
        self.last_id += 1;
        let call = OwnCall { name: name.to_owned(), key: key.to_owned() };
        self.pending.insert(self.last_id, call);
        CallId(self.last_id)
    }

    /// Gives a call up, see [`PluginSession::give_up`](super::PluginSession::give_up).
    pub(super) fn give_up(&mut self, id: CallId, connected: bool, out: &mut Vec<Message>) {
        let Some(call) = self.pending.remove(&id.0) else { return };
        let is_it =
            |message: &Message| message.action == Action::Request && message.id == Some(id.0);
        if let Some(unsent) = out.iter().rposition(is_it) {
            out.remove(unsent);
            return;
        }
        if connected
            && self.answering.contains(plugin_of(&call.name))
            && !self.pending.values().any(|other| other.is_same_as(&call))
        {
            out.push(Message::about(Action::Cancel, &call.name, &call.key));
            self.given_up.retain(|(_, other)| !other.is_same_as(&call));
            return;
        }
        if self.given_up.len() >= GIVEN_UP {
            self.given_up.pop_front();
        }
        self.given_up.push_back((id.0, call));
    }

    /// Returns whether there are calls to a plugin: of this method, or any.
    pub(super) fn has_calls_to(&self, name: &str, key: Option<&str>) -> bool {
        let is_meant = |call: &OwnCall| {
            plugin_of(&call.name) == plugin_of(name) && key.is_none_or(|key| key == call.key)
        };
        let given_up = self.given_up.iter().map(|(_, call)| call);
        self.pending.values().chain(given_up).any(is_meant)
    }

    /// Takes the answer of a call, if a message is one that is waited for.
    pub(super) fn answer(&mut self, message: Message) -> Option<Answer<CallId>> {
        let id = message.id?;
        if !self.pending.get(&id).is_some_and(|call| call.is_answered_by(&message)) {
            self.given_up
                .retain(|(given_up, call)| *given_up != id || !call.is_answered_by(&message));
            return None;
        }
        let call = self.pending.remove(&id);
        let outcome = outcome(message);
        if let (Some(OwnCall { name, .. }), Ok(_)) = (call, &outcome)
            && self.answering.len() < ANSWERING
            && !self.answering.contains(plugin_of(&name))
        {
            self.answering.insert(plugin_of(&name).to_owned());
        }
        Some(Answer { id: CallId(id), outcome })
    }

    /// Fails all calls, since the connection to the engine has ended.
    pub(super) fn lose(&mut self) -> Vec<Answer<CallId>> {
        self.given_up.clear();
        self.answering.clear();
        let mut ids: Vec<_> = self.pending.drain().map(|(id, _)| CallId(id)).collect();
        ids.sort_unstable();
        let lost = || Err(RemixError::Lost("the engine".to_owned()));
        ids.into_iter().map(|id| Answer { id, outcome: lost() }).collect()
    }
}

/// Returns the plugin of a path, which is its first part. An engine cancels by it.
fn plugin_of(path: &str) -> &str {
    path.split_once('.').map_or(path, |(plugin, _)| plugin)
}
