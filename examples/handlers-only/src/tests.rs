use connector::testing::{TestClient, TestServer};
use serde_json::json;

use super::*;

async fn server(secret: u32) -> TestServer {
    let game = Game { secret: secret.into(), players: Channels::new() };
    TestServer::start(Server::builder().handler(game)).await
}

async fn guess(player: &TestClient, number: u32) -> String {
    let guess = json!({ "name": "ann", "number": number });
    player.request::<Json<String>>("game.guessHandler.guess", Json(&guess)).await.0
}

#[tokio::test]
async fn hints_lead_to_the_number_and_all_hear_of_it() {
    let server = server(42).await;
    let (ann, bob) = (server.client().connect().await, server.client().connect().await);
    assert_eq!(guess(&bob, 41).await, "higher");
    assert_eq!(guess(&ann, 43).await, "lower");
    bob.expect_no_push("onFound").await;
    assert_eq!(guess(&ann, 42).await, "right");
    assert_eq!(bob.expect_push::<Json<(String, u32)>>("onFound").await.0, ("ann".into(), 42));
}

#[tokio::test]
async fn what_cannot_be_guessed_is_an_error() {
    let ann = server(42).await.client().connect().await;
    let route = "game.guessHandler.guess";
    let error = ann.expect_error(route, Json(json!({ "name": "ann", "number": 0 }))).await;
    assert_eq!((error.code, &*error.message), (422, "guess from 1 to 100"));
    let error = ann.expect_error(route, Json(json!({ "name": "ann" }))).await;
    assert_eq!(error.code, 400);
    assert!(error.message.contains("`number`"), "{error}");
}
