//! The states of a client's connection.

use std::fmt;
use std::time::Duration;

use connector_protocol::CloseReason;
use tokio::sync::watch;

use super::shared::Status;

/// The state of a client's connection.
///
/// A client begins with `Open`. It goes from `Open` to `Lost`, between `Lost` and `Connecting`
/// as often as attempts fail, and back to `Open`; and from any of them to `Closed`, which is
/// the last one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectionState {
    /// Messages are sent and received.
    Open,
    /// There is no connection. The next attempt to connect begins after a wait.
    Lost {
        /// The reason for which the connection has ended, or for which the last attempt
        /// failed. It has the code and the text with which a server closed, and the text of
        /// its kick.
        reason: CloseReason,
        /// The number of the next attempt, counted from 1.
        attempt: u32,
        /// The wait before it, from the beginning of this state.
        retry_in: Duration,
    },
    /// An attempt to connect again is under way: the link is opened, or the handshake runs.
    Connecting {
        /// The reason for which the connection has ended, or for which the last attempt
        /// failed.
        reason: CloseReason,
        /// The number of the attempt, counted from 1.
        attempt: u32,
    },
    /// The client is closed, for this reason: it was asked to close, or does not connect again
    /// after this end, or has given up after the last attempt failed like this.
    Closed(CloseReason),
}

impl ConnectionState {
    /// Returns whether messages are sent and received.
    pub fn is_open(&self) -> bool {
        *self == Self::Open
    }

    /// Returns the reason for which there is no connection.
    pub fn reason(&self) -> Option<&CloseReason> {
        match self {
            Self::Open => None,
            Self::Lost { reason, .. } | Self::Connecting { reason, .. } | Self::Closed(reason) => {
                Some(reason)
            }
        }
    }
}

/// The states of a client's connection, one after the other, made by
/// [`Client::states`](super::Client::states).
///
/// A slow reader gets the latest state, and not all between. But no loss is missed: if the
/// connection was lost since the last state, `Lost` comes before `Connecting` and `Open`, as that
/// loss began. So there is always a `Lost` between two `Open`, one for all losses in that time.
pub struct States {
    status: watch::Receiver<Status>,
    last: Option<ConnectionState>,
    /// The losses up to the last state.
    losses: u64,
}

impl States {
    pub(super) fn new(status: watch::Receiver<Status>) -> Self {
        let losses = status.borrow().losses.count;
        Self { status, last: None, losses }
    }

    /// Returns the current state at first, and waits for the next one after that. Returns
    /// `None` after [`ConnectionState::Closed`].
    ///
    /// # Cancel safety
    /// Dropping the future only ends the wait.
    pub async fn next(&mut self) -> Option<ConnectionState> {
        loop {
            if let Some(ConnectionState::Closed(_)) = self.last {
                return None;
            }
            let state = self.latest();
            // The closing of the socket changes the status, and not the state.
            if self.last.as_ref() != Some(&state) {
                self.last = Some(state.clone());
                return Some(state);
            }
            // The last handle and the task are gone.
            self.status.changed().await.ok()?;
        }
    }

    /// Returns the latest state, or the loss before it that was not seen.
    fn latest(&mut self) -> ConnectionState {
        let status = self.status.borrow_and_update();
        let state = status.state();
        let is_missed = self.losses < status.losses.count && hides_loss(&state);
        self.losses = status.losses.count;
        match &status.losses.last {
            Some(lost) if is_missed => lost.clone(),
            _ => state,
        }
    }
}

/// Returns whether nobody sees by this state that a connection was lost.
fn hides_loss(state: &ConnectionState) -> bool {
    matches!(state, ConnectionState::Open | ConnectionState::Connecting { .. })
}

impl fmt::Debug for States {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("States").field("last", &self.last).finish_non_exhaustive()
    }
}
