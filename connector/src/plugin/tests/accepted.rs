//! Plugins that connect to their engine, and come back.

use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, sleep};

use super::by_hand::Hand;
use super::engine_status::{is_ended, is_lost};
use super::*;

/// What each plugin says first.
const HELLO: &[u8] = b"{\"action\":\"request\",\"key\":\"handshake\",\"id\":-1}\n";

/// Connects a plugin by lines.
async fn come(dialer: &MemoryDialer) -> PluginClient {
    let client = PluginClient::new(Methods::new().method("one", async |_| Ok(1)));
    let link = LineLink::new(dialer.dial().await.unwrap());
    create_connector_client(link, Some(client.clone()));
    client
}

/// An engine with a plugin that has connected.
async fn engine_with_plugin(options: PluginOptions) -> (Engine, MemoryDialer, PluginClient) {
    let memory = Memory::default();
    let dialer = memory.dialer();
    let mut connector = AcceptedPlugin::new(Profile::new("p"), memory);
    connector.start().await.unwrap();
    let engine = Engine::new();
    engine.register_with(connector, options).unwrap();
    let (activated, client) = tokio::join!(engine.activate("p"), come(&dialer));
    activated.unwrap();
    (engine, dialer, client)
}

#[tokio::test(start_paused = true)]
async fn a_plugin_that_was_away_for_long_is_heard_at_once() {
    let options = PluginOptions::new().reconnect_attempts(3);
    let (engine, dialer, client) = engine_with_plugin(options).await;
    for _ in 0..12 {
        let mut dead = dialer.dial().await.unwrap();
        dead.write_all(HELLO).await.unwrap();
    }
    client.close_for(CloseReason::Stopping);
    engine.wait_for("p", is_lost).await;
    sleep(Duration::from_secs(600)).await;
    let _client = come(&dialer).await;
    let start = Instant::now();
    engine.wait_for("p", |status| *status == PluginStatus::Ready).await;
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    assert_eq!(engine.call::<i64>("p", "one", ()).await.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn those_who_ask_for_an_absent_plugin_are_told_in_time() {
    let (engine, _dialer, client) = engine_with_plugin(PluginOptions::new()).await;
    client.close_for(CloseReason::Stopping);
    engine.wait_for("p", is_lost).await;
    let start = Instant::now();
    let error = engine.activate("p").await.unwrap_err().to_string();
    assert!(error.starts_with("Plugin p cannot be activated: "), "{error}");
    assert!(start.elapsed() <= Duration::from_secs(20), "{:?}", start.elapsed());
    assert!(engine.is_active("p"), "it is waited for");
}

#[tokio::test(start_paused = true)]
async fn strangers_delay_nobody_and_are_no_attempts() {
    let options = PluginOptions::new().reconnect_attempts(1);
    let (engine, dialer, client) = engine_with_plugin(options).await;
    client.close_for(CloseReason::Stopping);
    engine.wait_for("p", is_lost).await;
    let mut strangers = Vec::new();
    for _ in 0..2 {
        // More than are tried beside one another: silent ones, those that stop in the middle,
        // and those that talk.
        for _ in 0..30 {
            for says in [
                String::new(),
                r#"{"action":"response","key":"#.to_owned(),
                "{\"action\":\"emit\",\"key\":\"k\",\"payload\":[]}\n".repeat(20),
            ] {
                let mut stream = dialer.dial().await.unwrap();
                stream.write_all(HELLO).await.unwrap();
                stream.write_all(says.as_bytes()).await.unwrap();
                strangers.push(stream);
            }
        }
        let start = Instant::now();
        let client = come(&dialer).await;
        engine.wait_for("p", |status| *status == PluginStatus::Ready).await;
        assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
        assert_eq!(engine.call::<i64>("p", "one", ()).await.unwrap(), 1);
        client.close_for(CloseReason::Stopping);
        engine.wait_for("p", is_lost).await;
        sleep(Duration::from_secs(100)).await;
        assert!(engine.is_active("p"), "it is waited for");
    }
}

#[tokio::test(start_paused = true)]
async fn a_plugin_that_comes_late_has_the_time_of_a_handshake() {
    let memory = Memory::default();
    let dialer = memory.dialer();
    let mut connector = AcceptedPlugin::new(Profile::new("p"), memory);
    connector.start().await.unwrap();
    let plugin = RemotePlugin::new(connector, (), PluginOptions::new());
    let start = Instant::now();
    let comes = async {
        sleep(Duration::from_secs(9)).await;
        let mut hand = Hand::over(LineLink::new(dialer.dial().await.unwrap()));
        hand.send(r#"{"action":"request","key":"handshake","id":-1}"#);
        let handshake = hand.recv().await;
        sleep(Duration::from_secs(9)).await;
        hand.answer(&handshake, "[]");
        hand.try_recv().await;
        hand
    };
    let (connected, _hand) = tokio::join!(plugin.connect(), comes);
    connected.unwrap();
    assert_eq!(start.elapsed().as_secs(), 18);
}

#[tokio::test(start_paused = true)]
async fn an_activation_tells_that_only_strangers_came() {
    let memory = Memory::default();
    let dialer = memory.dialer();
    let mut connector = AcceptedPlugin::new(Profile::new("p"), memory);
    connector.start().await.unwrap();
    let plugin = RemotePlugin::new(connector, (), PluginOptions::new());
    for (says, told) in [
        ("", ConnectError::Lost(CloseReason::HandshakeTimeout)),
        ("no", ConnectError::Refused("no".to_owned())),
    ] {
        let strangers = async {
            let mut hand = Hand::over(LineLink::new(dialer.dial().await.unwrap()));
            hand.send(r#"{"action":"request","key":"handshake","id":-1}"#);
            let id = hand.recv().await.id.unwrap();
            if !says.is_empty() {
                hand.send(&format!(
                    r#"{{"action":"response","key":"handshake","id":{id},"error":"{says}"}}"#
                ));
            }
            hand.ended().await
        };
        let start = Instant::now();
        let (connected, _) = tokio::join!(plugin.connect(), strangers);
        assert_eq!(connected.unwrap_err(), told);
        assert!(start.elapsed() <= Duration::from_secs(20), "{:?}", start.elapsed());
        assert_eq!(plugin.status(), PluginStatus::Disconnected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_plugin_is_not_waited_for_again_without_attempts() {
    let options = PluginOptions::new().reconnect_attempts(0);
    let (engine, _dialer, client) = engine_with_plugin(options).await;
    client.close_for(CloseReason::Stopping);
    engine.wait_for("p", is_ended).await;
}
