//! The schedule of messages: at once, or in batches.

use std::time::Duration;

/// The schedule by which a session's messages leave: pomelo's push scheduler. Default:
/// [`PushSchedule::Direct`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum PushSchedule {
    /// At once, in one write with all other messages that are queued.
    #[default]
    Direct,
    /// In batches: all messages of an interval leave together, joined in the connector's
    /// way ([`Link::send_batch`](crate::link::Link::send_batch)). Answers are batched too,
    /// so that all messages keep their order. A batch of answers of more than 256 KiB leaves
    /// before its time.
    Buffered {
        /// The time from the first message to the batch. It may be up to 20 ms
        /// longer.
        interval: Duration,
    },
}

impl PushSchedule {
    /// Returns the buffered schedule with pomelo's default interval, 20 ms.
    pub fn buffered() -> Self {
        Self::Buffered { interval: Duration::from_millis(20) }
    }
}
