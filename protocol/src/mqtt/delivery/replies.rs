//! The destinations of answers.

use std::collections::BTreeMap;

use crate::message::RequestId;

/// The most memory of destinations, in bytes. Each request is answered once, so these are the
/// requests that wait or run, and their own limits are lower. What is never answered, such as
/// a message that an application's codec drops, is forgotten at last.
const MOST: usize = 1 << 20;
/// The memory of a destination besides its topic, about.
const EACH: usize = 64;

/// Where an answer goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// To a topic.
    Topic {
        topic: Box<str>,
        /// What the peer has sent to know the answer by.
        correlation: Option<Box<[u8]>>,
    },
    /// To the topic that the answer names, in pomelo's way.
    Named,
    /// Into the answer to a SUBSCRIBE with this packet identifier and number of topics.
    Suback { id: u16, topics: usize },
}

/// The destinations of the answers to requests.
#[derive(Debug, Default)]
pub(super) struct Replies {
    waiting: BTreeMap<u32, Reply>,
    memory: usize,
    last: u32,
}

impl Replies {
    /// Keeps a destination under a new id.
    pub(super) fn number(&mut self, reply: Reply) -> RequestId {
        loop {
            self.last = self.last.wrapping_add(1);
            let Some(id) = RequestId::new(self.last) else { continue };
            if self.waiting.contains_key(&self.last) {
                continue;
            }
            self.keep(id, reply);
            return id;
        }
    }

    /// Keeps the destination of this id, for good or until there are too many.
    pub(super) fn keep(&mut self, id: RequestId, reply: Reply) {
        self.take(id);
        self.memory += memory(&reply);
        self.waiting.insert(id.get(), reply);
        while self.memory > MOST
            && let Some((_, oldest)) = self.waiting.pop_first()
        {
            self.memory -= memory(&oldest);
        }
    }

    /// Removes a destination.
    pub(super) fn take(&mut self, id: RequestId) -> Option<Reply> {
        let reply = self.waiting.remove(&id.get())?;
        self.memory -= memory(&reply);
        Some(reply)
    }

    /// Returns about how much memory the destinations take, in bytes.
    pub(super) fn memory(&self) -> usize {
        self.memory
    }

    /// Returns whether the answer to this request is awaited at this topic.
    pub(super) fn is_awaited(&self, id: RequestId, at: &str) -> bool {
        let reply = self.waiting.get(&id.get());
        matches!(reply, Some(Reply::Topic { topic, .. }) if **topic == *at)
    }
}

fn memory(reply: &Reply) -> usize {
    let more = match reply {
        Reply::Topic { topic, correlation } => {
            topic.len() + correlation.as_ref().map_or(0, |correlation| correlation.len())
        }
        Reply::Named | Reply::Suback { .. } => 0,
    };
    EACH + more
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(topic: &str) -> Reply {
        Reply::Topic { topic: topic.into(), correlation: None }
    }

    #[test]
    fn each_destination_is_taken_once() {
        let mut replies = Replies::default();
        let one = replies.number(topic("one"));
        let two = replies.number(topic("two"));
        assert_eq!(replies.take(two), Some(topic("two")));
        assert_eq!(replies.take(two), None);
        assert_eq!(replies.take(one), Some(topic("one")));
        assert_eq!(replies.memory, 0);
    }

    #[test]
    fn what_is_never_answered_is_forgotten() {
        let mut replies = Replies::default();
        let first = replies.number(topic(&"x".repeat(60_000)));
        let mut last = first;
        for _ in 0..20 {
            last = replies.number(topic(&"x".repeat(60_000)));
        }
        assert_eq!(replies.take(first), None);
        assert!(replies.memory <= MOST, "{}", replies.memory);
        assert!(replies.take(last).is_some());
    }

    #[test]
    fn a_number_in_use_is_not_given() {
        let mut replies = Replies { last: u32::MAX - 1, ..Replies::default() };
        assert_eq!(replies.number(Reply::Named).get(), u32::MAX);
        assert_eq!(replies.number(Reply::Named).get(), 1);
        replies.last = u32::MAX - 1;
        assert_eq!(replies.number(Reply::Named).get(), 2);
    }
}
