//! Whole conversations of pitaya's and nano's programs, as recorded: our server understands
//! the same clients, and our client the same servers.
#![cfg(feature = "zlib")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod recorded;

use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::format::Format;
use connector_protocol::framing::Bare;
use connector_protocol::message::{Head, RequestId, RouteRef};
use connector_protocol::pomelo::handshake::{Agreement, Dialect, OfClient};
use connector_protocol::pomelo::message::{Message, mark_compressed};
use connector_protocol::pomelo::package::{HANDSHAKE_ACK, Package, PackageType};
use connector_protocol::pomelo::{ClientSession, ServerExtras, ServerSession};
use connector_protocol::session::{
    Answer, ClientSettings, Details, Event, Machine, PackageWriter, ServerSettings, Welcome,
};
use connector_protocol::zlib::Inflater;
use recorded::{hex, list};
use serde_json::{Value, json};

const NOW: Duration = Duration::ZERO;
/// More than any body of these has.
const LONGEST: usize = 1 << 20;
/// The codes that pitaya's server has given.
const ECHO: u16 = 1;
const SAY: u16 = 300;
const ON_SAY: u16 = 65_535;

struct Transcript {
    name: String,
    serializer: Format,
    client: Vec<Vec<u8>>,
    server: Vec<Vec<u8>>,
}

fn transcripts(file: &str) -> Vec<Transcript> {
    let read = |transcript: &Value| {
        let log = transcript["log"].as_array().unwrap();
        let of = |side: &str| {
            let entries = log.iter().filter(|entry| entry["from"] == side);
            entries.map(|entry| hex(&entry["hex"])).collect()
        };
        Transcript {
            name: transcript["name"].as_str().unwrap().to_owned(),
            serializer: match transcript["serializer"].as_str().unwrap() {
                "json" => Format::Json,
                _ => Format::Protobuf,
            },
            client: of("client"),
            server: of("server"),
        }
    };
    list(file, "transcripts").iter().map(read).collect()
}

fn pitaya() -> Vec<Transcript> {
    transcripts(include_str!("../vectors/pitaya.json"))
}

fn nano() -> Vec<Transcript> {
    transcripts(include_str!("../vectors/nano.json"))
}

fn find(transcripts: Vec<Transcript>, name: &str, serializer: Format) -> Transcript {
    let is_it = |it: &Transcript| it.name == name && it.serializer == serializer;
    transcripts.into_iter().find(is_it).unwrap()
}

/// A machine, and what it wrote.
struct Side<M> {
    machine: M,
    out: Vec<u8>,
}

/// What an event was, without its lifetime.
#[derive(Debug, PartialEq)]
enum Seen {
    Nothing,
    Hello(Agreement),
    Opened(Option<Box<Welcome>>),
    Message(Vec<u8>),
}

impl<M: Machine> Side<M> {
    fn feed(&mut self, mut package: &[u8]) -> Result<Seen, CloseReason> {
        let mut out = PackageWriter::new(&Bare, &mut self.out);
        Ok(match self.machine.handle(&mut package, NOW, &mut out)? {
            Event::Ignored => Seen::Nothing,
            Event::Hello(hello) => Seen::Hello(hello.agreement),
            Event::Opened(welcome) => Seen::Opened(welcome),
            Event::Message(message) => Seen::Message(message.to_vec()),
        })
    }
}

/// Has our server listen to the client: what was agreed, and its messages.
fn serve(transcript: &Transcript, dialect: Option<OfClient<Dialect>>) -> (Agreement, Vec<Vec<u8>>) {
    let extras =
        ServerExtras { serializer: transcript.serializer, dialect, ..ServerExtras::default() };
    let settings = ServerSettings { details: Details::new(extras), ..ServerSettings::default() };
    let mut server = Side { machine: ServerSession::new(settings), out: Vec::new() };
    let mut packages = transcript.client.iter();
    let Ok(Seen::Hello(agreement)) = server.feed(packages.next().unwrap()) else { panic!() };
    let mut out = PackageWriter::new(&Bare, &mut server.out);
    server.machine.answer(Answer::Accept { user: None }, NOW, &mut out).unwrap();
    let mut messages = Vec::new();
    for package in packages {
        match server.feed(package).unwrap() {
            Seen::Opened(None) => assert!(messages.is_empty()),
            Seen::Message(message) => messages.push(message),
            seen => panic!("{seen:?}"),
        }
    }
    (agreement, messages)
}

