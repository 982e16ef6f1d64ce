//! The memory that one peer can make a server, an engine or a plugin hold, by sequences of
//! messages within the default limits.
#![allow(clippy::unwrap_used)]

mod datagrams;
mod doors;
mod engine;
mod floods;
mod peer;
mod plugin;
mod raw_end;
mod served;
mod served_plugin;

use std::sync::LazyLock;

use connector::Limits;
use connector::protocol::zlib::Deflater;
use peak_alloc::PeakAlloc;

use served::{LONG, Served};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// No connection makes a server hold more than this.
const BAR: usize = 64 << 20;

/// 100 MiB, as few bytes. It is made before anything is counted.
static BOMB: LazyLock<Vec<u8>> = LazyLock::new(|| deflated(&vec![0; 100 << 20]));

/// What a peer does, by name.
type Sequence = (&'static str, fn(&Served));

const SEQUENCES: &[Sequence] = &[
    ("requests for long answers, at once", |served| {
        let mut peer = served.peer();
        peer.ask_all(256, "long", b"");
        peer.hear_all(256 * LONG);
    }),
    ("requests for long answers, behind a call", |served| {
        let mut peer = served.peer();
        peer.ask("wait", b"");
        peer.ask_all(250, "long", b"");
        peer.ping();
        served.open_gate(1);
        peer.hear_all(250 * LONG);
    }),
    ("requests for long answers, all returned at the same time", |served| {
        let mut peer = served.peer();
        peer.ask_all(300, "longBeside", b"");
        peer.ping();
        served.open_gate(300);
        peer.hear_all(300 * LONG);
    }),
    ("requests for long answers, by a peer that leaves", |served| {
        let mut peer = served.peer();
        peer.ask("wait", b"");
        peer.ask_all(250, "long", b"");
        peer.ping();
        peer.leave();
        served.until_closed();
        served.open_gate(1);
        served.until_left();
    }),
    ("long messages behind a call", |served| {
        let mut peer = served.peer();
        peer.ask("wait", b"");
        peer.pour(150, "take", &[b' '; LONG], || served.open_gate(1));
    }),
    ("long messages beside each other", |served| {
        let mut peer = served.peer();
        peer.pour(150, "takeBeside", &[b' '; LONG], || served.open_gate(150));
    }),
    ("lists with too many values", |served| {
        let mut peer = served.peer();
        peer.pour(6, "value", &list_of("[0]", LONG), || ());
    }),
    ("long lists, each read as a value", |served| {
        let mut peer = served.peer();
        peer.pour(6, "value", &list("0", 1), || served.open_gate(6));
    }),
    ("long lists of lists, each read as a value", |served| {
        let mut peer = served.peer();
        peer.pour(6, "value", &list("[0]", 2), || served.open_gate(6));
    }),
    ("long lists of objects, each read as a value", |served| {
        let mut peer = served.peer();
        peer.pour(6, "value", &list(r#"{"":0}"#, 2), || served.open_gate(6));
    }),
    ("long lists beside each other, read as values", |served| {
        let mut peer = served.peer();
        peer.pour(6, "valueBeside", &list("[0]", 2), || served.open_gate(6));
    }),
    ("short lists beside each other, read as values", |served| {
        let mut peer = served.peer();
        peer.pour(1_000, "valueBeside", &list_of("[0]", 3_000), || served.open_gate(1_000));
    }),
    ("messages with too many fields", |served| {
        let mut peer = served.peer();
        peer.pour(6, "messageBeside", &b"\x0a\0".repeat(LONG / 2), || ());
    }),
    ("messages with too many fields, behind and within a group", |served| {
        let mut peer = served.peer();
        let fields = b"\x0a\0".repeat(LONG / 2 - 8);
        let unknown = [b"\x7b\x7c", &fields[..]].concat();
        let broken = [&fields[..], b"\x0f"].concat();
        for body in [unknown, broken] {
            peer.pour(6, "messageBeside", &body, || served.open_gate(6));
        }
    }),
    ("long messages of messages beside each other", |served| {
        let mut peer = served.peer();
        let fields = b"\x0a\0".repeat(Limits::default().values / 2);
        peer.pour(6, "messageBeside", &fields, || served.open_gate(6));
    }),
    ("short messages of messages beside each other", |served| {
        let mut peer = served.peer();
        peer.pour(1_000, "messageBeside", &b"\x0a\0".repeat(1_000), || served.open_gate(1_000));
    }),
    ("compressed messages behind a call", |served| {
        let mut peer = served.pitaya_peer();
        peer.ask("wait", b"");
        peer.pour(150, "take", &deflated(&[b' '; LONG]), || served.open_gate(1));
    }),
    ("compressed messages beside each other", |served| {
        let mut peer = served.pitaya_peer();
        peer.pour(150, "takeBeside", &deflated(&[b' '; LONG]), || served.open_gate(150));
    }),
    ("compressed lists of lists beside each other, read as values", |served| {
        let mut peer = served.pitaya_peer();
        peer.pour(6, "valueBeside", &deflated(&list("[0]", 2)), || served.open_gate(6));
    }),
    ("bombs", |served| {
        let mut peer = served.pitaya_peer();
        peer.pour(20, "take", &BOMB, || ());
    }),
    ("half a package", |served| {
        let mut peer = served.peer();
        peer.half("take", &[b' '; LONG]);
        peer.stay();
    }),
];

fn deflated(body: &[u8]) -> Vec<u8> {
    Deflater::new().deflate(body).unwrap().to_vec()
}

/// A JSON array of as many values as may be, of items that are so many values each.
fn list(item: &str, values: usize) -> Vec<u8> {
    let items = (Limits::default().values - 1) / values;
    list_of(item, (items + 1) * (item.len() + 1))
}

fn list_of(item: &str, len: usize) -> Vec<u8> {
    let items = vec![item; len / (item.len() + 1) - 1];
    format!("[{}]", items.join(",")).into_bytes()
}

/// What a peer leaves behind that stays, by name.
const TRACELESS: &[Sequence] = &[
    ("an idle session", |served| served.keep(served.peer())),
    ("visits of 10,000 channels", |served| {
        let mut peer = served.peer();
        peer.ask("visit", b"");
        peer.hear_all(1);
        peer.ping();
        served.keep(peer);
    }),
];

/// No session that rests holds more than this.
const RESTING: usize = 16 << 10;

fn mib(bytes: usize) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

#[test]
fn no_sequence_of_messages_makes_a_server_hold_more_than_64_mib() {
    let served = Served::start();
    LazyLock::force(&BOMB);
    let mut over = Vec::new();
    let all = [SEQUENCES, floods::SEQUENCES, doors::SEQUENCES, datagrams::SEQUENCES];
    for (name, sequence) in all.into_iter().flatten() {
        let before = ALLOCATOR.current_usage();
        ALLOCATOR.reset_peak_usage();
        sequence(&served);
        // Not before the last that the peer has sent is handled.
        served.until_left();
        let held = ALLOCATOR.peak_usage().saturating_sub(before);
        println!("{:6.1} MiB held by {name}", mib(held));
        if held > BAR {
            over.push(*name);
        }
    }
    for (name, sequence) in TRACELESS {
        // Once before, for what is only made once.
        sequence(&served);
        let before = ALLOCATOR.current_usage();
        sequence(&served);
        let held = ALLOCATOR.current_usage().saturating_sub(before);
        println!("{held:6} bytes left behind by {name}");
        if held > RESTING {
            over.push(*name);
        }
    }
    served.stop();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    over.extend(engine::over(&runtime));
    over.extend(served_plugin::over(&runtime));
    assert!(over.is_empty(), "too much was held by {over:?}");
}
