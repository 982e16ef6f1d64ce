//! The kit passes, both ways to make the connector serve, and an override
//! stays with its variant.
#![cfg(unix)]

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use connector::prelude::*;
use connector::protocol::framing::Framing;
use connector::testing::Tester;
use custom_connector::codec::{Words, encode_json};
use custom_connector::framing::Checked;
use custom_connector::pipe::{Front, PipeConnector, PipeSocket};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

struct Echo;

#[handler("echo.echoHandler")]
impl Echo {
    #[route]
    async fn echo(
        &self,
        session: &Session,
        Json(body): Json<Value>,
    ) -> Result<Value, HandlerError> {
        session.push("onEcho", Json(&body))?;
        Ok(body)
    }
}

fn path() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let (process, next) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    std::env::temp_dir().join(format!("custom-connector-{process}-{next}.sock"))
}

async fn serve(connector: impl Connector) -> Server {
    Server::builder().connector(connector).handler(Echo).start().await.expect("it starts")
}

async fn exercise(path: PathBuf) {
    let socket = PipeSocket::dial(&path).await.expect("it listens");
    let client = Client::builder().codec(Words).connect_socket(socket).await.expect("it opens");
    let mut pushes = client.pushes::<Value>("onEcho");
    for body in [json!({ "text": "with spaces" }), json!(null), json!(["x".repeat(100_000)])] {
        let answer: Value =
            client.request("echo.echoHandler.echo", Json(&body)).await.expect("it answers");
        assert_eq!(answer, body);
        assert_eq!(pushes.next().await.and_then(Result::ok), Some(body));
    }
}

connector::conformance! {
    pipe => Tester::framed::<Checked>(|| PipeConnector::new(path(), Config::new()))
        .transport("unix"),
}

#[tokio::test]
async fn the_factory_serves() {
    let path = path();
    let _server = serve(PipeConnector::new(path.clone(), Config::new())).await;
    exercise(path).await;
}

#[tokio::test]
async fn the_instance_serves() {
    let path = path();
    let pipe = UnixListener::bind(&path).unwrap().into();
    let _server = serve(PipeConnector { pipe, config: Config::new() }).await;
    exercise(path).await;
}

#[tokio::test]
async fn an_override_of_encode_stays_with_its_variant() {
    let (words, json) = (path(), path());
    let overridden = PipeConnector::bind(json.clone()).encode(encode_json);
    let server = Server::builder()
        .connector(Front::Pipe(PipeConnector::bind(words.clone())))
        .connector(Front::Json(overridden))
        .handler(Echo);
    let _server = server.start().await.unwrap();
    exercise(words).await;

    let mut pipe = UnixStream::connect(&json).await.unwrap();
    pipe.write_all(&framed(b"7 echo.echoHandler.echo [1]")).await.unwrap();
    let push = json!({ "id": null, "route": "onEcho", "body": [1] });
    let answer = json!({ "id": 7, "route": null, "body": [1] });
    for wanted in [push, answer] {
        let mut head = [0; 4];
        pipe.read_exact(&mut head).await.unwrap();
        let mut package = vec![0; usize::from(head[2])];
        pipe.read_exact(&mut package).await.unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&package).unwrap(), wanted);
    }
}

#[tokio::test]
async fn a_wrong_checksum_ends_its_connection() {
    let path = path();
    let _server = serve(PipeConnector::bind(path.clone())).await;
    let mut pipe = UnixStream::connect(&path).await.unwrap();
    let mut package = framed(b"7 echo.echoHandler.echo [1]");
    package[3] ^= 1;
    pipe.write_all(&package).await.unwrap();
    assert_eq!(pipe.read(&mut [0; 16]).await.unwrap(), 0);
    exercise(path).await;
}

#[test]
fn a_package_looks_as_the_table_says() {
    let bytes = [0, 0, 3, 1 ^ 2 ^ 4, 1, 2, 4];
    assert_eq!(framed(&[1, 2, 4]), bytes);
    for end in 0..bytes.len() {
        assert_eq!(Checked::cut(&bytes[..end], 3), Ok(None));
    }
    assert_eq!(Checked::cut(&bytes, 3).unwrap().unwrap().package, 4..7);
    assert_eq!(Checked::cut(&bytes, 2), Err(CloseReason::TooLarge { size: 3, limit: 2 }));
}

/// Made by other code than the connector's.
fn framed(package: &[u8]) -> Vec<u8> {
    let sum = package.iter().copied().reduce(|a, b| a ^ b).unwrap_or(0);
    [&[0, 0, package.len() as u8, sum], package].concat()
}
