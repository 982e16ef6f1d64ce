//! The process that has started this one.

use std::task::{Context, Poll};

/// The parent of this process, whose end can be waited for.
#[derive(Debug)]
pub(super) struct ParentProcess {
    /// Its id at the start. Another process takes its place when it ends.
    #[cfg(target_os = "linux")]
    id: Option<rustix::process::Pid>,
    #[cfg(target_os = "linux")]
    exit: Exit,
}

#[cfg(target_os = "linux")]
#[derive(Debug)]
enum Exit {
    Unwatched,
    Watched(tokio::io::unix::AsyncFd<std::os::fd::OwnedFd>),
    /// The system does not tell it.
    Unknown,
}

#[cfg(target_os = "linux")]
impl ParentProcess {
    pub(super) fn new() -> Self {
        Self { id: rustix::process::getppid(), exit: Exit::Unwatched }
    }

    /// Waits until the parent has ended. For ever if the system does not tell it.
    pub(super) fn poll_exit(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if matches!(self.exit, Exit::Unwatched) {
            self.exit = self.watch();
        }
        if rustix::process::getppid() != self.id {
            return Poll::Ready(());
        }
        match &self.exit {
            Exit::Watched(process) => process.poll_read_ready(cx).map(|_| ()),
            Exit::Unwatched | Exit::Unknown => Poll::Pending,
        }
    }

    /// Watches the process of that id, which is the parent's if the id is the same afterwards.
    #[expect(deprecated, reason = "what is watched is owned, and the successor is unsafe")]
    fn watch(&self) -> Exit {
        use rustix::process::{PidfdFlags, pidfd_open};
        use tokio::io::Interest;
        use tokio::io::unix::AsyncFd;

        let process = self.id.and_then(|id| pidfd_open(id, PidfdFlags::empty()).ok());
        let process = process.map(|process| AsyncFd::with_interest(process, Interest::READABLE));
        process.and_then(Result::ok).map_or(Exit::Unknown, Exit::Watched)
    }
}

#[cfg(not(target_os = "linux"))]
impl ParentProcess {
    pub(super) fn new() -> Self {
        Self {}
    }

    /// Waits for ever, since the system does not tell it.
    pub(super) fn poll_exit(&mut self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }
}
