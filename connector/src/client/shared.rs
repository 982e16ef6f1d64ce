//! The state that a client's handles share with its task.

use std::sync::Arc;

use connector_protocol::CloseReason;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::RequestError;
use super::live::Live;
use super::pushes::Subscriptions;
use super::state::ConnectionState;
use super::turns::{Turn, Turns};
use crate::limits::NewestLimits;
use crate::runtime::{Instant, timeout_at};

/// The state that a client's handles share with its task, for all its connections.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) pushes: Arc<Subscriptions>,
    pub(super) status: watch::Sender<Status>,
    /// Cancelled when the client is to close.
    pub(super) closing: CancellationToken,
    /// Notified to connect again without waiting longer.
    pub(super) retry: Notify,
    pub(super) while_lost: WhileLost,
    pub(super) turns: Turns,
}

/// The latest connection of a client, and what is going on with it.
#[derive(Clone, Debug)]
pub(super) struct Status {
    pub(super) live: Arc<Live>,
    pub(super) phase: Phase,
    pub(super) losses: Losses,
}

/// The losses of a client's connection.
#[derive(Clone, Debug, Default)]
pub(super) struct Losses {
    pub(super) count: u64,
    /// The state that the last one began with.
    pub(super) last: Option<ConnectionState>,
}

/// The phase of a client's life.
#[derive(Clone, Debug)]
pub(super) enum Phase {
    /// The state that users see. Nothing is sent or received, unless it is open.
    In(ConnectionState),
    /// The socket is closed too.
    Gone(CloseReason),
}

/// What happens to messages while the connection is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WhileLost {
    Wait,
    Fail,
}

/// The connection that a message goes to, and the turn of those that have waited for it.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) live: Arc<Live>,
    turn: Option<Turn<'a>>,
}

impl Entry<'_> {
    /// A message of a connection that no other message waits for.
    pub(super) fn new(live: Arc<Live>) -> Self {
        Self { live, turn: None }
    }
}

impl Status {
    pub(super) fn open(live: Arc<Live>) -> Self {
        Self { live, phase: Phase::In(ConnectionState::Open), losses: Losses::default() }
    }

    /// Changes what is going on, and counts a connection that is lost with that.
    fn set(&mut self, state: ConnectionState) {
        if self.is_open() && matches!(state, ConnectionState::Lost { .. }) {
            self.losses = Losses { count: self.losses.count + 1, last: Some(state.clone()) };
        }
        self.phase = Phase::In(state);
    }

    /// Returns the reason for which the client has closed.
    pub(super) fn end_reason(&self) -> Option<&CloseReason> {
        match &self.phase {
            Phase::Gone(reason) | Phase::In(ConnectionState::Closed(reason)) => Some(reason),
            Phase::In(_) => None,
        }
    }

    pub(super) fn state(&self) -> ConnectionState {
        match &self.phase {
            Phase::In(state) => state.clone(),
            Phase::Gone(reason) => ConnectionState::Closed(reason.clone()),
        }
    }

    pub(super) fn is_gone(&self) -> bool {
        matches!(self.phase, Phase::Gone(_))
    }

    fn is_open(&self) -> bool {
        matches!(self.phase, Phase::In(ConnectionState::Open))
    }

    /// Returns the open connection, or the error of a message that needs another one than
    /// `failed`. `None` if the message has to wait.
    fn usable(
        &self,
        failed: Option<&Arc<Live>>,
        while_lost: WhileLost,
    ) -> Option<Result<Arc<Live>, RequestError>> {
        if self.is_open() {
            let is_new = failed.is_none_or(|failed| !Arc::ptr_eq(failed, &self.live));
            return is_new.then(|| Ok(self.live.clone()));
        }
        let waits = self.end_reason().is_none() && while_lost == WhileLost::Wait;
        (!waits).then(|| Err(self.too_late()))
    }

    /// Returns the error of a message that waits no longer.
    fn too_late(&self) -> RequestError {
        match &self.phase {
            Phase::In(ConnectionState::Open) => RequestError::Timeout,
            Phase::In(
                ConnectionState::Lost { reason, .. } | ConnectionState::Connecting { reason, .. },
            ) => RequestError::NotConnected(reason.clone()),
            Phase::In(ConnectionState::Closed(reason)) | Phase::Gone(reason) => {
                RequestError::Closed(reason.clone())
            }
        }
    }
}

impl Shared {
    pub(super) fn new(live: Arc<Live>, pushes: NewestLimits, while_lost: WhileLost) -> Self {
        Self {
            pushes: Arc::new(Subscriptions::new(pushes)),
            status: watch::Sender::new(Status::open(live)),
            closing: CancellationToken::new(),
            retry: Notify::new(),
            while_lost,
            turns: Turns::new(),
        }
    }

    pub(super) fn live(&self) -> Arc<Live> {
        self.status.borrow().live.clone()
    }

    /// Returns the open connection. While there is none, or while others wait for one, it
    /// waits behind them, so that messages leave in the order in which they were to be sent.
    /// A message that a connection did not take any more keeps its place.
    pub(super) async fn enter<'a>(
        &'a self,
        failed: Option<Entry<'a>>,
        deadline: Option<Instant>,
    ) -> Result<Entry<'a>, RequestError> {
        if failed.is_none()
            && !self.turns.are_awaited()
            && let Some(usable) = self.status.borrow().usable(None, self.while_lost)
        {
            return Ok(Entry::new(usable?));
        }
        let waited = async {
            let (failed, turn) =
                failed.map_or((None, None), |entry| (Some(entry.live), entry.turn));
            let turn = match turn {
                Some(turn) => turn,
                None => self.turns.take().await,
            };
            let find = |status: &Status| status.usable(failed.as_ref(), self.while_lost);
            let usable = self.wait_for(find).await;
            Ok(Entry { live: usable?, turn: Some(turn) })
        };
        let waited = timeout_at(deadline, waited).await;
        waited.unwrap_or_else(|| Err(self.status.borrow().too_late()))
    }

    /// Waits until `find` finds something in the status.
    pub(super) async fn wait_for<T>(&self, mut find: impl FnMut(&Status) -> Option<T>) -> T {
        let mut status = self.status.subscribe();
        loop {
            if let Some(found) = find(&status.borrow_and_update()) {
                return found;
            }
            if status.changed().await.is_err() {
                // `self` owns the sender.
                std::future::pending::<()>().await;
            }
        }
    }

    /// Orders the client to close.
    pub(super) fn order_close(&self) {
        self.closing.cancel();
        // If the connection opens only now, its task sees the order.
        self.live().order_close();
    }

    /// Sets the connection that is open now.
    pub(super) fn open(&self, live: Arc<Live>) {
        self.status.send_modify(|status| {
            status.live = live.clone();
            status.set(ConnectionState::Open);
        });
        // The order may have gone to the connection before.
        if self.closing.is_cancelled() {
            live.order_close();
        }
    }

    /// Sets what is going on. The end is for good.
    pub(super) fn set(&self, state: ConnectionState) {
        self.status.send_if_modified(|status| {
            let open = status.end_reason().is_none();
            if open {
                status.set(state);
            }
            open
        });
    }

    /// Returns the reason of the end. If there is none yet, a handle has asked for the close.
    pub(super) fn end_reason(&self) -> CloseReason {
        self.status.borrow().end_reason().cloned().unwrap_or(CloseReason::Requested)
    }

    /// Marks the socket as closed.
    pub(super) fn gone(&self) {
        let reason = self.end_reason();
        self.status.send_modify(|status| status.phase = Phase::Gone(reason));
    }
}
