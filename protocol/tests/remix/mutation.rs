//! Damaged and random messages: nothing panics, and the rules that keep the
//! real peers alive hold whatever arrives.

use std::collections::HashMap;
use std::time::Duration;

use connector_protocol::remix::{
    Action, Arguments, HostCall, HostEvent, HostSession, Message, Payload, PluginEvent,
    PluginSession, Profile,
};

use crate::vectors::{Vectors, encode};

const ROUNDS: u64 = 20_000;

#[test]
fn survives_damaged_messages() {
    let lines = lines();
    for seed in 0..4 {
        let mut random = Random(0x9e37_79b9_7f4a_7c15 ^ (seed + 1));
        let mut plugin = PluginUnderTest::new();
        let mut host = HostUnderTest::new();
        for round in 0..ROUNDS {
            let bytes = mutate(&lines, &mut random);
            let Ok(message) = Message::decode(&bytes) else { continue };
            let text = encode(&message);
            assert_eq!(Message::decode(text.as_bytes()).as_ref(), Ok(&message));
            assert!(!text.contains(['\n', '\r']), "{text:?}");
            plugin.step(message.clone(), &mut random);
            host.step(message, Duration::from_millis(round * 100), &mut random);
        }
        assert!(plugin.calls > 0 && host.answers > 0, "the test tests nothing");
    }
}

/// Keeps a list of what a real engine would know.
struct PluginUnderTest {
    session: PluginSession,
    asked: HashMap<i64, usize>,
    listens: HashMap<(String, String), bool>,
    calls: usize,
}

impl PluginUnderTest {
    fn new() -> Self {
        Self {
            session: PluginSession::new(["echo", "add", "git.fetch"]),
            asked: HashMap::new(),
            listens: HashMap::new(),
            calls: 0,
        }
    }

    fn step(&mut self, message: Message, random: &mut Random) {
        let mut out = Vec::new();
        if let (Action::Request, Some(id)) = (message.action, message.id) {
            *self.asked.entry(id).or_default() += 1;
        }
        let event = self.session.handle(message, &mut out);
        if let PluginEvent::Call(call) = event {
            self.calls += 1;
            let result = if random.below(2) == 0 { Ok(None) } else { Err(String::new()) };
            self.session.respond(call.reply, result, &mut out);
        }
        match random.below(12) {
            0 => drop(self.session.call("host", "slow", Arguments::default(), &mut out)),
            1 => drop(self.session.on("host", "tick", &mut out)),
            2 => drop(self.session.once("host", "tick", &mut out)),
            3 => drop(self.session.off("host", "tick", &mut out)),
            4 => self.session.cancel("host", None, &mut out),
            _ => {}
        }
        out.into_iter().for_each(|message| self.check(message));
        if random.below(500) == 0 {
            self.reconnect();
        }
    }

    fn reconnect(&mut self) {
        self.session.handle_disconnect();
        self.session.start(&mut Vec::new());
        self.asked.clear();
        self.listens.clear();
    }

    /// A real engine lives on after this message.
    fn check(&mut self, message: Message) {
        let text = encode(&message);
        match message.action {
            Action::Response => {
                let open = self.asked.get_mut(&message.id.unwrap());
                let open = open.filter(|open| **open > 0).expect("an id that was asked");
                *open -= 1;
                assert!(message.error.is_none_or(|error| error.is_truthy()), "{text}");
            }
            Action::On => {
                let known = self.listens.insert(event_of(message), true);
                assert_ne!(known, Some(true), "one subscription an event");
            }
            Action::Off => {
                let known = self.listens.insert(event_of(message), false);
                assert_eq!(known, Some(true), "off without on");
            }
            Action::Request => assert!(message.id == Some(-1) || message.payload.is_some()),
            Action::Notification | Action::Emit => assert!(message.payload.is_none(), "{text}"),
            Action::Cancel => assert_eq!(message.name.as_deref(), Some("host")),
            Action::Once => panic!("{text}"),
        }
    }
}

struct HostUnderTest {
    session: HostSession,
    open: usize,
    answers: usize,
}

