//! Whole conversations with pomelo's server, as recorded: our server says the
//! same to the same client, and our client understands the same server.
#![cfg(feature = "wire")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod recorded;

use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::framing::Bare;
use connector_protocol::pomelo::handshake::{Request, Response};
use connector_protocol::pomelo::message::Message;
use connector_protocol::pomelo::package::{HANDSHAKE_ACK, Package, PackageType};
use connector_protocol::pomelo::protobuf::Schemas;
use connector_protocol::pomelo::{ClientSession, ServerExtras, ServerSession};
use connector_protocol::session::Answer;
use connector_protocol::session::{
    ClientSettings, Details, Event, Machine, PackageWriter, ServerSettings,
};
use recorded::{hex, list};
use serde_json::Value;

const NOW: Duration = Duration::ZERO;

struct Transcript {
    name: String,
    log: Vec<Entry>,
}

enum Entry {
    Client(Vec<u8>),
    Server(Vec<u8>),
    Closed,
}

fn transcripts() -> Vec<Transcript> {
    let entry = |entry: &Value| match entry["from"].as_str().unwrap() {
        "client" => Entry::Client(hex(&entry["hex"])),
        _ if entry["event"] == "close" => Entry::Closed,
        _ => Entry::Server(hex(&entry["hex"])),
    };
    let transcript = |transcript: &Value| Transcript {
        name: transcript["name"].as_str().unwrap().to_owned(),
        log: transcript["log"].as_array().unwrap().iter().map(entry).collect(),
    };
    let transcripts = list(include_str!("../vectors/sessions.json"), "transcripts");
    transcripts.iter().map(transcript).collect()
}

impl Transcript {
    /// The server's answer to the handshake.
    fn response(&self) -> Response {
        let written = self.log.iter().find_map(|entry| match entry {
            Entry::Server(bytes) => Some(Package::take(&mut bytes.as_slice()).unwrap().body),
            _ => None,
        });
        Response::parse(written.unwrap()).unwrap()
    }
}

/// A configuration that leads to this response.
fn settings(response: &Response) -> ServerSettings {
    let info = response.sys.clone().unwrap_or_default();
    ServerSettings {
        heartbeat: info.heartbeat,
        dictionary: info.dict,
        details: Details::new(ServerExtras {
            schemas: info.protos.map(|protos| Schemas::of_handshake(protos).into()),
            ..Default::default()
        }),
        ..ServerSettings::default()
    }
}

fn answer(response: Response) -> Answer {
    match response.code {
        200 => Answer::Accept { user: response.user },
        code => Answer::Refuse { code },
    }
}

/// Kind and meaning of every package but data: JSON may differ in the order of
/// the members of `user`.
fn control_packages(mut bytes: &[u8]) -> Vec<(PackageType, Value)> {
    let mut packages = Vec::new();
    while !bytes.is_empty() {
        let Package { kind, body } = Package::take(&mut bytes).unwrap();
        let body = if body.is_empty() { b"null" } else { body };
        if kind != PackageType::Data {
            packages.push((kind, serde_json::from_slice(body).unwrap()));
        }
    }
    packages
}

#[test]
fn our_server_says_what_pomelos_says() {
    for transcript in transcripts() {
        let response = transcript.response();
        let mut server = ServerSession::new(settings(&response));
        let mut recorded = Vec::new();
        let mut written = Vec::new();
        let mut closed = None;
        for entry in &transcript.log {
            let mut out = PackageWriter::new(&Bare, &mut written);
            match entry {
                Entry::Client(bytes) => match server.handle(&mut bytes.as_slice(), NOW, &mut out) {
                    Ok(Event::Hello(_)) => {
                        closed = server.answer(answer(response.clone()), NOW, &mut out).err();
                    }
                    Ok(_) => {}
                    Err(reason) => closed = Some(reason),
                },
                Entry::Server(bytes) => {
                    // The application's part: a handler kicks.
                    if let Some((_, kick)) =
                        control_packages(bytes).iter().find(|(kind, _)| *kind == PackageType::Kick)
                    {
                        server.kick(kick["reason"].as_str(), &mut out);
                        closed = Some(CloseReason::Requested);
                    }
                    recorded.extend_from_slice(bytes);
                }
                Entry::Closed => assert!(closed.is_some(), "{}", transcript.name),
            }
        }
        let name = &transcript.name;
        assert_eq!(control_packages(&written), control_packages(&recorded), "{name}");
        if response.code != 200 {
            assert_eq!(closed, Some(CloseReason::Refused(response.code)), "{name}");
            assert_eq!(written, recorded, "{name}");
        }
    }
}

#[test]
fn our_client_understands_pomelos_server() {
    for transcript in transcripts() {
        let name = &transcript.name;
        let response = transcript.response();
        let Entry::Client(first) = &transcript.log[0] else { panic!("{name}") };
        let Ok(request) = Request::parse(Package::take(&mut first.as_slice()).unwrap().body) else {
            continue;
        };
        let mut client = ClientSession::new(&ClientSettings {
            details: Details::new(request),
            ..ClientSettings::default()
        });
        let mut written = Vec::new();
        client.start(NOW, &mut PackageWriter::new(&Bare, &mut written));
        assert_eq!(&written, first, "{name}");

        written.clear();
        let mut messages = 0;
        let mut closed = None;
        for entry in &transcript.log {
            let Entry::Server(bytes) = entry else { continue };
            let mut out = PackageWriter::new(&Bare, &mut written);
            match client.handle(&mut bytes.as_slice(), NOW, &mut out) {
                Ok(Event::Message(bytes)) => {
                    Message::decode(bytes).unwrap();
                    messages += 1;
                }
                Ok(Event::Opened(opened)) => {
                    assert_eq!(opened.unwrap().details.get(), Some(&response));
                }
                Ok(_) => {}
                Err(reason) => closed = Some(reason),
            }
        }
        if response.code == 200 {
            assert_eq!(written, HANDSHAKE_ACK, "{name}");
            assert!(messages > 0, "{name}");
        } else {
            assert_eq!(closed, Some(CloseReason::Refused(response.code)), "{name}");
        }
        if name.ends_with("kick") {
            assert_eq!(closed, Some(CloseReason::Kicked(Some("bye".into()))));
        }
    }
}
