//! The engine of the recording, on a `HostSession`.

use std::collections::VecDeque;
use std::time::Duration;

use connector_protocol::remix::{
    Action, HostCall, HostEvent, HostReply, HostSession, Message, Profile,
};

use crate::vectors::{Scenario, decode, encode};

const NOW: Duration = Duration::ZERO;

pub(crate) struct ToyEngine {
    session: HostSession,
    out: Vec<Message>,
    said: VecDeque<String>,
    replies: Vec<(Message, HostReply)>,
    next_id: i64,
}

impl ToyEngine {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let mut profile = Profile::new("remote");
        if !scenario.is_from_start() {
            profile = profile.methods(scenario.methods());
        }
        let mut toy = Self {
            session: HostSession::new(&profile),
            out: Vec::new(),
            said: VecDeque::new(),
            replies: Vec::new(),
            next_id: 0,
        };
        toy.session.start(&mut toy.out);
        toy.flush();
        if !scenario.is_from_start() {
            toy.said.clear();
        }
        toy
    }

    /// The plugin said this.
    pub(crate) fn receive(&mut self, raw: &str) {
        let message = decode(raw);
        let wanted = message.clone();
        let event = self.session.handle(message, NOW, &mut self.out);
        match (wanted.action, event) {
            (Action::Request, HostEvent::Request { path, method, payload, reply }) => {
                assert_eq!(Some(path), wanted.name);
                assert_eq!(Some(method), wanted.key);
                assert_eq!(Some(payload.as_payload()), wanted.payload.as_ref());
                self.replies.push((wanted, reply));
            }
            (Action::Request, HostEvent::Ignored) => assert!(wanted.is_handshake()),
            (Action::Response, HostEvent::Answered(answer)) => match answer.outcome {
                Ok(payload) => assert_eq!((payload, None), (wanted.payload, wanted.error)),
                Err(error) => assert_eq!(Some(error.to_string()), wanted.failure()),
            },
            (Action::Response, HostEvent::MethodsChanged(methods)) => {
                assert_eq!(methods, wanted.payload.unwrap().parse::<Vec<String>>().unwrap());
            }
            (Action::Response, HostEvent::Ignored) => {
                assert!(wanted.id == Some(4242) || wanted.key.as_deref() == Some("handshake"));
            }
            (Action::On, HostEvent::On { name, key })
            | (Action::Off, HostEvent::Off { name, key }) => {
                assert_eq!((Some(name), Some(key)), (wanted.name, wanted.key));
            }
            (Action::Emit, HostEvent::Emit { key, payload }) => {
                assert_eq!((Some(key), Some(payload.into_payload())), (wanted.key, wanted.payload));
            }
            (Action::Cancel, HostEvent::Cancel { path, method }) => {
                assert_eq!((Some(path), method), (wanted.name, wanted.key));
            }
            (action, event) => panic!("{action}: {event:?}"),
        }
        self.flush();
    }

    /// The recorded engine said this: so must this one have, or it says so now
    /// if the cause lies outside of this connection.
    pub(crate) fn expect(&mut self, raw: &str) {
        if self.said.front().is_some_and(|said| said == raw) {
            self.said.pop_front();
            return;
        }
        if is_by_hand(raw) {
            return;
        }
        let wanted = decode(raw);
        match wanted.action {
            Action::Request => self.call(wanted),
            Action::Response => self.respond(wanted),
            Action::Notification => {
                let name = wanted.name.unwrap();
                let key = wanted.key.unwrap();
                let payload = wanted.payload.unwrap().try_into().unwrap();
                self.session.notify(&name, &key, payload, &mut self.out);
            }
            action => panic!("{action} not said: {raw}, but {:?}", self.said),
        }
        self.flush();
        assert_eq!(self.said.pop_back().as_deref(), Some(raw));
    }

    pub(crate) fn end(self) {
        assert!(self.said.is_empty(), "{:?}", self.said);
    }

    fn call(&mut self, wanted: Message) {
        self.skip_to(wanted.id.unwrap());
        let info = wanted.request_info.unwrap();
        let payload = wanted.payload.unwrap().try_into().unwrap();
        let call = HostCall::new(info.from, info.path.unwrap(), wanted.key.unwrap(), payload);
        self.session.call(call, NOW, &mut self.out).unwrap();
    }

    fn respond(&mut self, wanted: Message) {
        let is_asked = |(request, _): &(Message, HostReply)| {
            (&request.name, &request.key, request.id) == (&wanted.name, &wanted.key, wanted.id)
        };
        let at = self.replies.iter().position(is_asked).expect("a request");
        let (_, reply) = self.replies.remove(at);
        let result = wanted.failure().map_or(Ok(wanted.payload), Err);
        self.session.respond(reply, result, &mut self.out);
    }

    /// The recordings are cut out of longer ones, in which ids were spent.
    fn skip_to(&mut self, id: i64) {
        let said = self.out.len();
        while self.next_id < id {
            let ask = decode(r#"{"action":"request","key":"handshake","id":-1}"#);
            self.session.handle(ask, NOW, &mut self.out);
            self.next_id += 1;
        }
        self.out.truncate(said);
    }

    fn flush(&mut self) {
        for message in self.out.drain(..) {
            if message.action == Action::Request {
                self.next_id = message.id.unwrap() + 1;
            }
            self.said.push_back(encode(&message));
        }
    }
}

/// What the recording's driver wrote past the engine.
fn is_by_hand(raw: &str) -> bool {
    raw.contains(r#""key":"nope","payload":[],"name""#)
        || raw.contains("zzz")
        || raw.contains("987654")
        || Message::decode(raw.as_bytes()).is_err()
}
