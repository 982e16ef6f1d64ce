use std::time::Duration;

use serde_json::{Value, json};

use super::fake::{RouteText, answered, opened, pair};
use super::game::serve;
use crate::Json;
use crate::client::{Client, ConnectError};
use crate::protocol::CloseReason;
use crate::protocol::message::{Head, RouteRef};
use crate::protocol::pomelo::package::PackageType;
use crate::protocol::session::{Answer, Hello};
use crate::server::Server;
use crate::session::Session;

async fn doorman(session: Session, hello: Hello) -> Answer {
    let user = hello.user.unwrap_or_default();
    match user["token"].as_str() {
        Some("secret") => {
            session.bind("ann").unwrap();
            let client = hello.client;
            Answer::Accept { user: Some(json!({ "type": client.kind, "version": client.version })) }
        }
        _ => Answer::Refuse { code: 501 },
    }
}

#[tokio::test]
async fn both_sides_say_what_they_want() {
    let table = serve(Server::builder().on_handshake(doorman)).await;
    let builder = Client::builder()
        .client_type("robot")
        .client_version("1.2")
        .user(json!({ "token": "secret" }));
    let client = table.try_client(builder).await.unwrap();
    assert_eq!(client.welcome().user, Some(json!({ "type": "robot", "version": "1.2" })));
    assert_eq!(table.server.handle().sessions_of("ann").len(), 1);
    assert_eq!(client.peer().transport, "memory");
}

#[tokio::test]
async fn a_refusal_has_the_servers_code() {
    let table = serve(Server::builder().on_handshake(doorman)).await;
    let refused = table.try_client(Client::builder()).await;
    let Err(ConnectError::Closed(reason)) = refused else { panic!("{refused:?}") };
    assert_eq!(reason, CloseReason::Refused(501));
    let refused = answered(PackageType::Handshake, br#"{"code":418}"#).await;
    let Err(error) = refused else { panic!() };
    let text = "the connection did not open: the handshake was refused with code 418";
    assert_eq!(error.to_string(), text);
}

#[tokio::test]
async fn a_handshake_that_fails_otherwise_says_how() {
    let kicked = answered(PackageType::Kick, br#"{"reason":"full"}"#).await;
    let Err(ConnectError::Closed(reason)) = kicked else { panic!("{kicked:?}") };
    assert_eq!(reason, CloseReason::Kicked(Some("full".into())));
    for body in [&b"nonsense"[..], b"\x78\x9c", b"{}"] {
        let malformed = answered(PackageType::Handshake, body).await;
        let Err(ConnectError::Closed(reason)) = malformed else { panic!("{malformed:?}") };
        assert!(matches!(reason, CloseReason::Malformed(_)), "{reason:?}");
    }
    let (socket, fake) = pair(1024);
    drop(fake);
    let lost = Client::builder().connect_socket(socket).await;
    assert!(matches!(lost, Err(ConnectError::Closed(_))), "{lost:?}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_says_nothing_is_given_up() {
    let (socket, _fake) = pair(1024);
    let started = tokio::time::Instant::now();
    let builder = Client::builder().connect_timeout(Duration::from_secs(4));
    let silent = builder.connect_socket(socket).await;
    assert!(matches!(silent, Err(ConnectError::Timeout)), "{silent:?}");
    assert_eq!(started.elapsed(), Duration::from_secs(4));
}

#[tokio::test]
async fn a_dictionary_gives_codes_both_ways() {
    let routes = json!({ "chat.main.send": 1, "onChat": 2 });
    let sys = json!({ "useDict": true, "dict": routes, "routeToCode": routes });
    let (client, mut fake) = opened(Client::builder(), sys.clone()).await;
    let serve = async {
        let (id, route, _) = fake.request().await;
        assert_eq!(route, RouteText::Code(1));
        fake.answer(id, &json!(1)).await;
        let (id, route, _) = fake.request().await;
        assert_eq!(route, RouteText::Name("chat.main.other".into()));
        fake.answer(id, &json!(2)).await;
        assert_eq!(fake.expect(PackageType::Data).await, b"\x03\x00\x013");
        fake.message(Head::Push(RouteRef::Code(9)), &json!("unknown")).await;
        fake.message(Head::Push(RouteRef::Code(2)), &json!("by code")).await;
        fake.push("onChat", &json!("by name")).await;
    };
    let talk = async {
        let mut chat = client.pushes::<Json<String>>("onChat");
        assert_eq!(client.request::<Json<u8>>("chat.main.send", Json(1)).await.unwrap().0, 1);
        assert_eq!(client.request::<Json<u8>>("chat.main.other", Json(1)).await.unwrap().0, 2);
        client.notify("chat.main.send", Json(3)).await.unwrap();
        assert_eq!(chat.next().await.unwrap().unwrap().0, "by code");
        assert_eq!(chat.next().await.unwrap().unwrap().0, "by name");
    };
    tokio::join!(serve, talk);
    let no_codes = Client::builder().codec(crate::codec::JsonCodec);
    let (client, mut fake) = opened(no_codes, sys).await;
    client.notify("chat.main.send", Json(Value::Null)).await.unwrap();
    let named = br#"{"route":"chat.main.send","body":null}"#;
    assert_eq!(fake.expect(PackageType::Data).await, named);
}

#[test]
fn debug_of_a_builder_shows_no_token() {
    let builder = Client::builder().user(json!({ "token": "s3cret" }));
    let shown = format!("{builder:?}");
    assert!(shown.contains("user: Some(..)") && !shown.contains("s3cret"), "{shown}");
}
