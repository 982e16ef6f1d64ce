//! Machines on fake time, alone and against each other.

mod bare;
mod client;
mod pair;
mod pitaya;
mod server;
mod writer;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::CloseReason;
use crate::framing::{Bare, LengthDelimited};
use crate::pomelo::handshake::{
    Cached, ClientInfo, Dialect, Dictionary, Direction, OfClient, Protos, Request, Response, codes,
};
use crate::pomelo::package::{HANDSHAKE_ACK, HEARTBEAT, Package, PackageType, encode};
use crate::pomelo::protobuf::Schemas;
use crate::session::{
    Answer, BareSession, ClientSettings, Details, Event, Hello, Machine, PackageWriter,
    ServerSettings, Welcome,
};

const SECOND: Duration = Duration::from_secs(1);
const ZERO: Duration = Duration::ZERO;

/// A machine, its clock, and what it wrote since somebody looked.
struct Side<S> {
    session: S,
    now: Duration,
    out: Vec<u8>,
}

/// What an [`Event`] was, without its lifetime.
#[derive(Debug, PartialEq)]
enum Seen {
    Ignored,
    Hello(Box<Hello>),
    Opened(Option<Welcome>),
    Message(Vec<u8>),
}

impl From<Event<'_>> for Seen {
    fn from(event: Event<'_>) -> Self {
        match event {
            Event::Ignored => Self::Ignored,
            Event::Hello(hello) => Self::Hello(hello),
            Event::Opened(welcome) => Self::Opened(welcome.map(|welcome| *welcome)),
            Event::Message(message) => Self::Message(message.to_vec()),
        }
    }
}

impl<S: Machine> Side<S> {
    fn new(session: S) -> Self {
        Self { session, now: ZERO, out: Vec::new() }
    }

    /// Hands over the first package of `input`.
    fn take(&mut self, input: &mut &[u8]) -> Result<Seen, CloseReason> {
        let mut writer = PackageWriter::new(&Bare, &mut self.out);
        self.session.handle(input, self.now, &mut writer).map(Seen::from)
    }

    /// Hands over one package.
    fn feed(&mut self, mut input: &[u8]) -> Result<Seen, CloseReason> {
        let seen = self.take(&mut input)?;
        assert_eq!(input, b"", "one package was meant");
        Ok(seen)
    }

    fn start(&mut self) -> Seen {
        self.session.start(self.now, &mut PackageWriter::new(&Bare, &mut self.out)).into()
    }

    fn answer(&mut self, answer: Answer) -> Result<(), CloseReason> {
        self.session.answer(answer, self.now, &mut PackageWriter::new(&Bare, &mut self.out))
    }

    fn kick(&mut self, reason: Option<&str>) -> bool {
        self.session.kick(reason, &mut PackageWriter::new(&Bare, &mut self.out))
    }

    fn tick(&mut self) -> Result<(), CloseReason> {
        self.session.tick(self.now, &mut PackageWriter::new(&Bare, &mut self.out))
    }

    /// Lets time pass until the deadline.
    fn wait(&mut self) -> Result<(), CloseReason> {
        self.now = self.session.deadline().unwrap();
        self.tick()
    }

    fn written(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }
}

fn package(kind: PackageType, body: impl AsRef<[u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    encode(kind, body.as_ref(), &mut out).unwrap();
    out
}

fn handshake() -> Vec<u8> {
    package(PackageType::Handshake, r#"{"sys":{"type":"t","version":"1"},"user":{"u":1}}"#)
}

fn data(body: &str) -> Vec<u8> {
    package(PackageType::Data, body)
}

fn message(body: &str) -> Seen {
    Seen::Message(body.as_bytes().to_vec())
}

fn accept() -> Answer {
    Answer::Accept { user: None }
}

fn every(heartbeat: Duration) -> ServerSettings {
    ServerSettings { heartbeat: Some(heartbeat), ..ServerSettings::default() }
}

fn server(config: ServerSettings) -> Side<ServerSession> {
    Side::new(ServerSession::new(config))
}

fn wait_ack(config: ServerSettings) -> Side<ServerSession> {
    let mut server = server(config);
    assert!(matches!(server.feed(&handshake()), Ok(Seen::Hello(_))));
    server.answer(accept()).unwrap();
    server.written();
    server
}

fn working(config: ServerSettings) -> Side<ServerSession> {
    let mut server = wait_ack(config);
    assert_eq!(server.feed(&HANDSHAKE_ACK), Ok(Seen::Opened(None)));
    server.written();
    server
}

fn client() -> Side<ClientSession> {
    let mut client = Side::new(ClientSession::new(&ClientSettings::default()));
    assert_eq!(client.start(), Seen::Ignored);
    client
}

fn welcome(sys: Value) -> Vec<u8> {
    package(PackageType::Handshake, json!({ "code": 200, "sys": sys }).to_string())
}

fn open_client(sys: Value) -> Side<ClientSession> {
    let mut client = client();
    client.written();
    assert!(matches!(client.feed(&welcome(sys)), Ok(Seen::Opened(Some(_)))));
    assert_eq!(client.written(), HANDSHAKE_ACK);
    client
}

fn malformed<T>(result: Result<T, CloseReason>) -> bool {
    matches!(result, Err(CloseReason::Malformed(_)))
}
