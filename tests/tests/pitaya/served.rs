//! A server of ours with the routes that pitaya's client is checked with.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use connector::codec::CodecError;
use connector::prelude::*;
use connector::protocol::pomelo::handshake::codes;
use connector::protocol::session::Answer;
use connector::{BodyError, BodyReader, BodyWriter, FromBody, ToBody};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

/// What `.proto` files make of protobuf's `StringValue`.
#[derive(Clone, PartialEq, prost::Message, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Line {
    #[prost(string, tag = "1")]
    pub(crate) value: String,
}

impl From<&str> for Line {
    fn from(value: &str) -> Self {
        Self { value: value.into() }
    }
}

impl ToBody for Line {
    fn write(&self, body: &mut BodyWriter<'_>) -> Result<(), CodecError> {
        body.write_message(self)
    }
}

impl FromBody for Line {
    fn read(body: &BodyReader<'_>) -> Result<Self, BodyError> {
        body.read_message()
    }
}

#[derive(Default)]
struct Entry {
    count: AtomicU64,
}

#[derive(Deserialize)]
struct Pushes {
    n: u32,
    text: String,
}

/// Routes whose bodies are JSON whatever the serializer is.
#[handler("connector.entryHandler")]
impl Entry {
    #[route]
    async fn echo(&self, Json(body): Json<Box<RawValue>>) -> Json<Box<RawValue>> {
        Json(body)
    }

    #[route(notify)]
    async fn notify(&self, Json(_): Json<Value>) {
        self.count.fetch_add(1, Ordering::Relaxed);
    }

    #[route]
    async fn count(&self, Json(_): Json<Value>) -> Json<Value> {
        Json(serde_json::json!({ "count": self.count.load(Ordering::Relaxed) }))
    }

    #[route]
    async fn fail(&self, Json(_): Json<Value>) -> Result<(), HandlerError> {
        Err(HandlerError::failed())
    }

    #[route]
    async fn push(&self, session: &Session, Json(pushes): Json<Pushes>) -> Json<Value> {
        for seq in 0..pushes.n {
            let body = serde_json::json!({ "seq": seq, "text": pushes.text });
            session.push("onPush", Json(&body)).unwrap();
        }
        Json(serde_json::json!({ "code": 200 }))
    }

    #[route]
    async fn kick(&self, session: &Session, Json(_): Json<Value>) -> Json<Value> {
        let session = session.clone();
        tokio::spawn(async move { session.kick(Some("told to")) });
        Json(serde_json::json!({ "code": 200 }))
    }
}

struct Say;

/// Routes whose bodies the serializer writes.
#[handler("connector.sayHandler")]
impl Say {
    #[route]
    async fn say(&self, Body(line): Body<Line>) -> Result<Body<Line>, HandlerError> {
        match &*line.value {
            "" => {
                let error = HandlerError::new(422, "say something");
                Err(error.with("field", "value").with("max", 9))
            }
            _ => Ok(Body(line)),
        }
    }

    #[route(notify)]
    async fn told(&self, session: &Session, Body(line): Body<Line>) {
        session.push("onSay", &line).unwrap();
    }
}

/// A server with these routes, and without heartbeats.
pub(crate) fn builder() -> ServerBuilder {
    Server::builder()
        .connector(HybridConnector::bind("127.0.0.1:0"))
        .heartbeat(Duration::ZERO)
        .handler(Entry::default())
        .handler(Say)
        .on_handshake(|_, hello| async move {
            match hello.user.is_some_and(|user| user["refuse"] == true) {
                true => Answer::Refuse { code: codes::FAIL },
                false => Answer::Accept { user: None },
            }
        })
}

pub(crate) async fn start(builder: ServerBuilder) -> (Server, u16) {
    let server = builder.start().await.unwrap();
    let port = server.addresses()[0].port().unwrap();
    (server, port)
}
