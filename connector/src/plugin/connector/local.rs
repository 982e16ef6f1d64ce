//! Plugins within the program of their engine.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use atomic_waker::AtomicWaker;
use connector_protocol::remix::{Message, Profile};
use connector_protocol::{CloseReason, Limits};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::connection::UNSENT;
use crate::plugin::client::drive;
use crate::plugin::{
    ClientOptions, ConnectError, Consent, MessageIo, MessageLink, Plugin, PluginConnector,
    PluginMethods,
};
use crate::runtime;

/// One end of a pair of links that hand messages over as they are, between two tasks or
/// threads of a program. Nothing is written as JSON, except values.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use connector::plugin::{LocalLink, create_connector_client};
///
/// let (_engine, plugin) = LocalLink::pair();
/// let client = create_connector_client(plugin, None);
/// # let _ = client;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct LocalLink {
    sends: UnboundedSender<Message>,
    receives: UnboundedReceiver<Message>,
    /// What waits in each direction.
    sent: Arc<Waiting>,
    received: Arc<Waiting>,
    /// The bytes that may wait for the other end.
    limit: usize,
}

/// The messages that wait for one end.
#[derive(Debug, Default)]
struct Waiting {
    bytes: AtomicUsize,
    /// The task that sends them, if it waits until there are few.
    sender: AtomicWaker,
}

impl Waiting {
    fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Takes off the bytes of a message that was received.
    fn received(&self, bytes: usize) {
        let before = self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        if before > UNSENT && before - bytes <= UNSENT {
            self.sender.wake();
        }
    }
}

impl LocalLink {
    /// Creates two links that are one another's other end. At most 64 MiB wait in each
    /// direction, of which each message takes some hundred bytes beside its texts.
    pub fn pair() -> (Self, Self) {
        Self::pair_with(&ClientOptions::default().limits)
    }

    fn pair_with(limits: &Limits) -> (Self, Self) {
        let limit = limits.enforced().queued;
        let (up, from_up) = unbounded_channel();
        let (down, from_down) = unbounded_channel();
        let (up_bytes, down_bytes) = (Arc::<Waiting>::default(), Arc::<Waiting>::default());
        let one = Self {
            sends: up,
            receives: from_down,
            sent: up_bytes.clone(),
            received: down_bytes.clone(),
            limit,
        };
        let other =
            Self { sends: down, receives: from_up, sent: down_bytes, received: up_bytes, limit };
        (one, other)
    }
}

impl MessageLink for LocalLink {
    fn send_message(&mut self, message: Message, _: &mut MessageIo) -> Result<(), CloseReason> {
        let queued = self.sent.bytes.fetch_add(size(&message), Ordering::Relaxed);
        // A single message may be longer.
        if queued > self.limit {
            return Err(CloseReason::SlowPeer { queued, limit: self.limit });
        }
        self.sends.send(message).map_err(|_| CloseReason::PeerClosed)
    }

    fn poll_message(
        &mut self,
        cx: &mut Context<'_>,
        _: &mut MessageIo,
    ) -> Poll<Result<Message, CloseReason>> {
        if self.sent.bytes() > UNSENT {
            self.sent.sender.register(cx.waker());
        }
        self.receives.poll_recv(cx).map(|message| {
            let message = message.ok_or(CloseReason::PeerClosed)?;
            self.received.received(size(&message));
            Ok(message)
        })
    }

    fn unsent(&self, _: &MessageIo) -> usize {
        self.sent.bytes()
    }
}

/// Returns the bytes that a message takes, of which even one without texts has some.
fn size(message: &Message) -> usize {
    size_of::<Message>() + message.size()
}

/// A plugin within the program of its engine, which is connected like any other, by a
/// [`LocalLink`].
///
/// It runs in a task of its own, from its activation to its deactivation.
#[derive(Debug)]
pub struct LocalPlugin<M> {
    profile: Profile,
    methods: Arc<M>,
    options: ClientOptions,
}

impl<M: PluginMethods> LocalPlugin<M> {
    /// Creates the connector of a plugin of this profile. Its methods need not be listed in
    /// it.
    pub fn new(profile: Profile, methods: M) -> Self {
        Self { profile, methods: Arc::new(methods), options: ClientOptions::default() }
    }

    /// Creates the connector of a plugin that describes itself.
    pub fn of(plugin: M) -> Self
    where
        M: Plugin,
    {
        Self::new(M::profile(), plugin)
    }

    /// Sets the options of the plugin's side. Default: [`ClientOptions::new`].
    #[must_use]
    pub fn options(mut self, options: ClientOptions) -> Self {
        self.options = options;
        self
    }
}

impl<M: PluginMethods> PluginConnector for LocalPlugin<M> {
    type Link = LocalLink;

    fn profile(&self) -> &Profile {
        &self.profile
    }

    async fn connect(&mut self, _: &str) -> Result<LocalLink, ConnectError> {
        let limits = &self.options.limits;
        let (engine, plugin) = LocalLink::pair_with(limits);
        let (client, driver) = drive(plugin, self.methods.clone(), MessageIo::new(limits), limits);
        client.set_native();
        runtime::spawn(async move {
            driver.await;
        });
        Ok(engine)
    }

    fn consent(&self) -> Option<Arc<dyn Consent>> {
        Some(self.methods.clone())
    }

    fn reconnects_after(&self, _: &LocalLink, _: &CloseReason) -> bool {
        // Its task has ended by a fault of its own.
        false
    }
}

#[cfg(test)]
mod tests {
    use connector_protocol::remix::Action;

    use super::*;

    #[test]
    fn messages_without_texts_are_few_too() {
        let limits = Limits { queued: 10_000, ..Limits::default() };
        let (mut engine, mut plugin) = LocalLink::pair_with(&limits);
        let io = &mut MessageIo::new(&limits);
        let mut send = |link: &mut LocalLink| {
            (0..1000).find_map(|_| link.send_message(Message::new(Action::Off), io).err())
        };
        let ended = send(&mut plugin);
        assert!(matches!(ended, Some(CloseReason::SlowPeer { limit: 10_000, .. })), "{ended:?}");
        let waker = futures_util::task::noop_waker();
        let cx = &mut Context::from_waker(&waker);
        let io = &mut MessageIo::new(&limits);
        for _ in 0..1000 {
            engine.send_message(Message::new(Action::Off), io).unwrap();
            assert!(plugin.poll_message(cx, io).is_ready(), "those that are read do not count");
        }
    }
}
