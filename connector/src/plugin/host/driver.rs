//! The task of a hosted plugin: connects, reconnects, disconnects.

use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::text::escaped;
use tokio::sync::{mpsc, oneshot};

use super::connection::HostConnection;
use super::handler::HostHandler;
use super::state::Inner;
use super::{ConnectError, PluginStatus};
use crate::plugin::PluginConnector;
use crate::runtime::{Backoff, Instant, sleep};

/// A command of a handle to the task.
pub(super) enum Command {
    Connect(Connected),
    Disconnect(oneshot::Sender<()>),
}

type Connected = oneshot::Sender<Result<(), ConnectError>>;

/// Executes commands until the last handle is dropped.
pub(super) async fn run<C: PluginConnector, H: HostHandler>(
    mut connection: HostConnection<C, H>,
    mut commands: mpsc::UnboundedReceiver<Command>,
) {
    while let Some(command) = commands.recv().await {
        let stop = match command {
            Command::Connect(connected) => {
                activate(&mut connection, &mut commands, connected).await
            }
            Command::Disconnect(done) => Some(Stop(Some(done))),
        };
        connection.forget_candidates();
        if let Some(Stop(done)) = stop {
            connection.disconnected(PluginStatus::Disconnected);
            connection.close(&CloseReason::Requested).await;
            if let Some(done) = done {
                // The caller may have dropped its future.
                let _ = done.send(());
            }
        }
    }
}

/// The end of the service: a disconnect, whose sender is notified, or no handles any more.
struct Stop(Option<oneshot::Sender<()>>);

/// Connects, and connects again after each end, until a stop or an end after which the
/// connector does not reconnect.
async fn activate<C: PluginConnector, H: HostHandler>(
    connection: &mut HostConnection<C, H>,
    commands: &mut mpsc::UnboundedReceiver<Command>,
    connected: Connected,
) -> Option<Stop> {
    let mut waiting = vec![connected];
    let mut again = false;
    // The reason of the last end, while a plugin that connects by itself is waited for.
    let mut lost = None;
    let mut backoff = backoff(&connection.inner);
    loop {
        if !(again && connection.connector.waits_for_peer()) {
            connection.inner.set_status(PluginStatus::Connecting);
        }
        let opened = tokio::select! {
            stop = stopped(commands, |connected| waiting.push(connected)) => return Some(stop),
            opened = connection.open() => opened,
        };
        let reason = match opened {
            Ok(()) => {
                again = true;
                let since = Instant::now();
                connection.inner.set_status(PluginStatus::Ready);
                answer(waiting.drain(..), &Ok(()));
                let reason = tokio::select! {
                    stop = stopped(commands, |connected| answer([connected], &Ok(()))) => {
                        return Some(stop);
                    }
                    reason = connection.serve() => reason,
                };
                // A plugin that ends right after each handshake is not tried for ever.
                if since.elapsed() >= steady(&connection.inner) {
                    backoff = self::backoff(&connection.inner);
                }
                reason
            }
            Err(ConnectError::Lost(ref reason)) => reason.clone(),
            Err(ref error) => CloseReason::malformed(error),
        };
        // Ask all before `close`, which drops the link and its close code.
        let was_absent = connection.was_absent(&opened);
        let reason = lost.take().filter(|_| was_absent).unwrap_or(reason);
        if !was_absent {
            tracing::debug!(reason = %escaped(&reason), again, "a plugin's connection has ended");
            connection.count_end(&reason);
        }
        let goes_on = was_absent || !backoff.is_spent();
        let reconnects = again && goes_on && connection.reconnects_after(&reason);
        let has_come = connection.has_come();
        connection.disconnected(match (again, reconnects) {
            (false, _) => PluginStatus::Disconnected,
            (true, false) => PluginStatus::Ended(reason.clone()),
            (true, true) => PluginStatus::Lost(reason.clone()),
        });
        answer(waiting.drain(..), &opened);
        connection.close(&reason).await;
        if !reconnects {
            return None;
        }
        lost = Some(reason);
        // A plugin that connects by itself is waited for at once, and is never an attempt.
        if was_absent || has_come {
            continue;
        }
        let delay = backoff.attempt();
        tokio::select! {
            stop = stopped(commands, |connected| waiting.push(connected)) => return Some(stop),
            () = sleep(delay) => {}
        }
    }
}

/// Returns the time after which a connection has worked, so that attempts are counted anew.
fn steady(inner: &Inner) -> Duration {
    inner.shared.lock().options.longest_reconnect_delay
}

/// The delays before attempts to connect again, by the current options.
fn backoff(inner: &Inner) -> Backoff {
    let options = &inner.shared.lock().options;
    Backoff::new(
        options.reconnect_delay,
        options.longest_reconnect_delay,
        options.reconnect_attempts,
    )
}

fn answer(waiting: impl IntoIterator<Item = Connected>, opened: &Result<(), ConnectError>) {
    for connected in waiting {
        // The caller may have dropped its future.
        let _ = connected.send(opened.clone());
    }
}

/// Waits for a stop. Meanwhile each command to connect goes to `connect`.
async fn stopped(
    commands: &mut mpsc::UnboundedReceiver<Command>,
    mut connect: impl FnMut(Connected),
) -> Stop {
    loop {
        match commands.recv().await {
            Some(Command::Connect(connected)) => connect(connected),
            Some(Command::Disconnect(done)) => return Stop(Some(done)),
            None => return Stop(None),
        }
    }
}
