//! The ids of sessions.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// The id of a session, unique in its process and never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(u64);

/// The last id. Servers share it, so that sessions of several may be in the same channels.
static LAST: AtomicU64 = AtomicU64::new(0);

impl SessionId {
    /// Returns an id that no other session has.
    pub(crate) fn next() -> Self {
        Self(LAST.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// Returns the number. The sessions of a process are counted from 1.
    pub fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
