//! A service of a schema is served and called, whatever the format and the
//! transport.
#![allow(clippy::unwrap_used)]

mod running;

use std::time::Duration;

use connector::client::RequestError;
use connector::{Json, Raw};
use connector_tests_generated::chat::{
    ChatHandlerClient, ChatHandlerServer, Line, OnLine, People, Sent, Typing, chat_handler_routes,
};
use connector_tests_generated::common::Person;
use running::{Chat, Served, Speech};
use serde_json::{Value, json};

const EVERY: [Speech; 5] =
    [Speech::Memory, Speech::MemoryProtobuf, Speech::Tcp, Speech::TcpProtobuf, Speech::WebSocket];

#[tokio::test]
async fn requests_are_answered() {
    for speech in EVERY {
        let served = Served::start(speech).await;
        let client = ChatHandlerClient::new(&served.client);
        let line = Line { text: "hello".into(), at_ms: u64::MAX };
        assert_eq!(client.send(line).await.unwrap(), Sent { id: u64::MAX }, "{speech:?}");
        client.leave().await.unwrap();
        let people = client.members().await.unwrap();
        assert_eq!(people, People { people: vec![Person { name: "ann".into() }] });
    }
}

#[tokio::test]
async fn the_route_of_an_option_counts() {
    let served = Served::start(Speech::Memory).await;
    let client = ChatHandlerClient::new(&served.client);
    #[expect(deprecated)]
    let renamed = client.rename(Person { name: "bob".into() }).await;
    assert_eq!(renamed.unwrap().name, "BOB");
    let answer: Value = served
        .client
        .request("lobby.nameHandler.set_name", Json(json!({ "name": "x" })))
        .await
        .unwrap();
    assert_eq!(answer, json!({ "name": "X" }));
}