/// Has our client listen to the server: its welcome, its messages, and the end.
fn listen(transcript: &Transcript) -> (Option<Box<Welcome>>, Vec<Vec<u8>>, Option<CloseReason>) {
    let settings = ClientSettings::default();
    let mut client = Side { machine: ClientSession::new(&settings), out: Vec::new() };
    client.machine.start(NOW, &mut PackageWriter::new(&Bare, &mut client.out));
    client.out.clear();
    let (mut welcome, mut messages) = (None, Vec::new());
    for package in &transcript.server {
        match client.feed(package) {
            Ok(Seen::Opened(opened)) => {
                welcome = opened;
                assert_eq!(client.out, HANDSHAKE_ACK);
            }
            Ok(Seen::Message(message)) => messages.push(message),
            Ok(seen) => panic!("{seen:?}"),
            Err(reason) => return (welcome, messages, Some(reason)),
        }
    }
    (welcome, messages, None)
}

/// The body as it was before it was compressed.
fn body(message: &Message<'_>) -> Vec<u8> {
    match message.compressed {
        true => Inflater::new().inflate(message.body, LONGEST).unwrap(),
        false => message.body.to_vec(),
    }
}

#[test]
fn our_server_understands_pitayas_client() {
    for transcript in pitaya() {
        let (agreement, messages) = serve(&transcript, None);
        assert_eq!(agreement.dialect, Dialect::Pitaya, "{}", transcript.name);
        assert_eq!(agreement.format, transcript.serializer);
        assert!(agreement.zlib && !agreement.joins_packages);
        assert!(messages.len() == transcript.client.len().saturating_sub(2));
    }
}

#[test]
fn our_server_understands_nanos_client_where_it_is_told_of_it() {
    for transcript in nano() {
        let dialect = OfClient::new(|_| Some(Dialect::Pitaya));
        let (agreement, messages) = serve(&transcript, Some(dialect));
        assert_eq!((agreement.format, agreement.zlib), (Format::Protobuf, false));
        assert_eq!(messages.len(), transcript.client.len() - 2);
    }
}

#[test]
fn our_client_understands_pitayas_server() {
    for transcript in pitaya() {
        let (welcome, messages, end) = listen(&transcript);
        match &*transcript.name {
            "a refused handshake" => assert_eq!(end, Some(CloseReason::Refused(400))),
            "kick" => assert_eq!(end, Some(CloseReason::Kicked(None))),
            _ => assert_eq!(end, None),
        }
        let Some(welcome) = welcome else { continue };
        let agreement = &welcome.agreement;
        assert_eq!((agreement.dialect, agreement.format), (Dialect::Pitaya, transcript.serializer));
        assert!(agreement.zlib && !messages.is_empty());
        // That of JSON has a dictionary, and is compressed for it.
        let Package { kind, body } = Package::take(&mut &transcript.server[0][..]).unwrap();
        assert_eq!(kind, PackageType::Handshake);
        let routes = &welcome.dictionary.as_ref().unwrap().routes;
        let is_json = transcript.serializer == Format::Json;
        assert_eq!(
            (body.starts_with(b"\x78\x9c"), routes.len()),
            (is_json, if is_json { 6 } else { 0 })
        );
        if is_json {
            assert_eq!(routes[&SAY], "connector.sayHandler.say");
        }
    }
}

#[test]
fn our_client_understands_nanos_server() {
    for transcript in nano() {
        let (welcome, messages, end) = listen(&transcript);
        // It says nothing of its serializer.
        let agreement = &welcome.unwrap().agreement;
        assert_eq!((agreement.dialect, agreement.zlib, end), (Dialect::Pomelo, false, None));
        assert_eq!(messages.len(), transcript.server.len() - 1);
    }
}

