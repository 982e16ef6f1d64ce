//! MessagePack, with our client and with the released library of npm.

use std::collections::HashMap;

use connector::MSGPACK;
use connector::prelude::*;
use connector::testing::TestServer;
use connector_tests::peer::Peers;
use serde::{Deserialize, Serialize};

#[derive(Clone, PartialEq, prost::Message, Serialize, Deserialize)]
struct Inner {
    #[prost(string, tag = "1")]
    text: String,
}

#[derive(Clone, PartialEq, prost::Message, Serialize, Deserialize)]
#[serde(default)]
struct Values {
    #[prost(string, tag = "1")]
    text: String,
    #[prost(sint32, tag = "2")]
    small: i32,
    #[prost(uint64, tag = "3")]
    big: u64,
    #[prost(double, tag = "4")]
    real: f64,
    #[prost(bool, tag = "5")]
    yes: bool,
    #[prost(string, repeated, tag = "6")]
    names: Vec<String>,
    #[prost(uint32, repeated, tag = "7")]
    numbers: Vec<u32>,
    #[prost(message, optional, tag = "8")]
    inner: Option<Inner>,
    #[prost(map = "string, uint32", tag = "9")]
    counts: HashMap<String, u32>,
}

struct Echoes;

#[handler("test.valueHandler")]
impl Echoes {
    #[route]
    fn echo(&self, Body(values): Body<Values>) -> Body<Values> {
        Body(values)
    }

    #[route(notify)]
    fn tell(&self, session: &Session, Body(values): Body<Values>) -> Result<(), HandlerError> {
        Ok(session.push("onTold", Body(values))?)
    }

    #[route]
    fn fail(&self) -> Result<(), HandlerError> {
        Err(HandlerError::new(404, "not here").with("room", "den"))
    }
}

fn builder() -> ServerBuilder {
    Server::builder().handler(Echoes).format(MSGPACK)
}

fn values() -> Values {
    Values {
        text: "é 世 😀".into(),
        small: -7,
        big: u64::MAX,
        real: 0.1,
        yes: true,
        names: vec![String::new(), "x".repeat(300)],
        numbers: vec![0, 128, u32::MAX],
        inner: Some(Inner { text: "in".into() }),
        counts: [("a".into(), 1)].into(),
    }
}

#[tokio::test]
async fn our_client_and_server_speak_messagepack() {
    let server = TestServer::start(builder()).await;
    let client = server.client().with(|client| client.prefer(MSGPACK)).connect().await;
    assert_eq!(client.format(), MSGPACK);
    let Body(answer): Body<Values> = client.request("test.valueHandler.echo", Body(values())).await;
    assert_eq!(answer, values());
    client.notify("test.valueHandler.tell", Body(values())).await;
    assert_eq!(client.expect_push::<Body<Values>>("onTold").await.0, values());
    let error = client.expect_error("test.valueHandler.fail", ()).await;
    assert_eq!(error, HandlerError::new(404, "not here").with("room", "den"));
    let error = client.expect_error("test.valueHandler.echo", Raw::copy_from(b"\xc0\xc0")).await;
    assert_eq!(error.code, HandlerError::BAD_REQUEST);
}

#[tokio::test]
async fn a_body_of_too_many_values_is_refused() {
    let limits = Limits { values: 100, ..Limits::default() };
    let server = TestServer::start(builder().limits(limits)).await;
    let client = server.client().with(|client| client.prefer(MSGPACK)).connect().await;
    let of = |numbers: usize| Body(Values { numbers: vec![7; numbers], ..Values::default() });
    // The body, nine names and their values, of which three have none inside.
    let Body(answer): Body<Values> = client.request("test.valueHandler.echo", of(81)).await;
    assert_eq!(answer.numbers.len(), 81);
    let error = client.expect_error("test.valueHandler.echo", of(82)).await;
    assert_eq!(error, HandlerError::new(400, "the limit `values` allows 100 values in a body"));
}

#[tokio::test]
async fn the_library_of_npm_talks_to_our_server() {
    let Some(peers) = Peers::find() else { return };
    let builder = builder().connector(TcpConnector::bind("127.0.0.1:0"));
    let server = TestServer::start(builder).await;
    let url = server.addresses()[0].to_string();
    peers.check("msgpack-client.js", &["--url", &url]).await.assert_passed();
}
