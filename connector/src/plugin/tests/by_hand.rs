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
pub(super) struct Hand<L = LocalLink> {
    link: L,
    io: MessageIo,
}

impl Hand {
    /// Waits for the engine, and answers its handshake with these methods.
    pub(super) async fn take(
        connections: &mut UnboundedReceiver<LocalLink>,
        methods: &str,
    ) -> Self {
        let mut hand = Self::over(connections.recv().await.unwrap());
        hand.recv_and_answer(methods).await;
        hand
    }
}

impl<L: MessageLink> Hand<L> {
    pub(super) fn over(link: L) -> Self {
        Self { link, io: MessageIo::new(&PluginOptions::new().limits) }
    }

    /// Opens the link.
    pub(super) async fn open(&mut self) {
        poll_fn(|cx| self.link.poll_open_link(cx, &mut self.io)).await.unwrap();
    }

    /// Says as an engine what a plugin is called.
    pub(super) async fn shake_hands(&mut self) {
        self.recv().await;
        self.send(r#"{"action":"request","name":"p","key":"handshake","id":0,"payload":["p"]}"#);
        self.recv().await;
    }

    /// Sends what is queued, and reads a message if there is one.
    pub(super) async fn try_recv(&mut self) -> Option<Message> {
        poll_fn(|cx| match self.link.poll_message(cx, &mut self.io) {
            Poll::Ready(message) => Poll::Ready(Some(message.unwrap())),
            Poll::Pending => Poll::Ready(None),
        })
        .await
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

    pub(super) fn answer(&mut self, request: &Message, payload: &str) {
        let (id, key) = (request.id.unwrap(), request.key.as_deref().unwrap());
        self.send(&format!(
            r#"{{"action":"response","name":"x","key":"{key}","id":{id},"payload":{payload}}}"#
        ));
    }

    /// Waits for the end of the connection, and returns its reason.
    pub(super) async fn ended(&mut self) -> CloseReason {
        poll_fn(|cx| self.link.poll_message(cx, &mut self.io)).await.unwrap_err()
    }

    pub(super) async fn recv(&mut self) -> Message {
        poll_fn(|cx| self.link.poll_message(cx, &mut self.io)).await.unwrap()
    }
}
