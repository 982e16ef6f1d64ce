//! Handlers tested as a user would: `TestServer`, `TestClient`, paused time.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;

use connector::client::RequestError;
use connector::prelude::*;
use connector::protocol::session::{Answer, Hello};
use connector::testing::{TestClient, TestServer};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

const HOUR: Duration = Duration::from_secs(3600);

#[derive(Clone, Default)]
struct Room(Channels);

#[handler("room.roomHandler")]
impl Room {
    #[route]
    async fn join(&self, session: &Session) {
        self.0.join("room", session);
    }

    #[route]
    async fn say(&self, Json(text): Json<String>) -> Result<Json<usize>, HandlerError> {
        if text.is_empty() {
            return Err(HandlerError::new(422, "say something"));
        }
        let reached = self.0.push("room", "onLine", Json(&text));
        Ok(Json(reached.map_err(|_| HandlerError::failed())?))
    }

    /// Says something in an hour.
    #[route(notify)]
    async fn later(&self, session: &Session, Json(text): Json<String>) {
        let session = session.clone();
        tokio::spawn(async move {
            sleep(HOUR / 2).await;
            let _ = session.push("onLine", Json(&text));
        });
    }

    #[route]
    async fn slow(&self) {
        sleep(HOUR).await;
    }

    #[route]
    async fn leave(&self, session: &Session) {
        session.kick("enough");
    }
}

async fn start() -> TestServer {
    let builder = Server::builder().handler(Room::default());
    TestServer::start(builder.heartbeat(Duration::from_secs(30)).on_handshake(admit)).await
}

async fn admit(session: Session, hello: Hello) -> Answer {
    match hello.user.as_ref().and_then(|user| user["name"].as_str()) {
        Some(name) if session.bind(name).is_ok() => {
            let _ = session.push("onHello", Json(name));
            Answer::Accept { user: None }
        }
        _ => Answer::Refuse { code: 401 },
    }
}

async fn join(server: &TestServer, name: &str) -> TestClient {
    let client = server.client().user(json!({ "name": name })).connect().await;
    client.request::<()>("room.roomHandler.join", ()).await;
    client
}

/// The text with which a future panics.
async fn panic_of<T>(what: impl Future<Output = T>) -> String {
    let mut what = pin!(what);
    let poll = |cx: &mut Context<'_>| {
        let polled = AssertUnwindSafe(|| what.as_mut().poll(cx));
        match std::panic::catch_unwind(polled) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(_)) => panic!("it did not panic"),
            Err(panic) => Poll::Ready(*panic.downcast().expect("a text")),
        }
    };
    std::future::poll_fn(poll).await
}

#[tokio::test]
async fn clients_ask_and_expect_pushes_in_any_order() {
    let server = start().await;
    let (ann, bob) = (join(&server, "ann").await, join(&server, "bob").await);
    assert_eq!(ann.request::<Json<usize>>("room.roomHandler.say", Json("hi")).await.0, 2);
    assert_eq!(bob.expect_push::<Json<String>>("onLine").await.0, "hi");
    assert_eq!(bob.expect_push::<Json<String>>("onHello").await.0, "bob");
    assert_eq!(server.handle().statistics().users, 2);
    assert_eq!(server.handle().push_to("ann", "onNews", Json(1)).unwrap(), 1);
    assert_eq!(ann.expect_push::<Json<u64>>("onNews").await.0, 1);
    bob.expect_no_push("onNews").await;
    // The plain client is there too.
    let failed = ann.client().request::<Json<usize>>("room.roomHandler.say", Json("")).await;
    assert!(matches!(failed, Err(RequestError::Server(error)) if error.code == 422));
}

#[tokio::test]
async fn errors_refusals_and_kicks_are_expected() {
    let server = start().await;
    assert_eq!(server.client().expect_refusal().await, 401);
    let ann = join(&server, "ann").await;
    let error = ann.expect_error("room.roomHandler.say", Json("")).await;
    assert_eq!((error.code, &*error.message), (422, "say something"));
    assert_eq!(ann.expect_error("room.roomHandler.say", Json(&[1])).await.code, 400);
    ann.notify("room.roomHandler.leave", ()).await;
    assert_eq!(ann.expect_close().await, CloseReason::Kicked(Some("enough".into())));
    // It has no end of its own to wait for.
    ann.expect_no_push("onLine").await;
}

