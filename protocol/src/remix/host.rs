//! The engine's side of a connection to one remote plugin.

use std::collections::VecDeque;
use std::time::Duration;

use super::answer::{fill, outcome};
use super::queue::CallQueue;
use super::{Action, Answer, Arguments, HostCall, Message, Payload, Profile, RemixError, Ticket};

/// What every plugin has without listing it.
const NATIVE: &str = "canDeactivate";
/// Handshakes whose answers are still awaited. A plugin that asks more often
/// without answering loses the oldest.
const HANDSHAKES: usize = 8;

/// The engine's side of a connection to one plugin: shakes hands, learns the
/// plugin's methods, runs calls one after the other, and reports what the
/// plugin wants from others.
///
/// Ids count on over lost connections, as the real engine's do, so an answer
/// can never reach the wrong call.
///
/// Every message in `out` goes on the wire in a package of its own, in order.
#[derive(Debug)]
pub struct HostSession {
    name: String,
    engine: Option<String>,
    methods: Vec<String>,
    state: State,
    connection: u32,
    next_id: i64,
    handshakes: VecDeque<i64>,
    queue: CallQueue,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Closed,
    /// Open, and no handshake answered yet.
    Open,
    Ready,
}

/// What a message meant.
#[derive(Debug)]
pub enum HostEvent {
    /// Nothing for the engine.
    Ignored,
    /// The handshake is done, and these are the plugin's methods: the profile's
    /// if the plugin did not say. Comes again when they change, and after each
    /// reconnection.
    MethodsLearnt(Vec<String>),
    /// The plugin answered the handshake with this error.
    HandshakeRefused(String),
    /// A call to the plugin has ended.
    Answered(Answer<Ticket>),
    /// The plugin calls another one.
    Request {
        /// The other's name, then its services, divided by dots.
        path: String,
        /// The method.
        method: String,
        /// The arguments.
        payload: Arguments,
        /// The right to answer.
        reply: HostReply,
    },
    /// The plugin subscribes to an event.
    On {
        /// The plugin that emits it.
        name: String,
        /// The event.
        key: String,
    },
    /// The plugin subscribes to the next event.
    Once {
        /// The plugin that emits it.
        name: String,
        /// The event.
        key: String,
    },
    /// The plugin unsubscribes.
    Off {
        /// The plugin that emits the event.
        name: String,
        /// The event.
        key: String,
    },
    /// The plugin emits an event.
    Emit {
        /// The event.
        key: String,
        /// Its values.
        payload: Arguments,
    },
    /// The plugin cancels calls of its own.
    Cancel {
        /// The called plugin's name, then its services, divided by dots.
        path: String,
        /// The method, or all.
        method: Option<String>,
    },
}

/// The right to answer one of the plugin's calls, once.
#[derive(Debug)]
pub struct HostReply {
    connection: u32,
    request: Message,
}

impl HostSession {
    /// The engine's side for the plugin of this profile, not yet connected.
    pub fn new(profile: &Profile) -> Self {
        Self {
            name: profile.name.clone(),
            engine: None,
            methods: profile.methods.clone().unwrap_or_default(),
            state: State::Closed,
            connection: 0,
            next_id: 0,
            handshakes: VecDeque::new(),
            queue: CallQueue::new(),
        }
    }

    /// Sets how long a call may run: 10 seconds by default, and for zero. The
    /// time that it waits for its turn does not count.
    #[must_use]
    pub fn queue_timeout(mut self, timeout: Duration) -> Self {
        self.queue.set_timeout(timeout);
        self
    }

    /// Sets what handshakes say that the engine runs in (`vscode`).
    #[must_use]
    pub fn engine(mut self, engine: impl Into<String>) -> Self {
        self.engine = Some(engine.into());
        self
    }

    /// The plugin's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What may be called, as far as known.
    pub fn methods(&self) -> &[String] {
        &self.methods
    }

    /// Calls that run or wait.
    pub fn queued(&self) -> usize {
        self.queue.len()
    }

    /// A connection is open: sends the handshake.
    pub fn start(&mut self, out: &mut Vec<Message>) {
        self.connection = self.connection.wrapping_add(1);
        self.state = State::Open;
        self.handshakes.clear();
        self.send_handshake(out);
    }

    /// The connection is gone: nothing that was called will be answered.
    pub fn lost(&mut self) -> Vec<Answer<Ticket>> {
        self.state = State::Closed;
        self.handshakes.clear();
        let lost = || Err(RemixError::Lost(self.name.clone()));
        self.queue.drain().into_iter().map(|id| Answer { id, outcome: lost() }).collect()
    }

    /// Takes a message from the plugin.
    pub fn handle(&mut self, message: Message, now: Duration, out: &mut Vec<Message>) -> HostEvent {
        if self.state == State::Closed {
            return HostEvent::Ignored;
        }
        if message.is_handshake() {
            self.send_handshake(out);
            return HostEvent::Ignored;
        }
        match message.action {
            Action::Request => self.handle_request(message, out),
            Action::Response => self.handle_response(message, now, out),
            Action::Emit | Action::Notification => emitted(message),
            Action::On => about(message, |name, key| HostEvent::On { name, key }),
            Action::Once => about(message, |name, key| HostEvent::Once { name, key }),
            Action::Off => about(message, |name, key| HostEvent::Off { name, key }),
            Action::Cancel => canceled(message),
        }
    }

    /// Calls a method of the plugin, as soon as all earlier calls are done.
    ///
    /// # Errors
    /// [`RemixError::NotExposed`] for a method that is not in the list,
    /// [`RemixError::NotConnected`] without a connection.
    pub fn call(
        &mut self,
        call: HostCall,
        now: Duration,
        out: &mut Vec<Message>,
    ) -> Result<Ticket, RemixError> {
        self.check_exposed(&call)?;
        if self.state == State::Closed {
            return Err(RemixError::NotConnected(self.name.clone()));
        }
        let ticket = self.queue.push(call);
        self.start_next(now, out);
        Ok(ticket)
    }

