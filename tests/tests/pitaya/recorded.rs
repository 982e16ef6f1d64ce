//! What pitaya's and nano's programs say to each other, which stands in `protocol/vectors` and
//! is tested there. They are run again here, to see that it is still true; with
//! `UPDATE_VECTORS=1` the files are written anew.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use connector::protocol::framing::Framing;
use connector::protocol::message::Head;
use connector::protocol::pomelo::message::Message;
use connector::protocol::pomelo::package::{Package, PackageType, PomeloPackages};
use connector::protocol::zlib::Inflater;
use connector_tests::peer::Peers;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// More than any body of these has.
const LONGEST: usize = 1 << 20;

/// Checks that are recorded, and how the server runs meanwhile.
struct Recording {
    file: &'static str,
    from: &'static str,
    server: &'static str,
    client: &'static str,
    arguments: &'static [&'static str],
    serializer: &'static str,
    checks: &'static [&'static str],
}

const PITAYA: &str = "pitaya 3.0.0-beta.6, its client and its codec";
const NANO: &str = "nano 0.5.1 and the client of its benchmark";

const RECORDINGS: &[Recording] = &[
    Recording {
        file: "pitaya.json",
        from: PITAYA,
        server: "pitaya-server",
        client: "pitaya-client",
        arguments: &["-dictionary"],
        serializer: "json",
        checks: &[
            "request",
            "request of 1000 bytes",
            "an error with code, text and metadata",
            "typed push",
            "compressed requests",
            "kick",
            "a refused handshake",
        ],
    },
    Recording {
        file: "pitaya.json",
        from: PITAYA,
        server: "pitaya-server",
        client: "pitaya-client",
        arguments: &["-compression=false"],
        serializer: "protobuf",
        checks: &["typed request", "an error with code, text and metadata", "typed push", "kick"],
    },
    Recording {
        file: "nano.json",
        from: NANO,
        server: "nano-server",
        client: "nano-client",
        arguments: &["-dictionary=false"],
        serializer: "protobuf",
        checks: &["request", "notify and push"],
    },
];

/// Packages with their senders, in the order in which they passed.
type Log = Arc<Mutex<Vec<(&'static str, Vec<u8>)>>>;

/// Passes one connection on, and writes down its packages.
async fn tap(listener: &TcpListener, server: u16, log: &Log) {
    let (client, _) = listener.accept().await.unwrap();
    let server = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::join!(
        pass("client", from_client, to_server, log),
        pass("server", from_server, to_client, log)
    );
}

async fn pass(
    from: &'static str,
    mut reader: impl AsyncRead + Unpin,
    mut writer: impl AsyncWrite + Unpin,
    log: &Log,
) {
    let (mut unread, mut buffer) = (Vec::new(), vec![0; 1 << 16]);
    while let Ok(size @ 1..) = reader.read(&mut buffer).await {
        unread.extend_from_slice(&buffer[..size]);
        while let Some(cut) = PomeloPackages::cut(&unread, usize::MAX).unwrap() {
            log.lock().unwrap().push((from, unread.drain(..cut.consumed).collect()));
        }
        if writer.write_all(&buffer[..size]).await.is_err() {
            break;
        }
    }
    let _ = writer.shutdown().await;
}

impl Recording {
    /// Runs the checks, each by itself; the transcripts.
    async fn record(&self, peers: &Peers) -> Vec<Value> {
        let arguments = [&["-serializer", self.serializer], self.arguments].concat();
        let server = peers.serve(self.server, &arguments).await;
        let mut transcripts = Vec::new();
        for check in self.checks {
            let log = Log::default();
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = listener.local_addr().unwrap().to_string();
            let mut arguments = vec!["-url", &url, "-only", check];
            if self.client == "pitaya-client" {
                arguments.extend(["-serializer", self.serializer]);
            }
            let checked = peers.check(self.client, &arguments);
            let (checked, ()) = tokio::join!(checked, tap(&listener, server.port(), &log));
            checked.assert_passed();
            let packages = std::mem::take(&mut *log.lock().unwrap());
            let packages = packages.into_iter().filter(|(_, bytes)| bytes[0] != 3);
            let entry =
                |(from, bytes): (&str, Vec<u8>)| json!({ "from": from, "hex": hex(&bytes) });
            transcripts.push(json!({
                "name": check,
                "server": arguments_of(self),
                "serializer": self.serializer,
                "log": packages.map(entry).collect::<Vec<_>>(),
            }));
        }
        transcripts
    }
}

fn arguments_of(recording: &Recording) -> String {
    let serializer = format!("-serializer {}", recording.serializer);
    [&[&*serializer], recording.arguments].concat().join(" ")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &Value) -> Vec<u8> {
    let hex = hex.as_str().unwrap();
    let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(byte).collect()
}

/// What a side said, without what differs from run to run: the time, and how well Go's
/// version compresses.
fn said(transcript: &Value, side: &str) -> Vec<String> {
    let inflated = |body: &[u8]| Inflater::new().inflate(body, LONGEST);
    let log = transcript["log"].as_array().unwrap().iter();
    let of_side = log.filter(|entry| entry["from"] == side);
    let meaning = |entry: &Value| {
        let bytes = bytes(&entry["hex"]);
        let Package { kind, body } = Package::take(&mut &bytes[..]).unwrap();
        match kind {
            PackageType::Handshake if !body.is_empty() => {
                let body = inflated(body).unwrap_or_else(|_| body.to_vec());
                let mut body: Value = serde_json::from_slice(&body).unwrap();
                if let Some(sys) = body["sys"].as_object_mut() {
                    sys.remove("servertime");
                }
                body.to_string()
            }
            PackageType::Data => {
                let message = Message::decode(body).unwrap();
                let mut body = match message.compressed {
                    true => inflated(message.body).unwrap(),
                    false => message.body.to_vec(),
                };
                if matches!(message.head, Head::Error(_)) {
                    // Go has no order of a map's members.
                    body.sort_unstable();
                }
                format!("{:?} {} {}", message.head, message.compressed, hex(&body))
            }
            kind => format!("{kind:?} {}", hex(body)),
        }
    };
    of_side.map(meaning).collect()
}

#[tokio::test]
async fn the_peers_still_say_what_was_recorded() {
    let Some(peers) = Peers::find_go() else { return };
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../protocol/vectors");
    let update = std::env::var_os("UPDATE_VECTORS").is_some();
    for file in ["pitaya.json", "nano.json"] {
        let mut transcripts = Vec::new();
        let recordings = || RECORDINGS.iter().filter(|recording| recording.file == file);
        for recording in recordings() {
            transcripts.extend(recording.record(&peers).await);
        }
        let path = folder.join(file);
        if update {
            let from = recordings().next().unwrap().from;
            let note = "recorded between the released programs, without heartbeats; hex is whole \
                        packages, lower-case, no separators";
            let value = json!({ "from": from, "note": note, "transcripts": transcripts });
            let text = serde_json::to_string_pretty(&value).unwrap() + "\n";
            std::fs::write(&path, text).unwrap();
        }
        let known: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let known = known["transcripts"].as_array().unwrap();
        assert_eq!(known.len(), transcripts.len());
        for (known, now) in known.iter().zip(&transcripts) {
            for side in ["client", "server"] {
                assert_eq!(said(now, side), said(known, side), "{} of {file}", known["name"]);
            }
        }
    }
}
