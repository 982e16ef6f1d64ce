//! Requests to the routes that speed is measured on.

use std::io;

use bench::greet::{self, Body};
use bench::packages;
use connector_protocol::message::RouteRef;
use connector_protocol::pomelo::handshake::{self, Response};
use connector_protocol::pomelo::package::{self, HANDSHAKE_ACK, HEADER, PackageType};
use serde_json::json;

use crate::blocking::BlockingConnection;
use crate::dialect::{Dialect, unexpected};
use crate::options::RouteForm;

/// `Capabilities { version: 1, formats: [PROTOBUF] }` of the native dialect, in
/// base64 as it travels.
const PROTOBUF: &str = "CAESCHByb3RvYnVm";

pub(crate) struct Greet {
    route: RouteForm,
    body: Body,
    /// Known once a server has told its dictionary.
    request: Vec<u8>,
}

impl Greet {
    pub(crate) fn new(route: RouteForm, body: Body) -> Self {
        Self { route, body, request: Vec::new() }
    }
}

impl Dialect for Greet {
    fn open(&mut self, connection: &mut BlockingConnection) -> io::Result<()> {
        let mut hello = handshake::Request::new("bench", "1");
        if self.body == Body::Protobuf {
            hello.sys.extra.insert("connector".into(), json!(PROTOBUF));
        }
        let response = shake_hands(connection, &hello)?;
        let route = match self.route {
            RouteForm::Name => RouteRef::Name(self.body.route()),
            RouteForm::Code => RouteRef::Code(code(&response, self.body.route())?),
        };
        self.request = greet::request(route, self.body);
        connection.send(&self.request)?;
        if greet::is_answer(&connection.receive_package(PackageType::Data)?, self.body) {
            Ok(())
        } else {
            Err(unexpected("that is not the answer"))
        }
    }

    fn request(&self) -> Vec<u8> {
        self.request.clone()
    }

    fn count(&self, bytes: &[u8]) -> io::Result<(usize, usize)> {
        count(bytes)
    }
}

/// The way to an open session; what the server said to it.
pub(crate) fn shake_hands(
    connection: &mut BlockingConnection,
    hello: &handshake::Request,
) -> io::Result<Response> {
    let mut out = Vec::new();
    package::encode(PackageType::Handshake, &hello.encode(), &mut out)
        .expect("this handshake is short");
    connection.send(&out)?;
    let response = connection.receive_package(PackageType::Handshake)?;
    connection.send(&HANDSHAKE_ACK)?;
    Response::parse(&response[HEADER..]).map_err(io::Error::other)
}

/// Answers are data; heartbeats may come between them.
pub(crate) fn count(bytes: &[u8]) -> io::Result<(usize, usize)> {
    let (mut count, mut at) = (0, 0);
    while let Some((kind, end)) = packages::first(&bytes[at..]) {
        if packages::is_data(kind) {
            count += 1;
        } else if kind != PackageType::Heartbeat as u8 {
            return Err(unexpected("the server kicked"));
        }
        at += end;
    }
    Ok((count, at))
}

/// The route's code in the server's dictionary.
fn code(response: &Response, route: &str) -> io::Result<u16> {
    let dictionary = response.sys.as_ref().and_then(|sys| sys.dict.as_ref());
    let routes = dictionary.map(|dictionary| &dictionary.routes);
    let found = routes.and_then(|routes| routes.iter().find(|(_, known)| *known == route));
    found.map(|(&code, _)| code).ok_or_else(|| unexpected("the server told no code for the route"))
}
