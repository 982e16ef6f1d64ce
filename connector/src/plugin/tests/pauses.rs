//! Pauses of the process: what came meanwhile is read before anybody is judged.

use tokio::time::advance;

use super::by_hand::{ByHand, Hand};
use super::*;
use crate::Limits;

/// Lets the process sleep for a minute. Behind it the tasks see their timers before what has
/// come, as after a pause of a real process.
async fn pause() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    advance(Duration::from_secs(60)).await;
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_came_in_a_pause_is_in_time() {
    let (connector, mut connections) = ByHand::new("hand");
    let plugin = RemotePlugin::new(connector, (), PluginOptions::new());
    let (connected, mut hand) =
        tokio::join!(plugin.connect(), Hand::take(&mut connections, r#"["add"]"#));
    connected.unwrap();
    let answered = async {
        let request = hand.recv().await;
        pause().await;
        hand.answer(&request, "7");
        hand.recv().await;
    };
    let call = async {
        let seven = plugin.call::<i32>("add", ()).await;
        // One that nobody answers is late as ever.
        let start = tokio::time::Instant::now();
        let late = plugin.call::<i32>("add", ()).await.unwrap_err();
        (seven.unwrap(), late.is_timeout(), start.elapsed())
    };
    let (called, ()) = tokio::join!(call, answered);
    assert_eq!(called, (7, true, Duration::from_secs(10)));
}

#[tokio::test(start_paused = true)]
async fn an_engines_calls_are_judged_behind_what_came_in_a_pause() {
    let engine = Engine::new();
    let (connector, mut connections) = ByHand::new("hand");
    engine.register(connector).unwrap();
    let (activated, mut hand) =
        tokio::join!(engine.activate("hand"), Hand::take(&mut connections, r#"["add"]"#));
    activated.unwrap();
    let answered = async {
        let request = hand.recv().await;
        pause().await;
        hand.answer(&request, "7");
        hand.recv().await;
    };
    let call = async {
        let seven = engine.call::<i32>("hand", "add", ()).await;
        let start = engine.uptime();
        let late = engine.call::<i32>("hand", "add", ()).await.unwrap_err();
        (seven.unwrap(), late.is_timeout(), engine.uptime() - start)
    };
    let (called, ()) = tokio::join!(call, answered);
    assert_eq!(called, (7, true, Duration::from_secs(10)));
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_came_in_a_pause_is_in_time() {
    let (connector, mut connections) = ByHand::new("hand");
    let plugin = RemotePlugin::new(connector, (), PluginOptions::new());
    let answered = async {
        let mut hand = Hand::over(connections.recv().await.unwrap());
        let request = hand.recv().await;
        pause().await;
        hand.answer(&request, "[]");
        hand
    };
    let (connected, _hand) = tokio::join!(plugin.connect(), answered);
    connected.unwrap();

    let (connector, _connections) = ByHand::new("silent");
    let limits = Limits { handshake: Duration::from_secs(3), ..Limits::default() };
    let silent = RemotePlugin::new(connector, (), PluginOptions::new().limits(limits));
    let start = tokio::time::Instant::now();
    let late = silent.connect().await;
    assert_eq!(late, Err(ConnectError::Lost(CloseReason::HandshakeTimeout)));
    assert_eq!(start.elapsed(), Duration::from_secs(3));
}
