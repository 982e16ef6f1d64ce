//! Routes that never wait: `#[route] fn`.

use std::borrow::Cow;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector::handler::{Cx, Filter, Outcome, RouteSpec};
use connector::prelude::*;
use futures_util::FutureExt;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use super::start;

#[derive(Deserialize)]
struct Greet<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(default)]
    times: u32,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

#[derive(Serialize)]
struct Hello<'a> {
    hello: &'a str,
    borrowed: bool,
}

#[derive(Default)]
struct Plain {
    /// What was called, in order.
    called: Mutex<Vec<String>>,
    go: Notify,
}

impl Plain {
    fn note(&self, what: &str) {
        self.called.lock().unwrap().push(what.into());
    }
}

#[handler("test.plain")]
impl Plain {
    #[route]
    fn greet<'m>(&self, Json(greet): Json<Greet<'m>>) -> Json<Greeted<'m>> {
        let borrowed = matches!(greet.name, Cow::Borrowed(_));
        Json(Greeted { name: greet.name, times: greet.times + 1, borrowed })
    }

    #[route]
    fn text<'m>(&self, text: &'m str) -> Json<Hello<'m>> {
        Json(Hello { hello: text, borrowed: true })
    }

    #[route]
    fn bytes(&self, bytes: Option<&[u8]>) -> Json<Option<usize>> {
        Json(bytes.map(<[u8]>::len))
    }

    #[route]
    fn order(&self, text: &str, session: &Session) {
        self.note(text);
        let _ = session.push("onCalled", Json(text));
    }

    #[route(notify)]
    fn told(&self, text: &str) {
        self.note(text);
    }

    #[route(concurrent)]
    fn beside(&self, text: &str) {
        self.note(text);
    }

    #[route(code = 3)]
    fn fails(&self, Json(code): Json<u16>) -> Result<(), HandlerError> {
        Err(HandlerError::new(code, "no"))
    }

    #[route]
    fn panics(&self) {
        panic!("a plain method panics");
    }

    /// Waits until it may go on.
    #[route]
    async fn waits(&self) {
        self.note("waits");
        self.go.notified().await;
        self.note("waited");
    }
}

#[derive(Serialize)]
struct Greeted<'a> {
    name: Cow<'a, str>,
    times: u32,
    borrowed: bool,
}

