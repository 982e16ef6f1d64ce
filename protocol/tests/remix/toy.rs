//! The plugin of the recording, on a `PluginSession`.

use std::collections::{HashMap, VecDeque};

use connector_protocol::remix::{
    Action, Arguments, Call, CallId, Message, Outcome, Payload, PluginEvent, PluginSession, Reply,
};
use serde_json::{Value, json};

use crate::vectors::{Scenario, decode, encode};

/// What the recorded client puts in front of an engine's errors.
const PREFIX: &str = "Error from IDE : ";

pub(crate) struct ToyPlugin {
    session: PluginSession,
    out: Vec<Message>,
    said: VecDeque<String>,
    waiting: HashMap<CallId, (Reply, OnError)>,
    received: Vec<(String, String, Value)>,
    last_id: i64,
    recorded_ids: VecDeque<i64>,
}

#[derive(PartialEq)]
enum OnError {
    Fail,
    Return,
}

impl ToyPlugin {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let mut toy = Self {
            session: PluginSession::new(scenario.methods()),
            out: Vec::new(),
            said: VecDeque::new(),
            waiting: HashMap::new(),
            received: Vec::new(),
            last_id: 0,
            recorded_ids: scenario.plugin_ids(),
        };
        toy.session.start(&mut toy.out);
        toy.flush();
        if !scenario.is_from_start() {
            toy.receive(r#"{"id":0,"action":"request","key":"handshake","payload":["remote",null],"name":"remote"}"#);
            toy.said.clear();
        }
        toy
    }

    /// The engine said this.
    pub(crate) fn receive(&mut self, raw: &str) {
        // What the recording's driver wrote by hand is not always a message.
        let Ok(message) = Message::decode(raw.as_bytes()) else { return };
        match self.session.handle(message, &mut self.out) {
            PluginEvent::Call(call) => self.serve(call),
            PluginEvent::Answered(answer) => self.finish(answer.id, answer.outcome),
            PluginEvent::Notified { name, key, payload, .. } => {
                self.received.push((name, key, payload.parse().unwrap()));
            }
            PluginEvent::Loaded { name, engine } => {
                assert_eq!((name.as_str(), engine), ("remote", None));
            }
            PluginEvent::MayDeactivate { .. } | PluginEvent::Ignored => {}
        }
        self.flush();
    }

    /// The recorded plugin said this: so must this one have, or it says so now
    /// if the real one was told from outside.
    pub(crate) fn expect(&mut self, raw: &str) {
        self.forget_unknown();
        if self.said.front().is_some_and(|said| said == raw) {
            self.said.pop_front();
            return;
        }
        let wanted = decode(raw);
        let (Some(name), Some(key)) = (&wanted.name, &wanted.key) else {
            panic!("not said: {raw}, but {:?}", self.said);
        };
        match wanted.action {
            Action::Request => {
                self.skip_ids();
                self.call(name, key, wanted.payload.unwrap().try_into().unwrap());
            }
            Action::On => {
                self.skip_ids();
                self.session.on(name, key, &mut self.out);
            }
            // The recording's driver answered what nobody had asked; this
            // plugin never does.
            Action::Response if wanted.id == Some(4242) => return,
            action => panic!("{action} not said: {raw}, but {:?}", self.said),
        }
        self.flush();
        assert_eq!(self.said.pop_back().as_deref(), Some(raw));
    }

    /// Nothing was said that the recorded plugin did not say.
    pub(crate) fn end(mut self) {
        self.forget_unknown();
        assert!(self.said.is_empty(), "{:?}", self.said);
    }

    /// An unknown method is an error here: plugin-ws leaves its caller waiting.
    fn forget_unknown(&mut self) {
        let error = r#""error":"Method nope doesn't exist on plugin remote"}"#;
        self.said.retain(|said| !said.ends_with(error));
    }

    fn serve(&mut self, call: Call) {
        let Call { method, payload, reply, .. } = call;
        let values = payload.values();
        let text = |at: usize| values[at].parse::<String>().unwrap();
        let result = match method.as_str() {
            "echo" => Ok(Some(values[0].clone())),
            "add" => {
                let (a, b): (i64, i64) = payload.parse().unwrap();
                Ok(Some(Payload::of(&(a + b)).unwrap()))
            }
            "fail" => Err(text(0)),
            "none" => Ok(None),
            "git.fetch" => Ok(Some(Payload::text("fetched"))),
            "emitEvent" => {
                self.session.emit(&text(0), arguments(&values[1..]), &mut self.out).unwrap();
                Ok(Some(Payload::of(&true).unwrap()))
            }
            "callOther" => {
                self.skip_ids();
                let id = self.call(&text(0), &text(1), arguments(&values[2..]));
                self.waiting.insert(id, (reply, OnError::Fail));
                return;
            }
            "callAndCancel" => {
                self.skip_ids();
                let id = self.call(&text(1), &text(2), arguments(&values[3..]));
                self.session.cancel(&text(1), Some(&text(2)), &mut self.out);
                self.waiting.insert(id, (reply, OnError::Return));
                return;
            }
            "listenTo" => {
                self.skip_ids();
                self.session.on(&text(0), &text(1), &mut self.out);
                Ok(Some(Payload::of(&true).unwrap()))
            }
            "offFrom" => {
                self.skip_ids();
                self.session.off(&text(0), &text(1), &mut self.out);
                Ok(Some(Payload::of(&true).unwrap()))
            }
            "received" => {
                let name = text(0);
                let key = text(1);
                let events = self.received.iter().filter(|(n, k, _)| *n == name && *k == key);
                let values: Vec<_> = events.map(|(.., value)| value).collect();
                Ok(Some(Payload::of(&json!(values)).unwrap()))
            }
            method => panic!("{method} is not in the recordings"),
        };
        self.session.respond(reply, result, &mut self.out);
    }

    fn finish(&mut self, id: CallId, outcome: Outcome) {
        let Some((reply, on_error)) = self.waiting.remove(&id) else { return };
        let result = match outcome {
            Ok(payload) => Ok(payload),
            Err(error) if on_error == OnError::Return => {
                Ok(Some(Payload::text(&error.to_string())))
            }
            Err(error) => Err(format!("{PREFIX}{error}")),
        };
        self.session.respond(reply, result, &mut self.out);
    }

    fn call(&mut self, name: &str, key: &str, payload: Arguments) -> CallId {
        let id = self.session.call(name, key, payload, &mut self.out).unwrap();
        self.last_id = id.get();
        id
    }

    /// The recordings are cut out of longer ones, in which ids were spent.
    fn skip_ids(&mut self) {
        let id = self.recorded_ids.pop_front().expect("the recorded plugin did so too");
        let said = self.out.len();
        while self.last_id < id {
            self.call("skipped", "skipped", Arguments::default());
        }
        self.out.truncate(said);
    }

    fn flush(&mut self) {
        self.said.extend(self.out.drain(..).map(|message| encode(&message)));
    }
}

fn arguments(values: &[Payload]) -> Arguments {
    Arguments::of(values).unwrap()
}
