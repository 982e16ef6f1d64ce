//! The codes of routes: numbered as pomelo numbers them, declared, and kept by `routes.lock`.

use std::time::Duration;

use connector::prelude::*;
use connector::protocol::message::RouteRef;
use connector::protocol::pomelo::handshake::Dictionary;
use connector::server::ServeError;
use connector::{DynHandler, LockError, RouterError};
use connector_tests::bytes::Bytes;
use serde_json::{Value, json};

struct Game;

#[handler("game.gameHandler")]
impl Game {
    #[route]
    async fn play(&self, Json(n): Json<u64>) -> Json<u64> {
        Json(n + 1)
    }

    #[route]
    fn look(&self) -> Json<u64> {
        Json(7)
    }
}

/// Two of its routes are made at run time. Capitals stand before small letters.
fn game() -> ServerBuilder {
    Server::builder()
        .handler(Game)
        .route("game.here.now", async || Json(1))
        .route("game.There.now", async || Json(2))
}

const ROUTES: [&str; 4] =
    ["game.There.now", "game.gameHandler.look", "game.gameHandler.play", "game.here.now"];

fn dictionary(routes: impl IntoIterator<Item = &'static str>) -> Dictionary {
    Dictionary::new((1..).zip(routes.into_iter().map(str::to_owned)).collect())
}

async fn serve(builder: ServerBuilder) -> (Server, u16) {
    let builder = builder.connector(TcpConnector::bind("127.0.0.1:0"));
    let server = builder.heartbeat(Duration::ZERO).start().await.unwrap();
    let port = server.addresses()[0].port().unwrap();
    (server, port)
}

async fn told(builder: ServerBuilder) -> Dictionary {
    let (_server, port) = serve(builder).await;
    let client = Bytes::connect(port, json!({ "type": "js-websocket" })).await;
    let told = client.response.sys.unwrap().dict.unwrap();
    (*told).clone()
}

fn error(builder: &ServerBuilder) -> RouterError {
    builder.check_routes().unwrap_err()
}

#[tokio::test]
async fn routes_are_numbered_as_pomelo_numbers_them() {
    let numbered = game().number_routes(["onPush", "onOther"]);
    let all = ROUTES.into_iter().chain(["onPush", "onOther"]);
    assert_eq!(told(numbered).await, dictionary(all));
    assert_eq!(told(game().number_routes(None::<String>)).await, dictionary(ROUTES));
    // Real pomelo gives one that is listed again another code, and reads both.
    let again = told(game().number_routes(["onPush", "game.gameHandler.play"])).await;
    let all = ROUTES.into_iter().chain(["onPush", "game.gameHandler.play"]);
    assert_eq!(again.version, dictionary(all).version);
}

#[tokio::test]
async fn numbered_routes_are_reached_and_pushed_by_their_codes() {
    let numbered = game().number_routes(["onPush", "game.gameHandler.play"]);
    let (server, port) = serve(numbered).await;
    let mut client = Bytes::connect(port, json!({})).await;
    for (code, body, answer) in [(1, "", "2"), (2, "", "7"), (3, "41", "42"), (6, "1", "2")] {
        let answered = client.request(RouteRef::Code(code), body.as_bytes()).await;
        assert_eq!(answered, (0x04, answer.into()), "{code}");
    }
    let handle = server.handle();
    handle.broadcast("onPush", Json(1)).unwrap();
    assert_eq!(client.message().await, b"\x07\x00\x051");
    // The last code of one that has two.
    handle.broadcast("game.gameHandler.play", Json(1)).unwrap();
    assert_eq!(client.message().await, b"\x07\x00\x061");
    handle.broadcast("onOther", Json(1)).unwrap();
    assert_eq!(client.message().await, b"\x06\x07onOther1");
}

#[tokio::test]
async fn pushes_without_a_type_have_codes_too() {
    let (server, port) = serve(game().push_code(String::from("onPush"), 300)).await;
    let mut client = Bytes::connect(port, json!({})).await;
    assert_eq!(client.request(RouteRef::Name(ROUTES[1]), b"").await, (0x04, b"7".to_vec()));
    server.handle().broadcast("onPush", Json(1)).unwrap();
    assert_eq!(client.message().await, b"\x07\x01\x2c1");
}

/// The members of `sys` that a client gets must come together: libpomelo2 aborts otherwise.
#[tokio::test]
async fn all_of_the_dictionary_is_told_or_nothing_of_it() {
    let (_server, port) = serve(game().number_routes(["onPush"])).await;
    let told = |handshake: &[u8]| {
        let response: Value = serde_json::from_slice(handshake).unwrap();
        let sys = response["sys"].as_object().unwrap();
        sys.keys().cloned().collect::<Vec<_>>().join(" ")
    };
    let all = Bytes::connect(port, json!({})).await;
    assert_eq!(told(&all.handshake), "dict routeToCode codeToRoute dictVersion useDict");
    let version = all.response.sys.unwrap().dict.unwrap().version.clone();
    let mut cached = Bytes::connect(port, json!({ "dictVersion": version })).await;
    assert_eq!(told(&cached.handshake), "useDict");
    assert_eq!(cached.request(RouteRef::Code(2), b"").await, (0x04, b"7".to_vec()));
    for old in [json!("old"), json!(0), json!(""), json!(null)] {
        let client = Bytes::connect(port, json!({ "dictVersion": old })).await;
        assert_eq!(told(&client.handshake), "dict routeToCode codeToRoute dictVersion useDict");
    }
    let (_server, port) = serve(game()).await;
    assert_eq!(told(&Bytes::connect(port, json!({})).await.handshake), "");
}

