//! A service of a schema, a handler with attributes, and handlers made at run
//! time serve side by side, whoever calls them.
#![allow(clippy::unwrap_used)]

use connector::DynHandler;
use connector::prelude::*;
use connector::testing::TestServer;
use connector_tests::peer::Peers;
use connector_tests_generated::chat::{
    ChatHandler, ChatHandlerClient, ChatHandlerServer, Line, OnLine, People, Sent, Typing,
};
use connector_tests_generated::common::Person;
use serde_json::{Value, json};

struct Chat;

impl ChatHandler for Chat {
    type Error = HandlerError;

    async fn send(&self, cx: Cx<'_>, line: Line) -> Result<Sent, HandlerError> {
        if line.text.is_empty() {
            return Err(HandlerError::new(422, "say something"));
        }
        let text = line.text;
        cx.session.push(OnLine::ROUTE, OnLine { from: "service".into(), text })?;
        Ok(Sent { id: line.at_ms })
    }

    async fn typing(&self, _: Cx<'_>, _: Typing) -> Result<(), HandlerError> {
        Ok(())
    }

    async fn members(&self, _: Cx<'_>) -> Result<People, HandlerError> {
        Ok(People { people: vec![Person { name: "ann".into() }] })
    }

    async fn leave(&self, _: Cx<'_>) -> Result<(), HandlerError> {
        Ok(())
    }

    async fn rename(&self, _: Cx<'_>, person: Person) -> Result<Person, HandlerError> {
        Ok(Person { name: person.name.to_uppercase() })
    }
}

struct Names;

#[handler("game.nameHandler")]
impl Names {
    /// Answers in JSON what the service answers in a message of the schema.
    #[route]
    async fn initial(
        &self,
        session: &Session,
        Json(person): Json<Person>,
    ) -> Result<Json<char>, HandlerError> {
        let initial = person.name.chars().next();
        let initial = initial.ok_or_else(|| HandlerError::new(422, "who is it?"))?;
        session.push("onInitial", Json(&initial))?;
        Ok(Json(initial))
    }
}

/// One server for all.
async fn start() -> TestServer {
    let lengths = ["name", "text"].map(|key| {
        DynHandler::new(
            format!("found.{key}Handler.length"),
            move |Json(body): Json<Value>| async move {
                let text = body[key]
                    .as_str()
                    .ok_or_else(|| HandlerError::new(404, format!("no {key}")))?;
                Ok::<_, HandlerError>(Json(json!({ "length": text.len() })))
            },
        )
    });
    let builder = Server::builder()
        .connector(HybridConnector::bind("127.0.0.1:0"))
        .handler(ChatHandlerServer::new(Chat))
        .declare_push::<OnLine>()
        .handler(Names)
        .handlers(lengths)
        .route("made.echoHandler.twice", |session: Session, Json(text): Json<String>| async move {
            session.push("onTwice", Json(&text)).map_err(HandlerError::from)?;
            Ok::<_, HandlerError>(Json([text.clone(), text]))
        });
    TestServer::start(builder).await
}