#[tokio::test]
async fn no_push_means_none_that_was_sent_before() {
    let server = start().await;
    let (ann, bob) = (join(&server, "ann").await, join(&server, "bob").await);
    for n in 0..100 {
        bob.expect_no_push("onLine").await;
        ann.request::<Json<usize>>("room.roomHandler.say", Json(&n.to_string())).await;
        let said = panic_of(bob.expect_no_push("onLine")).await;
        assert!(said.ends_with(&format!("no push `onLine`, but one arrived: \"{n}\"")), "{said}");
    }
}

#[tokio::test(start_paused = true)]
async fn paused_time_waits_for_what_comes_late() {
    let server = start().await;
    let ann = join(&server, "ann").await;
    ann.notify("room.roomHandler.later", Json("at last")).await;
    ann.expect_no_push("onLine").await;
    assert_eq!(ann.expect_push::<Json<String>>("onLine").await.0, "at last");
    // Heartbeats went to and fro meanwhile.
    sleep(24 * HOUR).await;
    assert_eq!(ann.close_reason(), None);
    let slow = ann.client().request::<Value>("room.roomHandler.slow", ()).await;
    assert!(matches!(slow, Err(RequestError::Timeout)), "{slow:?}");
    let patient = ann.with_request_timeout(2 * HOUR);
    let started = Instant::now();
    patient.request::<Value>("room.roomHandler.slow", ()).await.unwrap();
    assert!(started.elapsed() > HOUR);
}

#[tokio::test(start_paused = true)]
async fn a_failure_names_its_line_and_what_came_instead() {
    let server = start().await;
    let ann = join(&server, "ann").await;
    ann.request::<Json<usize>>("room.roomHandler.say", Json("hi")).await;

    let line = line!() + 1;
    let said = panic_of(ann.expect_push::<Json<String>>("onJoin")).await;
    assert!(said.starts_with(&format!("{}:{line}:", file!())), "{said}");
    let wanted = "no push `onJoin` within 5s; other pushes are `onHello` \"ann\", `onLine` \"hi\"";
    assert!(said.ends_with(wanted), "{said}");

    let said = panic_of(ann.expect_push::<Json<u64>>("onLine")).await;
    assert!(said.contains("the push `onLine` does not fit: invalid type: string"), "{said}");
    assert!(said.ends_with("it is \"hi\""), "{said}");
    let said = panic_of(ann.expect_error("room.roomHandler.say", Json("hi"))).await;
    assert!(
        said.ends_with("expected an error of `room.roomHandler.say`, but the answer is 1"),
        "{said}"
    );
    let said = panic_of(ann.request::<Json<u64>>("room.roomHandler.none", ())).await;
    let wanted = "request `room.roomHandler.none`: the server answered with code 500";
    assert!(said.ends_with(wanted), "{said}");
    let said = panic_of(ann.expect_close()).await;
    assert!(said.ends_with("still open after 5s"), "{said}");
    let said = panic_of(server.client().user(json!({ "name": "x" })).expect_refusal()).await;
    assert!(said.ends_with("expected a refusal, but the server accepted the client"), "{said}");

    ann.notify("room.roomHandler.leave", ()).await;
    let said = panic_of(ann.expect_push::<Json<u64>>("onJoin")).await;
    assert!(said.contains("no push `onJoin`, but the connection ended: kicked: enough"), "{said}");
}

#[tokio::test]
async fn what_does_not_start_says_why() {
    let twice = Server::builder().handler(Room::default()).handler(Room::default());
    let said = panic_of(TestServer::start(twice)).await;
    assert!(
        said.contains("did not start: route `room.roomHandler.join` is served twice"),
        "{said}"
    );
}

#[test]
fn the_timeout_is_real_while_time_runs() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let server = start().await;
        let client = server.client().user(json!({ "name": "ann" }));
        let ann = client.timeout(Duration::from_millis(20)).connect().await;
        let said = panic_of(ann.expect_push::<Json<u64>>("onJoin")).await;
        assert!(said.contains("no push `onJoin` within 20ms"), "{said}");
    });
}
