//! Who may connect, and what our own engine sees.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

mod program;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

use connector::plugin::{CallError, Engine, PluginOptions, Profile, WebSocketPluginConnector};
use program::Program;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

/// An engine to which the plugin is known as `files`, and the events of it.
async fn engine(program: &Program) -> (Engine, UnboundedReceiver<(&'static str, String)>) {
    let engine = Engine::new();
    let profile = Profile::new("files").url(program.url());
    engine.register(WebSocketPluginConnector::new(profile)).unwrap();
    engine.activate("files").await.unwrap();
    let (heard, events) = unbounded_channel();
    for event in ["fileAdded", "fileChanged", "fileRemoved"] {
        let heard = heard.clone();
        engine.on("files", event, move |payload| {
            let (path,): (String,) = payload.parse().unwrap();
            heard.send((event, path)).unwrap();
        });
    }
    (engine, events)
}

async fn next(events: &mut UnboundedReceiver<(&'static str, String)>) -> (&'static str, String) {
    timeout(Duration::from_secs(30), events.recv()).await.expect("an event").unwrap()
}

/// The status by which a WebSocket's upgrade is answered.
async fn upgrade(program: &Program, headers: &str) -> String {
    let address = program.url().strip_prefix("ws://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let host =
        if headers.contains("Host:") { String::new() } else { format!("Host: {address}\r\n") };
    let request = format!(
        "GET / HTTP/1.1\r\n{host}Connection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).await.unwrap();
    String::from_utf8_lossy(&status[9..]).into_owned()
}

#[tokio::test]
async fn only_pages_that_are_named_connect() {
    let program = Program::start(&["--origin", "https://remix.ethereum.org"]).await;
    assert_eq!(upgrade(&program, "").await, "101", "a program");
    assert_eq!(upgrade(&program, "Origin: https://remix.ethereum.org\r\n").await, "101");
    for origin in ["https://evil.example", "null", "http://remix.ethereum.org", "http://localhost"]
    {
        assert_eq!(upgrade(&program, &format!("Origin: {origin}\r\n")).await, "403", "{origin}");
    }
    // A name that an attacker has pointed here.
    assert_eq!(upgrade(&program, "Host: evil.example\r\n").await, "403");

    let program = Program::start(&[]).await;
    let address = program.url().strip_prefix("ws://").unwrap();
    for origin in ["https://remix.ethereum.org", &format!("http://{address}")] {
        assert_eq!(upgrade(&program, &format!("Origin: {origin}\r\n")).await, "403", "{origin}");
    }
}

#[tokio::test]
async fn it_serves_read_only_by_default() {
    let program = Program::start(&[]).await;
    fs::write(program.root().join("a"), "x").unwrap();
    let (engine, _events) = engine(&program).await;
    assert_eq!(engine.call::<String>("files", "readFile", ("a",)).await.unwrap(), "x");
    for (method, args) in [
        ("writeFile", vec!["a", "y"]),
        ("writeFile", vec!["b", "y"]),
        ("mkdir", vec!["c"]),
        ("remove", vec!["a"]),
        ("rename", vec!["a", "d"]),
    ] {
        let refused = engine.call::<()>("files", method, args).await.unwrap_err();
        assert!(refused.to_string().contains("start file-manager with --write"), "{refused}");
    }
    assert_eq!(fs::read_dir(program.root()).unwrap().count(), 1);
    assert_eq!(fs::read_to_string(program.root().join("a")).unwrap(), "x");
}

/// Each of these characters takes six bytes in a message.
#[tokio::test]
async fn the_longest_file_fits_a_message() {
    let program = Program::start(&["--write"]).await;
    let engine = Engine::new();
    let profile = Profile::new("files").url(program.url());
    let patient = PluginOptions::new().queue_timeout(Duration::from_secs(300));
    engine.register_with(WebSocketPluginConnector::new(profile), patient).unwrap();
    let text = "\u{1}".repeat(2 << 20);
    engine.call::<()>("files", "writeFile", ("long", &text)).await.unwrap();
    let read: String = engine.call("files", "readFile", ("long",)).await.unwrap();
    assert!(read == text, "came back changed");
}

#[tokio::test]
async fn all_engines_hear_of_changes() {
    let program = Program::start(&["--write"]).await;
    let (one, mut one_hears) = engine(&program).await;
    let (_other, mut other_hears) = engine(&program).await;
    one.call::<()>("files", "writeFile", ("src/a.sol", "x")).await.unwrap();
    for events in [&mut one_hears, &mut other_hears] {
        assert_eq!(next(events).await, ("fileAdded", "src/a.sol".to_owned()));
    }
    // One that comes later hears of what comes later.
    let (_late, mut late_hears) = engine(&program).await;
    fs::write(program.root().join("src/a.sol"), "longer").unwrap();
    for events in [&mut one_hears, &mut other_hears, &mut late_hears] {
        assert_eq!(next(events).await, ("fileChanged", "src/a.sol".to_owned()));
    }
    fs::remove_dir_all(program.root().join("src")).unwrap();
    for events in [&mut one_hears, &mut other_hears, &mut late_hears] {
        assert_eq!(next(events).await, ("fileRemoved", "src/a.sol".to_owned()));
    }
}

#[tokio::test]
async fn nothing_outside_is_an_event() {
    let program = Program::start(&[]).await;
    let outside = program.root().join("../outside");
    fs::create_dir(&outside).unwrap();
    symlink("../outside", program.root().join("link")).unwrap();
    symlink("../secret", program.root().join("secret")).unwrap();
    let (_engine, mut events) = engine(&program).await;
    fs::write(outside.join("file"), "x").unwrap();
    fs::write(program.root().join("../secret"), "changed").unwrap();
    fs::write(program.root().join("../beside"), "x").unwrap();
    fs::write(program.root().join("within"), "x").unwrap();
    assert_eq!(next(&mut events).await, ("fileAdded", "within".to_owned()));
}

#[tokio::test]
async fn many_changes_all_arrive() {
    let program = Program::start(&[]).await;
    let (_engine, mut events) = engine(&program).await;
    let mut expected = BTreeMap::new();
    for number in 0..3000 {
        let path = format!("a/{}/{number}", number % 50);
        fs::create_dir_all(program.root().join(&path).parent().unwrap()).unwrap();
        fs::write(program.root().join(&path), "x").unwrap();
        expected.insert(path, 1);
    }
    let mut added = BTreeMap::new();
    while added.len() < expected.len() {
        // One that is found while it is written may change once more.
        if let ("fileAdded", path) = next(&mut events).await {
            *added.entry(path).or_insert(0) += 1;
        }
    }
    assert_eq!(added, expected);
}

#[tokio::test]
async fn errors_mention_nothing_outside() {
    let program = Program::start(&["--write"]).await;
    symlink(program.root().join("../secret"), program.root().join("link")).unwrap();
    let (engine, _events) = engine(&program).await;
    let outside = program.root().parent().unwrap().to_str().unwrap().to_owned();
    for method in ["list", "readFile", "exists", "isDirectory", "mkdir", "remove"] {
        for path in ["link", "link/x", "../secret", "nothing/x", "..", "a\0b"] {
            let args = (path, "text");
            let answer = engine.call::<serde_json::Value>("files", method, args).await;
            let said = match answer {
                Err(CallError::Failed(error)) => error.to_string(),
                Err(error) => panic!("{error}"),
                Ok(value) => value.to_string(),
            };
            assert!(!said.contains(&outside), "{method} of {path}: {said}");
        }
    }
}

#[tokio::test]
async fn wrong_options_are_explained() {
    for (args, said) in [
        (
            &["--root", "/no/such/directory"][..],
            "the directory /no/such/directory cannot be served",
        ),
        (&["--root", program::PATH], "cannot be served"),
        (&["--origin", "*"], "an origin is a scheme and a host, such as https://example.com"),
        (&["--origin", "https://example.com/"], "an origin is a scheme and a host"),
        (&["--ws", "x"], "--ws <PORT>"),
    ] {
        let output = Command::new(program::PATH).args(args).output().await.unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && stderr.contains(said), "{args:?}: {stderr}");
    }
}
