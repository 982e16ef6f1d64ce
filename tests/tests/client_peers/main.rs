//! Our client against the released servers of others.

#![allow(clippy::unwrap_used)]

mod nano;
mod reconnect;

use std::time::Duration;

use connector::Json;
use connector::client::Client;
use connector::prelude::Proto;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

/// The time that nothing here takes.
const PATIENCE: Duration = Duration::from_secs(20);

const ECHO: &str = "connector.entryHandler.echo";

/// The bodies that come back unchanged, the pushes in their order, and the notifies that are
/// counted, of every server here. So many requests run at once.
async fn talks(client: &Client, at_once: u32) {
    for text in ["a", "é", "世", "😀", "mixed é 世 😀 \u{0} \\ \" \u{2028}"] {
        for bytes in [1, 100, 4_000, 20_000] {
            let body = json!({ "text": text.repeat((bytes / text.len()).max(1)) });
            let answer: Value = client.request(ECHO, Json(&body)).await.unwrap();
            assert!(answer == body, "{text} {bytes}");
        }
    }
    let asks = (0..at_once).map(|n| {
        let client = client.clone();
        async move { client.request::<Json<u32>>(ECHO, Json(n)).await.unwrap().0 == n }
    });
    assert!(futures_util::future::join_all(asks).await.into_iter().all(|same| same));

    let mut pushes = client.pushes::<Value>("onPush");
    let wanted = Json(json!({ "n": 5, "text": "é" }));
    let answer: Value = client.request("connector.entryHandler.push", wanted).await.unwrap();
    assert_eq!(answer, json!({ "code": 200 }));
    for seq in 0..5 {
        let push = timeout(PATIENCE, pushes.next()).await.unwrap().unwrap().unwrap();
        assert_eq!(push, json!({ "seq": seq, "text": "é" }));
    }
    let count = async || {
        let counted: Value =
            client.request("connector.entryHandler.count", Json(json!({}))).await.unwrap();
        counted["count"].as_u64().unwrap()
    };
    let before = count().await;
    for _ in 0..3 {
        client.notify("connector.entryHandler.notify", Json(json!({}))).await.unwrap();
    }
    // Some servers run the calls of a session beside each other.
    let started = Instant::now();
    while count().await < before + 3 {
        assert!(started.elapsed() < PATIENCE, "the notifies do not arrive");
    }
}

/// Bodies in protobuf, both ways.
async fn says(client: &Client) {
    let mut pushes = client.pushes::<Proto<String>>("onSay");
    for words in ["hi", "é 世 😀", &"long ".repeat(10_000)] {
        let body = Proto(words.to_owned());
        let answer = client.request::<Proto<String>>("connector.sayHandler.say", body).await;
        assert!(answer.unwrap().0 == words, "{words:.20}");
        client.notify("connector.sayHandler.told", Proto(words.to_owned())).await.unwrap();
        let push = timeout(PATIENCE, pushes.next()).await.unwrap().unwrap().unwrap();
        assert!(push.0 == words, "{words:.20}");
    }
}

/// A silent connection stays open for more than two intervals of a second, after which it
/// would be closed on either side.
async fn stays(client: &Client) {
    let mut states = client.states();
    states.next().await;
    let changed = timeout(Duration::from_millis(3_200), states.next()).await;
    assert!(changed.is_err(), "{changed:?}");
    let answer: Value = client.request(ECHO, Json(json!({ "still": true }))).await.unwrap();
    assert_eq!(answer, json!({ "still": true }));
}
