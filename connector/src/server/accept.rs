//! The accepting half of a running server.

use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::inner::ServerInner;
use super::lifecycle::serve;
use super::open::Accepted;
use super::settings::ConnectorSettings;
use crate::codec::Codec;
use crate::connector::{Address, BoxSocket, Config, Connector, Socket, StartError};
use crate::runtime::BoxFuture;
use crate::{MaybeSend, limits};

/// A [`Connector`] whose type is erased.
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

/// Accepts until the server stops.
pub(super) async fn accept(
    server: Arc<ServerInner>,
    settings: Arc<ConnectorSettings>,
    mut connector: Box<dyn DynConnector>,
) {
    let poll_accept = |cx: &mut Context<'_>| connector.poll_accept(cx);
    limits::accept(poll_accept, server.stopped(), |socket| admit(&server, &settings, socket)).await;
    connector.stop();
}

/// Serves an accepted socket in a task of its own, unless the server has too many. The
/// connections of its address are counted in that task, once the address is known.
pub(super) fn admit(
    server: &Arc<ServerInner>,
    settings: &Arc<ConnectorSettings>,
    socket: BoxSocket,
) {
    let admitted = settings.admissions.admit(socket.peer(), &settings.limits);
    let Some(admission) = admitted else { return };
    let accepted =
        Accepted { server: server.clone(), settings: settings.clone(), socket, admission };
    server.spawn(serve(accepted));
}