#[test]
fn every_message_is_written_as_it_was() {
    let mut seen = [0; 3];
    for transcript in pitaya().into_iter().chain(nano()) {
        for package in transcript.client.iter().chain(&transcript.server) {
            let Package { kind, body } = Package::take(&mut &package[..]).unwrap();
            if kind != PackageType::Data {
                continue;
            }
            let message = Message::decode(body).unwrap();
            let mut again = Vec::new();
            message.head.encode(&mut again).unwrap();
            if message.compressed {
                mark_compressed(&mut again);
                seen[0] += 1;
            }
            seen[1] += u8::from(matches!(message.head, Head::Error(_)));
            seen[2] += u8::from(matches!(message.head, Head::Push(RouteRef::Code(_))));
            again.extend_from_slice(message.body);
            assert_eq!(again, body, "{}", transcript.name);
        }
    }
    assert!(seen.iter().all(|&times| times > 0), "{seen:?}");
}

#[test]
fn echoes_are_what_was_asked_also_when_compressed() {
    let both = [("request", false), ("request of 1000 bytes", true), ("compressed requests", true)];
    for (name, compressed) in both {
        let transcript = find(pitaya(), name, Format::Json);
        let (_, asked) = serve(&transcript, None);
        let (_, answers, _) = listen(&transcript);
        assert_eq!(asked.len(), answers.len());
        for (asked, answer) in asked.iter().zip(&answers) {
            let (asked, answer) =
                (Message::decode(asked).unwrap(), Message::decode(answer).unwrap());
            assert!(matches!(asked.head, Head::Request(..)));
            assert_eq!(answer.compressed, compressed);
            assert_eq!(Head::Response(asked.head.id()), answer.head);
            assert_eq!(body(&asked), body(&answer));
        }
    }
    let transcript = find(pitaya(), "compressed requests", Format::Json);
    let (_, asked) = serve(&transcript, None);
    let sizes: Vec<_> = asked
        .iter()
        .map(|asked| {
            let message = Message::decode(asked).unwrap();
            assert!(message.compressed);
            body(&message).len()
        })
        .collect();
    assert_eq!(sizes, [107, 10_007, 500_009]);
    let (_, asked) = serve(&find(pitaya(), "request", Format::Json), None);
    let message = Message::decode(&asked[0]).unwrap();
    assert_eq!(message.head, Head::Request(RequestId::new(1), RouteRef::Code(ECHO)));
}

#[test]
fn errors_have_a_flag_and_pushes_go_by_code() {
    let name = "an error with code, text and metadata";
    let (_, answers, _) = listen(&find(pitaya(), name, Format::Json));
    let error = Message::decode(&answers[0]).unwrap();
    assert_eq!(error.head, Head::Error(RequestId::new(1)));
    let told: Value = serde_json::from_slice(&body(&error)).unwrap();
    let metadata = json!({ "field": "value", "max": "9" });
    assert_eq!(told, json!({ "code": "PIT-422", "msg": "say something", "metadata": metadata }));
    let (_, answers, _) = listen(&find(pitaya(), name, Format::Protobuf));
    let error = Message::decode(&answers[0]).unwrap();
    assert!(error.body.starts_with(b"\x0a\x07PIT-422\x12\x0dsay something\x1a"));
    let (_, pushes, _) = listen(&find(pitaya(), "typed push", Format::Json));
    let pushed = Message::decode(&pushes[0]).unwrap();
    assert_eq!(pushed.head, Head::Push(RouteRef::Code(ON_SAY)));
    assert_eq!(pushed.body, br#"{"value":"to myself"}"#);
    let (_, pushes, _) = listen(&find(nano(), "notify and push", Format::Protobuf));
    let pushed = Message::decode(&pushes[0]).unwrap();
    assert_eq!(
        (pushed.head, pushed.body),
        (Head::Push(RouteRef::Name("onSay")), &b"\x0a\x03one"[..])
    );
}
