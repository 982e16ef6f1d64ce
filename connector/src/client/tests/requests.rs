use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio::time::timeout;

use super::LONG;
use super::fake::{RouteText, opened, pair};
use super::game::serve;
use crate::client::pending::{End, Pending};
use crate::client::{Client, RequestError};
use crate::protocol::CloseReason;
use crate::protocol::message::{MAX_ID, RequestId};
use crate::protocol::pomelo::package::{MAX_BODY, PackageType};
use crate::server::Server;
use crate::{Json, Limits, Raw};

#[tokio::test]
async fn requests_are_answered_in_any_order() {
    let table = serve(Server::builder()).await;
    let client = table.client().await;
    let order = std::sync::Mutex::new(Vec::new());
    let ask = async |route: &str, n: u64| {
        let answer: Value = client.request(route, Json(json!({ "n": n }))).await.unwrap();
        order.lock().unwrap().push(answer["n"].as_u64().unwrap());
    };
    let all = async {
        tokio::join!(ask("game.main.wait", 1), ask("game.main.echo", 2), async {
            ask("game.main.echo", 3).await;
            ask("game.main.release", 4).await;
        },)
    };
    timeout(LONG, all).await.unwrap();
    let order = order.into_inner().unwrap();
    assert_eq!(order[..2], [2, 3]);
    assert_eq!(order.len(), 4);
}

#[tokio::test]
async fn a_thousand_at_once_from_many_tasks() {
    let table = serve(Server::builder()).await;
    let client = table.client().await;
    let tasks = (0..1_000).map(|n| {
        let client = client.clone();
        tokio::spawn(async move {
            client.request::<Json<u32>>("game.main.echo", Json(&n)).await.unwrap().0 == n
        })
    });
    assert!(join_all(tasks).await.into_iter().all(Result::unwrap));
    assert_eq!(client.shared().live().pending.len(), 0);
}

#[tokio::test]
async fn requests_of_one_moment_leave_in_one_write() {
    let (client, mut fake) = opened(Client::builder(), json!({})).await;
    let requests = (0..50).map(async |n| client.request::<Json<u32>>("a.b.c", Json(&n)).await);
    let serve = async {
        let mut bytes = [0; 4096];
        let size = fake.io.read(&mut bytes).await.unwrap();
        // Header, flags, id, route and the number.
        assert_eq!(size, 10 * (4 + 1 + 1 + 6 + 1) + 40 * (4 + 1 + 1 + 6 + 2));
        drop(fake);
    };
    let (answers, ()) = tokio::join!(join_all(requests), serve);
    assert!(answers.iter().all(|answer| matches!(answer, Err(RequestError::Closed(_)))));
}

