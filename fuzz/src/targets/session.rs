//! The session machines, driven by packages.

use std::time::Duration;

use connector::CloseReason;
use connector::protocol::framing::{Bare, Framing};
use connector::protocol::pomelo::handshake::Dictionary;
use connector::protocol::pomelo::package::{Package, PomeloPackages};
use connector::protocol::pomelo::{ClientSession, ServerSession};
use connector::protocol::session::{
    Answer, ClientSettings, Event, Hello, Machine, PackageWriter, ServerSettings,
};
use serde_json::Value;

use crate::recorded::File;

const SECOND: Duration = Duration::from_secs(1);
/// The longest package that a link accepts.
const LIMIT: usize = 1 << 16;
/// A client of this kind is turned away.
const UNWANTED: &str = "unwanted";

/// A server handles a client's packages.
pub fn session_server(bytes: &[u8]) {
    let dictionary = Dictionary {
        version: Some("d==".into()),
        routes: [(1, "connector.entryHandler.entry".to_owned())].into(),
    };
    let settings = ServerSettings {
        heartbeat: Some(SECOND),
        dictionary: Some(dictionary.into()),
        ..ServerSettings::default()
    };
    let written = drive(bytes, || ServerSession::new(settings.clone()));
    // What a server says no client chokes on.
    drive_once(&mut ClientSession::new(&ClientSettings::default()), [&*written], &mut Vec::new());
}

/// A client handles a server's packages.
pub fn session_client(bytes: &[u8]) {
    let written = drive(bytes, || ClientSession::new(&ClientSettings::default()));
    drive_once(&mut ServerSession::new(ServerSettings::default()), [&*written], &mut Vec::new());
}

/// Packages that clients of pomelo, pitaya and nano wrote.
pub fn from_clients() -> Vec<Vec<u8>> {
    let mut seeds = conversations("client");
    seeds.push(b"\x01\0\0\x1b{\"sys\":{\"type\":\"unwanted\"}}\x02\0\0\0".to_vec());
    seeds
}

/// Packages that their servers wrote.
pub fn from_servers() -> Vec<Vec<u8>> {
    conversations("server")
}

/// All bytes of one side of each recorded conversation.
fn conversations(from: &str) -> Vec<Vec<u8>> {
    let files = [File::Sessions, File::Pitaya, File::Nano].map(File::json);
    let transcripts = files.iter().filter_map(|file| file["transcripts"].as_array()).flatten();
    let said = |transcript: &Value| {
        let log = transcript["log"].as_array().cloned().unwrap_or_default();
        let packages = log.iter().filter(|entry| entry["from"] == from);
        let bytes = packages.filter_map(|entry| crate::recorded::hex(entry["hex"].as_str()?));
        bytes.collect::<Vec<_>>().concat()
    };
    transcripts.map(said).collect()
}

/// Hands the packages over one by one, and again all at once, and returns what
/// the machine wrote.
fn drive<S: Machine>(bytes: &[u8], machine: impl Fn() -> S) -> Vec<u8> {
    let mut packages = Vec::new();
    let mut rest = bytes;
    while let Ok(Some(cut)) = PomeloPackages::cut(rest, LIMIT) {
        let (package, behind) = rest.split_at(cut.consumed);
        packages.push(package);
        rest = behind;
    }
    let whole = &bytes[..bytes.len() - rest.len()];
    let (mut alone, mut together) = (Vec::new(), Vec::new());
    let seen = drive_once(&mut machine(), packages.iter().copied(), &mut alone);
    assert_eq!(drive_once(&mut machine(), [whole], &mut together), seen);
    assert_eq!(alone, together);
    alone
}

/// Returns the machine's events as text. Its bytes are whole packages.
fn drive_once<'a, S: Machine>(
    session: &mut S,
    inputs: impl IntoIterator<Item = &'a [u8]>,
    out: &mut Vec<u8>,
) -> Vec<String> {
    let mut now = Duration::ZERO;
    let mut seen = vec![format!("{:?}", session.start(now, &mut PackageWriter::new(&Bare, out)))];
    'inputs: for input in inputs {
        let mut rest = input;
        while !rest.is_empty() {
            let before = rest.len();
            match step(session, &mut rest, now, out) {
                Ok(event) => seen.push(event),
                Err(reason) => {
                    seen.push(reason.to_string());
                    break 'inputs;
                }
            }
            assert!(rest.len() < before, "a package was taken");
        }
    }
    // Nobody says anything any more: a heartbeat, then the end.
    for _ in 0..5 {
        let Some(deadline) = session.deadline() else { break };
        assert!(deadline > now, "a deadline that has passed is gone");
        now = deadline;
        if let Err(reason) = session.tick(now, &mut PackageWriter::new(&Bare, out)) {
            assert_eq!((reason, session.deadline()), (CloseReason::HeartbeatTimeout, None));
        }
    }
    assert_eq!(session.deadline(), None, "silence ends");
    session.kick(Some("bye"), &mut PackageWriter::new(&Bare, out));
    let mut written = out.as_slice();
    while !written.is_empty() {
        Package::take(&mut written).expect("a machine writes whole packages");
    }
    seen
}

fn step<S: Machine>(
    session: &mut S,
    rest: &mut &[u8],
    now: Duration,
    out: &mut Vec<u8>,
) -> Result<String, CloseReason> {
    let mut writer = PackageWriter::new(&Bare, out);
    let event = session.handle(rest, now, &mut writer)?;
    let seen = format!("{event:?}");
    if let Event::Hello(hello) = event {
        session.answer(answer(*hello), now, &mut writer)?;
    }
    Ok(seen)
}

fn answer(hello: Hello) -> Answer {
    match hello.client.kind.as_deref() {
        Some(UNWANTED) => Answer::Refuse { code: 501 },
        _ => Answer::Accept { user: hello.user },
    }
}
