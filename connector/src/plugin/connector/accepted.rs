//! Plugins that connect to their engine.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};

use connector_protocol::CloseReason;
use connector_protocol::remix::{Message, Profile};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio_util::sync::CancellationToken;

use super::port::{Port, loopback};
use crate::Limits;
use crate::connector::{Address, Peer, StartError};
use crate::limits::{self, Admission};
use crate::plugin::backlog::Backlog;
use crate::plugin::connection_limits::ConnectionLimits;
use crate::plugin::isolated::Isolated;
use crate::plugin::{ConnectError, MessageIo, MessageLink, PluginConnector, PluginOptions};
use crate::runtime::BoxFuture;

/// An engine's connector of a plugin that connects to the engine, at a port for this plugin
/// alone: a connector or a listener, see [`Port`].
///
/// An activation waits for the plugin, within
/// [`Limits::handshake`](crate::Limits::handshake): for the first connection that shakes
/// hands. Others have that time too, each its own, and keep no plugin waiting. Whoever says
/// nothing at all makes room first, and of the others up to 64 are tried at once. When the
/// connection of the plugin is lost, the engine waits for the next one, for as long as it
/// takes. The port listens until the plugin is removed. The pages that can connect are those
/// of [`serve`](crate::plugin::serve).
///
/// ```
/// use connector::HybridConnector;
/// use connector::plugin::{AcceptedPlugin, Engine};
/// use connector::protocol::remix::Profile;
/// use connector::transport::WebOptions;
///
/// # async fn example(engine: Engine) -> Result<(), Box<dyn std::error::Error>> {
/// let port = HybridConnector::bind("127.0.0.1:65521").web(WebOptions::new().text());
/// let mut plugin = AcceptedPlugin::new(Profile::new("compiler"), port);
/// plugin.start().await?;
/// engine.register(plugin)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct AcceptedPlugin<P: Port<Kind>, Kind> {
    profile: Profile,
    port: P,
    started: bool,
    limits: Limits,
    backlog: Arc<Backlog>,
    half_open: FuturesUnordered<Opening<P::Link>>,
    kind: PhantomData<fn() -> Kind>,
}

/// A connection until it says something. `None` if it does not.
type Opening<L> = BoxFuture<'static, Option<AcceptedLink<L>>>;

impl<P: Port<Kind>, Kind: 'static> AcceptedPlugin<P, Kind> {
    /// Creates the connector of a plugin of this profile.
    pub fn new(profile: Profile, port: P) -> Self {
        let limits = PluginOptions::new().limits;
        let (backlog, half_open) = (Backlog::new(&limits), FuturesUnordered::new());
        Self { profile, port, started: false, limits, backlog, half_open, kind: PhantomData }
    }

    /// Sets the limits on what connections may cost until the plugin is among them: their
    /// number, in all and by address, and their time to say something. Behind that those of
    /// [`PluginOptions`] hold. Default: see [`PluginOptions::new`].
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.backlog = Backlog::new(&limits);
        self.limits = limits;
        self
    }

    /// Starts to listen, and returns the address. Otherwise the first activation does.
    ///
    /// # Errors
    /// Returns [`StartError`] if the address cannot be listened on.
    ///
    /// # Cancel safety
    /// That of [`Listen::bind`](crate::Listen::bind).
    pub async fn start(&mut self) -> Result<Option<Address>, StartError> {
        if !self.started {
            self.port.open_port().await?;
            self.started = true;
        }
        Ok(self.port.port_address())
    }
}

impl<P: Port<Kind>, Kind: 'static> PluginConnector for AcceptedPlugin<P, Kind> {
    type Link = AcceptedLink<P::Link>;

    fn profile(&self) -> &Profile {
        &self.profile
    }

    fn waits_for_peer(&self) -> bool {
        true
    }

    async fn connect(&mut self, _: &str) -> Result<Self::Link, ConnectError> {
        let started = self.start().await;
        started.map_err(|error| CloseReason::lost(&std::io::Error::other(error)))?;
        let Self { port, half_open, limits, backlog, .. } = self;
        let loopback = loopback(port.port_address());
        let found = CancellationToken::new();
        let mut plugin = None;
        let poll_plugin = |cx: &mut Context<'_>| {
            loop {
                // Empty is not the end.
                if let Poll::Ready(Some(opened)) = half_open.poll_next_unpin(cx) {
                    match opened {
                        Some(link) => return Poll::Ready(Ok(link)),
                        None => continue,
                    }
                }
                match port.poll_link(cx) {
                    Poll::Ready(Ok((link, peer))) => {
                        half_open.extend(open(link, peer, limits, (backlog, loopback)));
                    }
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                    Poll::Pending => return Poll::Pending,
                }
            }
        };
        limits::accept(poll_plugin, found.cancelled(), |link| {
            plugin = Some(link);
            found.cancel();
        })
        .await;
        // It ends with one.
        plugin.ok_or(ConnectError::Stopped)
    }
}

