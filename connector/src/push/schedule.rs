//! The schedule of messages: at once, or in batches.

use std::fmt;
use std::sync::Arc;
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
    /// way ([`Link::send_batch`](crate::link::Link::send_batch)), or with a frame for each
    /// where a pomelo client does not read several packages of one frame
    /// ([`ServerBuilder::join_packages`](crate::server::ServerBuilder::join_packages)).
    /// Answers are batched too, so that all messages keep their order. A batch of answers of
    /// more than 256 KiB leaves before its time.
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

    /// Returns how long a message may wait for others.
    fn wait(self) -> Duration {
        match self {
            Self::Direct => Duration::ZERO,
            Self::Buffered { interval } => interval,
        }
    }
}

/// A message whose schedule is asked for, see
/// [`ServerBuilder::push_schedule_by`](crate::server::ServerBuilder::push_schedule_by).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Scheduled<'a> {
    /// The route of the push, or of the request that is answered. Empty for an answer to an
    /// unknown route.
    pub route: &'a str,
    /// `true` for an answer.
    pub is_answer: bool,
}

/// The schedules of all messages.
#[derive(Clone)]
pub(crate) enum Schedule {
    /// One for all.
    Always(PushSchedule),
    /// A function of the message.
    By(Arc<Select>),
}

pub(crate) type Select = dyn Fn(Scheduled<'_>) -> PushSchedule + Send + Sync;

impl Schedule {
    /// Returns whether no message waits.
    pub(crate) fn is_direct(&self) -> bool {
        matches!(self, Self::Always(PushSchedule::Direct))
    }

    /// Returns how long a message may wait for others.
    pub(crate) fn wait(&self, message: Scheduled<'_>) -> Duration {
        match self {
            Self::Always(schedule) => schedule.wait(),
            Self::By(select) => select(message).wait(),
        }
    }
}

impl<'a> Scheduled<'a> {
    pub(crate) fn push(route: &'a str) -> Self {
        Self { route, is_answer: false }
    }

    pub(crate) fn answer(route: &'a str) -> Self {
        Self { route, is_answer: true }
    }
}

impl Default for Schedule {
    fn default() -> Self {
        Self::Always(PushSchedule::default())
    }
}

/// Compares functions by identity.
impl PartialEq for Schedule {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Always(one), Self::Always(other)) => one == other,
            (Self::By(one), Self::By(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl Eq for Schedule {}

impl fmt::Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Always(schedule) => schedule.fmt(f),
            Self::By(_) => f.write_str("By(..)"),
        }
    }
}
