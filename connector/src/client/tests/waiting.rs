//! Messages that are made while the connection is lost.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use super::LONG;
use super::fake::{Fake, Host};
use crate::client::{Client, ConnectionState, RequestError};
use crate::protocol::CloseReason;
use crate::protocol::message::Head;
use crate::protocol::pomelo::message::Message;
use crate::protocol::pomelo::package::PackageType;
use crate::{Json, Raw};

/// A client that has lost its connection.
async fn lost(builder: crate::client::ClientBuilder) -> (Client, Host) {
    let (client, fake, host) = Host::opened(builder).await;
    let mut states = client.states();
    drop(fake);
    while !matches!(states.next().await, Some(ConnectionState::Lost { .. })) {}
    (client, host)
}

/// The bodies of the next messages.
async fn bodies(fake: &mut Fake, count: usize) -> Vec<Value> {
    let mut bodies = Vec::new();
    while bodies.len() < count {
        let payload = fake.expect(PackageType::Data).await;
        let message = Message::decode(&payload).unwrap();
        bodies.push(serde_json::from_slice(message.body).unwrap());
        if let Head::Request(Some(id), _) = message.head {
            fake.answer(id, &json!({})).await;
        }
    }
    bodies
}

#[tokio::test(start_paused = true)]
async fn messages_wait_for_the_next_connection_in_their_order() {
    // A queue that is shorter than what waits, so that they also wait for room.
    let (client, mut host) = lost(Client::builder().send_queue(20)).await;
    let messages = (0..100).map(|n| {
        let client = client.clone();
        tokio::spawn(async move {
            match n % 2 {
                0 => client.notify("a.b.c", Json(n)).await,
                _ => client.request::<Raw>("a.b.c", Json(n)).await.map(drop),
            }
        })
    });
    let messages: Vec<_> = messages.collect();
    tokio::task::yield_now().await;
    let later = async {
        let mut fake = host.welcome().await;
        // One that comes when the connection is there, and others still wait.
        let newcomer = client.notify("a.b.c", Json(100));
        let (sent, bodies) = tokio::join!(newcomer, bodies(&mut fake, 101));
        sent.unwrap();
        bodies
    };
    let bodies = timeout(LONG, later).await.unwrap();
    assert_eq!(bodies, (0..101).map(|n| json!(n)).collect::<Vec<_>>());
    for message in join_all(messages).await {
        message.unwrap().unwrap();
    }
    assert!(!client.shared().turns.are_awaited());
    assert_eq!(client.shared().live().pending.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn messages_wait_up_to_their_timeout_and_are_not_sent_later() {
    let (client, mut host) = lost(Client::builder()).await;
    let started = Instant::now();
    let impatient = client.with_request_timeout(Duration::from_millis(200));
    let (request, notify) = tokio::join!(
        impatient.request::<Value>("a.b.c", Json(1)),
        impatient.notify("a.b.c", Json(2)),
    );
    assert_eq!(started.elapsed().as_millis(), 200);
    for failed in [request.map(drop), notify] {
        let Err(RequestError::NotConnected(reason)) = &failed else { panic!("{failed:?}") };
        assert_eq!(*reason, CloseReason::PeerClosed);
        let text = "there is no connection: the peer closed the connection";
        assert_eq!(failed.unwrap_err().to_string(), text);
    }
    let mut fake = host.welcome().await;
    client.notify("a.b.c", Json(3)).await.unwrap();
    assert_eq!(bodies(&mut fake, 1).await, [json!(3)]);
    assert!(!client.shared().turns.are_awaited());
}

#[tokio::test(start_paused = true)]
async fn messages_can_fail_at_once_instead() {
    let (client, mut host) = lost(Client::builder().fail_while_lost()).await;
    let started = Instant::now();
    let request = client.request::<Value>("a.b.c", Json(1)).await;
    assert!(matches!(request, Err(RequestError::NotConnected(_))), "{request:?}");
    let notify = client.notify("a.b.c", Json(2)).await;
    assert!(matches!(notify, Err(RequestError::NotConnected(_))), "{notify:?}");
    assert_eq!(started.elapsed(), Duration::ZERO);
    let mut fake = host.welcome().await;
    let mut states = client.states();
    while !client.state().is_open() {
        states.next().await;
    }
    client.notify("a.b.c", Json(3)).await.unwrap();
    assert_eq!(bodies(&mut fake, 1).await, [json!(3)]);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_nobody_waits_for_gives_its_place_up() {
    let (client, mut host) = lost(Client::builder()).await;
    let (first, second) = (client.clone(), client.clone());
    let first = tokio::spawn(async move { first.notify("a.b.c", Json(1)).await });
    let second = tokio::spawn(async move { second.notify("a.b.c", Json(2)).await });
    tokio::task::yield_now().await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    let mut fake = host.welcome().await;
    assert_eq!(bodies(&mut fake, 1).await, [json!(2)]);
    second.await.unwrap().unwrap();
    assert!(!client.shared().turns.are_awaited());
}

/// What waits for room when the connection is lost was not sent, so it may go to the next one.
#[tokio::test(start_paused = true)]
async fn what_waits_for_room_goes_to_the_next_connection_in_its_order() {
    let (client, fake, mut host) = Host::opened(Client::builder().send_queue(1)).await;
    let body = |n: u32| json!({ "n": n, "text": "x".repeat(70_000) });
    let messages = (0..5).map(|n| {
        let client = client.clone();
        tokio::spawn(async move { client.notify("a.b.c", Json(body(n))).await })
    });
    let messages: Vec<_> = messages.collect();
    // The first fills the stream, and the second the queue.
    let mut states = client.states();
    states.next().await;
    assert!(timeout(Duration::from_secs(1), states.next()).await.is_err());
    drop(fake);
    states.next().await;
    let mut fake = host.accept().await;
    let read = async {
        fake.welcome(json!({})).await;
        let mut read = Vec::new();
        while read.last() != Some(&json!(4)) {
            read.push(bodies(&mut fake, 1).await[0]["n"].clone());
        }
        read
    };
    let read = timeout(LONG, read).await.unwrap();
    let sent = join_all(messages).await;
    assert!(sent.into_iter().all(|sent| sent.unwrap().is_ok()));
    let first = read[0].as_u64().unwrap();
    assert!(first == 1 || first == 2, "{read:?}");
    assert_eq!(read, (first..5).map(|n| json!(n)).collect::<Vec<_>>());
}
