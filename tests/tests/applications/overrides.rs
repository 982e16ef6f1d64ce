//! `encode` and `decode`, each overridden alone: for one connector, and for one
//! variant of an enum.

use connector::client::Client;
use connector::codec::{CodecError, Outbound, OwnedMessage, PomeloCodec, Received};
use connector::prelude::*;
use connector::transport::{Memory, MemoryDialer};
use connector::{Accept, Address, MemorySocket, PomeloSchemas, WithCodec};
use connector_tests::logs::Log;
use serde_json::{Value, json};
use tokio::io::DuplexStream;
use tracing::Level;

use super::pipe::PipeConnector;

/// Several kinds as one; the pipe with a codec of its own.
#[derive(Connector)]
enum Front {
    Memory(MemoryConnector),
    Pipe(WithCodec<PipeConnector>),
}

struct Echo;

#[handler("test.echoHandler")]
impl Echo {
    #[route]
    async fn echo(&self, Json(body): Json<Value>) -> Json<Value> {
        Json(body)
    }
}

/// Answers in the words of another codec: `id|body`.
fn encode(message: Outbound<'_>, out: &mut Vec<u8>) -> Result<(), CodecError> {
    let id = message.id().ok_or_else(|| CodecError::new("is no answer"))?;
    out.extend(id.get().to_string().bytes());
    out.push(b'|');
    out.extend_from_slice(message.body);
    Ok(())
}

/// Reads `id|body`, always for the same route; drops what has no `|`.
fn decode(payload: &[u8]) -> Result<Option<Received<'_>>, CodecError> {
    let text = std::str::from_utf8(payload).map_err(|_| CodecError::new("is no text"))?;
    let Some((id, body)) = text.split_once('|') else { return Ok(None) };
    let id = id.parse().map_err(|_| CodecError::new("has no id"))?;
    Ok(Some(Received::new(id, "test.echoHandler.echo", body.as_bytes())))
}

async fn serve(connector: impl Connector, dialer: &MemoryDialer) -> DuplexStream {
    Server::builder().connector(connector).handler(Echo).start().await.unwrap();
    dialer.dial().await.unwrap()
}

