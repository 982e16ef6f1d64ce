//! Remix messages, and the machines of both sides.

use std::time::Duration;

use connector::protocol::remix::{
    Action, Arguments, Call, HostCall, HostEvent, HostSession, Message, Payload, PluginEvent,
    PluginSession, Profile,
};

use super::owned;
use crate::recorded::File;

/// The timeout of a call.
const TIMEOUT: Duration = Duration::from_millis(700);

/// Members of messages, and lines of one letter, which are actions.
pub const TOKENS: &[&[u8]] = &[
    b"\n",
    b"\nc\n",
    b"\nt\n",
    b"\nx\n",
    b"\nl\n",
    b"\no\n",
    b"\nn\n",
    b"\"action\":\"request\",",
    b"\"action\":\"response\",",
    b"\"action\":\"notification\",",
    b"\"name\":\"remote\",",
    b"\"name\":null,",
    b"\"key\":\"echo\",",
    b"\"key\":\"handshake\",",
    b"\"payload\":[],",
    b"\"payload\":[1,\"x\",null],",
    b"\"id\":-1,",
    b"\"id\":0,",
    b"\"id\":1,",
    b"\"id\":2,",
    b"\"error\":\"no\",",
    b"\"requestInfo\":{\"from\":\"a\",\"path\":\"remote.git\"},",
    b"[",
    b"{",
    b"1e999",
    b"\\ud800",
];

/// A message that is read is written in one line that reads the same.
pub fn remix_message(bytes: &[u8]) {
    let Ok(message) = Message::decode(bytes) else { return };
    let line = encoded(&message);
    let again = Message::decode(&line).expect("what was written can be read");
    assert_eq!(again, message);
    assert_eq!(encoded(&again), line);
    assert_eq!(message.failure().is_some(), again.failure().is_some());
}

/// A plugin handles an engine's messages.
pub fn remix_plugin(bytes: &[u8]) {
    let mut plugin = Plugin::new();
    for line in bytes.split(|&byte| byte == b'\n') {
        plugin.take(line);
    }
    let ended = plugin.session.handle_disconnect().len();
    assert_eq!(plugin.open, ended, "every call ends once");
}

/// An engine handles a plugin's messages.
pub fn remix_host(bytes: &[u8]) {
    let mut host = Host::new();
    for line in bytes.split(|&byte| byte == b'\n') {
        host.take(line);
    }
    let ended = host.session.handle_disconnect().len();
    assert_eq!(host.open, ended, "every call ends once");
}

/// Messages that the released programs wrote.
pub fn messages() -> Vec<Vec<u8>> {
    let odd = owned([
        br#"{"action":"call","name":"a","key":"b","payload":[],"id":9,"x":{"y":[1,null]}}"#,
        br#"{"action":"notification","name":"host","key":"tick","payload":[{"a":"\ud800"}]}"#,
        br#"{"action":"listen","name":null,"key":0,"id":"i","error":"","requestInfo":{}}"#,
    ]);
    [File::Remix.objects(), odd].concat()
}

/// Recorded conversations, one message in each line, with actions of our side
/// among them.
pub fn conversations() -> Vec<Vec<u8>> {
    let lines = messages();
    let mut conversations: Vec<Vec<u8>> = lines.chunks(8).map(|lines| lines.join(&b'\n')).collect();
    conversations.push(b"{\"action\":\"request\",\"key\":\"handshake\",\"id\":0,\"name\":\"remote\"}\nc\nc\no\nt\nx\nl\n{\"action\":\"response\",\"name\":\"host\",\"key\":\"slow\",\"id\":1}".to_vec());
    conversations
}

/// An action of our side: a line of one letter.
enum LocalAction {
    Call,
    Tick,
    Cancel,
    Lose,
    Subscribe,
    Notify,
}

impl LocalAction {
    fn of(line: &[u8]) -> Option<Self> {
        Some(match line {
            b"c" => Self::Call,
            b"t" => Self::Tick,
            b"x" => Self::Cancel,
            b"l" => Self::Lose,
            b"o" => Self::Subscribe,
            b"n" => Self::Notify,
            _ => return None,
        })
    }
}

struct Plugin {
    session: PluginSession,
    open: usize,
    loaded: usize,
    listening: usize,
}

impl Plugin {
    fn new() -> Self {
        let mut session = PluginSession::new(["echo", "add", "git.fetch"]);
        session.start(&mut Vec::new());
        Self { session, open: 0, loaded: 0, listening: 0 }
    }

    fn take(&mut self, line: &[u8]) {
        let mut out = Vec::new();
        match (Message::decode(line), LocalAction::of(line)) {
            (Ok(message), _) => self.handle(message, &mut out),
            (_, Some(action)) => self.act(&action, &mut out),
            _ => {}
        }
        // At most an answer, and all subscriptions after a reconnection.
        assert!(out.len() <= 2 + self.listening, "{out:?}");
        for message in out {
            assert_ne!(message.action, Action::Once);
            round_trip(&message);
        }
    }

