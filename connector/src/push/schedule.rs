//! When messages leave: at once, or together.

use std::time::Duration;

/// When the messages of a session leave: pomelo's push scheduler.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum PushSchedule {
    /// At once, in one write with whatever else waits then.
    #[default]
    Direct,
    /// Together with all others of an interval, as one batch in the connector's
    /// way ([`Link::send_batch`](crate::link::Link::send_batch)). Answers wait
    /// like pushes, so that all keep their order.
    Buffered {
        /// The time from the first message to the batch. It may be up to 20 ms
        /// longer.
        interval: Duration,
    },
}

impl PushSchedule {
    /// The buffered schedule with pomelo's default interval, 20 ms.
    pub fn buffered() -> Self {
        Self::Buffered { interval: Duration::from_millis(20) }
    }
}
