//! Much at once: long answers that nobody reads, and events in one burst.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::duplex;
use tokio::sync::watch;

use super::by_hand::{ByHand, Hand};
use super::*;
use crate::Limits;

const CALLS: usize = 16;
/// Bytes of an answer, more than may be unsent while others are added.
const ANSWER: usize = 400_000;

/// Calls that return a long answer each, all at once.
#[derive(Clone)]
struct Long {
    gate: watch::Sender<bool>,
    ended: Arc<AtomicUsize>,
}

impl Long {
    fn new() -> Self {
        Self { gate: watch::Sender::new(false), ended: Arc::default() }
    }

    async fn call(self) -> String {
        let _ = self.gate.subscribe().wait_for(|open| *open).await;
        self.ended.fetch_add(1, Ordering::Relaxed);
        "x".repeat(ANSWER)
    }

    fn methods(&self) -> Methods {
        let long = self.clone();
        Methods::new().method("long", move |_: PluginCall| {
            let long = long.clone();
            async move { Ok(long.call().await) }
        })
    }

    /// Makes the calls by hand, and lets all of them return while nobody reads. Then reads the
    /// answers.
    async fn burst<L: MessageLink>(self, mut hand: Hand<L>) {
        for id in 1..=CALLS {
            hand.send(&format!(
                r#"{{"action":"request","name":"host","key":"long","id":{id},"payload":[]}}"#
            ));
        }
        while self.gate.receiver_count() < CALLS {
            assert!(hand.try_recv().await.is_none());
            tokio::task::yield_now().await;
        }
        self.gate.send_replace(true);
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
        assert_eq!(self.ended.load(Ordering::Relaxed), 1, "the others wait for the first");
        let mut answered = HashSet::new();
        while answered.len() < CALLS {
            let answer = hand.recv().await;
            assert_eq!(answer.payload.unwrap().as_str().len(), ANSWER + 2);
            answered.insert(answer.id);
        }
    }
}

#[tokio::test]
async fn long_answers_wait_for_an_engine_that_does_not_read() {
    let long = Long::new();
    let (engine, link) = LocalLink::pair();
    let _client = create_connector_client(link, Some(PluginClient::new(long.methods())));
    let mut hand = Hand::over(engine);
    hand.shake_hands().await;
    long.burst(hand).await;
}

#[tokio::test]
async fn long_answers_wait_for_a_socket_that_takes_nothing() {
    let long = Long::new();
    let (near, far) = duplex(64 * 1024);
    let link = WebSocketLink::server(far, WebOptions::new().text());
    let _client = create_connector_client(link, Some(PluginClient::new(long.methods())));
    let mut hand = Hand::over(WebSocketLink::client(near, "memory", "/", true).unwrap());
    hand.open().await;
    hand.shake_hands().await;
    long.burst(hand).await;
}

#[tokio::test]
async fn long_answers_wait_for_a_plugin_that_does_not_read() {
    let long = Long::new();
    let (connector, mut connections) = ByHand::new("hand");
    let called = long.clone();
    let handler = move |_: HostRequest| {
        let long = called.clone();
        async move { Ok(Some(Payload::of(&long.call().await)?)) }
    };
    let plugin = RemotePlugin::new(connector, handler, PluginOptions::new());
    let (connected, hand) = tokio::join!(plugin.connect(), Hand::take(&mut connections, "[]"));
    connected.unwrap();
    long.burst(hand).await;
}

/// A plugin that has shaken hands with an engine by hand over a stream that takes this many
/// bytes at once. Its queue takes a mebibyte.
async fn talks_through(bytes: usize) -> (PluginClient, Hand<WebSocketLink<DuplexStream>>) {
    let (near, far) = duplex(bytes);
    let limits = Limits { queued: 1 << 20, ..Limits::default() };
    let client = PluginClient::with_options((), ClientOptions::new().limits(limits));
    let link = WebSocketLink::server(far, WebOptions::new().text());
    let client = create_connector_client(link, Some(client));
    let mut hand = Hand::over(WebSocketLink::client(near, "memory", "/", true).unwrap());
    hand.open().await;
    hand.shake_hands().await;
    (client, hand)
}

#[tokio::test]
async fn a_burst_that_the_socket_takes_closes_nothing() {
    let (client, mut hand) = talks_through(8 << 20).await;
    let long = "x".repeat(100_000);
    for number in 0..40 {
        client.emit("long", (number, &long)).unwrap();
    }
    client.close();
    for number in 0..40 {
        let event = hand.recv().await;
        assert!(event.payload.unwrap().as_str().starts_with(&format!("[{number},")));
    }
    assert_eq!(client.closed().await, CloseReason::Requested, "behind all of them");
}

#[tokio::test]
async fn a_burst_that_nobody_takes_closes_its_connection() {
    let (client, _hand) = talks_through(64 * 1024).await;
    let long = "x".repeat(100_000);
    for _ in 0..40 {
        client.emit("long", (&long,)).unwrap();
    }
    let ended = client.closed().await;
    assert!(matches!(ended, CloseReason::SlowPeer { limit: 0x10_0000, .. }), "{ended:?}");
}
