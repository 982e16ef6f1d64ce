//! `check_client`, `on_error`, and the ready-made filters.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector::handler::filters::{Time, Timeout, TooBusy};
use connector::prelude::*;
use connector::protocol::session::Answer;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use serde_json::json;
use tokio::time::{advance, sleep};

use super::start;
use connector::testing::TestServer;

struct Works;

#[handler("test.works")]
impl Works {
    #[route]
    async fn takes(&self, Json(millis): Json<u64>) -> Json<u64> {
        sleep(Duration::from_millis(millis)).await;
        Json(millis)
    }

    #[route(timeout = "50ms")]
    async fn hurries(&self, Json(millis): Json<u64>) {
        sleep(Duration::from_millis(millis)).await;
    }

    #[route]
    fn fails(&self) -> Result<(), HandlerError> {
        Err(HandlerError::new(404, "no such room").with("room", 7))
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_is_checked_by_its_type_and_version() {
    let builder = Server::builder()
        .check_client(|kind, version| kind == "game" && version >= "1.2")
        .on_handshake(|_, _| async { Answer::Accept { user: Some(json!({ "fine": true })) } });
    let server = TestServer::start(builder).await;
    let client = |kind: &str, version: &str| {
        let (kind, version) = (kind.to_owned(), version.to_owned());
        server.client().with(|client| client.client_type(kind).client_version(version))
    };
    let welcome = client("game", "1.2").connect().await.welcome().user.clone();
    assert_eq!(welcome, Some(json!({ "fine": true })), "the next hook is asked too");
    assert_eq!(client("game", "1.1").expect_refusal().await, 501);
    assert_eq!(client("chat", "1.2").expect_refusal().await, 501);
}

#[tokio::test(start_paused = true)]
async fn every_error_passes_the_error_hooks_in_order() {
    let seen = Arc::<Mutex<Vec<String>>>::default();
    let log = seen.clone();
    let builder = Server::builder()
        .handler(Works)
        .on_error(move |cx, error| {
            let id = cx.id.map_or(0, RequestId::get);
            let line = format!("{id} {} {error}", cx.route().unwrap_or("unknown"));
            log.lock().unwrap().push(line);
            error.with("seen", true)
        })
        .on_error(|_, mut error| {
            assert_ne!(error.code, 400, "on purpose: an error hook");
            if error.code == 404 {
                error.code = 410;
            }
            error
        });
    let (_server, client) = start(builder).await;
    let error = client.expect_error("test.works.fails", ()).await;
    assert_eq!(error, HandlerError::new(410, "no such room").with("room", 7).with("seen", true));
    assert_eq!(client.expect_error("test.works.takes", Json("text")).await.code, 500);
    assert_eq!(client.expect_error("test.works.hurries", Json(100)).await.code, 504);
    assert_eq!(client.expect_error("test.no.route", ()).await.metadata["seen"], true);
    client.notify("test.works.fails", ()).await;
    client.request::<Json<u64>>("test.works.takes", Json(1)).await;
    let seen = std::mem::take(&mut *seen.lock().unwrap());
    let seen: Vec<_> = seen.iter().map(|line| &line[..line.len().min(30)]).collect();
    assert_eq!(
        seen,
        [
            "1 test.works.fails code 404: n",
            "2 test.works.takes code 400: i",
            "3 test.works.hurries code 504:",
            "4 unknown code 500",
            "0 test.works.fails code 404: n",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn the_shortest_timeout_counts() {
    let slow = Timeout::after(Duration::from_millis(200));
    let builder = Server::builder()
        .handler(Works)
        .filter(slow)
        .filter(Timeout::after(Duration::from_secs(3)));
    let (_server, client) = start(builder).await;
    assert_eq!(client.request::<Json<u64>>("test.works.takes", Json(199)).await.0, 199);
    let error = client.expect_error("test.works.takes", Json(201)).await;
    assert_eq!(error, HandlerError::timed_out(Duration::from_millis(200)));
    let error = client.expect_error("test.works.hurries", Json(100)).await;
    assert_eq!(error, HandlerError::timed_out(Duration::from_millis(50)));
}

#[tokio::test(start_paused = true)]
async fn a_program_that_is_behind_refuses_calls_until_it_is_not() {
    let (_server, client) = start(Server::builder().handler(Works).filter(TooBusy::new())).await;
    client.request::<Json<u64>>("test.works.takes", Json(1)).await;
    // Long waits do not make it busy, since timers are on time.
    client.request::<Json<u64>>("test.works.takes", Json(1_000)).await;
    client.request::<Json<u64>>("test.works.takes", Json(1)).await;
    // As if a handler had kept the thread for half a second.
    advance(Duration::from_millis(500)).await;
    let error = client.expect_error("test.works.takes", Json(1)).await;
    assert_eq!(error, HandlerError::new(TooBusy::TOO_BUSY, "the server is too busy"));
    sleep(Duration::from_secs(1)).await;
    client.request::<Json<u64>>("test.works.takes", Json(1)).await;
}

#[test]
fn durations_of_calls_are_recorded_by_route_and_code() {
    let recorder = DebuggingRecorder::new();
    let snapshots = recorder.snapshotter();
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().start_paused(true).build().unwrap();
    metrics::with_local_recorder(&recorder, || {
        runtime.block_on(async {
            let (_server, client) =
                start(Server::builder().handler(Works).filter(Time::new())).await;
            client.request::<Json<u64>>("test.works.takes", Json(250)).await;
            client.expect_error("test.works.fails", ()).await;
        });
    });
    let mut seen = Vec::new();
    for (key, _, _, value) in snapshots.snapshot().into_vec() {
        if let (connector::metrics::CALL_SECONDS, DebugValue::Histogram(values)) =
            (key.key().name(), value)
        {
            let labels: Vec<_> = key.key().labels().map(|label| label.value().to_owned()).collect();
            seen.push((labels.join(" "), values[0].into_inner()));
        }
    }
    seen.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(
        seen,
        [("test.works.fails 404".to_owned(), 0.0), ("test.works.takes 200".to_owned(), 0.25)]
    );
}
