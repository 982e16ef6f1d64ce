//! The routes of a client's notifies at QoS 1, which a server answers.

use std::collections::BTreeSet;

use super::mapping::split_id;

/// The most memory of routes, in bytes. Those of an application are few.
const MOST: usize = 1 << 16;
/// The memory of a route besides its text, about.
const EACH: usize = 64;

/// The routes to which a client has sent notifies at QoS 1.
///
/// A server answers such a PUBLISH to its topic with its packet identifier, as in
/// `chat.chatHandler.send/7`. Nobody waits for that, and it is no push.
#[derive(Debug, Default)]
pub(super) struct Notified {
    routes: BTreeSet<Box<str>>,
    memory: usize,
}

impl Notified {
    /// Keeps a route. One beyond the bound is not kept, so that its answers are pushes.
    pub(super) fn keep(&mut self, route: &str) {
        let memory = self.memory + EACH + route.len();
        if memory <= MOST && !self.routes.contains(route) {
            self.routes.insert(route.into());
            self.memory = memory;
        }
    }

    /// Returns about how much memory the routes take, in bytes.
    pub(super) fn memory(&self) -> usize {
        self.memory
    }

    /// Returns whether a PUBLISH to this topic is the answer to a notify.
    pub(super) fn is_answered_at(&self, topic: &str) -> bool {
        split_id(topic).is_some_and(|(route, id)| {
            id.get() <= u32::from(u16::MAX) && self.routes.contains(route)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_have_a_packet_identifier() {
        let mut notified = Notified::default();
        notified.keep("a.b");
        for answer in ["a.b/1", "a.b/65535"] {
            assert!(notified.is_answered_at(answer), "{answer}");
        }
        for other in ["a.b", "a.b/0", "a.b/65536", "a.c/1", "a.b/x"] {
            assert!(!notified.is_answered_at(other), "{other}");
        }
    }

    #[test]
    fn memory_is_bounded() {
        let mut notified = Notified::default();
        for n in 0..2_000 {
            notified.keep(&format!("a.b{n:04}"));
            notified.keep("a.b0000");
        }
        assert!(notified.memory <= MOST);
        assert!(notified.is_answered_at("a.b0900/1"));
        assert!(!notified.is_answered_at("a.b1999/1"));
    }
}