/// Lets the process sleep for a minute. Behind it tasks see their timers before what has come.
async fn pause() {
    tokio::time::advance(Duration::from_secs(60)).await;
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_came_while_the_process_slept_is_in_time() {
    let (socket, mut fake) = pair(1024);
    let serve = async {
        fake.expect(PackageType::Handshake).await;
        pause().await;
        fake.send(PackageType::Handshake, br#"{"code":200,"sys":{}}"#).await;
        fake.expect(PackageType::HandshakeAck).await;
        let (id, ..) = fake.request().await;
        pause().await;
        fake.answer(id, &json!("in time")).await;
    };
    let ask = async {
        let client = Client::builder().connect_socket(socket).await.unwrap();
        client.request::<Value>("a.b.c", Json(1)).await.unwrap()
    };
    let (answer, ()) = tokio::join!(ask, serve);
    assert_eq!(answer, json!("in time"));
}

#[tokio::test(start_paused = true)]
async fn a_request_without_an_answer_times_out_and_a_late_answer_is_ignored() {
    let builder = Client::builder().request_timeout(Duration::from_secs(3));
    let (client, mut fake) = opened(builder, json!({})).await;
    let started = tokio::time::Instant::now();
    let lost = client.request::<Value>("a.b.c", Json(1)).await;
    assert!(matches!(lost, Err(RequestError::Timeout)), "{lost:?}");
    assert_eq!(started.elapsed(), Duration::from_secs(3));
    assert_eq!(client.shared().live().pending.len(), 0);

    let (late, ..) = fake.request().await;
    fake.answer(late, &json!("late")).await;
    let patient = client.with_request_timeout(LONG);
    let next = async {
        let (id, route, body) = fake.request().await;
        assert_eq!((route, &*body), (RouteText::Name("a.b.c".into()), &b"2"[..]));
        fake.answer(id, &json!("in time")).await;
    };
    let (answer, ()) = tokio::join!(patient.request::<Json<String>>("a.b.c", Json(2)), next);
    assert_eq!(answer.unwrap().0, "in time");
}

#[tokio::test]
async fn a_request_that_nobody_waits_for_gives_its_place_back() {
    let (client, mut fake) = opened(Client::builder(), json!({})).await;
    {
        let request = client.request::<Value>("a.b.c", Json(1));
        let cancelled = timeout(Duration::ZERO, request).await;
        assert!(cancelled.is_err());
    }
    assert_eq!(client.shared().live().pending.len(), 0);
    let (id, ..) = fake.request().await;
    fake.answer(id, &json!(1)).await;
    fake.answer(id, &json!(1)).await;
    let (answer, ()) = tokio::join!(client.request::<Json<u32>>("a.b.c", Json(2)), async {
        let (id, ..) = fake.request().await;
        fake.answer(id, &json!(2)).await;
        fake.answer(id, &json!(3)).await;
    });
    assert_eq!(answer.unwrap().0, 2);
}

#[tokio::test]
async fn what_cannot_be_written_is_told_and_nothing_is_sent() {
    let (client, mut fake) = opened(Client::builder(), json!({})).await;
    let long = "r".repeat(256);
    let answer = client.request::<Value>(&long, Json(1)).await;
    assert!(matches!(answer, Err(RequestError::Codec(_))), "{answer:?}");
    let keys = std::collections::HashMap::from([((1, 2), 3)]);
    let answer = client.notify("a.b.c", Json(&keys)).await;
    assert!(matches!(answer, Err(RequestError::Codec(_))), "{answer:?}");
    let answer = client.request::<Raw>("a.b.c", Raw::copy_from(vec![0; 1 << 24])).await;
    assert!(matches!(answer, Err(RequestError::Codec(_))), "{answer:?}");
    assert_eq!(client.shared().live().pending.len(), 0);
    client.notify("a.b.c", Raw::copy_from("!")).await.unwrap();
    assert_eq!(fake.expect(PackageType::Data).await, b"\x02\x05a.b.c!");
}

/// A body that threads cannot share, as of a game's own state.
#[tokio::test]
async fn a_body_need_not_be_sync() {
    let (client, mut fake) = opened(Client::builder(), json!({})).await;
    let caller = client.clone();
    let sent = tokio::spawn(async move {
        caller.notify("a.b.c", Json(std::cell::Cell::new(1))).await.unwrap();
        caller.request::<Json<u32>>("a.b.c", Json(std::cell::Cell::new(2))).await.unwrap().0
    });
    assert_eq!(fake.expect(PackageType::Data).await, b"\x02\x05a.b.c1");
    let (id, ..) = fake.request().await;
    fake.answer(id, &json!(3)).await;
    assert_eq!(sent.await.unwrap(), 3);
}

/// What `Client::request` says about codes in the bodies of answers.
#[tokio::test]
async fn an_answer_as_a_value_has_the_code_of_an_error() {
    let (client, mut fake) = opened(Client::builder(), json!({})).await;
    let failed = json!({ "code": 500, "message": "broken" });
    let answers = async {
        for _ in 0..2 {
            let (id, ..) = fake.request().await;
            fake.answer(id, &failed).await;
        }
    };
    let asks = async {
        let wrapped: Json<Value> = client.request("a.b.c", Json(1)).await.unwrap();
        assert_eq!(wrapped.0, failed);
        let bare: Value = client.request("a.b.c", Json(1)).await.unwrap();
        assert_eq!(bare, failed);
    };
    tokio::join!(asks, answers);
}

#[tokio::test]
async fn the_longest_package_of_a_server_is_received() {
    let limits = Limits { queued: 32 << 20, ..Limits::default() };
    let table = serve(Server::builder().limits(limits)).await;
    let client = table.client().await;
    let mut pushes = client.pushes::<Raw>("onLong");
    client.request::<Value>("game.main.echo", Json(1)).await.unwrap();
    let long = vec![b'x'; MAX_BODY - "onLong".len() - 2];
    table.server.handle().sessions()[0].push("onLong", Raw::copy_from(&long)).unwrap();
    let push = timeout(LONG, pushes.next()).await.unwrap().expect("it is open").unwrap();
    assert!(*push.0 == *long);
}

#[tokio::test]
async fn messages_wait_while_the_server_does_not_read() {
    let (client, mut fake) = opened(Client::builder().send_queue(1_000), json!({})).await;
    // Far more than the queue and the stream take together.
    let body = [b'x'; 10_000];
    let send = join_all((0..100).map(|_| client.notify("a.b.c", Raw::copy_from(body))));
    let mut send = std::pin::pin!(send);
    assert!(timeout(Duration::from_millis(50), &mut send).await.is_err());
    assert_eq!(client.close_reason(), None);
    let read = async {
        for _ in 0..100 {
            assert_eq!(fake.expect(PackageType::Data).await.len(), 10_007);
        }
    };
    let (sent, ()) = tokio::join!(send, read);
    assert!(sent.iter().all(Result::is_ok));
}

#[test]
fn ids_wrap_around_and_skip_those_in_flight() {
    let id = |id| RequestId::new(id).unwrap();
    let pending = std::sync::Arc::new(Pending::default());
    let first = pending.begin().unwrap();
    assert_eq!(first.id(), id(1));
    pending.set_last(MAX_ID - 1);
    let last = pending.begin().unwrap();
    assert_eq!(last.id(), id(MAX_ID));
    let next = pending.begin().unwrap();
    assert_eq!(next.id(), id(2));
    drop((first, next));
    pending.set_last(MAX_ID);
    assert_eq!(pending.begin().unwrap().id(), id(1));
    pending.end(End { reason: CloseReason::PeerClosed, is_last: true });
    assert!(pending.begin().is_none());
}