/// Routes of each kind, what is asked, and what is answered.
fn calls() -> [(&'static str, Value, Value); 11] {
    let most = u64::MAX.to_string();
    [
        ("chat.chatHandler.send", json!({ "text": "hi", "atMs": most }), json!({ "id": most })),
        ("chat.chatHandler.send", json!({}), json!({ "code": 422, "msg": "say something" })),
        ("chat.chatHandler.members", json!({}), json!({ "people": [{ "name": "ann" }] })),
        ("chat.chatHandler.leave", json!({}), json!({})),
        ("lobby.nameHandler.set_name", json!({ "name": "bób" }), json!({ "name": "BÓB" })),
        ("game.nameHandler.initial", json!({ "name": "ódin" }), json!("ó")),
        ("game.nameHandler.initial", json!({}), json!({ "code": 422, "msg": "who is it?" })),
        ("found.nameHandler.length", json!({ "name": "ann" }), json!({ "length": 3 })),
        ("found.textHandler.length", json!({ "text": "hello" }), json!({ "length": 5 })),
        ("found.textHandler.length", json!({}), json!({ "code": 404, "msg": "no text" })),
        ("made.echoHandler.twice", json!("ho"), json!(["ho", "ho"])),
    ]
}

/// Calls them with a released client library.
async fn released_client(library: &str) {
    let Some(peers) = Peers::find() else { return };
    let server = start().await;
    let (url, calls) = (server.addresses()[0].to_string(), json!(calls()).to_string());
    // The first by its code in the dictionary, the second by its name.
    let pushes = json!([["onLine", { "from": "service", "text": "hi" }], ["onTwice", "ho"]]);
    let pushes = pushes.to_string();
    let arguments = ["--url", &url, "--client", library, "--calls", &calls, "--pushes", &pushes];
    let summary = peers.check("pomelo-call.js", &arguments).await;
    summary.assert_passed();
    assert_eq!(summary.passed, 13);
}

#[tokio::test]
async fn a_released_client_for_node_calls_all_of_them() {
    released_client("node").await;
}

#[tokio::test]
async fn a_released_client_for_browsers_calls_all_of_them() {
    released_client("browser").await;
}

#[tokio::test]
async fn a_typed_client_calls_all_of_them() {
    let server = start().await;
    for scheme in ["tcp", "ws"] {
        let url = format!("{scheme}://{}", server.addresses()[0]);
        let client = Client::connect(&url).await.unwrap();
        let mut lines = client.pushes(OnLine::ROUTE);
        let mut initials = client.pushes::<Json<char>>("onInitial");
        let mut twice = client.pushes::<Json<String>>("onTwice");

        let chat = ChatHandlerClient::new(&client);
        let sent = chat.send(Line { text: "hi".into(), at_ms: u64::MAX }).await.unwrap();
        assert_eq!(sent, Sent { id: u64::MAX });
        let line = OnLine { from: "service".into(), text: "hi".into() };
        assert_eq!(lines.next().await.unwrap().unwrap(), line);
        assert_eq!(chat.members().await.unwrap().people, [Person { name: "ann".into() }]);

        let person = Person { name: "ódin".into() };
        let Json(initial): Json<char> =
            client.request("game.nameHandler.initial", Json(&person)).await.unwrap();
        assert_eq!(initial, 'ó');
        assert_eq!(initials.next().await.unwrap().unwrap().0, 'ó');

        let length: Value =
            client.request("found.nameHandler.length", Json(&person)).await.unwrap();
        assert_eq!(length, json!({ "length": 5 }));
        let Json(both): Json<[String; 2]> =
            client.request("made.echoHandler.twice", Json("ho")).await.unwrap();
        assert_eq!(both, ["ho", "ho"]);
        assert_eq!(twice.next().await.unwrap().unwrap().0, "ho");
    }
}

#[tokio::test]
async fn a_test_client_calls_all_of_them() {
    let server = start().await;
    let ann = server.client().connect().await;
    for (route, body, answer) in calls() {
        let answered = match answer.get("code") {
            Some(_) => json!(ann.expect_error(route, Json(&body)).await),
            None => ann.request(route, Json(&body)).await,
        };
        assert_eq!(answered, answer, "{route} {body}");
    }
    let Json(line): Json<OnLine> = ann.expect_push("onLine").await;
    assert_eq!((&*line.from, &*line.text), ("service", "hi"));
    assert_eq!(ann.expect_push::<Json<char>>("onInitial").await.0, 'ó');
    assert_eq!(ann.expect_push::<Json<String>>("onTwice").await.0, "ho");
    assert_eq!(server.handle().routes().len(), 9);
}

/// The codes of attributes and of schemas stand in one `routes.lock`, and are checked alike.
#[test]
fn one_lock_has_the_codes_of_both() {
    struct Rooms;
    struct Renumbered;

    #[handler("game.roomHandler")]
    impl Rooms {
        #[route(code = 4)]
        async fn list(&self) {}
    }

    #[handler("game.roomHandler")]
    impl Renumbered {
        #[route(code = 7)]
        async fn list(&self) {}
    }

    let with_service = || Server::builder().handler(ChatHandlerServer::new(Chat));
    let coded = || with_service().declare_push::<OnLine>().handler(Rooms);
    let locked = coded().routes_lock("").locked_routes().unwrap();
    let has = |line: &str| locked.lines().any(|found| found == line);
    assert!(has("7 chat.chatHandler.members"), "{locked}");
    assert!(has("4 game.roomHandler.list") && has("9 onLine"), "{locked}");
    coded().routes_lock(&locked).check_routes().unwrap();
    // The code of the schema's method is taken, and that of the attribute has changed.
    let taken = Server::builder().handler(Renumbered).routes_lock(&locked).check_routes();
    let taken = taken.unwrap_err().to_string();
    assert!(taken.contains("game.roomHandler.list") && taken.contains('7'), "{taken}");
    let both = with_service().handler(Renumbered).check_routes().unwrap_err().to_string();
    assert!(both.contains("have the same code 7"), "{both}");
}