#[tokio::test(start_paused = true)]
async fn a_body_is_borrowed_where_it_can_be() {
    let (_server, client) = start(Server::builder().handler(Plain::default())).await;
    let raw =
        |body: &'static [u8]| client.client().request::<Raw>("test.plain.greet", Raw(body.into()));
    for (body, answer) in [
        (&br#"{"name":"ann"}"#[..], json!({ "name": "ann", "times": 1, "borrowed": true })),
        (br#"{"name":"a\nb","times":2}"#, json!({ "name": "a\nb", "times": 3, "borrowed": false })),
        // Not UTF-8: pomelo's latitude makes a text of its own, which is borrowed.
        (b"{\"name\":\"a\xff\"}", json!({ "name": "a\u{fffd}", "times": 1, "borrowed": true })),
    ] {
        let found: Value = serde_json::from_slice(&raw(body).await.unwrap().0).unwrap();
        assert_eq!(found, answer);
    }
    let text =
        client.client().request::<Raw>("test.plain.text", Raw("h\u{e9}".into())).await.unwrap();
    assert_eq!(text.0, r#"{"hello":"hé","borrowed":true}"#);
    for (body, answer) in [("", "null"), ("{}", "2")] {
        let found: Raw =
            client.client().request("test.plain.bytes", Raw(body.into())).await.unwrap();
        assert_eq!(found.0, answer);
    }
}

#[tokio::test(start_paused = true)]
async fn errors_are_those_of_an_async_route() {
    let (_server, client) = start(Server::builder().handler(Plain::default())).await;
    let error = client.expect_error("test.plain.greet", Json(json!({ "name": 7 }))).await;
    assert_eq!(error.code, 400);
    assert!(error.message.starts_with("field `name`: invalid type: integer `7`"), "{error}");
    let error = client.expect_error("test.plain.greet", Json(json!({}))).await;
    assert!(error.message.starts_with("missing field `name`"), "{error}");
    let error = client.expect_error("test.plain.fails", Json(409u16)).await;
    assert_eq!(error, HandlerError::new(409, "no"));
    client.notify("test.plain.panics", ()).await;
    client.expect_close().await;
}

#[tokio::test(start_paused = true)]
async fn what_it_pushes_goes_before_its_answer() {
    let (_server, client) = start(Server::builder().handler(Plain::default())).await;
    let mut pushes = client.client().all_pushes();
    client.client().request::<Raw>("test.plain.order", Raw("a".into())).await.unwrap();
    let push = pushes.next().now_or_never().flatten().expect("it came before the answer");
    assert_eq!(push.body, r#""a""#);
}

#[tokio::test(start_paused = true)]
async fn a_serial_one_waits_behind_a_running_call() {
    let plain = Arc::new(Plain::default());
    let (_server, client) = start(Server::builder().handler(plain.clone())).await;
    let client = client.client();
    let go = async {
        // Answered at once: what came before it in the session waits.
        client.request::<Raw>("test.plain.beside", Raw("beside".into())).await.unwrap();
        plain.go.notify_one();
    };
    let waits = client.request::<()>("test.plain.waits", ());
    let order =
        client.request::<Raw>("test.plain.order", Raw("a text that is kept until then".into()));
    let (waits, order, ()) = tokio::join!(waits, order, go);
    waits.unwrap();
    order.unwrap();
    assert_eq!(
        *plain.called.lock().unwrap(),
        ["waits", "beside", "waited", "a text that is kept until then"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_notify_is_served_and_not_answered() {
    let plain = Arc::new(Plain::default());
    let (_server, client) = start(Server::builder().handler(plain.clone())).await;
    client.notify("test.plain.told", Json("x")).await;
    client.notify("test.plain.order", Json("y")).await;
    client.request::<Json<Value>>("test.plain.text", Json("z")).await;
    assert_eq!(*plain.called.lock().unwrap(), [r#""x""#, r#""y""#]);
}

/// Takes a while, and notes what passes and how it went.
struct Slow(Duration, Arc<Mutex<Vec<String>>>);

impl Filter for Slow {
    async fn before(&self, cx: &Cx<'_>, _: &RouteSpec) -> Result<(), HandlerError> {
        if !self.0.is_zero() {
            sleep(self.0).await;
        }
        self.1.lock().unwrap().push("before".into());
        match cx.session.get::<bool>("banned") {
            Some(true) => Err(HandlerError::new(403, "banned")),
            _ => Ok(()),
        }
    }

    fn after(&self, _: &Cx<'_>, _: &RouteSpec, outcome: &Outcome<'_>) {
        let code = outcome.error.map_or(200, |error| error.code);
        let took = outcome.elapsed.as_millis();
        self.1.lock().unwrap().push(format!("after {code} {took}ms"));
    }
}

struct Guarded(Arc<Mutex<Vec<String>>>);

#[handler("test.guarded")]
impl Guarded {
    #[route]
    fn greet<'m>(&self, Json(greet): Json<Greet<'m>>) -> Json<Cow<'m, str>> {
        self.0.lock().unwrap().push(greet.name.clone().into());
        Json(greet.name)
    }

    #[route(timeout = "5ms")]
    fn in_time(&self) {}

    #[route(key = "name")]
    fn keyed(&self, Json(greet): Json<Greet<'_>>) {
        self.0.lock().unwrap().push(format!("keyed {}", greet.times));
    }

    #[route(key = "name")]
    async fn keyed_async(&self, Json(_): Json<Named>) {
        sleep(Duration::from_secs(1)).await;
        self.0.lock().unwrap().push("keyed async".into());
    }

    #[route]
    fn ban(&self, session: &Session) {
        session.set("banned", &true).unwrap();
    }

    #[route]
    fn panics(&self) {
        panic!("a plain method panics");
    }
}

#[tokio::test(start_paused = true)]
async fn filters_are_asked_and_told() {
    for wait in [0, 10] {
        let log = Arc::default();
        let slow = Slow(Duration::from_millis(wait), Arc::clone(&log));
        let builder = Server::builder().filter(slow).handler(Guarded(Arc::clone(&log)));
        let (_server, client) = start(builder).await;
        let take = || std::mem::take(&mut *log.lock().unwrap());
        let Json(name): Json<String> =
            client.request("test.guarded.greet", Json(json!({ "name": "ann" }))).await;
        assert_eq!(name, "ann");
        assert_eq!(take(), ["before", "ann", &format!("after 200 {wait}ms")]);
        let error = client.expect_error("test.guarded.greet", Json(json!({ "name": 1 }))).await;
        assert_eq!(error.code, 400);
        assert_eq!(take(), ["before", &format!("after 400 {wait}ms")]);
        client.request::<()>("test.guarded.ban", ()).await;
        take();
        let error = client.expect_error("test.guarded.greet", Json(json!({ "name": "ann" }))).await;
        assert_eq!((error.code, take()), (403, vec!["before".to_owned()]));
        // The filter that let it pass knows how a call ends that panics.
        let second = _server.client().connect().await;
        second.notify("test.guarded.panics", ()).await;
        second.expect_close().await;
        assert_eq!(take(), ["before", &format!("after 500 {wait}ms")]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_timeout_is_that_of_its_filters() {
    for (wait, code) in [(0, None), (10, Some(HandlerError::TIMED_OUT))] {
        let slow = Slow(Duration::from_millis(wait), Arc::default());
        let builder = Server::builder().filter(slow).handler(Guarded(Arc::default()));
        let (_server, client) = start(builder).await;
        let answer = client.client().request::<()>("test.guarded.inTime", ()).await;
        let error = answer.err().map(|error| match error {
            connector::client::RequestError::Server(error) => error.code,
            other => panic!("{other}"),
        });
        assert_eq!(error, code);
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_is_shared_with_async_routes() {
    let log: Arc<Mutex<Vec<String>>> = Arc::default();
    let (server, one) = start(Server::builder().handler(Guarded(log.clone()))).await;
    let two = server.client().connect().await;
    let began = Instant::now();
    one.notify("test.guarded.keyedAsync", Json(json!({ "name": "a" }))).await;
    // Answered once the call before it has begun.
    one.request::<Json<String>>("test.guarded.greet", Json(json!({ "name": "begun" }))).await;
    let (same, other) = (json!({ "name": "a", "times": 2 }), json!({ "name": "b", "times": 1 }));
    let same = two.client().request::<()>("test.guarded.keyed", Json(&same));
    let other = two.client().request::<()>("test.guarded.keyed", Json(&other));
    let (same, other) = tokio::join!(same, other);
    same.and(other).unwrap();
    assert_eq!(began.elapsed().as_secs(), 1);
    assert_eq!(*log.lock().unwrap(), ["begun", "keyed 1", "keyed async", "keyed 2"]);
}
