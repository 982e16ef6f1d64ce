//! Handlers tested as a user would: `TestServer`, `TestClient`, paused time.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;

use connector::client::RequestError;
use connector::codec::CodecError;
use connector::prelude::*;
use connector::proto::{Push, PushRoute};
use connector::protocol::session::{Answer, Hello};
use connector::testing::{TestClient, TestServer};
use connector::{BodyError, BodyReader, BodyWriter, FromBody, ToBody};
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
        sleep(HOUR / 2).await;
    }

    #[route(concurrent)]
    async fn hangs(&self) {
        std::future::pending::<()>().await;
    }

    #[route]
    async fn breaks(&self) -> Result<(), HandlerError> {
        Err(HandlerError::internal("the dice are gone"))
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
    // A test waits for an answer as long as for a push.
    let started = Instant::now();
    ann.request::<Value>("room.roomHandler.slow", ()).await;
    assert!(started.elapsed() >= HOUR / 2);
}

#[tokio::test(start_paused = true)]
async fn a_timeout_that_a_test_sets_is_of_paused_time_too() {
    let server = start().await;
    let client = server.client().user(json!({ "name": "ann" }));
    let ann = client.timeout(Duration::from_secs(60)).connect().await;
    let started = Instant::now();
    let said = panic_of(ann.request::<Value>("room.roomHandler.slow", ())).await;
    assert!(said.contains("no answer within 60s; other pushes are `onHello`"), "{said}");
    let said = panic_of(ann.expect_push::<Json<u64>>("onJoin")).await;
    assert!(said.contains("no push `onJoin` within 60s"), "{said}");
    assert_eq!(started.elapsed(), Duration::from_secs(120));
}

#[tokio::test(start_paused = true)]
async fn silence_is_not_the_absence_of_a_push() {
    let limits = Limits { concurrent: 1, ..Limits::default() };
    let builder = Server::builder().handler(Room::default()).limits(limits);
    let server = TestServer::start(builder.heartbeat(Duration::ZERO)).await;
    let ann = server.client().connect().await;
    ann.request::<()>("room.roomHandler.join", ()).await;
    ann.request::<Json<usize>>("room.roomHandler.say", Json("hi")).await;
    // The server reads nothing more until this is over.
    ann.notify("room.roomHandler.hangs", ()).await;
    let said = panic_of(ann.expect_no_push("onNews")).await;
    let why = "whether there is no push `onNews` is not known: no answer within an hour of \
               paused time; other pushes are `onLine` \"hi\"";
    assert!(said.ends_with(why), "{said}");
    let said = panic_of(ann.expect_close()).await;
    let why = "is still open after an hour of paused time; other pushes are `onLine` \"hi\"";
    assert!(said.ends_with(why), "{said}");
}

/// A push with a route of its own, as messages of a `.proto` file have.
#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct OnLine(String);

impl ToBody for OnLine {
    fn write(&self, body: &mut BodyWriter<'_>) -> Result<(), CodecError> {
        Json(self).write(body)
    }
}

impl FromBody for OnLine {
    fn read(body: &BodyReader<'_>) -> Result<Self, BodyError> {
        Json::read(body).map(|Json(line)| line)
    }
}

impl Push for OnLine {
    const ROUTE: PushRoute<Self> = PushRoute::new("onLine");
}

#[tokio::test]
async fn pushes_are_expected_by_their_type() {
    let server = start().await;
    let ann = join(&server, "ann").await;
    ann.expect_no_push_of::<OnLine>().await;
    server.handle().push_to("ann", OnLine::ROUTE, OnLine("hi".into())).unwrap();
    assert_eq!(ann.expect_push_of::<OnLine>().await, OnLine("hi".into()));
    server.handle().push_to("ann", OnLine::ROUTE, OnLine("again".into())).unwrap();
    let line = line!() + 1;
    let said = panic_of(ann.expect_no_push_of::<OnLine>()).await;
    assert!(said.starts_with(&format!("{}:{line}:", file!())), "{said}");
    assert!(said.ends_with("expected no push `onLine`, but one arrived: \"again\""), "{said}");
}

#[tokio::test(start_paused = true)]
async fn a_failure_names_its_line_and_what_came_instead() {
    let server = start().await;
    let ann = join(&server, "ann").await;
    ann.request::<Json<usize>>("room.roomHandler.say", Json("hi")).await;

    let line = line!() + 1;
    let said = panic_of(ann.expect_push::<Json<String>>("onJoin")).await;
    assert!(said.starts_with(&format!("{}:{line}:", file!())), "{said}");
    let came = "other pushes are `onHello` \"ann\", `onLine` \"hi\"";
    let wanted = format!("no push `onJoin` within an hour of paused time; {came}");
    assert!(said.ends_with(&wanted), "{said}");

    let said = panic_of(ann.expect_push::<Json<u64>>("onLine")).await;
    assert!(said.contains("the push `onLine` does not fit: invalid type: string"), "{said}");
    assert!(said.ends_with("it is \"hi\""), "{said}");
    let said = panic_of(ann.expect_error("room.roomHandler.say", Json("hi"))).await;
    assert!(
        said.ends_with("expected an error of `room.roomHandler.say`, but the answer is 1"),
        "{said}"
    );
    let said = panic_of(ann.request::<Json<u64>>("room.roomHandler.none", ())).await;
    let wanted = "request `room.roomHandler.none`: the server answered with code 500; the server \
                  has no such route, nor a similar one";
    assert!(said.ends_with(wanted), "{said}");
    let said = panic_of(ann.request::<Json<u64>>("room.roomHandler.latre", ())).await;
    let wanted = "the server has no such route: write `room.roomHandler.later`";
    assert!(said.ends_with(wanted), "{said}");
    let said = panic_of(ann.notify("roomHandler.join", ())).await;
    let wanted = "notify `roomHandler.join`: the server has no such route: write \
                  `room.roomHandler.join`";
    assert!(said.ends_with(wanted), "{said}");
    let said = panic_of(ann.request::<()>("room.roomHandler.breaks", ())).await;
    let wanted = "the server answered with code 500; the cause is: the dice are gone";
    assert!(said.ends_with(wanted), "{said}");
    let said = panic_of(ann.request::<()>("room.roomHandler.hangs", ())).await;
    let wanted = "request `room.roomHandler.hangs`: no answer within an hour of paused time; other \
                  pushes are `onHello` \"ann\", `onLine` \"hi\"";
    assert!(said.ends_with(wanted), "{said}");
    let said = panic_of(ann.expect_close()).await;
    assert!(
        said.contains("still open after an hour of paused time; other pushes are `onHello`"),
        "{said}"
    );
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
