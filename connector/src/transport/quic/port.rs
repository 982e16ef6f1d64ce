//! A bound port: an endpoint of quinn, and what its newcomers get.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use connector_protocol::text::escaped;
use quinn::{Endpoint, EndpointConfig, Incoming, TokioRuntime};
use tokio::task::AbortHandle;
use tokio_rustls::rustls;

use super::settings::Settings;
use crate::runtime::{BoxFuture, Handle, yield_now};
use crate::transport::TlsHandle;

/// The newcomers that are sent away in one poll, before others get their turn.
const TURN: usize = 64;

/// A bound port. It is closed when the listener and the last connection are gone.
pub(in crate::transport) struct Port {
    endpoint: Endpoint,
    settings: Settings,
    tls: TlsHandle,
    made: Mutex<Made>,
    /// Held by each handshake that is under way.
    under_way: Arc<()>,
    runtime: Handle,
}

/// The configuration that was made of the TLS configuration beside it.
struct Made {
    of: Arc<rustls::ServerConfig>,
    config: Arc<quinn::ServerConfig>,
}

/// A connection that may begin.
pub(in crate::transport) struct Newcomer {
    pub(in crate::transport) incoming: Incoming,
    pub(in crate::transport) config: Arc<quinn::ServerConfig>,
    /// Counts its handshake as under way.
    pub(in crate::transport) under_way: Arc<()>,
}

impl Port {
    pub(in crate::transport) fn open(
        socket: std::net::UdpSocket,
        tls: &TlsHandle,
        settings: &Settings,
    ) -> io::Result<Arc<Self>> {
        let of = tls.config();
        let unsuited = |error| io::Error::new(io::ErrorKind::InvalidInput, error);
        let config = settings.server(&of).map_err(unsuited)?;
        let runtime = Arc::new(TokioRuntime);
        let endpoint =
            Endpoint::new(EndpointConfig::default(), Some(config.clone()), socket, runtime)?;
        Ok(Arc::new(Self {
            endpoint,
            settings: settings.clone(),
            tls: tls.clone(),
            made: Mutex::new(Made { of, config: Arc::new(config) }),
            under_way: Arc::new(()),
            runtime: Handle::current(),
        }))
    }

    pub(in crate::transport) fn address(&self) -> io::Result<std::net::SocketAddr> {
        self.endpoint.local_addr()
    }

    /// Sends everybody away who comes from now on, as long as there are connections.
    pub(in crate::transport) fn refuse(self: Arc<Self>) -> AbortHandle {
        let runtime = self.runtime.clone();
        let refuse = async move {
            let accept = async {
                while let Some(incoming) = self.endpoint.accept().await {
                    incoming.refuse();
                }
            };
            tokio::select! {
                () = accept => {}
                () = self.endpoint.wait_idle() => {}
            }
        };
        runtime.spawn(refuse).abort_handle()
    }

    /// Returns the configuration of newcomers, with the present certificates.
    fn config(&self) -> Arc<quinn::ServerConfig> {
        let of = self.tls.config();
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if !Arc::ptr_eq(&of, &made.of) {
            match self.settings.server(&of) {
                Ok(config) => made.config = Arc::new(config),
                Err(error) => {
                    tracing::warn!(error = %escaped(&error), "the last TLS configuration stays");
                }
            }
            made.of = of;
        }
        made.config.clone()
    }
}

/// The wait for newcomers, which keeps its place when it is polled again.
pub(in crate::transport) struct Acceptor {
    port: Arc<Port>,
    next: BoxFuture<'static, Option<Incoming>>,
}

impl Acceptor {
    pub(in crate::transport) fn new(port: Arc<Port>) -> Self {
        let next = next(&port);
        Self { port, next }
    }

    pub(in crate::transport) fn port(&self) -> &Arc<Port> {
        &self.port
    }

    /// Waits for a newcomer. While more than `trusted` handshakes are under way, each has to
    /// show that it receives at its address first.
    pub(in crate::transport) fn poll_accept(
        &mut self,
        cx: &mut Context<'_>,
        trusted: usize,
    ) -> Poll<io::Result<Newcomer>> {
        for _ in 0..TURN {
            let incoming = ready!(self.next.as_mut().poll(cx));
            self.next = next(&self.port);
            // The runtime's driver is gone.
            let incoming = incoming.ok_or(io::ErrorKind::NotConnected)?;
            let under_way = self.port.under_way.clone();
            // One is the port's own, and one the newcomer's.
            let others = Arc::strong_count(&under_way) - 2;
            if others < trusted || incoming.remote_address_validated() {
                let config = self.port.config();
                return Poll::Ready(Ok(Newcomer { incoming, config, under_way }));
            }
            // It cannot fail, since the address is not validated.
            let _ = incoming.retry();
        }
        yield_now(cx);
        Poll::Pending
    }
}

fn next(port: &Port) -> BoxFuture<'static, Option<Incoming>> {
    let endpoint = port.endpoint.clone();
    Box::pin(async move { endpoint.accept().await })
}
