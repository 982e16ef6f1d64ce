//! The hook for open connections.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use super::LONG;
use super::fake::{Fake, Host, RouteText, pair};
use crate::Json;
use crate::client::{
    Client, ClientBuilder, ConnectError, ConnectionState, Reconnect, RequestError,
};
use crate::protocol::CloseReason;
use crate::protocol::pomelo::package::PackageType;

const JOIN: &str = "chat.roomHandler.join";

/// A client that joins on each connection, and tries a second after each loss.
fn joining() -> ClientBuilder {
    let policy = Reconnect::new().first_wait(Duration::from_secs(1)).without_jitter();
    Client::builder()
        .reconnect(policy)
        .on_open(|client| async move { client.request::<()>(JOIN, Json(7)).await })
}

/// Answers the request of the hook.
async fn let_in(fake: &mut Fake) {
    let (id, route, body) = fake.request().await;
    assert_eq!((route, &*body), (RouteText::Name(JOIN.into()), &b"7"[..]));
    fake.answer(id, &json!({})).await;
}

/// An open client, with its first connection, whose hook has returned.
async fn joined(builder: ClientBuilder) -> (Client, Fake, Host) {
    let (dial, mut host) = Host::new();
    let first = async {
        let mut fake = host.welcome().await;
        let_in(&mut fake).await;
        fake
    };
    let (client, fake) = tokio::join!(builder.connect_with(dial), first);
    (client.unwrap(), fake, host)
}

/// Ends the connection, and waits until the client knows.
async fn lose(client: &Client, fake: Fake) {
    drop(fake);
    let mut states = client.states();
    while !matches!(states.next().await, Some(ConnectionState::Lost { .. })) {}
}

#[tokio::test(start_paused = true)]
async fn messages_that_waited_leave_behind_those_of_the_hook() {
    let (client, fake, mut host) = joined(joining()).await;
    lose(&client, fake).await;
    let server = async {
        let mut fake = host.welcome().await;
        let (id, route, _) = fake.request().await;
        assert_eq!(route, RouteText::Name(JOIN.into()));
        // Nothing follows while the hook runs, however long.
        let more = timeout(Duration::from_secs(5), fake.package()).await;
        assert!(more.is_err(), "{more:?}");
        assert!(matches!(client.state(), ConnectionState::Connecting { .. }));
        fake.answer(id, &json!({})).await;
        let (id, route, _) = fake.request().await;
        assert_eq!(route, RouteText::Name("chat.chatHandler.send".into()));
        fake.answer(id, &json!("sent")).await;
        fake
    };
    let request = client.request::<Value>("chat.chatHandler.send", Json("hi"));
    let (answer, _fake) = timeout(LONG, async { tokio::join!(request, server) }).await.unwrap();
    assert_eq!(answer.unwrap(), json!("sent"));
    assert!(client.state().is_open());
}

#[tokio::test(start_paused = true)]
async fn an_error_of_the_hook_fails_the_first_attempt_and_closes_the_connection() {
    let (socket, mut fake) = pair(1024);
    let builder = Client::builder().on_open(|_| async { Err::<(), _>("the room is full") });
    let server = async {
        fake.welcome(json!({})).await;
        fake.package().await
    };
    let (client, end) = tokio::join!(builder.connect_socket(socket), server);
    let error = client.unwrap_err();
    assert!(matches!(error, ConnectError::Hook(_)), "{error:?}");
    assert_eq!(error.to_string(), "the hook for open connections failed: the room is full");
    assert_eq!(end, None);
}

#[tokio::test(start_paused = true)]
async fn an_error_of_the_hook_fails_one_attempt_to_connect_again() {
    let (client, fake, mut host) = joined(joining()).await;
    lose(&client, fake).await;
    let server = async {
        let mut fake = host.welcome().await;
        let (id, ..) = fake.request().await;
        fake.answer(id, &json!({ "code": 503, "msg": "not yet" })).await;
        assert_eq!(fake.package().await, None, "the request that waits is not sent");
        let ConnectionState::Lost { reason, attempt: 2, .. } = client.state() else {
            panic!("{:?}", client.state());
        };
        assert!(reason.to_string().contains("hook for open connections failed"), "{reason}");
        let mut fake = host.welcome().await;
        let_in(&mut fake).await;
        let (id, ..) = fake.request().await;
        fake.answer(id, &json!("sent")).await;
        fake
    };
    let request = client.request::<Value>("a.b.c", Json(1));
    let (answer, _fake) = timeout(LONG, async { tokio::join!(request, server) }).await.unwrap();
    assert_eq!(answer.unwrap(), json!("sent"));
}

