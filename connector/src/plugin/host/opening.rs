//! The opening of a connection to a plugin: it is dialled, or the first that shakes hands of
//! those who connect.

use std::future::poll_fn;
use std::pin::pin;

use connector_protocol::text::escaped;
use connector_protocol::{CloseReason, Limits};

use super::candidates::Candidate;
use super::connection::{CONNECTOR, HostConnection};
use super::{ConnectError, HostHandler, PluginStatus};
use crate::limits::{self, HeldLimit};
use crate::plugin::calls::Calls;
use crate::plugin::carrier::Carrier;
use crate::plugin::connection_limits::ConnectionLimits;
use crate::plugin::{MessageIo, PluginConnector};
use crate::runtime::{isolate, isolate_future, sleep};

impl<C: PluginConnector, H: HostHandler> HostConnection<C, H> {
    /// Connects and shakes hands, under the deadline for both. A plugin that connects by itself
    /// has that time to do so, and again from then on.
    pub(super) async fn open(&mut self) -> Result<(), ConnectError> {
        let options = self.inner.shared.lock().options.clone();
        let url = isolate("a plugin's URL", || options.url(self.connector.profile()));
        let Some(url) = url else { return Err(CloseReason::Panicked.into()) };
        // The new connection's limits are a variable, since the steps borrow `self`.
        let limits = ConnectionLimits::new(&options.limits);
        let held = self.inner.held.as_ref();
        let held = held.map(|held| HeldLimit::new(held, limits.enforced.call_bytes_in_all));
        self.calls = Calls::new(held.as_ref());
        self.opened = None;
        let io = || {
            let io = MessageIo::new(&options.limits).heartbeat(options.heartbeat);
            if let Some(held) = &held { io.held_in(held.clone()) } else { io }
        };
        let opened = if self.connector.waits_for_peer() {
            let chosen = self.choose(&url, &limits.configured, io).await;
            chosen.and_then(|candidate| self.begin_with(candidate))
        } else {
            let report = |limit| limits.report_once(limit);
            let steps = async {
                let opened = async {
                    let link = self.connect(&url).await?;
                    self.shake_hands(link, io()).await
                };
                Ok(opened.await)
            };
            let opened = limits::with_handshake_deadline(&limits.configured, report, steps).await;
            opened.unwrap_or_else(|reason| Err(ConnectError::Lost(reason)))
        };
        self.limits = limits;
        opened
    }

    /// Waits for the first peer that connects and shakes hands. Anybody may connect, so peers
    /// that fail to are neither the plugin nor an attempt to open its connection. Those that
    /// have come are kept for the next wait.
    async fn choose(
        &mut self,
        url: &str,
        limits: &Limits,
        io: impl Fn() -> MessageIo,
    ) -> Result<Candidate<C::Link>, ConnectError> {
        let Self { connector, candidates, inner, .. } = self;
        let handshake = inner.shared.lock().session.invite();
        let mut absent = ConnectError::Lost(CloseReason::HandshakeTimeout);
        let mut deadline = pin!(sleep(limits.handshake));
        let mut is_late = false;
        loop {
            let mut connecting =
                pin!(isolate_future(CONNECTOR, async { connector.connect(url).await }));
            let connected = loop {
                tokio::select! {
                    biased;
                    ended = poll_fn(|cx| candidates.poll(cx)) => match ended {
                        Ok(candidate) => {
                            candidates.clear();
                            return Ok(candidate);
                        }
                        Err(error) => {
                            tracing::debug!(error = %escaped(&error), "a peer is not the plugin");
                            if let ConnectError::Refused(_) = error {
                                absent = error;
                            }
                            if is_late && candidates.is_empty() {
                                return Err(absent);
                            }
                        }
                    },
                    connected = &mut connecting => break connected,
                    () = deadline.as_mut() => {
                        if is_late || candidates.is_empty() {
                            return Err(absent);
                        }
                        is_late = true;
                        deadline.set(sleep(limits.handshake));
                    }
                }
            };
            let link = connected.unwrap_or_else(|| Err(CloseReason::Panicked.into()))?;
            if candidates.is_empty() {
                inner.set_status(PluginStatus::Connecting);
            }
            candidates.add(link, io(), handshake.clone(), limits);
        }
    }

    /// Goes on with the connection of a peer that has shaken hands.
    fn begin_with(&mut self, candidate: Candidate<C::Link>) -> Result<(), ConnectError> {
        let Candidate { carrier, handshake, said } = candidate;
        self.carrier = Some(carrier);
        self.inner.shared.lock().session.start_invited(handshake);
        for message in said {
            self.get_message(message);
        }
        // The answer is among them.
        self.opened.take().unwrap_or_else(|| Err(CloseReason::HandshakeTimeout.into()))
    }

    /// Drops the peers that were kept for the next wait.
    pub(super) fn forget_candidates(&mut self) {
        self.candidates.clear();
    }

    /// Returns `true` if the plugin connects by itself, and has not done so in time.
    pub(super) fn was_absent(&self, opened: &Result<(), ConnectError>) -> bool {
        let is_late = matches!(
            opened,
            Err(ConnectError::Lost(CloseReason::HandshakeTimeout) | ConnectError::Refused(_))
        );
        is_late && self.carrier.is_none() && self.connector.waits_for_peer()
    }

    /// Returns `true` if the plugin connects by itself, and has done so.
    pub(super) fn has_come(&self) -> bool {
        self.carrier.is_some() && self.connector.waits_for_peer()
    }

    async fn connect(&mut self, url: &str) -> Result<C::Link, ConnectError> {
        let connected = isolate_future(CONNECTOR, async { self.connector.connect(url).await });
        connected.await.unwrap_or_else(|| Err(CloseReason::Panicked.into()))
    }

    async fn shake_hands(&mut self, link: C::Link, io: MessageIo) -> Result<(), ConnectError> {
        let carrier = self.carrier.insert(Carrier::new(link, io));
        poll_fn(|cx| carrier.poll_open(cx)).await?;
        self.inner.shared.update(|state| state.session.start(&mut state.out));
        let ended = self.run(|this| this.opened.take()).await;
        ended.unwrap_or_else(|reason| Err(ConnectError::Lost(reason)))
    }
}
