//! What the process holds.

use std::fmt;

use tokio::runtime::Handle;

use crate::ALLOCATOR;

/// What a server and its process have at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Holdings {
    pub(crate) connections: usize,
    pub(crate) sessions: usize,
    pub(crate) users: usize,
    pub(crate) tasks: usize,
    pub(crate) descriptors: Option<usize>,
    pub(crate) bytes: usize,
}

impl Holdings {
    pub(crate) fn of(server: &connector::ServerHandle, runtime: &Handle) -> Self {
        let statistics = server.statistics();
        let heap = ALLOCATOR.stats();
        Self {
            connections: statistics.connections,
            sessions: statistics.sessions,
            users: statistics.users,
            tasks: runtime.metrics().num_alive_tasks(),
            descriptors: descriptors(),
            bytes: heap.bytes_allocated.saturating_sub(heap.bytes_deallocated),
        }
    }

    /// Whether nothing is left of what came since `before`; but for so many
    /// bytes, since tables keep their capacity.
    pub(crate) fn is_back(&self, before: &Self, slack: usize) -> bool {
        let bytes = before.bytes.max(self.bytes);
        *self == Self { bytes: self.bytes, ..*before } && bytes <= before.bytes + slack
    }
}

impl fmt::Display for Holdings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { connections, sessions, users, tasks, descriptors, bytes } = self;
        write!(f, "{connections} connections, {sessions} sessions, {users} users, ")?;
        write!(f, "{tasks} tasks, {} descriptors, {bytes} bytes", descriptors.unwrap_or_default())
    }
}

/// Open files of this process, where the system tells.
pub(crate) fn descriptors() -> Option<usize> {
    Some(std::fs::read_dir("/proc/self/fd").ok()?.count())
}

/// Resident bytes of this process, where the system tells.
pub(crate) fn resident() -> Option<usize> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    Some(statm.split(' ').nth(1)?.parse::<usize>().ok()? * 4096)
}
