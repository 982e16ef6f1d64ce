//! Plugins whose side of the connection is written by hand, message by message.

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::*;

/// The connector of such a plugin, which hands each connection's other end to the test.
pub(super) struct ByHand {
    profile: Profile,
    ends: UnboundedSender<LocalLink>,
    urls: Heard,
}

impl ByHand {
    pub(super) fn new(name: &str) -> (Self, UnboundedReceiver<LocalLink>) {
        let (ends, connections) = unbounded_channel();
        let urls = Heard::default();
        (Self { profile: Profile::new(name), ends, urls }, connections)
    }

    /// The URLs that it has connected to.
    pub(super) fn urls(&self) -> Heard {
        self.urls.clone()
    }

    pub(super) fn with_profile(self, profile: Profile) -> Self {
        Self { profile, ..self }
    }
}

impl PluginConnector for ByHand {
    type Link = LocalLink;

    fn profile(&self) -> &Profile {
        &self.profile
    }

    async fn connect(&mut self, url: &str) -> Result<LocalLink, ConnectError> {
        self.urls.note(url.to_owned());
        let (engine, plugin) = LocalLink::pair();
        self.ends.send(plugin).map_err(|_| CloseReason::PeerClosed)?;
        Ok(engine)
    }
}

/// The plugin's end of a connection.
pub(super) struct Hand {
    link: LocalLink,
    io: MessageIo,
}

impl Hand {
    pub(super) fn over(link: LocalLink) -> Self {
        Self { link, io: MessageIo::new(&crate::Limits::default()) }
    }

    /// Waits for the engine, and answers its handshake with these methods.
    pub(super) async fn take(
        connections: &mut UnboundedReceiver<LocalLink>,
        methods: &str,
    ) -> Self {
        let mut hand = Self::over(connections.recv().await.unwrap());
        hand.recv_and_answer(methods).await;
        hand
    }

    /// Waits for a request, and answers it.
    pub(super) async fn recv_and_answer(&mut self, payload: &str) -> Message {
        let request = self.recv().await;
        self.answer(&request, payload);
        request
    }

    pub(super) fn send(&mut self, text: &str) {
        let message = Message::decode(text.as_bytes()).unwrap();
        self.link.send_message(message, &mut self.io).unwrap();
    }

    fn answer(&mut self, request: &Message, payload: &str) {
        let (id, key) = (request.id.unwrap(), request.key.as_deref().unwrap());
        self.send(&format!(
            r#"{{"action":"response","name":"x","key":"{key}","id":{id},"payload":{payload}}}"#
        ));
    }

    pub(super) async fn recv(&mut self) -> Message {
        poll_fn(|cx| self.link.poll_message(cx, &mut self.io)).await.unwrap()
    }
}
