//! Connections that are lost, and opened again.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use super::LONG;
use super::fake::{Host, RouteText, opened};
use crate::Json;
use crate::client::{Client, ConnectError, ConnectionState, Reconnect, RequestError};
use crate::protocol::CloseReason;
use crate::protocol::pomelo::package::PackageType;

const SECOND: Duration = Duration::from_secs(1);

/// Waits of exactly a second, two, four ..
fn exact() -> Reconnect {
    Reconnect::new().first_wait(SECOND).without_jitter()
}

fn refused() -> CloseReason {
    CloseReason::lost(&io::Error::from(io::ErrorKind::ConnectionRefused))
}

#[tokio::test(start_paused = true)]
async fn a_lost_connection_is_opened_again_and_its_states_are_seen() {
    let builder = Client::builder().reconnect(exact());
    let (client, fake, mut host) = Host::opened(builder).await;
    let mut states = client.states();
    assert_eq!(states.next().await, Some(ConnectionState::Open));
    let started = Instant::now();
    drop(fake);
    let lost = |reason, attempt, seconds| {
        let retry_in = Duration::from_secs(seconds);
        Some(ConnectionState::Lost { reason, attempt, retry_in })
    };
    assert_eq!(states.next().await, lost(CloseReason::PeerClosed, 1, 1));
    assert!(!client.state().is_open());
    assert_eq!(client.close_reason(), None, "it is not the end");
    let connecting = ConnectionState::Connecting { reason: CloseReason::PeerClosed, attempt: 1 };
    assert_eq!(states.next().await, Some(connecting));
    host.refuse().await;
    assert_eq!(states.next().await, lost(refused(), 2, 2));
    assert_eq!(states.next().await.unwrap().reason(), Some(&refused()));
    host.refuse().await;
    assert_eq!(states.next().await, lost(refused(), 3, 4));
    assert!(matches!(states.next().await, Some(ConnectionState::Connecting { attempt: 3, .. })));
    let _fake = host.welcome().await;
    assert_eq!(states.next().await, Some(ConnectionState::Open));
    assert_eq!(started.elapsed(), 7 * SECOND);
    client.close().await;
    let closed = ConnectionState::Closed(CloseReason::Requested);
    assert_eq!(states.next().await, Some(closed.clone()));
    assert_eq!(states.next().await, None);
    assert_eq!(client.state(), closed);
    assert!(host.is_left(), "nothing dials after a close");
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_of_states_misses_no_loss() {
    let (client, mut fake, mut host) = Host::opened(Client::builder().reconnect(exact())).await;
    let (mut slow, mut quick) = (client.states(), client.states());
    assert_eq!(slow.next().await, Some(ConnectionState::Open));
    quick.next().await;
    let lost = |attempt, seconds| {
        let retry_in = Duration::from_secs(seconds);
        Some(ConnectionState::Lost { reason: CloseReason::PeerClosed, attempt, retry_in })
    };
    // Two losses at once, each of a connection that has just opened.
    for _ in 0..2 {
        drop(fake);
        fake = host.welcome().await;
        while quick.next().await != Some(ConnectionState::Open) {}
    }
    assert_eq!(slow.next().await, lost(2, 2), "the last one");
    assert_eq!(slow.next().await, Some(ConnectionState::Open));

    drop(fake);
    let connecting = loop {
        let state = quick.next().await;
        if let Some(ConnectionState::Connecting { .. }) = state {
            break state;
        }
    };
    assert_eq!(slow.next().await, lost(3, 4));
    assert_eq!(slow.next().await, connecting);
    // Whoever begins now has seen no connection.
    assert_eq!(client.states().next().await, connecting);
    let fake = host.welcome().await;
    while quick.next().await != Some(ConnectionState::Open) {}
    assert_eq!(slow.next().await, Some(ConnectionState::Open));

    drop(fake);
    while !matches!(quick.next().await, Some(ConnectionState::Lost { .. })) {}
    client.close().await;
    assert_eq!(slow.next().await, Some(ConnectionState::Closed(CloseReason::Requested)));
}

#[tokio::test(start_paused = true)]
async fn requests_in_flight_fail_at_once_and_are_not_sent_again() {
    let (client, mut fake, mut host) = Host::opened(Client::builder().reconnect(exact())).await;
    let started = Instant::now();
    let lose = async {
        fake.request().await;
        drop(fake);
    };
    let (lost, ()) = tokio::join!(client.request::<Value>("a.b.c", Json(1)), lose);
    let Err(RequestError::Lost(reason)) = &lost else { panic!("{lost:?}") };
    assert_eq!(*reason, CloseReason::PeerClosed);
    let text = "the connection was lost before the answer arrived: the peer closed the connection";
    assert_eq!(lost.unwrap_err().to_string(), text);
    assert_eq!(started.elapsed(), Duration::ZERO);

    let mut fake = host.welcome().await;
    let next = async {
        let (id, route, body) = fake.request().await;
        assert_eq!((route, &*body), (RouteText::Name("a.b.c".into()), &b"2"[..]));
        fake.answer(id, &json!(3)).await;
    };
    let (answer, ()) = tokio::join!(client.request::<Json<u8>>("a.b.c", Json(2)), next);
    assert_eq!(answer.unwrap().0, 3);
}

#[tokio::test(start_paused = true)]
async fn subscriptions_outlast_a_lost_connection() {
    let (client, mut fake, mut host) = Host::opened(Client::builder()).await;
    let mut numbers = client.pushes::<Json<u32>>("onNumber");
    let mut all = client.all_pushes();
    let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let listener = client.listen().on("onNumber", move |Json(n): Json<u32>| told.send(n).unwrap());
    let listener = tokio::spawn(listener.run());
    for n in 0..3 {
        fake.push("onNumber", &json!(n)).await;
        assert_eq!(numbers.next().await.unwrap().unwrap().0, n);
        assert_eq!(all.next().await.unwrap().read::<Json<u32>>().unwrap().0, n);
        assert_eq!(heard.recv().await, Some(n));
        drop(fake);
        fake = host.welcome().await;
    }
    client.close().await;
    assert!(numbers.next().await.is_none());
    assert!(all.next().await.is_none());
    assert_eq!(listener.await.unwrap(), CloseReason::Requested);
}

#[tokio::test(start_paused = true)]
async fn each_connection_has_its_own_dictionary_and_welcome() {
    let (dial, mut host) = Host::new();
    let dictionary = |code| {
        let routes = json!({ "a.b.c": code, "onNews": code + 1 });
        json!({ "useDict": true, "dict": routes, "routeToCode": routes })
    };
    let first = async {
        let mut fake = host.accept().await;
        fake.welcome(dictionary(1)).await;
        fake
    };
    let (client, mut fake) = tokio::join!(Client::builder().connect_with(dial), first);
    let client = client.unwrap();
    let mut news = client.pushes::<Json<u8>>("onNews");
    for code in [1, 7] {
        client.notify("a.b.c", Json(0)).await.unwrap();
        assert_eq!(fake.expect(PackageType::Data).await, [3, 0, code, b'0']);
        let push = crate::protocol::message::Head::Push(crate::protocol::message::RouteRef::Code(
            u16::from(code) + 1,
        ));
        fake.message(push, &json!(code)).await;
        assert_eq!(news.next().await.unwrap().unwrap().0, code);
        assert_eq!(client.welcome().dictionary.as_ref().unwrap().routes[&code.into()], "a.b.c");
        if code == 1 {
            drop(fake);
            fake = host.accept().await;
            fake.welcome(dictionary(7)).await;
            client.states().next().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_users_data_are_made_for_each_handshake() {
    let made = Arc::new(AtomicU32::new(0));
    let count = made.clone();
    let builder = Client::builder().reconnect(exact()).user_with(move || {
        let n = count.fetch_add(1, Ordering::Relaxed);
        async move {
            match n {
                1 => Err("the tokens are out"),
                n => Ok(json!({ "token": n })),
            }
        }
    });
    assert!(format!("{builder:?}").contains("user: made for each handshake"));
    let (dial, mut host) = Host::new();
    let token = async |host: &mut Host| {
        let mut fake = host.accept().await;
        let handshake: Value =
            serde_json::from_slice(&fake.expect(PackageType::Handshake).await).unwrap();
        fake.send(PackageType::Handshake, br#"{"code":200,"sys":{}}"#).await;
        fake.expect(PackageType::HandshakeAck).await;
        (fake, handshake["user"]["token"].as_u64())
    };
    let (client, (fake, first)) = tokio::join!(builder.connect_with(dial), token(&mut host));
    let client = client.unwrap();
    assert_eq!(first, Some(0));
    let mut states = client.states();
    drop(fake);
    let failed = loop {
        match states.next().await.unwrap() {
            ConnectionState::Lost { reason, attempt: 2, .. } => break reason,
            _ => continue,
        }
    };
    assert!(failed.to_string().contains("the tokens are out"), "{failed}");
    assert!(!host.is_dialed(), "the data come first");
    assert_eq!(token(&mut host).await.1, Some(2));
}

#[tokio::test]
async fn the_first_handshakes_data_can_fail() {
    let builder = Client::builder().user_with(async || Err::<Value, _>("no token"));
    let (dial, _host) = Host::new();
    let failed = builder.connect_with(dial).await.unwrap_err();
    let text = "the user's data for the handshake could not be made: no token";
    assert!(matches!(failed, ConnectError::User(_)) && failed.to_string() == text, "{failed}");

    async fn panics() -> Result<Value, &'static str> {
        panic!("as wanted")
    }
    let (dial, _host) = Host::new();
    let failed = Client::builder().user_with(panics).connect_with(dial).await.unwrap_err();
    assert!(matches!(failed, ConnectError::Closed(CloseReason::Panicked)), "{failed}");
}

#[tokio::test(start_paused = true)]
async fn a_wait_can_be_cut_short() {
    let hour = Reconnect::new().first_wait(3600 * SECOND).longest_wait(3600 * SECOND);
    let (client, fake, mut host) = Host::opened(Client::builder().reconnect(hour)).await;
    // Of no effect while it is open.
    client.retry_now();
    let mut states = client.states();
    let started = Instant::now();
    drop(fake);
    while !matches!(states.next().await, Some(ConnectionState::Lost { .. })) {}
    tokio::task::yield_now().await;
    assert!(!host.is_dialed());
    client.retry_now();
    host.refuse().await;
    while !matches!(states.next().await, Some(ConnectionState::Lost { attempt: 2, .. })) {}
    client.retry_now();
    let _fake = host.welcome().await;
    while !client.state().is_open() {
        states.next().await;
    }
    assert_eq!(started.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_closes_does_not_connect_again() {
    // While it waits, while it dials, and while it shakes hands.
    for stage in 0..3 {
        let (client, fake, mut host) = Host::opened(Client::builder()).await;
        let mut pushes = client.pushes::<Value>("onAny");
        drop(fake);
        let mut states = client.states();
        while !matches!(states.next().await, Some(ConnectionState::Lost { .. })) {}
        let mut half_open = None;
        if stage > 0 {
            while !matches!(states.next().await, Some(ConnectionState::Connecting { .. })) {}
        }
        if stage > 1 {
            let mut fake = host.accept().await;
            fake.expect(PackageType::Handshake).await;
            half_open = Some(fake);
        }
        let waits = client.request::<Value>("a.b.c", Json(1));
        let close = async {
            tokio::task::yield_now().await;
            client.close().await;
        };
        let (waited, ()) = timeout(LONG, async { tokio::join!(waits, close) }).await.unwrap();
        let Err(RequestError::Closed(CloseReason::Requested)) = waited else {
            panic!("{stage}: {waited:?}")
        };
        assert_eq!(client.closed().await, CloseReason::Requested);
        assert!(pushes.next().await.is_none());
        assert!(host.is_left(), "{stage}");
        if let Some(mut fake) = half_open {
            assert_eq!(fake.package().await, None);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_last_handle_ends_a_client_that_is_lost() {
    let (client, fake, host) = Host::opened(Client::builder()).await;
    let mut pushes = client.pushes::<Value>("onAny");
    let mut states = client.states();
    drop(fake);
    while !matches!(states.next().await, Some(ConnectionState::Lost { .. })) {}
    let task = Arc::downgrade(client.shared());
    drop(client);
    assert!(pushes.next().await.is_none());
    let closed = ConnectionState::Closed(CloseReason::Requested);
    assert_eq!(states.next().await, Some(closed));
    assert_eq!(states.next().await, None);
    tokio::task::yield_now().await;
    assert!(host.is_left());
    assert!(task.upgrade().is_none(), "its task has ended");
}

#[test]
fn a_runtime_that_goes_down_ends_a_client_that_is_lost() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let first = runtime();
    let (client, fake, _host) = first.block_on(Host::opened(Client::builder()));
    drop(fake);
    let mut states = client.states();
    first.block_on(async {
        while !matches!(states.next().await, Some(ConnectionState::Lost { .. })) {}
    });
    drop(first);
    let reason = runtime().block_on(client.closed());
    assert!(matches!(reason, CloseReason::Lost { .. }), "{reason:?}");
}

#[tokio::test(start_paused = true)]
async fn a_client_over_one_socket_does_not_connect_again() {
    let (client, fake) = opened(Client::builder(), json!({})).await;
    drop(fake);
    assert_eq!(client.closed().await, CloseReason::PeerClosed);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_falls_silent_is_connected_to_again() {
    let (dial, mut host) = Host::new();
    let silent = async {
        let mut fake = host.accept().await;
        fake.welcome(json!({ "heartbeat": 3 })).await;
        fake
    };
    let (client, _silent) = tokio::join!(Client::builder().connect_with(dial), silent);
    let client = client.unwrap();
    let mut states = client.states();
    states.next().await;
    let lost = states.next().await.unwrap();
    assert_eq!(lost.reason(), Some(&CloseReason::HeartbeatTimeout));
    // The silent socket takes nothing, and delays nothing.
    let _fake = host.welcome().await;
    while !client.state().is_open() {
        states.next().await;
    }
}
