//! A peer's life: sessions with random operations, each checked for its order and for
//! answers that are lost.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use connector::protocol::framing::Envelope;
use connector::protocol::message::{Head, RequestId, RouteRef};
use connector::protocol::pomelo::message::Message;
use connector::protocol::pomelo::package::{DataPackage, PackageType};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::dice::Dice;
use super::record::{PeerRecord, ROOMS, Record};
use super::stage::{KICK, Turn};
use super::wire::Wire;

/// The most requests that wait for their answers.
const DEPTH: usize = 8;
/// The kick of a session whose handler panicked.
const FAILED: &str = "a handler failed";

/// How many operations of each kind there were.
pub(super) type Counts = BTreeMap<&'static str, usize>;

/// The keys of sessions, never used twice.
static KEYS: AtomicU64 = AtomicU64::new(0);

/// Opens sessions one after the other until `end`, or until the server stops.
pub(super) async fn live(
    address: SocketAddr,
    record: Arc<Record>,
    mut dice: Dice,
    end: Instant,
) -> Counts {
    let mut counts = Counts::new();
    while Instant::now() < end {
        let is_ws = dice.once_in(2);
        let count = |counts: &mut Counts, what| *counts.entry(what).or_default() += 1;
        let Ok(mut wire) = Wire::connect(address, is_ws).await else {
            assert!(record.is_stopping(), "a connection was not accepted");
            break;
        };
        count(&mut counts, if is_ws { "over WebSocket" } else { "over TCP" });
        if dice.once_in(8) {
            count(&mut counts, "half a handshake");
            sleep(dice.millis(50)).await;
            wire.tear(b"\x01\x00\x00\x0a{\"sy", dice.once_in(2)).await;
            continue;
        }
        let panics = ["", "", "", "", "handshake", "open", "close", ""][dice.below(8) as usize];
        let key = KEYS.fetch_add(1, Ordering::Relaxed);
        if wire.open(key, panics).await.is_none() {
            assert!(panics == "handshake" || record.is_stopping(), "refused for nothing");
            count(&mut counts, "refused");
            continue;
        }
        assert_ne!(panics, "handshake", "accepted though its hook panicked");
        let peer = record.peer(key);
        let mut session = Session::new(wire, peer, record.clone());
        session.live(&mut dice, &mut counts, end).await;
        record.forget(key);
    }
    counts
}

/// One session, as its peer sees it.
struct Session {
    wire: Option<Wire>,
    peer: Arc<PeerRecord>,
    record: Arc<Record>,
    next: u64,
    /// The messages so far to methods that run in order.
    steps: usize,
    /// The requests to such methods, in order, with what their answer is to be.
    serial: VecDeque<(u64, String, Expected)>,
    /// Those to others.
    concurrent: BTreeSet<u64>,
    told: u64,
    broadcast: Option<u64>,
    /// The last push of each room that this is in.
    rooms: [Option<u64>; ROOMS],
    /// The parts of a long answer that have come.
    parts: u64,
    /// A handler or a filter was asked to panic.
    panics: bool,
}

/// What an answer is to be.
enum Expected {
    Anything,
    /// The number of the message and that of those before it.
    Step(usize),
    /// All pushes so far have come before it.
    Told,
    /// All parts that were pushed have come before it.
    Parts,
    Joined(usize),
    Left(usize),
}

impl Session {
    fn new(wire: Wire, peer: Arc<PeerRecord>, record: Arc<Record>) -> Self {
        Self {
            wire: Some(wire),
            peer,
            record,
            next: 1,
            steps: 0,
            serial: VecDeque::new(),
            concurrent: BTreeSet::new(),
            told: 0,
            broadcast: None,
            rooms: [None; ROOMS],
            parts: 0,
            panics: false,
        }
    }

