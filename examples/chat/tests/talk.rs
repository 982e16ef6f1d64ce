//! People talk in rooms, over TCP and WebSocket.

#![allow(clippy::unwrap_used)]

mod running;

use std::time::Duration;

use connector::client::{ConnectError, Pushes, RequestError};
use connector::{Client, CloseReason, FromBody};
use running::Server;
use tokio::time::timeout;

use chat::{ChatHandlerClient, Join, Line, OnCome, OnLeave, OnLine, Room};

connector::include_proto!("chat");

const TIMEOUT: Duration = Duration::from_secs(20);

/// Somebody who is signed in.
struct Person {
    client: Client,
    chat: ChatHandlerClient,
    lines: Pushes<OnLine>,
    comes: Pushes<OnCome>,
    leaves: Pushes<OnLeave>,
}

impl Person {
    async fn with_token(server: &Server, scheme: &str, token: &str) -> Self {
        let client = server.connect(scheme, token).await.unwrap();
        Self {
            chat: ChatHandlerClient::new(&client),
            lines: client.pushes(OnLine::ROUTE),
            comes: client.pushes(OnCome::ROUTE),
            leaves: client.pushes(OnLeave::ROUTE),
            client,
        }
    }

    async fn named(server: &Server, scheme: &str, name: &str) -> Self {
        Self::with_token(server, scheme, &server.token(name)).await
    }

    async fn join(&self, room: &str) -> Result<Vec<String>, RequestError> {
        let Room { room: joined, people } = self.chat.join(Join { room: room.into() }).await?;
        assert_eq!(joined, room);
        Ok(people)
    }

    async fn say(&self, text: &str) -> Result<(), RequestError> {
        self.chat.say(Line { text: text.into() }).await
    }

    async fn hears(&mut self, from: &str, text: &str) {
        let line = next(&mut self.lines).await;
        assert_eq!(line, OnLine { from: from.into(), text: text.into() });
    }
}

async fn next<T: FromBody>(pushes: &mut Pushes<T>) -> T {
    timeout(TIMEOUT, pushes.next()).await.expect("a push in time").unwrap().unwrap()
}