impl HostUnderTest {
    fn new() -> Self {
        let profile = Profile::new("remote").methods(["echo", "add"]);
        let mut session = HostSession::new(&profile).queue_timeout(Duration::from_millis(700));
        session.start(&mut Vec::new());
        Self { session, open: 0, answers: 0 }
    }

    fn step(&mut self, message: Message, now: Duration, random: &mut Random) {
        let mut out = Vec::new();
        match self.session.handle(message, now, &mut out) {
            HostEvent::Request { reply, .. } => {
                self.session.respond(reply, Ok(Some(Payload::text("x"))), &mut out);
            }
            HostEvent::Answered(_) => self.end(1),
            HostEvent::Reloaded(failed) => self.end(failed.len()),
            _ => {}
        }
        match random.below(8) {
            0 => {
                let payload = Arguments::default();
                let call = HostCall::new("caller", "remote", "canDeactivate", payload);
                self.open += usize::from(self.session.call(call, now, &mut out).is_ok());
            }
            1 => {
                let ended = self.session.tick(now, &mut out).into_iter().count();
                self.end(ended);
            }
            2 if random.below(20) == 0 => {
                let ended = self.session.cancel("caller", None, now, &mut out).len();
                self.end(ended);
            }
            3 if random.below(50) == 0 => {
                let ended = self.session.handle_disconnect().len();
                self.end(ended);
                self.session.start(&mut out);
            }
            _ => {}
        }
        assert_eq!(self.session.queued(), self.open, "every call ends once");
        assert_eq!(self.session.deadline().is_some(), self.open > 0);
        let running = out.iter().filter(|message| message.request_info.is_some());
        assert!(running.filter(|message| message.action == Action::Request).count() <= 1);
    }

    fn end(&mut self, calls: usize) {
        self.open -= calls;
        self.answers += calls;
    }
}

fn event_of(message: Message) -> (String, String) {
    (message.name.unwrap(), message.key.unwrap())
}

fn lines() -> Vec<Vec<u8>> {
    let recorded = Vectors::read().scenarios.into_iter().flat_map(|scenario| scenario.messages);
    let mut lines: Vec<_> = recorded.map(|(_, raw)| raw.into_bytes()).collect();
    for id in 0..40 {
        let answer = format!(r#"{{"action":"response","name":"host","key":"slow","id":{id}}}"#);
        lines.push(answer.into_bytes());
    }
    lines.extend(
        [
            r#"{"action":"call","name":"a","key":"b","payload":[],"id":9,"x":{"y":[1,null]}}"#,
            r#"{"action":"notification","name":"host","key":"tick","payload":[{"a":"\ud800"}]}"#,
            r#"{"action":"listen","name":null,"key":0,"id":"i","error":"","requestInfo":{}}"#,
        ]
        .map(|line| line.as_bytes().to_vec()),
    );
    lines
}

/// A line, mostly damaged in one to three places.
fn mutate(lines: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let tokens: [&[u8]; 10] = [
        b"null",
        b"\"\"",
        b"[]",
        b"{}",
        b"-1",
        b"1e999",
        b"\n",
        b"\"id\":3,",
        b"\"key\":null,",
        b"\xff",
    ];
    let mut bytes = lines[random.below(lines.len())].clone();
    for _ in 0..random.below(4) {
        let at = random.below(bytes.len() + 1);
        match random.below(6) {
            0 => bytes.truncate(at),
            1 => drop(bytes.splice(at..at, tokens[random.below(tokens.len())].iter().copied())),
            2 => {
                let end = (at + random.below(8)).min(bytes.len());
                bytes.drain(at..end);
            }
            3 => {
                let other = &lines[random.below(lines.len())];
                let end = (at + random.below(20)).min(bytes.len());
                let from = random.below(other.len());
                let part = &other[from..(from + 20).min(other.len())];
                drop(bytes.splice(at..end, part.iter().copied()));
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = b"0123456789\"{}[]:,\\ant"[random.below(20)];
                }
            }
        }
    }
    bytes
}

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}