/// Sends a package behind its length, and reads the next one.
async fn ask(pipe: &mut DuplexStream, package: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    pipe.write_u32(package.len() as u32).await.unwrap();
    pipe.write_all(package.as_bytes()).await.unwrap();
    let mut answer = vec![0; pipe.read_u32().await.unwrap() as usize];
    pipe.read_exact(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

const REQUEST: &str = r#"{"id":7,"route":"test.echoHandler.echo","body":{"n":1}}"#;

#[tokio::test]
async fn a_connectors_own_codec_is_the_default() {
    let pipe = Memory::default();
    let dialer = pipe.dialer();
    let mut near = serve(PipeConnector::new(pipe), &dialer).await;
    assert_eq!(ask(&mut near, REQUEST).await, r#"{"id":7,"body":{"n":1}}"#);
}

#[tokio::test]
async fn encode_is_overridden_alone() {
    let pipe = Memory::default();
    let dialer = pipe.dialer();
    let mut near = serve(PipeConnector { pipe }.encode(encode), &dialer).await;
    assert_eq!(ask(&mut near, REQUEST).await, r#"7|{"n":1}"#);
}

#[tokio::test]
async fn decode_is_overridden_alone_and_may_drop() {
    let pipe = Memory::default();
    let dialer = pipe.dialer();
    let connector = PipeConnector { pipe }.decode(|_, payload| decode(payload));
    let mut near = serve(connector, &dialer).await;
    // Dropped silently, so that the next one is answered first.
    tokio::io::AsyncWriteExt::write_all(&mut near, b"\0\0\0\x07nothing").await.unwrap();
    assert_eq!(ask(&mut near, r#"9|{"n":2}"#).await, r#"{"id":9,"body":{"n":2}}"#);
}

#[tokio::test]
async fn both_halves_are_overridden_one_after_the_other() {
    let pipe = Memory::default();
    let dialer = pipe.dialer();
    let connector = PipeConnector { pipe }.encode(encode).decode(|_, payload| decode(payload));
    let mut near = serve(connector, &dialer).await;
    assert_eq!(ask(&mut near, r#"9|{"n":2}"#).await, r#"9|{"n":2}"#);
}

#[tokio::test]
async fn one_variant_is_overridden_and_the_other_is_not() {
    let (memory, pipe) = (Memory::default(), Memory::default());
    let (memory_dialer, pipe_dialer) = (memory.dialer(), pipe.dialer());
    let server = Server::builder()
        .connector(Front::Memory(MemoryConnector::bind(memory)))
        .connector(Front::Pipe(PipeConnector { pipe }.encode(encode)))
        .handler(Echo)
        .start()
        .await
        .unwrap();
    assert_eq!(server.addresses().len(), 2);

    let mut near = pipe_dialer.dial().await.unwrap();
    assert_eq!(ask(&mut near, REQUEST).await, r#"7|{"n":1}"#);

    let near = memory_dialer.dial().await.unwrap();
    let socket = MemorySocket::accept(near, Peer::new("memory", Address::Unnamed));
    let client = Client::builder().connect_socket(socket).await.unwrap();
    let answer: Value =
        client.request("test.echoHandler.echo", Json(json!({ "n": 3 }))).await.unwrap();
    assert_eq!(answer, json!({ "n": 3 }));
}

#[tokio::test]
async fn a_codec_that_fails_closes_its_own_connection() {
    let pipe = Memory::default();
    let dialer = pipe.dialer();
    let connector = PipeConnector { pipe }.with_codec(PomeloCodec);
    let mut near = serve(connector, &dialer).await;
    let mut other = dialer.dial().await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut near, b"\0\0\0\x01\x0e").await.unwrap();
    let mut rest = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(&mut near, &mut rest).await.unwrap();
    assert!(rest.is_empty(), "{rest:?}");
    // Pomelo's bytes: request 1 with a route of 21 bytes.
    let request = "\u{0}\u{1}\u{15}test.echoHandler.echo{}";
    assert_eq!(ask(&mut other, request).await, "\u{4}\u{1}{}");
}

/// The warnings of a server at its start.
async fn warnings(builder: ServerBuilder, connector: impl Connector) -> Vec<String> {
    let log = Log::here();
    builder.connector(connector).handler(Echo).start().await.unwrap();
    log.take(Level::WARN)
}

#[tokio::test]
async fn a_replaced_half_that_switches_codes_and_schemas_off_is_logged() {
    let numbered = || Server::builder().number_routes(["onPush"]);
    let schemas = PomeloSchemas::parse(r#"{ "onPush": { "required uInt32 n": 1 } }"#, "{}");
    let with_schemas = Server::builder().protos(schemas.unwrap());
    let memory = || MemoryConnector::bind(Memory::default());
    let pipe = || PipeConnector { pipe: Memory::default() };
    let encode_later = async |_: Session, message: OwnedMessage| Ok(message.body);
    let all = [
        warnings(numbered(), memory().encode(encode)).await,
        warnings(numbered(), memory().decode(|_, payload| decode(payload))).await,
        warnings(numbered(), memory().encode_async(encode_later)).await,
        warnings(numbered(), memory().encode_async(encode_later).decode(|_, _| Ok(None))).await,
        warnings(with_schemas, memory().encode(encode)).await,
    ];
    for lines in all {
        let [line] = &lines[..] else { panic!("{lines:?}") };
        assert!(line.starts_with("clients of this connector get no codes of routes"), "{line}");
    }
    // Nothing is lost.
    assert_eq!(warnings(Server::builder(), memory().encode(encode)).await, [""; 0]);
    assert_eq!(warnings(numbered(), memory()).await, [""; 0]);
    assert_eq!(warnings(numbered(), pipe().encode(encode)).await, [""; 0]);
}