    /// Cancels the calls of the plugin `from`, of one method or of all. The
    /// plugin that was called hears nothing of it, and its answer is ignored.
    pub fn cancel(
        &mut self,
        from: &str,
        method: Option<&str>,
        now: Duration,
        out: &mut Vec<Message>,
    ) -> Vec<Answer<Ticket>> {
        let canceled = self.queue.cancel(from, method);
        self.start_next(now, out);
        canceled
    }

    /// Answers a call of the plugin with a changed copy of it. An answer that
    /// comes after its connection has ended is dropped.
    pub fn respond(
        &self,
        reply: HostReply,
        result: Result<Option<Payload>, String>,
        out: &mut Vec<Message>,
    ) {
        if reply.connection != self.connection || self.state == State::Closed {
            return;
        }
        let mut response = reply.request;
        response.action = Action::Response;
        fill(&mut response, result);
        out.push(response);
    }

    /// Delivers an event of the plugin `name`. Without a connection it is
    /// dropped: one plugin's trouble must not stop the delivery to others.
    pub fn notify(&self, name: &str, key: &str, payload: Arguments, out: &mut Vec<Message>) {
        if self.state == State::Closed {
            return;
        }
        out.push(Message {
            name: Some(name.to_owned()),
            key: Some(key.to_owned()),
            payload: Some(payload.into_payload()),
            ..Message::new(Action::Notification)
        });
    }

    /// When [`HostSession::tick`] wants to be called, if at all.
    pub fn deadline(&self) -> Option<Duration> {
        self.queue.deadline()
    }

    /// The deadline has passed: ends the call that ran, and starts the next.
    pub fn tick(&mut self, now: Duration, out: &mut Vec<Message>) -> Option<Answer<Ticket>> {
        let expired = self.queue.expire(now)?;
        self.start_next(now, out);
        Some(expired)
    }

    fn handle_request(&self, mut message: Message, out: &mut Vec<Message>) -> HostEvent {
        let payload = message.payload.take();
        let path = message.name.clone();
        let method = message.key.clone();
        let reply = HostReply { connection: self.connection, request: message };
        let payload = payload.and_then(|payload| Arguments::try_from(payload).ok());
        let (Some(path), Some(method), Some(payload)) = (path, method, payload) else {
            self.respond(reply, Err(RemixError::BadRequest.to_string()), out);
            return HostEvent::Ignored;
        };
        HostEvent::Request { path, method, payload, reply }
    }

    fn handle_response(
        &mut self,
        message: Message,
        now: Duration,
        out: &mut Vec<Message>,
    ) -> HostEvent {
        let Some(id) = message.id else { return HostEvent::Ignored };
        if let Some(ticket) = self.queue.finish(id) {
            self.start_next(now, out);
            return HostEvent::Answered(Answer { id: ticket, outcome: outcome(message) });
        }
        let Some(asked) = self.handshakes.iter().position(|&asked| asked == id) else {
            return HostEvent::Ignored;
        };
        self.handshakes.remove(asked);
        self.learn_methods(message)
    }

    fn learn_methods(&mut self, message: Message) -> HostEvent {
        let said = match outcome(message) {
            Ok(said) => said.and_then(|said| said.parse::<Vec<Payload>>().ok()),
            Err(error) => return HostEvent::HandshakeRefused(error.to_string()),
        };
        let texts = |said: Vec<Payload>| said.iter().filter_map(|it| it.parse().ok()).collect();
        let methods = said.map_or_else(|| self.methods.clone(), texts);
        if self.state == State::Ready && methods == self.methods {
            return HostEvent::Ignored;
        }
        self.state = State::Ready;
        self.methods.clone_from(&methods);
        HostEvent::MethodsLearnt(methods)
    }

    fn send_handshake(&mut self, out: &mut Vec<Message>) {
        if self.handshakes.len() == HANDSHAKES {
            self.handshakes.pop_front();
        }
        self.handshakes.push_back(self.next_id);
        out.push(Message::handshake(self.next_id, &self.name, self.engine.as_deref()));
        self.next_id += 1;
    }

    fn start_next(&mut self, now: Duration, out: &mut Vec<Message>) {
        out.extend(self.queue.start(now, &mut self.next_id));
    }

    fn check_exposed(&self, call: &HostCall) -> Result<(), RemixError> {
        if call.method == NATIVE || self.methods.contains(&call.method) {
            return Ok(());
        }
        let native = std::iter::once(NATIVE.to_owned());
        Err(RemixError::NotExposed {
            target: self.name.clone(),
            caller: call.from.clone(),
            method: call.method.clone(),
            exposed: self.methods.iter().cloned().chain(native).collect(),
        })
    }
}

fn about(message: Message, event: impl FnOnce(String, String) -> HostEvent) -> HostEvent {
    match (message.name, message.key) {
        (Some(name), Some(key)) => event(name, key),
        _ => HostEvent::Ignored,
    }
}

/// Real engines drop an event without a payload as well.
fn emitted(message: Message) -> HostEvent {
    let payload = message.payload.and_then(|payload| Arguments::try_from(payload).ok());
    match (message.key, payload) {
        (Some(key), Some(payload)) => HostEvent::Emit { key, payload },
        _ => HostEvent::Ignored,
    }
}

fn canceled(message: Message) -> HostEvent {
    let Some(path) = message.name else { return HostEvent::Ignored };
    HostEvent::Cancel { path, method: message.key.filter(|key| !key.is_empty()) }
}
