//! Routers, and handlers that are made while the program runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use connector::DynHandler;
use connector::RouterError;
use connector::handler::Order;
use connector::prelude::*;
use serde_json::{Value, json};

use super::start;

struct Chat;

#[handler("test.chat")]
impl Chat {
    #[route(code = 7)]
    async fn send(&self, Json(line): Json<String>) -> Json<usize> {
        Json(line.len())
    }
}

struct Rooms;

#[handler("test.rooms")]
impl Rooms {
    #[route]
    async fn list(&self) -> Json<[&'static str; 1]> {
        Json(["lobby"])
    }
}

#[derive(Router)]
struct Game {
    chat: Chat,
    rooms: Rooms,
}

#[derive(Router)]
struct Pair(Chat, Rooms);

#[tokio::test(start_paused = true)]
async fn a_router_serves_all_of_its_handlers() {
    let (server, client) = start(Server::builder().router(Game { chat: Chat, rooms: Rooms })).await;
    assert_eq!(client.request::<Json<usize>>("test.chat.send", Json("four")).await.0, 4);
    assert_eq!(client.request::<Json<[String; 1]>>("test.rooms.list", ()).await.0, ["lobby"]);
    assert_eq!(server.handle().routes().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_router_and_a_handler_that_clash_do_not_start() {
    let error = Server::builder().router(Pair(Chat, Rooms)).handler(Rooms).start().await;
    let error = error.expect_err("a route is served twice");
    assert!(matches!(error, ServeError::Router(RouterError::DuplicateRoute("test.rooms.list"))));
}

#[tokio::test(start_paused = true)]
async fn a_function_takes_what_a_method_takes() {
    let count = Arc::new(AtomicU32::new(0));
    let counted = count.clone();
    let builder = Server::builder()
        .handler(Chat)
        .route("test.made.nothing", async || {})
        .route("test.made.count", move || {
            let n = counted.fetch_add(1, Ordering::SeqCst);
            async move { Json(n) }
        })
        .route("test.made.double", |session: Session, Json(n): Json<u32>| async move {
            tokio::task::yield_now().await;
            let _ = session.push("onDouble", Json(2 * n));
            if n == 0 { Err(HandlerError::new(422, "nothing")) } else { Ok(Json(2 * n)) }
        });
    let (_server, client) = start(builder).await;
    assert_eq!(client.request::<Value>("test.made.nothing", ()).await, json!({}));
    for n in 0..3 {
        assert_eq!(client.request::<Json<u32>>("test.made.count", ()).await.0, n);
    }
    assert_eq!(client.request::<Json<u32>>("test.made.double", Json(3u32)).await.0, 6);
    assert_eq!(client.expect_push::<Json<u32>>("onDouble").await.0, 6);
    let error = client.expect_error("test.made.double", Json(0u32)).await;
    assert_eq!(error, HandlerError::new(422, "nothing"));
    let error = client.expect_error("test.made.double", Json("three")).await;
    assert_eq!(error.code, 400);
    assert_eq!(client.request::<Json<usize>>("test.chat.send", Json("four")).await.0, 4);
}

#[tokio::test(start_paused = true)]
async fn routes_that_were_found_have_options_too() {
    let found = ["rooms", "users"].map(|name| {
        let route = format!("found.{name}Handler.count");
        let id = format!("{name}Id");
        DynHandler::new(route, |key: Json<Value>| async move {
            drop(key);
            std::future::pending::<()>().await;
        })
        .key(id.clone(), move |Json(body): &Json<Value>| body[&id].to_string())
        .timeout(Duration::from_millis(50))
        .docs(format!("Counts {name}."))
        .filter(|cx: &connector::handler::Cx<'_>, _: &connector::handler::RouteSpec| {
            match cx.session.uid() {
                Some(_) => Err(HandlerError::new(403, "only for strangers")),
                None => Ok(()),
            }
        })
    });
    assert_eq!(found[0].spec().order, Some(Order::Keyed("roomsId")));
    assert_eq!(found[1].spec().docs, "Counts users.");
    let told = DynHandler::new("found.told.now", async || {}).notify().concurrent().code(9);
    assert_eq!((told.spec().order, told.spec().code), (Some(Order::Concurrent), Some(9)));
    let (server, client) = start(Server::builder().handlers(found).handlers([told])).await;
    let error =
        client.expect_error("found.roomsHandler.count", Json(json!({ "roomsId": 1 }))).await;
    assert_eq!(error.code, HandlerError::TIMED_OUT);
    server.handle().sessions()[0].bind("ann").unwrap();
    let error = client.expect_error("found.usersHandler.count", ()).await;
    assert_eq!(error, HandlerError::new(403, "only for strangers"));
    client.notify("found.told.now", ()).await;
    client.client().notify("found.told.now", Raw::copy_from("")).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn routes_that_clash_or_are_none_do_not_start() {
    let error = |handlers: Vec<DynHandler>| async {
        let started = Server::builder().handler(Chat).handlers(handlers).start().await;
        match started.expect_err("it cannot start") {
            ServeError::Router(error) => error,
            other => panic!("{other}"),
        }
    };
    let made = |route: &str| DynHandler::new(route.to_owned(), async || {});
    assert_eq!(
        error(vec![made("test.chat.send")]).await,
        RouterError::DuplicateRoute("test.chat.send")
    );
    assert_eq!(
        error(vec![made("a.b.c"), made("a.b.c")]).await,
        RouterError::DuplicateRoute("a.b.c")
    );
    let code = error(vec![made("a.b.c").code(7)]).await;
    assert!(
        code.to_string().contains("`test.chat.send` and `a.b.c` have the same code 7"),
        "{code}"
    );
    let malformed = error(vec![made("a.b")]).await;
    assert!(matches!(malformed, RouterError::Malformed { route: "a.b", .. }), "{malformed:?}");
}