    fn handle(&mut self, message: Message, out: &mut Vec<Message>) {
        match self.session.handle(message, out) {
            PluginEvent::Call(Call { method, payload, reply, .. }) => {
                assert!(["echo", "add", "git.fetch"].contains(&&*method));
                let result = payload.values().into_iter().next();
                self.session.respond(reply, Ok(result), out);
            }
            PluginEvent::MayDeactivate { reply, .. } => {
                self.session.respond(reply, Ok(Payload::of(&true).ok()), out);
            }
            PluginEvent::Answered(_) => self.open -= 1,
            PluginEvent::Loaded { .. } => {
                self.loaded += 1;
                assert_eq!(self.loaded, 1, "once in a session's life");
            }
            PluginEvent::Notified { listeners, .. } => assert!(!listeners.is_empty()),
            PluginEvent::Ignored => {}
        }
    }

    fn act(&mut self, action: &LocalAction, out: &mut Vec<Message>) {
        match action {
            LocalAction::Call => {
                let called = self.session.call("host", "slow", Arguments::default(), out);
                self.open += usize::from(called.is_ok());
            }
            LocalAction::Cancel => self.session.cancel("host", Some("slow"), out),
            LocalAction::Lose => {
                assert_eq!(self.session.handle_disconnect().len(), self.open);
                self.open = 0;
                self.session.start(out);
            }
            LocalAction::Subscribe => {
                self.listening += 1;
                self.session.on("host", "tick", out);
            }
            LocalAction::Tick => {
                self.listening += 1;
                self.session.once("host", "tock", out);
            }
            LocalAction::Notify => drop(self.session.emit("finished", Arguments::default(), out)),
        }
    }
}

struct Host {
    session: HostSession,
    open: usize,
    now: Duration,
}

impl Host {
    fn new() -> Self {
        let profile = Profile::new("remote").methods(["echo", "add"]);
        let mut session = HostSession::new(&profile).queue_timeout(TIMEOUT);
        session.start(&mut Vec::new());
        Self { session, open: 0, now: Duration::ZERO }
    }

    fn take(&mut self, line: &[u8]) {
        let mut out = Vec::new();
        match (Message::decode(line), LocalAction::of(line)) {
            (Ok(message), _) => self.handle(message, &mut out),
            (_, Some(action)) => self.act(&action, &mut out),
            _ => {}
        }
        assert_eq!(self.session.queued(), self.open, "every call ends once");
        assert_eq!(self.session.deadline().is_some(), self.open > 0);
        assert!(out.len() <= 2, "{out:?}");
        for message in out {
            assert!(!matches!(message.action, Action::On | Action::Once | Action::Off));
            round_trip(&message);
        }
    }

    fn handle(&mut self, message: Message, out: &mut Vec<Message>) {
        match self.session.handle(message, self.now, out) {
            HostEvent::Request { payload, reply, .. } => {
                let result = payload.values().into_iter().next();
                self.session.respond(reply, result.map(Some).ok_or_else(String::new), out);
            }
            HostEvent::Answered(_) => self.open -= 1,
            HostEvent::Reloaded(failed) => self.open -= failed.len(),
            _ => {}
        }
    }

    fn act(&mut self, action: &LocalAction, out: &mut Vec<Message>) {
        match action {
            LocalAction::Call => {
                let call = HostCall::new("caller", "remote", "canDeactivate", Arguments::default());
                self.open += usize::from(self.session.call(call, self.now, out).is_ok());
            }
            LocalAction::Tick => {
                self.now += TIMEOUT / 2;
                self.open -= self.session.tick(self.now, out).into_iter().count();
            }
            LocalAction::Cancel => {
                self.open -= self.session.cancel("caller", None, self.now, out).len();
            }
            LocalAction::Lose => {
                assert_eq!(self.session.handle_disconnect().len(), self.open);
                self.open = 0;
                self.session.start(out);
            }
            LocalAction::Notify | LocalAction::Subscribe => {
                self.session.notify("other", "tick", Arguments::default(), out);
            }
        }
    }
}

fn encoded(message: &Message) -> Vec<u8> {
    let mut line = Vec::new();
    message.encode(&mut line);
    assert!(!line.contains(&b'\n') && !line.contains(&b'\r'));
    line
}

/// The peer's machine reads each message that a machine writes.
fn round_trip(message: &Message) {
    let read = Message::decode(&encoded(message)).expect("machines write messages");
    assert_eq!(
        read.payload.as_ref().map(Payload::as_str),
        message.payload.as_ref().map(Payload::as_str)
    );
    assert_eq!((read.action, read.id, &read.key), (message.action, message.id, &message.key));
}
