//! Panics in connectors and links: the connection ends, and everything else lives on.

use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

/// The places of a connector where it may panic.
const PLACES: [&str; 7] =
    ["connect", "open", "send", "receive", "unsent", "transform_url", "close"];

/// The place that panics, once.
#[derive(Clone, Copy)]
struct Mine {
    place: &'static str,
    armed: &'static AtomicBool,
}

impl Mine {
    fn at(place: &'static str) -> Self {
        Self { place, armed: Box::leak(Box::new(AtomicBool::new(true))) }
    }

    fn step(&self, place: &str) {
        if place == self.place && self.armed.swap(false, Ordering::Relaxed) {
            panic!("as wanted, in {place}");
        }
    }
}

struct Mined {
    link: LocalLink,
    mine: Mine,
}

impl MessageLink for Mined {
    fn poll_open_link(
        &mut self,
        cx: &mut Context<'_>,
        io: &mut MessageIo,
    ) -> Poll<Result<(), CloseReason>> {
        self.mine.step("open");
        self.link.poll_open_link(cx, io)
    }

    fn send_message(&mut self, message: Message, io: &mut MessageIo) -> Result<(), CloseReason> {
        self.mine.step("send");
        self.link.send_message(message, io)
    }

    fn poll_message(
        &mut self,
        cx: &mut Context<'_>,
        io: &mut MessageIo,
    ) -> Poll<Result<Message, CloseReason>> {
        self.mine.step("receive");
        self.link.poll_message(cx, io)
    }

    fn poll_close_link(
        &mut self,
        cx: &mut Context<'_>,
        reason: &CloseReason,
        io: &mut MessageIo,
    ) -> Poll<()> {
        self.mine.step("close");
        self.link.poll_close_link(cx, reason, io)
    }

    fn unsent(&self, io: &MessageIo) -> usize {
        self.mine.step("unsent");
        self.link.unsent(io)
    }
}

/// The connector of a plugin with the method `one`.
struct MinedPlugin {
    profile: Profile,
    mine: Mine,
}

impl PluginConnector for MinedPlugin {
    type Link = Mined;

    fn profile(&self) -> &Profile {
        &self.profile
    }

    async fn connect(&mut self, _: &str) -> Result<Mined, ConnectError> {
        self.mine.step("connect");
        let (engine, plugin) = LocalLink::pair();
        let methods = Methods::new().method("one", |_| async { Ok(1) });
        create_connector_client(plugin, Some(PluginClient::new(methods)));
        Ok(Mined { link: engine, mine: self.mine })
    }
}

fn mined(place: &'static str) -> (MinedPlugin, PluginOptions) {
    let mine = Mine::at(place);
    let options = PluginOptions::new().transform_url(move |_| {
        mine.step("transform_url");
        String::new()
    });
    (MinedPlugin { profile: Profile::new("mined"), mine }, options)
}

#[tokio::test]
async fn a_connector_that_panics_ends_one_connection() {
    for place in PLACES {
        let (connector, options) = mined(place);
        let plugin = RemotePlugin::new(connector, (), options);
        let first = plugin.connect().await;
        if place == "close" {
            plugin.disconnect().await;
        } else if place != "unsent" {
            assert_eq!(first, Err(ConnectError::Lost(CloseReason::Panicked)), "{place}");
            assert_eq!(plugin.status(), PluginStatus::Disconnected, "{place}");
        }
        plugin.connect().await.unwrap_or_else(|error| panic!("{place}: {error}"));
        assert_eq!(plugin.call::<i32>("one", ()).await.unwrap(), 1, "{place}");
    }
}

#[tokio::test]
async fn an_engine_survives_a_connector_that_panics() {
    for place in PLACES {
        let engine = Engine::new();
        let (connector, options) = mined(place);
        engine.register_with(connector, options).unwrap();
        let neighbour = Methods::new().method("two", |_| async { Ok(2) });
        engine.register(LocalPlugin::new(Profile::new("neighbour"), neighbour)).unwrap();
        engine.activate("neighbour").await.unwrap();
        let first = engine.activate("mined").await;
        assert_eq!(first.is_err(), !matches!(place, "unsent" | "close"), "{place}");
        engine.deactivate("mined").await;
        engine.activate("mined").await.unwrap_or_else(|error| panic!("{place}: {error}"));
        assert_eq!(engine.call::<i32>("mined", "one", ()).await.unwrap(), 1, "{place}");
        assert_eq!(engine.call::<i32>("neighbour", "two", ()).await.unwrap(), 2, "{place}");
    }
}

#[tokio::test]
async fn a_plugin_whose_link_panics_still_ends_in_order() {
    for place in ["open", "send", "receive"] {
        let (engine, link) = LocalLink::pair();
        let client = PluginClient::new(());
        let reason = client.serve(Mined { link, mine: Mine::at(place) }).await;
        assert_eq!(reason, CloseReason::Panicked, "{place}");
        assert_eq!(client.closed().await, CloseReason::Panicked, "{place}");
        drop(engine);
    }
}
