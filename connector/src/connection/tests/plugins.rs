//! Fairness of the connections between plugins and their engines.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use connector_protocol::Limits;
use connector_protocol::remix::Profile;

use super::faulty::{Faulty, Frames};
use super::woken::{Woken, poll_once};
use crate::plugin::{
    ConnectError, HostHandler, HostRequest, MessageIo, MethodResult, Methods, PluginClient,
    PluginConnector, PluginOptions, RemotePlugin, create_connector_client,
};

/// Messages of one poll.
const MESSAGES: usize = 256;
/// Messages of a flood.
const FLOOD: usize = 1_000;

/// Lets the connection's task run until it has handled a flood, never too much at once.
async fn assert_fair(handled: &AtomicUsize) {
    let mut before = 0;
    while before < FLOOD {
        tokio::task::yield_now().await;
        let now = handled.load(Ordering::Relaxed);
        assert!(now - before <= MESSAGES, "{} calls in one poll", now - before);
        before = now;
    }
}

#[test]
fn a_flood_of_a_plugins_messages_takes_many_polls() {
    // Its time is not counted.
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build().unwrap();
    let _entered = runtime.enter();
    let (mut link, far) = Faulty::with_far::<Frames>();
    let mut transit = MessageIo::new(&Limits::default());
    (0..600).for_each(|_| far.say(br#"{"action":"notification"}"#));
    let woken = Arc::<Woken>::default();
    for messages in [MESSAGES, MESSAGES, 600 - 2 * MESSAGES] {
        let mut heard = 0;
        while poll_once(&woken, |cx| transit.poll_message(&mut link, cx)).is_ready() {
            heard += 1;
        }
        assert_eq!((heard, woken.take()), (messages, usize::from(messages == MESSAGES)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_calls_to_a_plugin_takes_many_polls() {
    let (link, far) = Faulty::with_far::<Frames>();
    let called = Arc::<AtomicUsize>::default();
    let counted = called.clone();
    let methods = Methods::new().method("count", move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
        async { Ok(()) }
    });
    let client = create_connector_client(link, Some(PluginClient::new(methods)));
    far.say(br#"{"id":0,"action":"request","key":"handshake","payload":["p"],"name":"p"}"#);
    client.onload().await.unwrap();
    let call = br#"{"id":1,"action":"request","key":"count","payload":[],"name":"p"}"#;
    (0..FLOOD).for_each(|_| far.say(call));
    assert_fair(&called).await;
    assert_eq!(far.heard().len(), 2 + FLOOD);
}

/// An engine's side over a link that is there already.
struct Opened {
    profile: Profile,
    link: Option<Faulty>,
}

impl PluginConnector for Opened {
    type Link = Faulty;

    fn profile(&self) -> &Profile {
        &self.profile
    }

    async fn connect(&mut self, _: &str) -> Result<Faulty, ConnectError> {
        self.link.take().ok_or(ConnectError::Stopped)
    }
}

/// Counts the calls of a plugin, and answers them at once.
struct Counting(Arc<AtomicUsize>);

impl HostHandler for Counting {
    async fn call(&self, _: HostRequest) -> MethodResult {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(None)
    }
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_a_plugins_calls_takes_many_polls() {
    let (link, far) = Faulty::with_far::<Frames>();
    let called = Arc::<AtomicUsize>::default();
    let connector = Opened { profile: Profile::new("remote").url("memory"), link: Some(link) };
    let engine = RemotePlugin::new(connector, Counting(called.clone()), PluginOptions::new());
    far.say(br#"{"id":0,"action":"response","key":"handshake","payload":[],"name":"remote"}"#);
    engine.connect().await.unwrap();
    far.heard();
    let call = br#"{"id":1,"action":"request","key":"count","payload":[],"name":"other"}"#;
    (0..FLOOD).for_each(|_| far.say(call));
    assert_fair(&called).await;
    assert_eq!(far.heard().len(), FLOOD);
}
