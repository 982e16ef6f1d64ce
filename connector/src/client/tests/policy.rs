//! Policies of connecting again, and of giving up.

use std::io;
use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, advance};

use super::fake::{Fake, Host};
use crate::client::{Client, ConnectError, ConnectionState, Reconnect};
use crate::protocol::CloseReason;
use crate::protocol::pomelo::package::PackageType;

const SECOND: Duration = Duration::from_secs(1);

fn refused() -> CloseReason {
    CloseReason::lost(&io::Error::from(io::ErrorKind::ConnectionRefused))
}

async fn lose(client: &Client, fake: Fake) {
    let mut states = client.states();
    drop(fake);
    while !matches!(states.next().await, Some(ConnectionState::Lost { .. })) {}
}

#[tokio::test(start_paused = true)]
async fn the_policy_can_be_to_never_connect_again() {
    let builder = Client::builder().reconnect(Reconnect::never());
    let (client, fake, host) = Host::opened(builder).await;
    drop(fake);
    assert_eq!(client.closed().await, CloseReason::PeerClosed);
    client.close().await;
    assert!(host.is_left());
}

#[tokio::test(start_paused = true)]
async fn pomelos_policy_makes_ten_attempts_and_doubles_five_seconds() {
    let builder = Client::builder().reconnect(Reconnect::pomelo());
    let (client, fake, mut host) = Host::opened(builder).await;
    let started = Instant::now();
    drop(fake);
    let mut waited = Vec::new();
    for _ in 0..10 {
        host.refuse().await;
        waited.push(started.elapsed().as_secs());
    }
    assert_eq!(waited, [5, 15, 35, 75, 155, 315, 635, 1275, 2555, 5115]);
    assert_eq!(client.closed().await, refused());
    client.close().await;
    assert!(host.is_left());
}

#[tokio::test(start_paused = true)]
async fn pomelos_policy_begins_anew_with_each_connection() {
    let builder = Client::builder().reconnect(Reconnect::pomelo());
    let (client, mut fake, mut host) = Host::opened(builder).await;
    for _ in 0..20 {
        let started = Instant::now();
        drop(fake);
        fake = host.welcome().await;
        assert_eq!(started.elapsed(), 5 * SECOND);
    }
    assert_eq!(client.close_reason(), None);
}

#[tokio::test(start_paused = true)]
async fn the_default_waits_up_to_thirty_seconds_for_ever() {
    let (client, fake, mut host) = Host::opened(Client::builder()).await;
    drop(fake);
    let mut started = Instant::now();
    for attempt in 0..100u32 {
        host.refuse().await;
        let waited = started.elapsed();
        started = Instant::now();
        // Timers are of a millisecond.
        let shortest = (SECOND / 2 * (1 << attempt.min(10))).min(20 * SECOND);
        let longest = (shortest * 3 / 2).min(30 * SECOND) + Duration::from_millis(2);
        assert!(waited >= shortest && waited <= longest, "{attempt}: {waited:?}");
    }
    let _fake = host.welcome().await;
    assert_eq!(client.close_reason(), None);
}

#[tokio::test(start_paused = true)]
async fn a_client_gives_up_by_number_or_time() {
    let policy = Reconnect::new().first_wait(SECOND).without_jitter();
    let (client, fake, mut host) =
        Host::opened(Client::builder().reconnect(policy.clone().attempts(2))).await;
    drop(fake);
    host.refuse().await;
    host.refuse().await;
    assert_eq!(client.closed().await, refused());

    let limited = policy.give_up_after(10 * SECOND);
    let (client, fake, mut host) = Host::opened(Client::builder().reconnect(limited)).await;
    let started = Instant::now();
    drop(fake);
    let mut times = Vec::new();
    // After 1, 2, and 4 seconds, and at the end of the ten.
    for _ in 0..4 {
        host.refuse().await;
        times.push(started.elapsed().as_secs());
    }
    assert_eq!(times, [1, 3, 7, 10]);
    assert_eq!(client.closed().await, refused());
}