/// Opens a connection, and waits until it says something. `None` if there are too many, or if
/// it has ended by then.
fn open<L: MessageLink>(
    link: L,
    peer: Peer,
    limits: &Limits,
    (backlog, loopback): (&Arc<Backlog>, Option<SocketAddr>),
) -> Option<Opening<L>> {
    let half_open = Arc::new(backlog.admit(&peer)?);
    let io = MessageIo::new(limits).with_peer(peer).on_loopback(loopback);
    let mut io = io.accepted(half_open.clone());
    let limits = ConnectionLimits::new(limits);
    let mut link = Isolated(link);
    Some(Box::pin(async move {
        let opened = async {
            poll_fn(|cx| link.poll_open_link(cx, &mut io)).await?;
            poll_fn(|cx| link.poll_message(cx, &mut io)).await
        };
        let late = |limit| limits.report_once(limit);
        let opened = limits::with_handshake_deadline(&limits.configured, late, opened);
        let opened = tokio::select! {
            biased;
            () = half_open.displaced() => return None,
            opened = opened => opened,
        };
        let first = match opened {
            Ok(first) => first,
            Err(reason) => {
                // It may have to be told, as a page that nobody named.
                io.close(|cx, io| link.poll_close_link(cx, &reason, io)).await;
                return None;
            }
        };
        // Others may have come and gone while nobody was waiting for them.
        let now = poll_fn(|cx| Poll::Ready(link.poll_message(cx, &mut io))).await;
        let mut received = VecDeque::from([first]);
        match now {
            Poll::Ready(Ok(second)) => received.push_back(second),
            Poll::Ready(Err(_)) => return None,
            Poll::Pending => {}
        }
        let admission = half_open.stay()?;
        // Whoever drives it from here on isolates it.
        let Isolated(link) = link;
        Some(AcceptedLink { link, opened: Some(io), received, _admission: admission })
    }))
}

/// The link of a plugin that has connected to its engine, and has said something.
#[derive(Debug)]
pub struct AcceptedLink<L> {
    link: L,
    /// What belongs to the open link, until the driver takes it.
    opened: Option<MessageIo>,
    /// The messages that came before that.
    received: VecDeque<Message>,
    /// Its place among the connections of the port.
    _admission: Admission,
}

impl<L: MessageLink> MessageLink for AcceptedLink<L> {
    fn poll_open_link(
        &mut self,
        _: &mut Context<'_>,
        io: &mut MessageIo,
    ) -> Poll<Result<(), CloseReason>> {
        if let Some(opened) = self.opened.take() {
            io.adopt(opened);
        }
        Poll::Ready(Ok(()))
    }

    fn send_message(&mut self, message: Message, io: &mut MessageIo) -> Result<(), CloseReason> {
        self.link.send_message(message, io)
    }

    fn poll_message(
        &mut self,
        cx: &mut Context<'_>,
        io: &mut MessageIo,
    ) -> Poll<Result<Message, CloseReason>> {
        match self.received.pop_front() {
            Some(message) => Poll::Ready(Ok(message)),
            None => self.link.poll_message(cx, io),
        }
    }

    fn has_finished(&self) -> bool {
        self.link.has_finished()
    }

    fn poll_close_link(
        &mut self,
        cx: &mut Context<'_>,
        reason: &CloseReason,
        io: &mut MessageIo,
    ) -> Poll<()> {
        self.link.poll_close_link(cx, reason, io)
    }

    fn is_half_closed(&self) -> bool {
        self.link.is_half_closed()
    }

    fn is_abandoned(&self) -> bool {
        self.link.is_abandoned()
    }

    fn unsent(&self, io: &MessageIo) -> usize {
        self.link.unsent(io)
    }
}
