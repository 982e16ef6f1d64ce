//! The status of an engine's plugins.

use connector_protocol::remix::Message;
use tokio::sync::mpsc::UnboundedReceiver;

use super::by_hand::{ByHand, Hand};
use super::engine::{engine, local, methods};
use super::*;
use crate::Limits;

pub(super) fn is_lost(status: &PluginStatus) -> bool {
    matches!(status, PluginStatus::Lost(_))
}

pub(super) fn is_ended(status: &PluginStatus) -> bool {
    matches!(status, PluginStatus::Ended(_))
}

/// An engine with the plugin `hand`, which is active, and the plugin's end.
pub(super) async fn engine_with_hand(
    options: PluginOptions,
) -> (Engine, UnboundedReceiver<LocalLink>, Hand) {
    let engine = engine(&["a"]);
    let (connector, mut connections) = ByHand::new("hand");
    engine.register_with(connector, options).unwrap();
    let (activated, hand) =
        tokio::join!(engine.activate("hand"), Hand::take(&mut connections, r#"["add"]"#));
    activated.unwrap();
    (engine, connections, hand)
}

#[tokio::test(start_paused = true)]
async fn an_engine_tells_how_its_plugins_are_connected() {
    let (engine, mut connections, hand) = engine_with_hand(PluginOptions::new()).await;
    assert_eq!(engine.status("nobody"), PluginStatus::Disconnected);
    assert_eq!(engine.wait_for("nobody", is_lost).await, PluginStatus::Disconnected);
    assert_eq!(engine.status("a"), PluginStatus::Disconnected);
    assert_eq!(engine.status("hand"), PluginStatus::Ready);
    drop(hand);
    let lost = engine.wait_for("hand", is_lost).await;
    assert_eq!(lost, PluginStatus::Lost(CloseReason::PeerClosed));
    let link = connections.recv().await.unwrap();
    engine.wait_for("hand", |status| *status == PluginStatus::Connecting).await;
    let hand = async {
        let mut hand = Hand::over(link);
        hand.recv_and_answer(r#"["add"]"#).await;
        hand.recv_and_answer("7").await;
        hand
    };
    let called = async {
        engine.wait_for("hand", |status| *status == PluginStatus::Ready).await;
        engine.call::<i32>("hand", "add", ()).await.unwrap()
    };
    let (seven, _hand) = tokio::join!(called, hand);
    assert_eq!(seven, 7, "a plugin that is ready can be called");
    engine.deactivate("hand").await;
    assert_eq!(engine.status("hand"), PluginStatus::Disconnected);
    let (removed, _) = tokio::join!(engine.wait_for("hand", is_lost), engine.remove("hand"));
    assert_eq!(removed, PluginStatus::Disconnected);
}

#[tokio::test(start_paused = true)]
async fn an_engine_tells_why_a_plugin_was_given_up() {
    let options = PluginOptions::new().reconnect_attempts(1);
    let (engine, mut connections, hand) = engine_with_hand(options).await;
    let deactivated = Heard::default();
    engine.on("manager", "pluginDeactivated", deactivated.callback());
    drop(hand);
    engine.wait_for("hand", is_lost).await;
    drop(connections.recv().await.unwrap());
    let ended = engine.wait_for("hand", is_ended).await;
    assert_eq!(ended, PluginStatus::Ended(CloseReason::PeerClosed));
    assert_eq!(engine.status("hand"), ended, "until it is activated again");
    assert!(!engine.is_active("hand") && deactivated.all().len() == 1);
    let (activated, _hand) =
        tokio::join!(engine.activate("hand"), Hand::take(&mut connections, "[]"));
    activated.unwrap();
    assert_eq!(engine.status("hand"), PluginStatus::Ready);
}

#[tokio::test(start_paused = true)]
async fn the_activation_of_a_lost_plugin_waits_until_it_can_be_called() {
    let (engine, mut connections, hand) = engine_with_hand(PluginOptions::new()).await;
    let by_manager =
        || engine.call::<()>("a", "callOther", ("manager", "activatePlugin", ["hand"]));
    drop(hand);
    engine.wait_for("hand", is_lost).await;
    let again = async {
        let mut hand = Hand::take(&mut connections, r#"["add"]"#).await;
        hand.recv_and_answer("7").await;
        hand
    };
    let called = async {
        let (one, other) = tokio::join!(engine.activate("hand"), by_manager());
        one.unwrap();
        other.unwrap();
        engine.call::<i32>("hand", "add", ()).await.unwrap()
    };
    let (seven, hand) = tokio::join!(called, again);
    assert_eq!(seven, 7);

    drop(hand);
    engine.wait_for("hand", is_lost).await;
    let fails = async { drop(connections.recv().await.unwrap()) };
    let (one, other, ()) = tokio::join!(engine.activate("hand"), by_manager(), fails);
    let reason = "Plugin hand cannot be activated: the connection to the plugin failed: ";
    assert!(one.unwrap_err().to_string().starts_with(reason));
    assert!(error_of(other).starts_with(reason));
    let (stopped, _) = tokio::join!(engine.activate("hand"), engine.deactivate("hand"));
    assert!(matches!(stopped, Err(EngineError::Deactivated(_))));
}

/// The key of the next event that a plugin gets.
async fn next_event(hand: &mut Hand) -> String {
    let Message { key, .. } = hand.recv().await;
    key.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_plugin_may_listen_to_as_many_events_as_its_options_allow() {
    let few = Limits { subscriptions: 10, ..Limits::default() };
    for (limit, options) in [
        (Limits::default().subscriptions, PluginOptions::new()),
        (10, PluginOptions::new().limits(few)),
        (
            10,
            PluginOptions::new().limits(Limits {
                subscriptions: 10,
                dry_run: false,
                ..Limits::default()
            }),
        ),
    ] {
        let (engine, _connections, mut hand) = engine_with_hand(options).await;
        for n in 0..=limit {
            hand.send(&format!(r#"{{"action":"on","name":"a","key":"k{n}"}}"#));
        }
        let ask = r#"{"action":"request","name":"a","key":"add","id":1,"payload":[1,1]}"#;
        hand.send(ask);
        hand.recv().await;
        for n in [limit, limit - 1, 0] {
            engine.call::<()>("a", "fire", (format!("k{n}"), n)).await.unwrap();
        }
        assert_eq!(next_event(&mut hand).await, format!("k{}", limit - 1));
        assert_eq!(next_event(&mut hand).await, "k0");

        hand.send(r#"{"action":"off","name":"a","key":"k0"}"#);
        let fewer = Limits { subscriptions: limit - 1, ..Limits::default() };
        engine.set_options("hand", PluginOptions::new().limits(fewer));
        hand.send(r#"{"action":"on","name":"a","key":"late"}"#);
        hand.send(ask);
        hand.recv().await;
        for key in ["late", "k1"] {
            engine.call::<()>("a", "fire", (key, 1)).await.unwrap();
        }
        assert_eq!(next_event(&mut hand).await, "k1", "the bound has changed");
    }
}

#[tokio::test]
async fn what_is_remembered_of_a_plugin_is_bounded_by_its_options() {
    let engine = engine(&["b"]);
    let options = PluginOptions::new().limits(Limits { call_bytes: 100, ..Limits::default() });
    engine.register_with(local("a"), options).unwrap();
    for name in ["a", "b"] {
        engine.on(name, "news", |_| {});
        engine.call::<()>(name, "fire", ("news", "x".repeat(100))).await.unwrap();
        let late = Heard::default();
        engine.on(name, "news", late.callback());
        assert_eq!(late.all().len(), usize::from(name == "b"), "{name}");
    }
}

#[tokio::test]
async fn subscriptions_end_with_the_last_connection() {
    let (opened, mut clients) = tokio::sync::mpsc::unbounded_channel();
    let methods = methods().activated(move |client| {
        opened.send(client).unwrap();
        async {}
    });
    let plugin = connected(methods).await;
    let client: PluginClient = clients.recv().await.unwrap();
    client.on("host", "news", |_| {});
    plugin.call::<i64>("add", (1, 1)).await.unwrap();
    assert!(plugin.notify("host", "news", ()).unwrap());
    client.close_for(CloseReason::Stopping);
    plugin.wait_for(is_lost).await;
    assert!(plugin.notify("host", "news", ()).unwrap(), "it comes back");
    let client = clients.recv().await.unwrap();
    client.close();
    plugin.wait_for(is_ended).await;
    assert!(!plugin.notify("host", "news", ()).unwrap());
}
