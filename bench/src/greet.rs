//! The request of the benchmark, and its answer.

use connector_protocol::framing::Envelope;
use connector_protocol::message::{Head, RequestId, RouteRef};
use connector_protocol::pomelo::message::Message;
use connector_protocol::pomelo::package::{DataPackage, HEADER};
use serde::Deserialize;

/// The route of most requests.
pub const ROUTE: &str = "connector.benchHandler.greet";
/// The route that has schemas of pomelo-protobuf, and answers with what it was sent.
const PROTO_ROUTE: &str = "connector.protoHandler.echo";
/// The id of every request: two bytes, as most are.
pub const ID: u32 = 1000;

/// The format of bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// `{"n":1,"s":"hello"}`
    Json,
    /// The same: `{ int64 n = 1; string s = 2; }`.
    Protobuf,
    /// The same in pomelo-protobuf: `uInt32 u = 1` and `string str = 6`, to a route of its
    /// own.
    PomeloProtobuf,
}

impl Body {
    /// Returns the route of requests with such a body.
    pub fn route(self) -> &'static str {
        match self {
            Self::Json | Self::Protobuf => ROUTE,
            Self::PomeloProtobuf => PROTO_ROUTE,
        }
    }

    /// Returns the body of the request.
    pub fn greeting(self) -> &'static [u8] {
        match self {
            Self::Json => br#"{"n":1,"s":"hello"}"#,
            Self::Protobuf => b"\x08\x01\x12\x05hello",
            Self::PomeloProtobuf => b"\x08\x01\x32\x05hello",
        }
    }

    /// Checks the body of the answer: `{"code":200,"n":2,"s":"hello"}`, or
    /// `{ int32 code = 1; int64 n = 2; string s = 3; }`, or that of the request.
    pub fn is_greeted(self, body: &[u8]) -> bool {
        #[derive(Deserialize, PartialEq)]
        struct Greeted<'a> {
            code: u16,
            n: i64,
            s: &'a str,
        }
        match self {
            Self::Json => serde_json::from_slice(body).is_ok_and(|greeted: Greeted<'_>| {
                greeted == Greeted { code: 200, n: 2, s: "hello" }
            }),
            Self::Protobuf => body == b"\x08\xc8\x01\x10\x02\x1a\x05hello",
            Self::PomeloProtobuf => body == self.greeting(),
        }
    }
}

/// Returns one request, as a whole package.
pub fn request(route: RouteRef<'_>, body: Body) -> Vec<u8> {
    package(&Head::Request(RequestId::new(ID), route), body.greeting())
}

/// Checks that a whole package is the answer to [`request`].
pub fn is_answer(package: &[u8], body: Body) -> bool {
    let message = package.get(HEADER..).map(Message::decode);
    message.is_some_and(|message| {
        message.is_ok_and(|message| {
            message.head == Head::Response(RequestId::new(ID)) && body.is_greeted(message.body)
        })
    })
}

/// Returns a message as a whole package.
///
/// # Panics
/// The route or the body is longer than any here.
pub fn package(head: &Head<'_>, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mark = DataPackage.begin(&mut out);
    head.encode(&mut out).expect("the routes here are short");
    out.extend_from_slice(body);
    DataPackage.finish(mark, &mut out).expect("the bodies here are short");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_its_answers() {
        let head = Head::Response(RequestId::new(ID));
        let json = package(&head, br#"{"n":2, "s":"hello", "code":200}"#);
        let protobuf = package(&head, b"\x08\xc8\x01\x10\x02\x1a\x05hello");
        assert!(is_answer(&json, Body::Json));
        assert!(is_answer(&protobuf, Body::Protobuf));
        assert!(!is_answer(&protobuf, Body::Json));
        let pomelo_protobuf = package(&head, b"\x08\x01\x32\x05hello");
        assert!(is_answer(&pomelo_protobuf, Body::PomeloProtobuf));
        assert!(!is_answer(&json, Body::PomeloProtobuf));
        assert!(!is_answer(&request(RouteRef::Name(ROUTE), Body::Json), Body::Json));
    }
}