#[test]
fn numbers_and_codes_of_ones_own_exclude_each_other() {
    let coded = || DynHandler::new("a.b.c", async || Json(1)).code(9);
    for builder in [
        game().handlers([coded()]).number_routes(["onPush"]),
        game().number_routes(["onPush"]).handlers([coded()]),
        game().number_routes(["onPush"]).push_code("a.b.c", 9),
    ] {
        let expected = RouterError::CodeOfNumbered { route: "a.b.c", code: 9 };
        assert_eq!(error(&builder), expected);
        assert_eq!(builder.locked_routes(), Err(expected));
    }
    let many = || (0..65_532).map(|n| format!("on{n}"));
    assert_eq!(error(&game().number_routes(many())), RouterError::TooManyRoutes(65_536));
    assert_eq!(game().number_routes(many().skip(1)).check_routes(), Ok(()));
}

#[tokio::test]
async fn a_lock_keeps_numbers_when_routes_come_and_go() {
    let first = game().number_routes(["onPush"]).routes_lock("").locked_routes().unwrap();
    let locked = game().number_routes(["onPush"]).routes_lock(&first);
    // At first the numbers are pomelo's.
    assert_eq!(told(locked).await, dictionary(ROUTES.into_iter().chain(["onPush"])));

    // In the next release a route is gone, and one is new that is sorted before the others.
    let next = || {
        Server::builder()
            .handler(Game)
            .route("game.a.first", async || Json(1))
            .number_routes(["onPush"])
    };
    let missing = LockError::Missing { route: "game.a.first" };
    let stale = next().routes_lock(&first);
    assert_eq!(error(&stale), RouterError::Lock(missing.clone()));
    match stale.start().await.map(drop) {
        Err(ServeError::Router(RouterError::Lock(error))) => assert_eq!(error, missing),
        other => panic!("{other:?}"),
    }
    let second = next().routes_lock(&first).locked_routes().unwrap();
    assert!(second.starts_with(&first), "{second}");
    assert!(second.ends_with("\n6 game.a.first\n"), "{second}");
    let expected = [(2, ROUTES[1]), (3, ROUTES[2]), (5, "onPush"), (6, "game.a.first")];
    let routes = expected.map(|(code, route)| (code, route.to_owned())).into();
    assert_eq!(told(next().routes_lock(&second)).await, Dictionary::new(routes));

    // What was gone returns with its code.
    let again = game().number_routes(["onPush"]).routes_lock(&second);
    assert_eq!(told(again).await, dictionary(ROUTES.into_iter().chain(["onPush"])));
}

#[tokio::test]
async fn a_lock_refuses_codes_that_change_or_are_used_again() {
    let coded = |route: &'static str, code| {
        game().handlers([DynHandler::new(route, async || Json(1)).code(code)])
    };
    let locked = coded("a.b.c", 5).push_code("onPush", 6).routes_lock("").locked_routes().unwrap();
    let error = |builder: ServerBuilder| {
        let builder = builder.routes_lock(&locked);
        let error = error(&builder);
        if !matches!(error, RouterError::Lock(LockError::Missing { .. })) {
            // It is not mended by writing the file anew.
            assert_eq!(builder.locked_routes(), Err(error.clone()));
        }
        error.to_string()
    };
    assert_eq!(coded("a.b.c", 5).routes_lock(&locked).check_routes(), Ok(()));
    assert_eq!(
        error(coded("a.b.c", 7)),
        "route `a.b.c` has the code 7, and 5 in routes.lock: give it 5 again, since released \
         clients may have kept it; if none has, change its line by hand"
    );
    // The route of 6 is gone.
    assert_eq!(
        error(coded("a.b.d", 6)),
        "route `a.b.d` has the code 6, which is that of `onPush` in routes.lock, and no code is \
         used twice: give it 1, which is free"
    );
    assert_eq!(
        error(coded("a.b.d", 8)),
        "route `a.b.d` is not in routes.lock: write the file anew with the text of \
         `ServerBuilder::locked_routes`, and check it in"
    );
    let merged = format!("{locked}5 a.b.d\n");
    assert_eq!(
        coded("a.b.c", 5).routes_lock(&merged).check_routes().unwrap_err().to_string(),
        "line 5 of routes.lock gives code 5 to `a.b.d`, which a line before gives to `a.b.c`: \
         remove the line of the one that is not released, and write the file anew with \
         `ServerBuilder::locked_routes`"
    );
}
