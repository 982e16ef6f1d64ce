//! The accepting half of a running server.

use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::core::Core;
use super::lifecycle::serve;
use super::open::Accepted;
use super::settings::Profile;
use crate::codec::Codec;
use crate::connector::{Address, BoxSocket, Config, Connector, Socket, StartError};
use crate::runtime::{BoxFuture, sleep};
use crate::{MaybeSend, metrics};

/// The first wait after an accept that failed; it doubles up to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(5);
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// A [`Connector`] of some type.
pub(super) trait DynConnector: MaybeSend {
    fn start(&mut self) -> BoxFuture<'_, Result<(), StartError>>;
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<BoxSocket>>;
    fn stop(&mut self);
    fn address(&self) -> Option<Address>;
    fn codec(&self) -> Arc<dyn Codec>;
    fn config(&self) -> Option<&Config>;
}

impl<C: Connector> DynConnector for C {
    fn start(&mut self) -> BoxFuture<'_, Result<(), StartError>> {
        Box::pin(Connector::start(self))
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<BoxSocket>> {
        Connector::poll_accept(self, cx).map_ok(Socket::boxed)
    }

    fn stop(&mut self) {
        Connector::stop(self);
    }

    fn address(&self) -> Option<Address> {
        Connector::address(self)
    }

    fn codec(&self) -> Arc<dyn Codec> {
        Connector::codec(self)
    }

    fn config(&self) -> Option<&Config> {
        Connector::config(self)
    }
}

/// Accepts until the server stops. A failure, as of a process that has no file
/// descriptor left, is waited out.
pub(super) async fn accept(
    core: Arc<Core>,
    profile: Arc<Profile>,
    mut connector: Box<dyn DynConnector>,
) {
    let mut wait = FIRST_WAIT;
    let mut stopped = std::pin::pin!(core.stopped());
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut stopped => break,
            accepted = poll_fn(|cx| connector.poll_accept(cx)) => accepted,
        };
        match accepted {
            Ok(socket) => {
                wait = FIRST_WAIT;
                take(&core, &profile, socket);
            }
            Err(error) => {
                metrics::accept_failed();
                tracing::warn!(%error, ?wait, "a connection could not be accepted");
                tokio::select! {
                    () = &mut stopped => break,
                    () = sleep(wait) => wait = (2 * wait).min(LONGEST_WAIT),
                }
            }
        }
    }
    connector.stop();
}

/// Serves an accepted socket in a task of its own, unless there are too many in
/// all. Those from its address are counted there, once that is known.
pub(super) fn take(core: &Arc<Core>, profile: &Arc<Profile>, socket: BoxSocket) {
    let admitted = core.admissions.admit(socket.peer(), &profile.limits);
    let Some(admission) = admitted else { return };
    let (core, profile) = (core.clone(), profile.clone());
    core.clone().spawn(serve(Accepted { core, profile, socket, admission }));
}
