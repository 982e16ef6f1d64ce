//! The server's handle, from everywhere that the application is called.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector::handler::{Cx, RouteSpec};
use connector::prelude::*;
use connector::protocol::session::Answer;
use connector::testing::TestServer;
use serde::Deserialize;
use serde_json::json;

use super::start;

#[derive(Deserialize)]
struct Whisper<'a> {
    to: &'a str,
    text: &'a str,
}

struct Chat;

#[handler("test.chat")]
impl Chat {
    #[route]
    async fn sign_in(&self, session: &Session, Json(name): Json<String>) {
        session.bind(&name).unwrap();
    }

    #[route]
    fn whisper(&self, server: &ServerHandle, Json(said): Json<Whisper<'_>>) -> Json<usize> {
        Json(server.push_to(said.to, "onWhisper", Json(said.text)).unwrap())
    }

    #[route]
    async fn shout(&self, server: &ServerHandle, Json(text): Json<String>) -> Json<usize> {
        Json(server.broadcast("onShout", Json(&text)).unwrap())
    }

    #[route]
    async fn join(&self, server: ServerHandle, session: &Session, Json(room): Json<String>) {
        server.channels().join(&room, session);
    }

    #[route]
    async fn say(&self, cx: Cx<'_>, Json((room, text)): Json<(String, String)>) -> Json<usize> {
        Json(cx.server().channels().push(&room, "onLine", Json(&text)).unwrap())
    }

    #[route]
    fn kick(&self, server: &ServerHandle, Json(uid): Json<&str>) -> Json<usize> {
        Json(server.kick(uid, Some("enough")))
    }
}

#[tokio::test(start_paused = true)]
async fn handlers_reach_other_sessions() {
    let (server, ann) = start(Server::builder().handler(Chat)).await;
    let bob = server.client().connect().await;
    ann.request::<()>("test.chat.signIn", Json("ann")).await;
    bob.request::<()>("test.chat.signIn", Json("bob")).await;

    let whisper = json!({ "to": "bob", "text": "psst" });
    assert_eq!(ann.request::<Json<usize>>("test.chat.whisper", Json(&whisper)).await, Json(1));
    assert_eq!(bob.expect_push::<Json<String>>("onWhisper").await.0, "psst");
    ann.expect_no_push("onWhisper").await;

    assert_eq!(ann.request::<Json<usize>>("test.chat.shout", Json("hi")).await, Json(2));
    for client in [&ann, &bob] {
        assert_eq!(client.expect_push::<Json<String>>("onShout").await.0, "hi");
    }

    bob.request::<()>("test.chat.join", Json("lobby")).await;
    assert_eq!(
        ann.request::<Json<usize>>("test.chat.say", Json(("lobby", "hello"))).await,
        Json(1)
    );
    assert_eq!(bob.expect_push::<Json<String>>("onLine").await.0, "hello");
    assert!(server.handle().channels().contains("lobby", &server.handle().sessions_of("bob")[0]));

    assert_eq!(ann.request::<Json<usize>>("test.chat.kick", Json("bob")).await, Json(1));
    bob.expect_close().await;
}

#[tokio::test(start_paused = true)]
async fn functions_and_filters_reach_it() {
    let filter = |cx: &Cx<'_>, _: &RouteSpec| -> Result<(), HandlerError> {
        match cx.server().statistics().sessions {
            0 | 1 => Ok(()),
            _ => Err(HandlerError::new(503, "full")),
        }
    };
    let builder = Server::builder().filter(filter);
    let builder = builder.route("test.made.count", |server: ServerHandle| async move {
        Json(server.statistics().sessions)
    });
    let (server, client) = start(builder).await;
    assert_eq!(client.request::<Json<usize>>("test.made.count", ()).await, Json(1));
    let _second = server.client().connect().await;
    assert_eq!(client.expect_error("test.made.count", ()).await.code, 503);
}

/// The numbers of sessions that the hooks have seen.
type Seen = Arc<Mutex<Vec<(&'static str, usize)>>>;

#[tokio::test(start_paused = true)]
async fn hooks_reach_it_by_their_session() {
    let seen = Seen::default();
    let note = |hook: &'static str| {
        let seen = seen.clone();
        move |session: &Session| {
            let sessions = session.server().expect("the server runs").statistics().sessions;
            seen.lock().unwrap().push((hook, sessions));
        }
    };
    let (shakes, opens, closes) = (note("handshake"), note("open"), note("close"));
    let builder = Server::builder()
        .on_handshake(move |session, _| {
            shakes(&session);
            std::future::ready(Answer::Accept { user: None })
        })
        .on_open(opens)
        .on_close(move |session, _| closes(session));
    let server = TestServer::start(builder).await;
    let client = server.client().connect().await;
    // Its session is open once it is answered.
    client.expect_no_push("none").await;
    let session = server.handle().sessions().remove(0);
    session.kick(None);
    client.expect_close().await;
    server.handle().stop().await;
    assert_eq!(*seen.lock().unwrap(), [("handshake", 0), ("open", 1), ("close", 0)]);
    // A session does not keep its server.
    drop(server);
    // Its last tasks end when nothing else is left to run.
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert!(session.server().is_none());
}
