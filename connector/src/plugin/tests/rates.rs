//! Peers that send more messages a second than they may.

use tokio::time::{Instant, sleep, sleep_until};

use super::by_hand::Hand;
use super::engine_status::engine_with_hand;
use super::*;
use crate::Limits;

const SECOND: Duration = Duration::from_secs(1);
const TENTH: Duration = Duration::from_millis(100);

fn five_a_second() -> Limits {
    Limits { messages_per_second: 5, ..Limits::default() }
}

/// Twelve messages come at five a second.
const PACE: [usize; 4] = [5, 10, 12, 12];

#[tokio::test(start_paused = true)]
async fn a_plugin_that_floods_is_read_more_slowly_and_nothing_is_lost() {
    let options = PluginOptions::new().limits(five_a_second());
    let (engine, _connections, mut hand) = engine_with_hand(options).await;
    let heard = Heard::default();
    engine.on("hand", "news", heard.callback());
    sleep(SECOND).await;
    for n in 0..12 {
        hand.send(&format!(r#"{{"action":"emit","key":"news","payload":[{n}]}}"#));
    }
    let start = Instant::now();
    for (second, count) in (0..).zip(PACE) {
        sleep_until(start + second * SECOND + TENTH).await;
        assert_eq!(heard.all().len(), count, "in second {second}");
        let asked = Instant::now();
        assert_eq!(engine.call::<i64>("a", "add", (1, 1)).await.unwrap(), 2);
        assert_eq!(asked.elapsed(), Duration::ZERO, "others are not slower");
    }
    let in_order: Vec<_> = (0..12).map(|n| format!("[{n}]")).collect();
    assert_eq!(heard.all(), in_order);
    assert_eq!(engine.status("hand"), PluginStatus::Ready);
    // It can still be called, and answers in time.
    let (seven, _) = tokio::join!(engine.call::<i64>("hand", "add", ()), hand.recv_and_answer("7"));
    assert_eq!(seven.unwrap(), 7);
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_floods_is_read_more_slowly_and_answered_at_once() {
    let (near, far) = tokio::io::duplex(1 << 16);
    let methods = Methods::new().method("echo", async |call: PluginCall| call.arg::<Payload>(0));
    let options = ClientOptions::new().limits(five_a_second());
    let link = WebSocketLink::server(far, WebOptions::new().text());
    let client = PluginClient::with_options(methods, options);
    let client = create_connector_client(link, Some(client));
    let mut hand = Hand::over(WebSocketLink::client(near, "memory", "/", true).unwrap());
    hand.open().await;
    hand.shake_hands().await;
    sleep(SECOND).await;
    for id in 1..=12 {
        hand.send(&format!(
            r#"{{"action":"request","name":"p","key":"echo","id":{id},"payload":[{id}]}}"#
        ));
    }
    let start = Instant::now();
    let mut answered = [0; PACE.len()];
    for id in 1..=12 {
        assert_eq!(hand.recv().await.id, Some(id));
        for count in answered.iter_mut().skip(start.elapsed().as_secs() as usize) {
            *count += 1;
        }
    }
    assert_eq!(answered, PACE);
    // What it says itself does not wait.
    client.emit("news", ()).unwrap();
    assert_eq!(hand.recv().await.key.as_deref(), Some("news"));
    assert_eq!(start.elapsed().as_secs(), 2);
}
