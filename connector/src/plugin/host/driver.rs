//! The task of a hosted plugin: connects, reconnects, disconnects.

use connector_protocol::CloseReason;
use tokio::sync::{mpsc, oneshot};

use super::conversation::Conversation;
use super::handler::HostHandler;
use super::{ConnectError, PluginStatus};
use crate::plugin::{PluginConnector, PluginOptions};
use crate::runtime::sleep;

/// What a handle wants of the task.
pub(super) enum Order {
    Connect(Connected),
    Disconnect(oneshot::Sender<()>),
}

type Connected = oneshot::Sender<Result<(), ConnectError>>;

/// Follows the orders until the last handle is gone.
pub(super) async fn run<C: PluginConnector, H: HostHandler>(
    mut conversation: Conversation<C, H>,
    mut orders: mpsc::UnboundedReceiver<Order>,
    options: PluginOptions,
) {
    while let Some(order) = orders.recv().await {
        let stop = match order {
            Order::Connect(connected) => {
                activate(&mut conversation, &mut orders, connected, &options).await
            }
            Order::Disconnect(done) => Some(Stop(Some(done))),
        };
        if let Some(Stop(done)) = stop {
            conversation.lost();
            conversation.goodbye(&CloseReason::Requested).await;
            conversation.inner.shared.lock().forget_subscriptions();
            conversation.inner.status.send_replace(PluginStatus::Disconnected);
            if let Some(done) = done {
                // Whoever asked may have gone.
                let _ = done.send(());
            }
        }
    }
}

/// Somebody disconnects, or nobody is left.
struct Stop(Option<oneshot::Sender<()>>);

/// Connects, and again after each loss, until a stop or an end that says not to
/// come back.
async fn activate<C: PluginConnector, H: HostHandler>(
    conversation: &mut Conversation<C, H>,
    orders: &mut mpsc::UnboundedReceiver<Order>,
    connected: Connected,
    options: &PluginOptions,
) -> Option<Stop> {
    let mut waiting = vec![connected];
    let mut again = false;
    loop {
        conversation.inner.status.send_replace(PluginStatus::Connecting);
        let opened = tokio::select! {
            stop = stopped(orders, |connected| waiting.push(connected)) => return Some(stop),
            opened = conversation.open() => opened,
        };
        let reason = match opened {
            Ok(()) => {
                again = true;
                conversation.inner.status.send_replace(PluginStatus::Ready);
                answer(waiting.drain(..), &Ok(()));
                tokio::select! {
                    stop = stopped(orders, |connected| answer([connected], &Ok(()))) => {
                        return Some(stop);
                    }
                    reason = conversation.serve() => reason,
                }
            }
            Err(ConnectError::Lost(ref reason)) => reason.clone(),
            Err(ref error) => CloseReason::malformed(error),
        };
        tracing::debug!(%reason, again, "a plugin's connection has ended");
        conversation.ended(&reason);
        // The good-bye forgets how the connection ended.
        let comes_back = again && conversation.connector.reconnects_after(&reason);
        conversation.lost();
        conversation.inner.status.send_replace(match (again, comes_back) {
            (false, _) => PluginStatus::Disconnected,
            (true, false) => PluginStatus::Ended(reason.clone()),
            (true, true) => PluginStatus::Lost(reason.clone()),
        });
        answer(waiting.drain(..), &opened);
        conversation.goodbye(&reason).await;
        if !comes_back {
            return None;
        }
        tokio::select! {
            stop = stopped(orders, |connected| waiting.push(connected)) => return Some(stop),
            () = sleep(options.reconnect_delay) => {}
        }
    }
}

fn answer(waiting: impl IntoIterator<Item = Connected>, opened: &Result<(), ConnectError>) {
    for connected in waiting {
        // Whoever asked may have gone.
        let _ = connected.send(opened.clone());
    }
}

/// Waits for a stop. Others that want a connection are handed to `connect`.
async fn stopped(
    orders: &mut mpsc::UnboundedReceiver<Order>,
    mut connect: impl FnMut(Connected),
) -> Stop {
    loop {
        match orders.recv().await {
            Some(Order::Connect(connected)) => connect(connected),
            Some(Order::Disconnect(done)) => return Stop(Some(done)),
            None => return Stop(None),
        }
    }
}
