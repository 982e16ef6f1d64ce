//! The end of a child process and of its group.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::pin::pin;
use std::process::ExitStatus;
use std::time::Duration;

use connector_protocol::ProcessExit;
use futures_util::future::{Either, select};
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tokio::process::Child;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::ChildStream;
use super::output::Lines;
use super::stream::Io;
use crate::runtime::{sleep, timeout};

/// How often a group without its leader is looked at, which nothing tells of.
const LOOK: Duration = Duration::from_millis(10);
/// The time for the last lines of a program that has exited.
const LAST_LINES: Duration = Duration::from_millis(100);

/// The waits of the steps that end a program.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ladder {
    pub(super) exit_wait: Duration,
    pub(super) terminate_wait: Duration,
}

impl Default for Ladder {
    fn default() -> Self {
        Self { exit_wait: Duration::from_secs(2), terminate_wait: Duration::from_secs(2) }
    }
}

/// The keeper of a child: waits for its exit, and ends it once its connection is closed.
pub(super) struct Keeper {
    child: Child,
    group: Group,
    ladder: Ladder,
    lines: Lines,
    closed: CancellationToken,
    exited: oneshot::Sender<ProcessExit>,
}

impl Keeper {
    /// Creates the keeper of a child, and the stream of its connection.
    pub(super) fn new(child: Child, io: Io, ladder: Ladder, lines: Lines) -> (Self, ChildStream) {
        let closed = CancellationToken::new();
        let (exited, exit) = oneshot::channel();
        let stream = ChildStream::new(io, exit, closed.clone().drop_guard());
        // It leads a group whose number is its own.
        let group = Group(child.id().and_then(|id| Pid::from_raw(id.cast_signed())));
        (Self { child, group, ladder, lines, closed, exited }, stream)
    }

    /// Runs until the whole group is gone.
    pub(super) async fn run(self) {
        let Self { mut child, mut group, ladder, lines, closed, exited } = self;
        let kept = async {
            let waited = tokio::select! {
                waited = child.wait() => waited,
                () = closed.cancelled() => descend(&mut child, &group, ladder).await,
            };
            // Nobody may wait for it any more.
            let _ = exited.send(exit_of(&waited));
            group.end(ladder).await;
        };
        // Lines are read as long as somebody may write them.
        match select(pin!(kept), pin!(lines.read())).await {
            Either::Left(((), read)) => drop(timeout(LAST_LINES, read).await),
            Either::Right(((), kept)) => kept.await,
        }
    }
}

/// Ends a child whose input has ended.
async fn descend(child: &mut Child, group: &Group, ladder: Ladder) -> io::Result<ExitStatus> {
    if let Some(exited) = timeout(ladder.exit_wait, child.wait()).await {
        return exited;
    }
    tracing::debug!(?group, "a child goes on without input and gets SIGTERM");
    group.kill(Signal::TERM);
    if let Some(exited) = timeout(ladder.terminate_wait, child.wait()).await {
        return exited;
    }
    tracing::warn!(?group, "a child ignores SIGTERM and gets SIGKILL");
    group.kill(Signal::KILL);
    child.wait().await
}

fn exit_of(waited: &io::Result<ExitStatus>) -> ProcessExit {
    match waited {
        Ok(status) => ProcessExit { code: status.code(), signal: status.signal() },
        Err(_) => ProcessExit { code: None, signal: None },
    }
}

/// The process group of a child. `None` once it is gone. It is killed when this is dropped
/// before.
#[derive(Debug)]
struct Group(Option<Pid>);

impl Group {
    fn kill(&self, signal: Signal) {
        if let Some(group) = self.0 {
            // It may be gone already.
            let _ = kill_process_group(group, signal);
        }
    }

    /// Ends what the child has left. No other group gets the number while there is a process
    /// in this one.
    async fn end(&mut self, ladder: Ladder) {
        if self.is_there() {
            self.kill(Signal::TERM);
            let gone = async {
                while self.is_there() {
                    sleep(LOOK).await;
                }
            };
            if timeout(ladder.terminate_wait, gone).await.is_none() {
                self.kill(Signal::KILL);
            }
        }
        self.0 = None;
    }

    fn is_there(&self) -> bool {
        self.0.is_some_and(|group| test_kill_process_group(group).is_ok())
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill(Signal::KILL);
    }
}