#[track_caller]
fn refused<T: std::fmt::Debug>(answer: Result<T, RequestError>, code: u16, message: &str) {
    match answer {
        Err(RequestError::Server(error)) => {
            assert_eq!((error.code, &*error.message), (code, message));
        }
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn people_talk_over_both_transports() {
    let server = Server::start();
    let mut ann = Person::named(&server, "tcp", "ann").await;
    assert_eq!(ann.join("lobby").await.unwrap(), ["ann"]);
    let mut bob = Person::named(&server, "ws", "b%C3%B3b").await;
    assert_eq!(bob.join("lobby").await.unwrap(), ["ann", "bób"]);
    assert_eq!(next(&mut ann.comes).await.name, "bób");

    for n in 0..10 {
        ann.say(&format!("{n} 世界")).await.unwrap();
        bob.say(&format!("{n}!")).await.unwrap();
    }
    for person in [&mut ann, &mut bob] {
        for n in 0..10 {
            person.hears("ann", &format!("{n} 世界")).await;
            person.hears("bób", &format!("{n}!")).await;
        }
    }

    bob.client.close().await;
    assert_eq!(next(&mut ann.leaves).await.name, "bób");
    let carl = Person::named(&server, "ws", "carl").await;
    assert_eq!(carl.join("lobby").await.unwrap(), ["ann", "carl"]);
}

#[tokio::test]
async fn rooms_do_not_hear_each_other() {
    let server = Server::start();
    let mut ann = Person::named(&server, "tcp", "ann").await;
    let mut other = Person::named(&server, "ws", "ann").await;
    assert_eq!(ann.join("one").await.unwrap(), ["ann"]);
    assert_eq!(other.join("two").await.unwrap(), ["ann"]);
    ann.say("in one").await.unwrap();
    other.say("in two").await.unwrap();
    ann.hears("ann", "in one").await;
    other.hears("ann", "in two").await;
    refused(ann.join("two").await, 409, "you are in one already");
}

#[tokio::test]
async fn a_name_is_taken_as_long_as_its_owner_is_there() {
    let server = Server::start();
    let bob = Person::named(&server, "tcp", "bob").await;
    let mut watcher = Person::named(&server, "ws", "watcher").await;
    watcher.join("lobby").await.unwrap();
    bob.join("lobby").await.unwrap();
    let second = Person::named(&server, "ws", "bob").await;
    refused(second.join("lobby").await, 409, "bob is in lobby already: take another name");
    bob.client.close().await;
    assert_eq!(next(&mut watcher.leaves).await.name, "bob");
    assert_eq!(second.join("lobby").await.unwrap(), ["bob", "watcher"]);
}

#[tokio::test]
async fn whoever_comes_back_before_the_old_connection_ends_was_never_away() {
    let server = Server::start();
    let mut ann = Person::named(&server, "tcp", "ann").await;
    ann.join("lobby").await.unwrap();
    let token = server.token("bob");
    let lost = Person::with_token(&server, "ws", &token).await;
    lost.join("lobby").await.unwrap();
    assert_eq!(next(&mut ann.comes).await.name, "bob");
    let mut back = Person::with_token(&server, "ws", &token).await;
    assert_eq!(back.join("lobby").await.unwrap(), ["ann", "bob"]);
    lost.client.close().await;
    back.say("here").await.unwrap();
    back.hears("bob", "here").await;
    back.client.close().await;
    // One has come, and one has left.
    assert_eq!(next(&mut ann.leaves).await.name, "bob");
    let carl = Person::named(&server, "tcp", "carl").await;
    assert_eq!(carl.join("lobby").await.unwrap(), ["ann", "carl"]);
    assert_eq!(next(&mut ann.comes).await.name, "carl");
    carl.client.close().await;
    assert_eq!(next(&mut ann.leaves).await.name, "carl");
}

#[tokio::test]
async fn a_wrong_name_is_told_at_the_sign_in() {
    let server = Server::start();
    for (name, why) in [
        ("", "the name is empty"),
        ("123456789012345678901", "the name is too long: it has at most 20 characters"),
        ("a%20b", "a name is made of letters, digits, - and _, not of ' '"),
        ("a.1", "a name is made of letters, digits, - and _, not of '.'"),
        ("%1B%5B2J", r"a name is made of letters, digits, - and _, not of '\u{1b}'"),
        ("%FF", "a name is made of letters, digits, - and _, not of '\u{fffd}'"),
    ] {
        let (head, body) = server.get(&format!("/sign-in?name={name}"));
        assert!(head.starts_with("HTTP/1.1 400 "), "{name}: {head}");
        assert_eq!(body, why);
    }
    let ann = Person::named(&server, "tcp", "ann").await;
    refused(ann.join("").await, 400, "the room is empty");
    let illegal = "a room is made of letters, digits, - and _, not of '/'";
    refused(ann.join("a/b").await, 400, illegal);
}

#[tokio::test]
async fn a_wrong_token_is_refused() {
    let server = Server::start();
    let token = server.token("ann");
    let mut forged = token.replacen("ann", "bob", 1);
    for scheme in ["tcp", "ws"] {
        for token in ["", "ann", "ann.1.2", &*forged] {
            let refused = server.connect(scheme, token).await;
            let expected = CloseReason::Refused(401);
            assert!(
                matches!(&refused, Err(ConnectError::Closed(reason)) if *reason == expected),
                "{scheme} {token}: {refused:?}"
            );
        }
    }
    let url = format!("tcp://127.0.0.1:{}", server.port);
    let none = Client::connect(&url).await;
    assert!(matches!(none, Err(ConnectError::Closed(CloseReason::Refused(401)))), "{none:?}");
    forged.clone_from(&token);
    server.connect("ws", &forged).await.unwrap();
    // Another server has another key.
    let elsewhere = Server::start().connect("ws", &token).await;
    assert!(matches!(elsewhere, Err(ConnectError::Closed(CloseReason::Refused(401)))));
}

#[tokio::test]
async fn lines_are_checked() {
    let server = Server::start();
    let mut ann = Person::named(&server, "tcp", "ann").await;
    refused(ann.say("hello?").await, 403, "join a room first");
    ann.join("lobby").await.unwrap();
    let wrong = "a line has 1 to 1000 characters";
    refused(ann.say(" \n ").await, 400, wrong);
    refused(ann.say(&"é".repeat(1001)).await, 400, wrong);
    ann.say(&"é".repeat(1000)).await.unwrap();
    ann.say("a\u{1b}[2Jb\n").await.unwrap();
    ann.hears("ann", &"é".repeat(1000)).await;
    ann.hears("ann", "a [2Jb").await;
}

#[test]
fn the_page_is_on_the_same_port() {
    let server = Server::start();
    assert_eq!(server.address, format!("chat: http://127.0.0.1:{}", server.port));
    for (target, kind, part) in [
        ("/", "text/html", "<script type=\"module\" src=\"/page.js\""),
        ("/page.js", "text/javascript", "from './stay.js'"),
        ("/stay.js", "text/javascript", "from './pomelo.js'"),
        ("/pomelo.js", "text/javascript", "new WebSocket("),
        ("/style.css", "text/css", "color-scheme"),
    ] {
        let (head, body) = server.get(target);
        assert!(head.starts_with("HTTP/1.1 200 ") && head.contains(kind), "{target}: {head}");
        assert!(body.contains(part), "{target}");
    }
    assert!(!server.get("/").1.contains("wasm"), "no page needs it");
    assert!(server.get("/../Cargo.toml").0.starts_with("HTTP/1.1 404 "));
}

#[test]
fn a_module_takes_the_place_of_the_script() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let missing = std::process::Command::new(env!("CARGO_BIN_EXE_chat"))
        .args(["--wasm", path, "--port", "0"])
        .output()
        .unwrap();
    assert_eq!(missing.status.code(), Some(1));
    let file = folder.path().join("chat_web.js");
    let told = String::from_utf8(missing.stderr).unwrap();
    assert!(told.starts_with(&format!("chat: {}: ", file.display())), "{told}");

    std::fs::write(file, "the JavaScript").unwrap();
    std::fs::write(folder.path().join("chat_web_bg.wasm"), "the module").unwrap();
    let server = Server::with(&["--wasm", path]);
    for (target, kind, part) in [
        ("/", "text/html", "script-src 'self' 'wasm-unsafe-eval';"),
        ("/page.js", "text/javascript", "from './stay.js'"),
        ("/stay.js", "text/javascript", "from './chat_web.js'"),
        ("/chat_web.js", "text/javascript", "the JavaScript"),
        ("/chat_web_bg.wasm", "application/wasm", "the module"),
    ] {
        let (head, body) = server.get(target);
        assert!(head.starts_with("HTTP/1.1 200 ") && head.contains(kind), "{target}: {head}");
        assert!(body.contains(part), "{target}");
    }
    assert!(server.get("/pomelo.js").0.starts_with("HTTP/1.1 404 "));
}