#[tokio::test(start_paused = true)]
async fn connections_that_end_at_once_count_as_attempts_that_failed() {
    let policy = Reconnect::new().first_wait(SECOND).without_jitter();
    let builder = Client::builder().reconnect(policy.attempts(3));
    let (client, mut fake, mut host) = Host::opened(builder).await;
    let mut waits = Vec::new();
    for _ in 0..3 {
        let started = Instant::now();
        drop(fake);
        fake = host.welcome().await;
        waits.push(started.elapsed().as_secs());
    }
    assert_eq!(waits, [1, 2, 4]);
    drop(fake);
    assert_eq!(client.closed().await, CloseReason::PeerClosed);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_lasts_begins_anew() {
    let policy = Reconnect::new().first_wait(SECOND).without_jitter();
    let builder = Client::builder().reconnect(policy.attempts(2));
    let (client, mut fake, mut host) = Host::opened(builder).await;
    for _ in 0..5 {
        lose(&client, fake).await;
        host.refuse().await;
        fake = host.welcome().await;
        advance(10 * SECOND).await;
        assert!(client.state().is_open());
    }
}

#[tokio::test(start_paused = true)]
async fn a_kick_is_the_end_unless_the_policy_says_otherwise() {
    let kicked = CloseReason::Kicked(Some("enough".into()));
    let (client, mut fake, host) = Host::opened(Client::builder()).await;
    fake.send(PackageType::Kick, br#"{"reason":"enough"}"#).await;
    assert_eq!(client.closed().await, kicked);
    client.close().await;
    assert!(host.is_left());

    let builder = Client::builder().reconnect(Reconnect::new().after_kick());
    let (client, mut fake, mut host) = Host::opened(builder).await;
    let mut states = client.states();
    states.next().await;
    fake.send(PackageType::Kick, br#"{"reason":"enough"}"#).await;
    assert_eq!(states.next().await.unwrap().reason(), Some(&kicked));
    let _fake = host.welcome().await;
    assert_eq!(client.close_reason(), None);
}

#[tokio::test(start_paused = true)]
async fn a_refused_handshake_is_the_end_unless_the_policy_says_otherwise() {
    let refuse = async |host: &mut Host| {
        let mut fake = host.accept().await;
        fake.expect(PackageType::Handshake).await;
        fake.send(PackageType::Handshake, br#"{"code":501}"#).await;
    };
    let (client, fake, mut host) = Host::opened(Client::builder()).await;
    drop(fake);
    refuse(&mut host).await;
    assert_eq!(client.closed().await, CloseReason::Refused(501));
    client.close().await;
    assert!(host.is_left());

    let builder = Client::builder().reconnect(Reconnect::new().after_refusal());
    let (client, fake, mut host) = Host::opened(builder).await;
    drop(fake);
    refuse(&mut host).await;
    let _fake = host.welcome().await;
    assert_eq!(client.close_reason(), None);
}

#[tokio::test(start_paused = true)]
async fn the_first_attempt_is_made_once() {
    let (dial, mut host) = Host::new();
    let (failed, ()) = tokio::join!(Client::builder().connect_with(dial), host.refuse());
    let Err(ConnectError::Closed(reason)) = failed else { panic!("{failed:?}") };
    assert_eq!(reason, refused());
    assert!(host.is_left());
    let bad = Client::connect("http://127.0.0.1:1").await;
    assert!(matches!(bad, Err(ConnectError::Dial(_))), "{bad:?}");
}

#[tokio::test(start_paused = true)]
async fn an_attempt_has_a_deadline() {
    let builder = Client::builder().connect_timeout(3 * SECOND);
    let (client, fake, mut host) = Host::opened(builder).await;
    lose(&client, fake).await;
    let mut silent = host.accept().await;
    let started = Instant::now();
    let mut states = client.states();
    let reason = loop {
        match states.next().await.unwrap() {
            ConnectionState::Lost { reason, attempt: 2, .. } => break reason,
            _ => continue,
        }
    };
    assert_eq!(reason, CloseReason::HandshakeTimeout);
    assert_eq!(started.elapsed(), 3 * SECOND);
    silent.expect(PackageType::Handshake).await;
    assert_eq!(silent.package().await, None, "it is given up");
    let mut fake = host.welcome().await;
    client.notify("a.b.c", crate::Json(json!(1))).await.unwrap();
    assert_eq!(fake.expect(PackageType::Data).await, b"\x02\x05a.b.c1");
}
