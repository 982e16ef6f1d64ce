//! Plugins that connect to their engine, and come back.

use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, sleep};

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
async fn connections_that_do_not_shake_hands_are_counted() {
    let options = PluginOptions::new().reconnect_attempts(2);
    let (engine, dialer, client) = engine_with_plugin(options).await;
    client.close_for(CloseReason::Stopping);
    engine.wait_for("p", is_lost).await;
    let mut silent = Vec::new();
    for _ in 0..2 {
        let mut stream = dialer.dial().await.unwrap();
        stream.write_all(HELLO).await.unwrap();
        silent.push(stream);
    }
    let start = Instant::now();
    let ended = engine.wait_for("p", is_ended).await;
    assert_eq!(ended, PluginStatus::Ended(CloseReason::HandshakeTimeout));
    assert!(start.elapsed() >= Duration::from_secs(20), "{:?}", start.elapsed());
}
