//! The bounds of what one plugin makes its engine remember of events.

/// The bytes of an event's names that a subscription may have, on average.
pub(super) const NAMES: usize = 64;

/// The bounds of a plugin's events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventBounds {
    pub(super) subscriptions: usize,
    pub(super) values: usize,
    pub(super) memory: usize,
}

impl Default for EventBounds {
    fn default() -> Self {
        Self { subscriptions: 4096, values: 4096, memory: 16 << 20 }
    }
}

impl EventBounds {
    /// Sets how many events the plugin may listen to, whose names have 64 bytes on average.
    /// Default: 4,096.
    #[must_use]
    pub fn subscriptions(mut self, events: usize) -> Self {
        self.subscriptions = events;
        self
    }

    /// Sets of how many of its own events the last values are remembered. Default: 4,096.
    #[must_use]
    pub fn values(mut self, events: usize) -> Self {
        self.values = events;
        self
    }

    /// Sets how many bytes these values and the keys of their events may have together.
    /// Default: 16 MiB.
    #[must_use]
    pub fn memory(mut self, bytes: usize) -> Self {
        self.memory = bytes;
        self
    }
}
