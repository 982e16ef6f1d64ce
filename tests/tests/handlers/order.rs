//! The order of a server's calls, and what becomes of them when their session ends.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use connector::handler::{Filter, Order, Outcome, RouteSpec};
use connector::prelude::*;
use connector::server::ServerBuilder;
use connector::{DynHandler, MaybeSend};
use tokio::sync::Notify;
use tokio::time::sleep;

use super::start;

#[derive(Clone, Default)]
struct Steps {
    log: Arc<Mutex<Vec<String>>>,
    entered: Arc<Notify>,
    ended: Arc<Notify>,
}

impl Steps {
    fn write(&self, line: impl Into<String>) {
        self.log.lock().unwrap().push(line.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.log.lock().unwrap())
    }

    async fn wait(&self, millis: u64) -> Json<u64> {
        self.write(format!("begin {millis}"));
        sleep(Duration::from_millis(millis)).await;
        self.write(format!("end {millis}"));
        Json(millis)
    }
}

#[handler("order.order")]
impl Steps {
    #[route(code = 7)]
    async fn plain(&self, Json(millis): Json<u64>) -> Json<u64> {
        self.wait(millis).await
    }

    #[route(serial)]
    async fn serial(&self, Json(millis): Json<u64>) -> Json<u64> {
        self.wait(millis).await
    }

    #[route]
    async fn long(&self, session: &Session) {
        struct Dropped(Steps, Session);

        impl Drop for Dropped {
            fn drop(&mut self) {
                let ended = self.1.close_reason().is_some();
                self.0.write(format!("dropped, ended: {ended}"));
            }
        }

        let _dropped = Dropped(self.clone(), session.clone());
        self.entered.notify_one();
        sleep(Duration::from_secs(5)).await;
        self.write("finished");
    }
}

/// Notes which calls end, and how.
struct Notes(Steps);

impl Filter for Notes {
    fn after(&self, _: &Cx<'_>, route: &RouteSpec, outcome: &Outcome<'_>) {
        let method = route.route.rsplit('.').next().unwrap();
        self.0.write(format!("{method}: {:?}", outcome.error.map(|error| error.code)));
        self.0.ended.notify_one();
    }
}

async fn two(server: ServerBuilder, steps: &Steps, methods: [&str; 2]) -> (Vec<String>, [u64; 2]) {
    let (_server, client) = start(server.handler(steps.clone())).await;
    let [slow, quick] = methods.map(|method| format!("order.order.{method}"));
    let (Json(slow), Json(quick)) =
        tokio::join!(client.request(&slow, Json(20)), client.request(&quick, Json(10)));
    (steps.take(), [slow, quick])
}

const IN_ORDER: [&str; 4] = ["begin 20", "end 20", "begin 10", "end 10"];
const AT_ONCE: [&str; 4] = ["begin 20", "begin 10", "end 10", "end 20"];

#[tokio::test(start_paused = true)]
async fn calls_are_serial_unless_the_server_says_otherwise() {
    let steps = Steps::default();
    assert_eq!(two(Server::builder(), &steps, ["plain", "plain"]).await.0, IN_ORDER);
    assert_eq!(two(Server::builder().concurrent(), &steps, ["plain", "plain"]).await.0, AT_ONCE);
    let serial = two(Server::builder().concurrent(), &steps, ["serial", "serial"]).await;
    assert_eq!(serial, (IN_ORDER.map(str::to_owned).to_vec(), [20, 10]));
    let mixed = two(Server::builder().concurrent(), &steps, ["serial", "plain"]).await;
    assert_eq!(mixed.0, AT_ONCE, "only serial ones wait for each other");
}

#[tokio::test(start_paused = true)]
async fn a_route_is_concurrent_by_its_code_and_as_a_function_too() {
    let steps = Steps::default();
    let (by_function, serial) = (steps.clone(), steps.clone());
    let server = Server::builder().concurrent().handler(steps.clone()).handlers([
        DynHandler::new("order.made.plain", move |Json(millis): Json<u64>| {
            let steps = by_function.clone();
            async move { steps.wait(millis).await }
        }),
        DynHandler::new("order.made.serial", move |Json(millis): Json<u64>| {
            let steps = serial.clone();
            async move { steps.wait(millis).await }
        })
        .serial(),
    ]);
    let (server, client) = start(server).await;
    // The dictionary has the code of this route, so the client sends that.
    for (route, order) in [
        ("order.order.plain", AT_ONCE),
        ("order.made.plain", AT_ONCE),
        ("order.made.serial", IN_ORDER),
    ] {
        let (_, _): (Json<u64>, Json<u64>) =
            tokio::join!(client.request(route, Json(20)), client.request(route, Json(10)));
        assert_eq!(steps.take(), order, "{route}");
    }
    let orders: Vec<_> = server.handle().routes().iter().map(|spec| spec.order).collect();
    assert_eq!(orders, [None, Some(Order::Serial), None, None, Some(Order::Serial)]);
}

/// Lets one call run and one wait, ends the session as `end` says, and returns what became
/// of both.
async fn ended<F: Future<Output = ()> + MaybeSend>(
    server: ServerBuilder,
    end: impl FnOnce(ServerHandle, connector::testing::TestClient) -> F,
) -> Vec<String> {
    let steps = Steps::default();
    let closed = steps.clone();
    let server = server
        .handler(steps.clone())
        .filter(Notes(steps.clone()))
        .on_close(move |_, _| closed.write("closed"));
    let (server, client) = start(server).await;
    client.notify("order.order.long", ()).await;
    client.notify("order.order.plain", Json(7u64)).await;
    steps.entered.notified().await;
    let handle = server.handle();
    end(handle.clone(), client).await;
    // Not by a stop, which would end the calls.
    while handle.statistics().connections > 0 {
        sleep(Duration::from_millis(100)).await;
    }
    steps.take()
}

#[tokio::test(start_paused = true)]
async fn calls_of_an_ended_session_are_finished() {
    let left = ended(Server::builder(), async |_, client| client.close().await).await;
    assert_eq!(
        left,
        [
            "closed",
            "finished",
            "dropped, ended: true",
            "long: None",
            "begin 7",
            "end 7",
            "plain: None"
        ]
    );
    let kicked = ended(Server::builder(), async |server, client| {
        server.sessions()[0].kick("go");
        client.expect_close().await;
    });
    // What waited is dropped, what ran is not.
    assert_eq!(kicked.await, ["closed", "finished", "dropped, ended: true", "long: None"]);
}

#[tokio::test(start_paused = true)]
async fn calls_of_an_ended_session_are_dropped_by_choice() {
    let dropped = ["dropped, ended: false", "long: Some(500)", "closed"];
    let server = || Server::builder().cancel_on_close();
    assert_eq!(ended(server(), async |_, client| client.close().await).await, dropped);
    let kicked = ended(server(), async |server, client| {
        server.sessions()[0].kick("go");
        client.expect_close().await;
    });
    assert_eq!(kicked.await, dropped);
    let concurrent = ended(server().concurrent(), async |_, client| client.close().await).await;
    assert_eq!(
        concurrent,
        ["begin 7", "plain: Some(500)", "dropped, ended: false", "long: Some(500)", "closed"]
    );
    // A stop finishes them all the same.
    let stopped = ended(server(), async |server, _client| server.stop().await).await;
    assert_eq!(
        stopped,
        [
            "finished",
            "dropped, ended: false",
            "long: None",
            "begin 7",
            "end 7",
            "plain: None",
            "closed"
        ]
    );
}
