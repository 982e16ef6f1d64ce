//! Sessions that are bound by what their handshakes say.

use connector::prelude::*;
use connector::testing::TestServer;
use serde_json::json;

struct Room(Channels);

#[handler("test.roomHandler")]
impl Room {
    #[route]
    async fn join(&self, session: &Session) -> Json<Vec<String>> {
        self.0.join("room", session);
        Json(self.0.users("room").iter().map(ToString::to_string).collect())
    }
}

async fn start() -> TestServer {
    let builder = Server::builder().handler(Room(Channels::new()));
    TestServer::start(
        builder.sign_in(|said| said["token"].as_str()?.strip_prefix("signed-").map(Into::into)),
    )
    .await
}

#[tokio::test(start_paused = true)]
async fn a_token_binds_the_session() {
    let server = start().await;
    let ann = server.client().user(json!({ "token": "signed-ann" })).connect().await;
    assert_eq!(ann.request::<Json<Vec<String>>>("test.roomHandler.join", ()).await.0, ["ann"]);
    assert_eq!(server.handle().sessions_of("ann").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn all_others_are_refused() {
    let server = start().await;
    for user in [json!({ "token": "ann" }), json!({}), json!("signed-ann"), json!({ "token": 1 })] {
        assert_eq!(server.client().user(user).expect_refusal().await, 401);
    }
    // A uid that no session can have.
    assert_eq!(server.client().user(json!({ "token": "signed-" })).expect_refusal().await, 401);
    assert_eq!(server.client().expect_refusal().await, 401);
}

#[tokio::test(start_paused = true)]
async fn a_user_of_two_sessions_is_in_a_channel_once() {
    let server = start().await;
    let mut there = Vec::new();
    for (token, users) in [
        ("signed-bob", &["bob"][..]),
        ("signed-ann", &["ann", "bob"]),
        ("signed-bob", &["ann", "bob"]),
    ] {
        let client = server.client().user(json!({ "token": token })).connect().await;
        assert_eq!(client.request::<Json<Vec<String>>>("test.roomHandler.join", ()).await.0, users);
        there.push(client);
    }
}