    async fn live(&mut self, dice: &mut Dice, counts: &mut Counts, end: Instant) {
        for _ in 0..dice.below(100) {
            if Instant::now() >= end {
                break;
            }
            let what = self.act(dice).await;
            *counts.entry(what).or_default() += 1;
            if self.wire.is_none() {
                return;
            }
            while self.serial.len() + self.concurrent.len() >= DEPTH {
                if !self.hear().await {
                    return;
                }
            }
        }
        let what = self.leave(dice).await;
        *counts.entry(what).or_default() += 1;
    }

    /// One operation.
    async fn act(&mut self, dice: &mut Dice) -> &'static str {
        let (n, room) = (self.next, dice.below(ROOMS as u64) as usize);
        match dice.below(24) {
            0..6 => {
                self.steps += 1;
                self.ask("step", json!(n), Expected::Step(self.steps - 1)).await;
                "requests in order"
            }
            6..9 => {
                self.steps += 1;
                self.write(Head::Notify(RouteRef::Name("operations.handler.note")), &json!({}))
                    .await;
                "notifies"
            }
            9..12 => {
                self.ask_concurrent("slow", json!(n)).await;
                "concurrent requests"
            }
            12..14 => {
                self.ask_concurrent("turn", json!(Turn { n, room })).await;
                "keyed requests"
            }
            14..16 => {
                self.ask("tell", json!(dice.below(5)), Expected::Told).await;
                "pushes"
            }
            16 => {
                let uid = format!("user {}", dice.below(5));
                self.ask("bind", json!(uid), Expected::Anything).await;
                "binds"
            }
            17 | 18 => {
                self.ask("join", json!(room), Expected::Joined(room)).await;
                "joins"
            }
            19 => {
                self.ask("leave", json!(room), Expected::Left(room)).await;
                "leaves"
            }
            20 if dice.once_in(4) => {
                self.ask("pour", json!(1 + dice.below(64)), Expected::Parts).await;
                sleep(dice.millis(300)).await;
                "pauses of reading"
            }
            21 if dice.once_in(4) => {
                let method = ["kick", "panic", "panicBefore", "panicAfter"];
                let method = method[dice.below(4) as usize];
                self.panics |= method != "kick";
                self.ask(method, json!({}), Expected::Anything).await;
                if method == "kick" { "kicks" } else { "panics of handlers and filters" }
            }
            _ => {
                self.hear_all().await;
                "hearing all"
            }
        }
    }

    async fn ask(&mut self, method: &str, body: Value, expected: Expected) {
        self.serial.push_back((self.next, method.to_owned(), expected));
        self.request(method, &body).await;
    }

    async fn ask_concurrent(&mut self, method: &str, body: Value) {
        self.concurrent.insert(self.next);
        self.request(method, &body).await;
    }

    async fn request(&mut self, method: &str, body: &Value) {
        let id = RequestId::new(self.next as u32);
        self.next += 1;
        let route = format!("operations.handler.{method}");
        self.write(Head::Request(id, RouteRef::Name(&route)), body).await;
    }

    async fn write(&mut self, head: Head<'_>, body: &Value) {
        let Some(wire) = &mut self.wire else { return };
        let mut out = Vec::new();
        let mark = DataPackage.begin(&mut out);
        head.encode(&mut out).unwrap();
        out.extend_from_slice(body.to_string().as_bytes());
        DataPackage.finish(mark, &mut out).unwrap();
        // An error shows when the rest is read.
        let _ = wire.send(&out).await;
    }

    /// Hears until all is answered.
    async fn hear_all(&mut self) {
        while !(self.serial.is_empty() && self.concurrent.is_empty()) {
            if !self.hear().await {
                return;
            }
        }
    }

    /// One package; `false` at the end of the session.
    async fn hear(&mut self) -> bool {
        let Some(wire) = &mut self.wire else { return false };
        match wire.recv().await {
            Some((PackageType::Data, body)) => {
                self.message(&body);
                true
            }
            Some((PackageType::Kick, body)) => {
                let kick: Value = serde_json::from_slice(&body).unwrap();
                let reason = kick["reason"].as_str();
                assert!(reason == Some(KICK) || (self.panics && reason == Some(FAILED)), "{kick}");
                self.wire = None;
                false
            }
            None => {
                self.ended();
                false
            }
            other => panic!("{other:?}"),
        }
    }

    /// The server ends a session without a word only when it stops, once it has sent all
    /// answers.
    fn ended(&mut self) {
        let reason = self.peer.reason.lock().unwrap().clone();
        assert!(
            self.record.is_stopping(),
            "the server ended a session for nothing: {reason:?}, and its peer saw {:?}",
            self.wire.as_ref().map(|wire| &wire.end)
        );
        self.wire = None;
        let waiting = self.serial.iter().map(|(n, ..)| n).chain(&self.concurrent);
        let done = self.peer.done.lock().unwrap();
        let lost: Vec<_> = waiting.filter(|n| done.contains(n)).collect();
        assert!(lost.is_empty(), "answers were lost at the stop: {lost:?}");
    }

    fn message(&mut self, bytes: &[u8]) {
        let message = Message::decode(bytes).unwrap();
        let body: Value = serde_json::from_slice(message.body).unwrap_or_default();
        match message.head {
            Head::Push(RouteRef::Name(route)) => self.push(route, &body),
            Head::Response(Some(id)) => self.answer(id.get().into(), &body),
            other => panic!("{other:?}"),
        }
    }

    fn push(&mut self, route: &str, body: &Value) {
        match route {
            "onTold" => {
                self.told += 1;
                assert_eq!(body, &json!(self.told), "a push is lost or out of order");
            }
            "onPart" => {
                assert_eq!(body[0], json!(self.parts), "a part is lost or out of order");
                self.parts += 1;
            }
            "onAll" => {
                let n = body.as_u64().unwrap();
                let before = self.broadcast.replace(n);
                assert!(before.is_none_or(|before| before + 1 == n), "{before:?}, then {n}");
            }
            "onRoom" => {
                let [room, n] = [0, 1].map(|at| body[at].as_u64().unwrap());
                // Before the answer to the join it is not known which one is the first.
                let before = self.rooms[room as usize].replace(n);
                assert!(before.is_none_or(|before| before + 1 == n), "{before:?}, then {n}");
            }
            other => panic!("{other:?}"),
        }
    }

    fn answer(&mut self, n: u64, body: &Value) {
        if self.concurrent.remove(&n) {
            assert_eq!(body, &json!(n));
            return;
        }
        let (next, method, expected) = self.serial.pop_front().unwrap();
        assert_eq!(n, next, "the answer to {method} is lost or out of order: {body}");
        match expected {
            Expected::Anything => {}
            Expected::Step(before) => {
                assert_eq!(body, &json!([n, before]), "a message is lost or out of order");
            }
            Expected::Told => {
                let told = body.as_u64().unwrap();
                assert!(self.told >= told, "push {told} came after the answer behind it");
            }
            Expected::Parts => {
                let heard = json!(std::mem::take(&mut self.parts));
                assert_eq!(&heard, body, "parts came after the answer behind them");
            }
            Expected::Joined(room) => {
                // None if the session is about to end.
                let Some(last) = serde_json::from_value::<Option<u64>>(body.clone()).unwrap()
                else {
                    return;
                };
                let heard = self.rooms[room].get_or_insert(last);
                assert!(*heard >= last, "push {last} to a room came after the answer behind it");
            }
            Expected::Left(room) => self.rooms[room] = None,
        }
    }

    /// Leaves in one of several ways.
    async fn leave(&mut self, dice: &mut Dice) -> &'static str {
        match dice.below(4) {
            0 => {
                self.hear_all().await;
                self.wire = None;
                "ends after all answers"
            }
            1 => {
                self.wire = None;
                "abrupt ends"
            }
            2 => {
                let Some(wire) = self.wire.take() else { return "ends by the server" };
                wire.tear(b"", true).await;
                "resets"
            }
            _ => {
                let Some(wire) = self.wire.take() else { return "ends by the server" };
                wire.tear(&[0x82, 0x00, 0x10, 0x00, 1, 2, 3], dice.once_in(2)).await;
                "half packages"
            }
        }
    }
}