#[tokio::test]
async fn errors_are_told_from_answers() {
    for speech in EVERY {
        let served = Served::start(speech).await;
        let line = Line { text: "fail".into(), at_ms: 0 };
        match ChatHandlerClient::new(&served.client).send(line).await {
            Err(RequestError::Server(error)) => {
                assert_eq!((error.code, &*error.message), (403, "not here"), "{speech:?}");
            }
            other => panic!("{speech:?}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn silence_is_told_from_an_error() {
    let served = Served::start(Speech::Memory).await;
    let hasty = served.client.with_request_timeout(Duration::from_millis(20));
    let line = Line { text: "wait".into(), at_ms: 0 };
    let answer = ChatHandlerClient::new(&hasty).send(line).await;
    assert!(matches!(answer, Err(RequestError::Timeout)), "{answer:?}");
}

#[tokio::test]
async fn notifies_arrive_and_are_not_answered() {
    for speech in EVERY {
        let mut served = Served::start(speech).await;
        let client = ChatHandlerClient::new(&served.client);
        client.typing(Typing { typing: true }).await.unwrap();
        assert_eq!(served.typing.recv().await, Some(true), "{speech:?}");
    }
}

#[tokio::test]
async fn pushes_go_by_their_types() {
    for speech in EVERY {
        let served = Served::start(speech).await;
        let mut lines = served.client.pushes(OnLine::ROUTE);
        let line = Line { text: "push".into(), at_ms: 0 };
        ChatHandlerClient::new(&served.client).send(line).await.unwrap();
        let handle = served.server.handle();
        let everyone = OnLine { from: "all".into(), text: "hi".into() };
        assert_eq!(handle.broadcast(OnLine::ROUTE, &everyone).unwrap(), 1);
        let pushed = OnLine { from: "server".into(), text: "push".into() };
        assert_eq!(lines.next().await.unwrap().unwrap(), pushed, "{speech:?}");
        assert_eq!(lines.next().await.unwrap().unwrap(), everyone, "{speech:?}");
    }
}

#[tokio::test]
async fn a_push_to_many_has_each_ones_format() {
    let served = Served::start(Speech::Both).await;
    let protobuf = served.other.as_ref().unwrap();
    let mut others = protobuf.pushes(OnLine::ROUTE);
    let mut lines = served.client.pushes(OnLine::ROUTE);
    let mut bytes = [served.client.all_pushes(), protobuf.all_pushes()];
    // Both are in once they have been answered.
    for client in [&served.client, protobuf] {
        ChatHandlerClient::new(client).leave().await.unwrap();
    }
    let line = OnLine { from: "all".into(), text: "hi".into() };
    assert_eq!(served.server.handle().broadcast(OnLine::ROUTE, &line).unwrap(), 2);
    assert_eq!(lines.next().await.unwrap().unwrap(), line);
    assert_eq!(others.next().await.unwrap().unwrap(), line);
    let [json, protobuf] = &mut bytes;
    assert_eq!(&json.next().await.unwrap().body[..], br#"{"from":"all","text":"hi"}"#);
    assert_eq!(&protobuf.next().await.unwrap().body[..], b"\x0a\x03all\x12\x02hi");
}

#[tokio::test]
async fn pomelo_clients_send_and_get_json() {
    let served = Served::start(Speech::Tcp).await;
    let (client, send) = (&served.client, chat_handler_routes::SEND);
    let answer = client
        .request::<Raw>(send, Raw::copy_from(r#"{"text":"hello","atMs":"12","__id__":3}"#))
        .await;
    assert_eq!(&answer.unwrap()[..], br#"{"id":"12"}"#);
    let answer = client.request::<Raw>(chat_handler_routes::LEAVE, ()).await;
    assert_eq!(&answer.unwrap()[..], b"{}");
    // As pomelo reads it, no JSON is an empty body.
    assert_eq!(&client.request::<Raw>(send, Raw::copy_from("")).await.unwrap()[..], b"{}");
}

#[tokio::test]
async fn a_body_that_does_not_fit_is_answered_with_the_field() {
    let served = Served::start(Speech::Memory).await;
    let answer = served
        .client
        .request::<Raw>(chat_handler_routes::SEND, Raw::copy_from(r#"{"atMs":"x"}"#))
        .await;
    let Err(RequestError::Server(error)) = answer else { panic!("{answer:?}") };
    assert_eq!(error.code, 400);
    let message = &error.message;
    assert!(message.starts_with("field `atMs`: invalid value: string \"x\""), "{message}");
}

#[tokio::test]
async fn attribute_handlers_take_messages_too() {
    let served = Served::start(Speech::Both).await;
    let json = &served.client;
    let protobuf = served.other.as_ref().unwrap();
    for (route, mark) in [("chat.shoutHandler.shout", '!'), ("chat.shoutHandler.whisper", '.')] {
        let answer: Raw = json.request(route, Raw::copy_from(r#"{"name":"a"}"#)).await.unwrap();
        assert_eq!(answer[..], *format!(r#"{{"name":"a{mark}"}}"#).as_bytes());
        let answer: Raw = protobuf.request(route, Raw::copy_from(b"\x0a\x01a")).await.unwrap();
        assert_eq!(answer[..], *format!("\n\u{2}a{mark}").as_bytes());
    }
    let nobody = protobuf.request::<Person>("chat.shoutHandler.whisper", Raw::default()).await;
    assert!(matches!(nobody, Err(RequestError::Server(_))), "{nobody:?}");
}

#[test]
fn routes_are_known_before_they_are_served() {
    use connector::handler::{Handler, RouteKind};
    let routes = <ChatHandlerServer<Chat> as Handler>::ROUTES;
    let names: Vec<_> = routes.iter().map(|route| route.route).collect();
    assert_eq!(
        names,
        [
            "chat.chatHandler.send",
            "chat.chatHandler.typing",
            "chat.chatHandler.members",
            "chat.chatHandler.leave",
            "lobby.nameHandler.set_name",
        ]
    );
    assert_eq!((routes[1].kind, routes[2].code), (RouteKind::Notify, Some(7)));
    assert_eq!(routes[2].docs, "Who is there.");
    assert_eq!(<OnLine as connector::proto::Push>::CODE, Some(9));
}
