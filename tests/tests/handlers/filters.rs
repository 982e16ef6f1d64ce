//! `filter = ..` on a handler and on a route, and `ServerBuilder::filter`.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector::handler::{Cx, Filter, Outcome, RouteSpec};
use connector::prelude::*;
use tokio::time::sleep;

use super::start;

/// What the filters of one server have seen.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn write(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// Writes down what passes, under its name.
struct Writes(&'static str);

impl Filter for Writes {
    async fn before(&self, cx: &Cx<'_>, route: &RouteSpec) -> Result<(), HandlerError> {
        sleep(Duration::from_millis(10)).await;
        cx.state::<Log>().unwrap().write(format!("{} {}", self.0, method(route)));
        Ok(())
    }

    fn after(&self, cx: &Cx<'_>, route: &RouteSpec, outcome: &Outcome<'_>) {
        let code = outcome.error.map_or(200, |error| error.code);
        let took = outcome.elapsed.as_millis();
        let line = format!("{} {} {code} {took}ms", self.0, method(route));
        cx.state::<Log>().unwrap().write(line);
    }
}

fn method(route: &RouteSpec) -> &'static str {
    route.route.rsplit('.').next().unwrap()
}

static WRITES: Writes = Writes("own");
const ALSO: Writes = Writes("also");

fn signed_in(cx: &Cx<'_>, _: &RouteSpec) -> Result<(), HandlerError> {
    match cx.session.uid() {
        Some(_) => Ok(()),
        None => Err(HandlerError::new(401, "sign in first")),
    }
}

struct Watched;

#[handler("test.watched", filter = [WRITES, signed_in, ALSO])]
impl Watched {
    #[route]
    async fn works(&self, Json(n): Json<u32>) -> Json<u32> {
        Json(n)
    }

    #[route(concurrent, timeout = "100ms")]
    async fn hangs(&self) {
        std::future::pending::<()>().await;
    }

    #[route]
    async fn panics(&self) {
        panic!("a handler panics");
    }
}

struct Open;

#[handler("test.open")]
impl Open {
    #[route]
    async fn sign_in(&self, session: &Session) -> Result<(), HandlerError> {
        session.bind("ann").map_err(|_| HandlerError::failed())
    }

    #[route(notify)]
    async fn told(&self) {}
}

fn server(log: &Log) -> connector::server::ServerBuilder {
    Server::builder().handler(Watched).handler(Open).state(log.clone())
}

#[tokio::test(start_paused = true)]
async fn each_is_asked_in_order_and_told_in_reverse() {
    let log = Log::default();
    let (_server, client) = start(server(&log)).await;
    client.request::<()>("test.open.signIn", ()).await;
    assert_eq!(log.take(), [""; 0], "another handler's filters are not its own");
    assert_eq!(client.request::<Json<u32>>("test.watched.works", Json(7u32)).await.0, 7);
    assert_eq!(
        log.take(),
        ["own works", "also works", "also works 200 20ms", "own works 200 20ms"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_answered_in_the_place_of_the_call() {
    let log = Log::default();
    let (_server, client) = start(server(&log)).await;
    // That the body does not fit either is told to nobody.
    let error = client.expect_error("test.watched.works", Json("text")).await;
    assert_eq!(error, HandlerError::new(401, "sign in first"));
    assert_eq!(log.take(), ["own works", "own works 401 10ms"]);
}

#[tokio::test(start_paused = true)]
async fn failures_of_all_kinds_are_told() {
    let log = Log::default();
    let (_server, client) = start(server(&log)).await;
    client.request::<()>("test.open.signIn", ()).await;
    client.expect_error("test.watched.works", Json("text")).await;
    assert_eq!(log.take()[2..], ["also works 400 20ms", "own works 400 20ms"]);
    // Nobody gets the answer of a notify, the filters know it all the same.
    client.notify("test.watched.works", Json("text")).await;
    client.request::<()>("test.open.signIn", ()).await;
    assert_eq!(log.take()[2..], ["also works 400 20ms", "own works 400 20ms"]);
    client.expect_error("test.watched.hangs", ()).await;
    assert_eq!(
        log.take(),
        ["own hangs", "also hangs", "also hangs 504 100ms", "own hangs 504 100ms",]
    );
    client.notify("test.watched.panics", ()).await;
    client.expect_close().await;
    let code = |line: &String| line.split(' ').nth(2).map(str::to_owned);
    let codes: Vec<_> = log.take().iter().filter_map(code).collect();
    assert_eq!(codes, ["500", "500"]);
}

#[tokio::test(start_paused = true)]
async fn a_filter_of_the_server_stands_before_all_handlers() {
    let log = Log::default();
    let builder = server(&log).filter(Writes("all")).filter({
        let log = log.clone();
        move |_: &Cx<'_>, route: &RouteSpec| -> Result<(), HandlerError> {
            log.write(format!("closure {}", method(route)));
            Ok(())
        }
    });
    let builder = builder.route("test.dyn.made", async || Json(1));
    let (_server, client) = start(builder).await;
    client.expect_error("test.watched.works", Json(1u32)).await;
    assert_eq!(
        log.take(),
        ["all works", "closure works", "own works", "own works 401 20ms", "all works 401 20ms"]
    );
    client.notify("test.open.told", ()).await;
    assert_eq!(client.request::<Json<u32>>("test.dyn.made", ()).await.0, 1);
    assert_eq!(
        log.take(),
        [
            "all told",
            "closure told",
            "all told 200 10ms",
            "all made",
            "closure made",
            "all made 200 10ms"
        ]
    );
    let lost = client.expect_error("test.no.route", ()).await;
    assert_eq!((lost.code, log.take().len()), (500, 0));
}

struct PartlyWatched;

#[handler("test.partly", filter = ALSO)]
impl PartlyWatched {
    #[route(filter = [WRITES, signed_in])]
    async fn watched(&self) {}

    #[route(filter = signed_in)]
    fn plain(&self) {}

    #[route]
    fn open(&self) -> Json<u8> {
        Json(1)
    }
}

#[tokio::test(start_paused = true)]
async fn filters_of_a_route_run_behind_those_of_its_handler() {
    let log = Log::default();
    let builder = Server::builder().handler(PartlyWatched).state(log.clone());
    let (_server, client) = start(builder.filter(Writes("server"))).await;
    assert_eq!(client.expect_error("test.partly.watched", ()).await.code, 401);
    let seen = log.take();
    assert_eq!(seen[..3], ["server watched", "also watched", "own watched"]);
    assert_eq!(client.expect_error("test.partly.plain", ()).await.code, 401);
    assert_eq!(log.take()[..2], ["server plain", "also plain"]);
    assert_eq!(client.request::<Json<u8>>("test.partly.open", ()).await.0, 1);
    assert_eq!(log.take()[..2], ["server open", "also open"]);
}
