use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, sleep, timeout};

use super::fake::opened;
use super::game::serve;
use crate::Json;
use crate::client::Client;
use crate::protocol::CloseReason;
use crate::protocol::pomelo::handshake::Response;
use crate::protocol::pomelo::package::PackageType;
use crate::server::Server;

#[tokio::test(start_paused = true)]
async fn heartbeats_keep_an_idle_connection_open() {
    let table = serve(Server::builder().heartbeat(Duration::from_secs(3))).await;
    let client = table.client().await;
    sleep(Duration::from_secs(3600)).await;
    assert_eq!(client.close_reason(), None);
    assert_eq!(client.request::<Value>("game.main.echo", Json(1)).await.unwrap(), json!(1));
    assert_eq!(table.server.handle().statistics().sessions, 1);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_falls_silent_is_left() {
    let (client, mut fake) = opened(Client::builder(), json!({ "heartbeat": 3 })).await;
    let started = Instant::now();
    fake.expect(PackageType::Heartbeat).await;
    assert_eq!(started.elapsed().as_secs(), 3);
    // Anything counts as a sign of life.
    fake.push("onAny", &json!(1)).await;
    fake.expect(PackageType::Heartbeat).await;
    assert_eq!(started.elapsed().as_secs(), 6);
    assert_eq!(client.closed().await, CloseReason::HeartbeatTimeout);
    // Its own heartbeat was a little late.
    assert_eq!(started.elapsed().as_millis(), 3_050 + 2 * 3_000 + 100);
}

#[tokio::test(start_paused = true)]
async fn without_an_interval_there_are_no_heartbeats() {
    let (client, mut fake) = opened(Client::builder(), json!({})).await;
    assert!(timeout(Duration::from_secs(3600), fake.package()).await.is_err());
    assert_eq!(client.close_reason(), None);
}

#[tokio::test(start_paused = true)]
async fn what_came_while_the_client_slept_counts() {
    let (client, mut fake) = opened(Client::builder(), json!({ "heartbeat": 3 })).await;
    tokio::task::yield_now().await;
    fake.send(PackageType::Heartbeat, b"").await;
    tokio::time::advance(Duration::from_secs(60)).await;
    fake.expect(PackageType::Heartbeat).await;
    assert_eq!(client.close_reason(), None);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_nobody_has_configured_notices_silent_clients() {
    let table = serve(Server::builder()).await;
    let client = table.client().await;
    let welcome = client.welcome();
    let welcome = welcome.details.get::<Response>().unwrap();
    assert_eq!(welcome.sys.as_ref().unwrap().heartbeat, Some(Duration::from_secs(30)));
    let mut silent = table.dialer.dial().await.unwrap();
    silent.write_all(b"\x01\x00\x00\x0a{\"sys\":{}}\x02\x00\x00\x00").await.unwrap();
    let started = Instant::now();
    silent.read_to_end(&mut Vec::new()).await.unwrap();
    let silence = started.elapsed();
    assert!(silence >= Duration::from_secs(60) && silence < Duration::from_secs(65), "{silence:?}");

    let table = serve(Server::builder().heartbeat(Duration::ZERO)).await;
    let client = table.client().await;
    let welcome = client.welcome();
    let welcome = welcome.details.get::<Response>().unwrap();
    assert_eq!(welcome.sys.as_ref().unwrap().heartbeat, None);
}