#[tokio::test(start_paused = true)]
async fn the_hook_has_the_time_of_the_attempt() {
    let (socket, mut fake) = pair(1024);
    let builder = Client::builder().connect_timeout(Duration::from_secs(3));
    let builder = builder.on_open(|_| std::future::pending::<Result<(), RequestError>>());
    let started = Instant::now();
    let (client, ()) = tokio::join!(builder.connect_socket(socket), fake.welcome(json!({})));
    assert!(matches!(client, Err(ConnectError::Timeout)), "{client:?}");
    assert_eq!(started.elapsed(), Duration::from_secs(3));
    assert_eq!(fake.package().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_lost_during_the_hook_fails_its_messages_and_is_opened_again() {
    let (sender, mut handles) = mpsc::unbounded_channel();
    let builder = joining().on_open(move |client: Client| {
        let sent = sender.send(client.clone());
        async move {
            sent.map_err(|error| error.to_string())?;
            let joined = client.request::<Value>(JOIN, Json(7)).await;
            joined.map(drop).map_err(|error| error.to_string())
        }
    });
    let (client, fake, mut host) = joined(builder).await;
    drop(fake);
    handles.recv().await.unwrap();
    let mut fake = host.welcome().await;
    let handle = handles.recv().await.unwrap();
    fake.request().await;
    let lose = async {
        fake.request().await;
        drop(fake);
    };
    let (lost, ()) = tokio::join!(handle.request::<Value>("a.b.c", ()), lose);
    assert!(matches!(lost, Err(RequestError::Lost(CloseReason::PeerClosed))), "{lost:?}");
    let mut states = client.states();
    let mut fake = host.welcome().await;
    let_in(&mut fake).await;
    while !states.next().await.unwrap().is_open() {}
}

#[tokio::test(start_paused = true)]
async fn a_handle_of_the_hook_is_of_one_connection_and_keeps_no_client_open() {
    let (sender, mut handles) = mpsc::unbounded_channel();
    let builder = joining().on_open(move |client| {
        let sent = sender.send(client);
        async move { sent.map_err(|error| error.to_string()) }
    });
    let (client, mut fake, mut host) = Host::opened(builder).await;
    let first = handles.recv().await.unwrap();
    let answer = async {
        let (id, ..) = fake.request().await;
        fake.answer(id, &json!(1)).await;
    };
    let (answer, ()) = tokio::join!(first.request::<Value>("a.b.c", ()), answer);
    assert_eq!(answer.unwrap(), json!(1), "it is used while its connection is open");
    let late = first.request::<Value>("a.b.c", ());
    let lose = async {
        fake.request().await;
        drop(fake);
    };
    let (lost, ()) = tokio::join!(late, lose);
    assert!(matches!(lost, Err(RequestError::Lost(CloseReason::PeerClosed))), "{lost:?}");
    let mut fake = host.welcome().await;
    let second = handles.recv().await.unwrap();
    let gone = first.notify("a.b.c", ()).await;
    assert!(matches!(gone, Err(RequestError::NotConnected(CloseReason::PeerClosed))), "{gone:?}");
    second.notify("a.b.c", ()).await.unwrap();
    fake.expect(PackageType::Data).await;
    drop(client);
    assert_eq!(fake.package().await, None, "the last other handle closes it");
}

#[tokio::test(start_paused = true)]
async fn pushes_are_delivered_while_the_hook_runs() {
    let (client, fake, mut host) = joined(joining()).await;
    let mut pushes = client.pushes::<Value>("onJoined");
    drop(fake);
    let mut fake = host.welcome().await;
    let (id, ..) = fake.request().await;
    fake.push("onJoined", &json!(1)).await;
    assert_eq!(pushes.next().await.unwrap().unwrap(), json!(1));
    assert!(!client.state().is_open());
    fake.answer(id, &json!({})).await;
}

#[tokio::test(start_paused = true)]
async fn a_client_closes_while_its_hook_runs() {
    let (client, fake, mut host) = joined(joining()).await;
    drop(fake);
    let mut fake = host.welcome().await;
    fake.request().await;
    let started = Instant::now();
    client.close().await;
    assert_eq!(started.elapsed(), Duration::ZERO);
    assert_eq!(client.close_reason(), Some(CloseReason::Requested));
    assert_eq!(fake.package().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_kick_during_the_hook_is_the_end() {
    let (client, fake, mut host) = joined(joining()).await;
    drop(fake);
    let mut fake = host.welcome().await;
    fake.request().await;
    fake.send(PackageType::Kick, br#"{"reason":"enough"}"#).await;
    drop(fake);
    let reason = timeout(LONG, client.closed()).await.unwrap();
    assert_eq!(reason, CloseReason::Kicked(Some("enough".into())));
}

#[tokio::test(start_paused = true)]
async fn a_panic_of_the_hook_ends_the_client() {
    let (socket, mut fake) = pair(1024);
    let builder = Client::builder().on_open(|_| async {
        if true {
            panic!("a mistake");
        }
        Ok::<_, RequestError>(())
    });
    let (client, ()) = tokio::join!(builder.connect_socket(socket), fake.welcome(json!({})));
    assert!(matches!(client, Err(ConnectError::Closed(CloseReason::Panicked))), "{client:?}");
}
