use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::sync::mpsc::unbounded_channel;

use super::fake::{Fake, opened};
use super::game::serve;
use crate::Json;
use crate::client::{AllPushes, Client};
use crate::server::Server;

/// Resolves when all that the server has sent until now is handled.
async fn settle(client: &Client, fake: &mut Fake) {
    let (answer, ()) = tokio::join!(client.request::<Json<u8>>("a.b.c", Json(0)), async {
        let (id, ..) = fake.request().await;
        fake.answer(id, &json!(1)).await;
    });
    assert_eq!(answer.unwrap().0, 1);
}

#[tokio::test]
async fn pushes_reach_all_who_listen_for_their_route() {
    let (client, mut fake) = opened(Client::builder(), json!({})).await;
    let mut first = client.pushes::<Json<u32>>("onNumber");
    let mut second = client.pushes::<Json<u32>>("onNumber");
    let mut texts = client.pushes::<Json<String>>("onText");
    let mut all: AllPushes = client.all_pushes();
    fake.push("onNumber", &json!(1)).await;
    fake.push("onText", &json!("two")).await;
    fake.push("onNumber", &json!("three")).await;
    fake.push("onNumber", &json!(4)).await;
    assert_eq!(first.next().await.unwrap().unwrap().0, 1);
    assert!(first.next().await.unwrap().is_err());
    assert_eq!(first.next().await.unwrap().unwrap().0, 4);
    assert_eq!(StreamExt::next(&mut second).await.unwrap().unwrap().0, 1);
    assert_eq!(texts.next().await.unwrap().unwrap().0, "two");
    let push = all.next().await.unwrap();
    assert_eq!((&*push.route, push.read::<Json<u32>>().unwrap().0), ("onNumber", 1));
    assert_eq!(&*all.next().await.unwrap().route, "onText");
}

#[tokio::test]
async fn a_listener_keeps_the_order_of_all_routes() {
    let (client, mut fake) = opened(Client::builder(), json!({})).await;
    let (told, mut heard) = unbounded_channel();
    let also = told.clone();
    let listener = client
        .listen()
        .on("onNumber", move |Json(n): Json<u32>| told.send(n.to_string()).unwrap())
        .on("onText", move |Json(text): Json<String>| also.send(text).unwrap());
    let talked = listener.during(async {
        fake.push("onNumber", &json!(1)).await;
        fake.push("onText", &json!("two")).await;
        fake.push("onNumber", &json!("three")).await;
        fake.push("onOther", &json!(3)).await;
        fake.push("onNumber", &json!(4)).await;
        let mut all = Vec::new();
        while all.len() < 3 {
            all.extend(heard.recv().await);
        }
        all
    });
    assert_eq!(talked.await.unwrap(), ["1", "two", "4"]);
    drop(fake);
    let ended = client.listen().during(std::future::pending::<()>()).await;
    assert_eq!(ended.unwrap_err(), client.closed().await);
}

#[tokio::test]
async fn a_session_of_our_server_pushes() {
    let table = serve(Server::builder().on_open(|session| {
        session.push("onWelcome", Json(json!({ "id": session.id().get() }))).unwrap();
    }))
    .await;
    let client = table.client().await;
    // It was sent before anybody could listen.
    let _: Value = client.request("game.main.echo", Json(1)).await.unwrap();
    let mut welcome = client.pushes::<Value>("onWelcome");
    let id = table.server.handle().sessions()[0].id().get();
    assert_eq!(welcome.next().await.unwrap().unwrap(), json!({ "id": id }));
    let mut pushes = client.pushes::<Value>("onPush");
    let _: Value = client.request("game.main.push", Json(json!(5))).await.unwrap();
    assert_eq!(pushes.next().await.unwrap().unwrap(), json!(5));
    assert_eq!(table.server.handle().broadcast("onPush", Json(6)).unwrap(), 1);
    assert_eq!(pushes.next().await.unwrap().unwrap(), json!(6));
}

#[tokio::test]
async fn a_slow_reader_loses_the_oldest_and_stops_nobody() {
    let (client, mut fake) = opened(Client::builder().push_queue(3), json!({})).await;
    let mut slow = client.pushes::<Json<u32>>("onNumber");
    for n in 0..10 {
        fake.push("onNumber", &json!(n)).await;
    }
    settle(&client, &mut fake).await;
    assert_eq!(slow.dropped(), 7);
    drop(client);
    let rest: Vec<_> = StreamExt::map(&mut slow, Result::unwrap).collect().await;
    assert_eq!(rest, [Json(7), Json(8), Json(9)]);
}

#[tokio::test]
async fn large_pushes_are_bounded_by_their_bytes() {
    let (client, mut fake) = opened(Client::builder(), json!({})).await;
    let mut slow = client.pushes::<Json<String>>("onText");
    let body = json!("x".repeat(60_000));
    for _ in 0..100 {
        fake.push("onText", &body).await;
    }
    settle(&client, &mut fake).await;
    let fit = (4 << 20) / 60_002;
    assert_eq!(slow.dropped(), 100 - fit);
    assert_eq!(slow.next().await.unwrap().unwrap().0.len(), 60_000);
}

#[tokio::test(start_paused = true)]
async fn what_nobody_listens_for_waits_for_the_first_who_does_but_is_bounded() {
    let (client, mut fake) = opened(Client::builder(), json!({})).await;
    for n in 0..100 {
        fake.push("onNumber", &json!(n)).await;
    }
    fake.push("onText", &json!("x")).await;
    settle(&client, &mut fake).await;
    let mut texts = client.pushes::<Json<String>>("onText");
    assert_eq!(texts.next().await.unwrap().unwrap().0, "x");
    let mut numbers = client.pushes::<Json<u32>>("onNumber");
    assert_eq!(numbers.next().await.unwrap().unwrap().0, 37);
    drop(numbers);
    // Nobody listens any more, so that the next one waits again.
    fake.push("onNumber", &json!(100)).await;
    settle(&client, &mut fake).await;
    let mut all = client.all_pushes();
    assert_eq!(all.next().await.unwrap().read::<Json<u32>>().unwrap().0, 100);
    client.close().await;
    assert_eq!(all.next().await, None);
    assert!(client.pushes::<Json<u32>>("onNumber").next().await.is_none());
}

#[tokio::test]
async fn a_hook_that_panics_keeps_no_push_from_others() {
    let (client, mut fake) = opened(Client::builder(), json!({})).await;
    let (told, mut heard) = unbounded_channel();
    let listener = client
        .listen()
        .on("onBad", |Json(n): Json<u32>| assert_ne!(n, 1, "as wanted"))
        .on("onGood", move |Json(n): Json<u32>| told.send(n).unwrap());
    let heard = listener.during(async {
        fake.push("onBad", &json!(1)).await;
        fake.push("onGood", &json!(2)).await;
        heard.recv().await
    });
    assert_eq!(heard.await.unwrap(), Some(2));
    assert_eq!(client.close_reason(), None);
}
