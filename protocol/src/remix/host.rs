//! The engine's session machine for one remote plugin.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::answer::{fill, outcome};
use super::call::drop_long_names;
use super::fields::Layout;
use super::host_event::{HostEvent, HostReply, about, canceled, emitted};
use super::queue::CallQueue;
use super::texts::Texts;
use super::{
    Action, Answer, Arguments, HostCall, Message, Payload, Profile, QueueOptions, RemixError,
    RequestInfo, Ticket,
};

/// The method that every plugin has without listing it.
const NATIVE_METHOD: &str = "canDeactivate";
/// The most handshakes that wait for answers. Beyond that the answer to the oldest
/// one is ignored.
const MAX_HANDSHAKES: usize = 8;

/// The engine's session machine for one plugin.
///
/// It shakes hands, keeps the list of the plugin's methods, runs calls in their order, and
/// reports the plugin's own calls, subscriptions and events.
///
/// Ids continue across connections, as in the released engine, so an answer never
/// belongs to the wrong call.
///
/// Send every message in `out` as one package, in order.
#[derive(Debug)]
pub struct HostSession {
    name: String,
    engine: Option<String>,
    methods: Vec<String>,
    state: State,
    connection: u32,
    /// The plugin has asked for a handshake on this connection.
    asked: bool,
    next_id: i64,
    handshakes: VecDeque<i64>,
    queue: CallQueue,
    /// Only the plugin's methods may be called.
    is_checked: bool,
    last_ticket: u64,
    /// The running calls by the ids of their requests.
    requests: BTreeMap<i64, Ticket>,
}

/// The methods that a plugin lists.
type Listed = Texts<{ HostSession::MAX_METHODS }>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Closed,
    /// Open, but no handshake was answered yet.
    Open,
    Ready,
}

impl HostSession {
    /// The most methods that a plugin may list, each of at most 256 bytes. Further ones cannot
    /// be called.
    pub const MAX_METHODS: usize = 1024;

    /// Creates the machine for the plugin of this profile, not yet connected.
    pub fn new(profile: &Profile) -> Self {
        Self {
            name: profile.name.clone(),
            engine: None,
            methods: profile.methods.clone().unwrap_or_default(),
            state: State::Closed,
            connection: 0,
            asked: false,
            next_id: 0,
            handshakes: VecDeque::new(),
            queue: CallQueue::default(),
            is_checked: true,
            last_ticket: 0,
            requests: BTreeMap::new(),
        }
    }

    /// Sets the time that a call may run, without the time it waits for earlier
    /// calls. Default: 10 seconds. Zero is the default too.
    #[must_use]
    pub fn queue_timeout(mut self, timeout: Duration) -> Self {
        self.queue.set_timeout(timeout);
        self
    }

    /// Sets how many calls may run at once: 1 at least. Default: 1, as in the released engine.
    #[must_use]
    pub fn at_once(mut self, calls: usize) -> Self {
        self.queue.set_at_once(calls);
        self
    }

    /// Sets how many calls of each caller may wait for the running ones, and how many bytes they
    /// may have together. A single call may have more. Default: no limit.
    #[must_use]
    pub fn waiting(mut self, calls: usize, bytes: usize) -> Self {
        self.queue.set_limits(calls, bytes);
        self
    }

    /// Lets any method be called, since whoever calls has checked that already. Default: only
    /// the plugin's methods.
    #[must_use]
    pub fn unchecked(mut self) -> Self {
        self.is_checked = false;
        self
    }

    /// Sets the name of the program that the engine runs in, such as `vscode`, which
    /// handshakes carry. Default: none.
    #[must_use]
    pub fn engine(mut self, engine: impl Into<String>) -> Self {
        self.set_engine(Some(engine.into()));
        self
    }

    /// Changes the name that [`HostSession::engine`] sets, from the next handshake on.
    pub fn set_engine(&mut self, engine: Option<String>) {
        self.engine = engine;
    }

    /// Changes how calls run. Those that run or wait are not changed.
    pub fn set_queue(&mut self, options: &QueueOptions, now: Duration, out: &mut Vec<Message>) {
        self.queue.set_options(options);
        self.start_next(now, out);
    }

    /// Returns the plugin's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the methods that may be called: those of the profile, until a handshake
    /// was answered with a list.
    pub fn methods(&self) -> &[String] {
        &self.methods
    }

    /// Returns the number of calls that run or wait.
    pub fn queued(&self) -> usize {
        self.queue.len()
    }

    /// Starts on a new connection, and sends the handshake.
    pub fn start(&mut self, out: &mut Vec<Message>) {
        let handshake = self.invite();
        self.start_invited(handshake.id.unwrap_or_default());
        out.push(handshake);
    }

    /// Returns a handshake for connections of which it is not known yet whether they are the
    /// plugin's. It may be sent over several. Go on with the one that answers it:
    /// [`HostSession::start_invited`].
    pub fn invite(&mut self) -> Message {
        let handshake = Message::handshake(self.next_id, &self.name, self.engine.as_deref());
        self.next_id += 1;
        handshake
    }

    /// Starts on a new connection, over which the handshake of this id was sent, see
    /// [`HostSession::invite`]. Pass the messages that have come over it to
    /// [`HostSession::handle`], the answer among them.
    pub fn start_invited(&mut self, handshake: i64) {
        self.connection = self.connection.wrapping_add(1);
        self.state = State::Open;
        self.asked = false;
        self.handshakes.clear();
        self.handshakes.push_back(handshake);
    }

    /// Handles the end of the connection. Returns the failures of all calls that run or
    /// wait.
    pub fn handle_disconnect(&mut self) -> Vec<Answer<Ticket>> {
        self.state = State::Closed;
        self.handshakes.clear();
        self.fail_calls()
    }

    /// Handles a message from the plugin.
    pub fn handle(&mut self, message: Message, now: Duration, out: &mut Vec<Message>) -> HostEvent {
        if self.state == State::Closed {
            return HostEvent::Ignored;
        }
        if asks_for_handshake(&message) {
            self.send_handshake(out);
            // The first one crosses the engine's own handshake.
            if !std::mem::replace(&mut self.asked, true) || self.state == State::Open {
                return HostEvent::Ignored;
            }
            // Answers to calls of the old page belong to no call.
            self.connection = self.connection.wrapping_add(1);
            return HostEvent::Reloaded(self.fail_calls());
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

    /// Calls a method of the plugin, after all earlier calls.
    ///
    /// # Errors
    /// Returns [`RemixError::NotExposed`] for a method that is not in the list,
    /// [`RemixError::NotConnected`] without a connection, and [`RemixError::Busy`] if too
    /// many calls of its caller wait, see [`HostSession::waiting`].
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
        let ticket = Ticket(self.last_ticket + 1);
        self.queue.push(ticket, call)?;
        self.last_ticket = ticket.0;
        self.start_next(now, out);
        Ok(ticket)
    }

    /// Cancels the calls of the plugin `from`, of one method or of all, and returns
    /// their failures. The called plugin gets no message, and its answer is ignored.
    ///
    /// `out` has the messages that were not sent yet. A request among them is taken back.
    pub fn cancel(
        &mut self,
        from: &str,
        method: Option<&str>,
        now: Duration,
        out: &mut Vec<Message>,
    ) -> Vec<Answer<Ticket>> {
        let canceled = self.queue.cancel(from, method);
        for answer in &canceled {
            self.forget(answer.id, out);
        }
        self.start_next(now, out);
        canceled
    }

    /// Ends a call whose caller waits no longer for its answer. If it runs, its answer is
    /// ignored, and else it never starts. The called plugin gets no message.
    ///
    /// `out` has the messages that were not sent yet. A request among them is taken back.
    pub fn give_up(&mut self, call: Ticket, now: Duration, out: &mut Vec<Message>) {
        if self.queue.give_up(call) {
            self.forget(call, out);
            self.start_next(now, out);
        }
    }

    /// Answers a call of the plugin with a changed copy of it. The answer is dropped
    /// if the connection of the call has ended.
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

    /// Delivers an event of the plugin `name`. Without a connection it is dropped and
    /// not an error, so that the engine can go on with other plugins.
    pub fn notify(&self, name: &str, key: &str, payload: Arguments, out: &mut Vec<Message>) {
        if self.state == State::Closed {
            return;
        }
        out.push(Message {
            payload: Some(payload.into_payload()),
            ..Message::about(Action::Notification, name, key)
        });
    }

    /// Returns the time at which to call [`HostSession::tick`], if there is one.
    pub fn deadline(&self) -> Option<Duration> {
        self.queue.deadline()
    }

    /// Handles that the deadline has passed: ends the running call and starts the next
    /// one. Returns the failure of the ended call.
    pub fn tick(&mut self, now: Duration, out: &mut Vec<Message>) -> Option<Answer<Ticket>> {
        let expired = self.queue.expire(now)?;
        self.forget(expired.id, out);
        self.start_next(now, out);
        Some(expired)
    }

    fn handle_request(&self, mut message: Message, out: &mut Vec<Message>) -> HostEvent {
        // Without one of its names it is answered as a bad request.
        drop_long_names(&mut message);
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
        // Answers to calls that have ended otherwise belong to no call.
        if let Some(ticket) = self.requests.remove(&id) {
            self.queue.finish(ticket);
            self.start_next(now, out);
            return HostEvent::Answered(Answer { id: ticket, outcome: outcome(message) });
        }
        let Some(asked) = self.handshakes.iter().position(|&asked| asked == id) else {
            return HostEvent::Ignored;
        };
        self.handshakes.remove(asked);
        self.update_methods(message)
    }

    fn update_methods(&mut self, message: Message) -> HostEvent {
        let said = match outcome(message) {
            Ok(said) => said.and_then(|said| said.parse::<Listed>().ok()),
            Err(error) => return HostEvent::HandshakeRefused(error.to_string()),
        };
        let texts = |Texts(said): Listed| said.into_iter().flatten().collect();
        let methods = said.map_or_else(|| self.methods.clone(), texts);
        if self.state == State::Ready && methods == self.methods {
            return HostEvent::Ignored;
        }
        self.state = State::Ready;
        self.methods.clone_from(&methods);
        HostEvent::MethodsChanged(methods)
    }

    fn send_handshake(&mut self, out: &mut Vec<Message>) {
        if self.handshakes.len() == MAX_HANDSHAKES {
            self.handshakes.pop_front();
        }
        let handshake = self.invite();
        self.handshakes.extend(handshake.id);
        out.push(handshake);
    }

    fn fail_calls(&mut self) -> Vec<Answer<Ticket>> {
        self.requests.clear();
        let lost = || Err(RemixError::Lost(self.name.clone()));
        self.queue.drain().into_iter().map(|id| Answer { id, outcome: lost() }).collect()
    }

    fn start_next(&mut self, now: Duration, out: &mut Vec<Message>) {
        while let Some((ticket, call)) = self.queue.start(now) {
            self.requests.insert(self.next_id, ticket);
            out.push(request(self.next_id, call));
            self.next_id += 1;
        }
    }

    /// Forgets the request of a call that has ended without an answer. If it was not sent yet,
    /// it never is.
    fn forget(&mut self, call: Ticket, out: &mut Vec<Message>) {
        let mut requests = self.requests.iter();
        let Some(id) = requests.find_map(|(id, running)| (*running == call).then_some(*id)) else {
            return;
        };
        self.requests.remove(&id);
        let is_it = |message: &Message| message.action == Action::Request && message.id == Some(id);
        if let Some(unsent) = out.iter().rposition(is_it) {
            out.remove(unsent);
        }
    }

    fn check_exposed(&self, call: &HostCall) -> Result<(), RemixError> {
        if !self.is_checked || exposes(&self.methods, &call.method) {
            return Ok(());
        }
        Err(RemixError::NotExposed {
            target: self.name.clone(),
            caller: call.from.clone(),
            method: call.method.clone(),
            exposed: exposed(&self.methods),
        })
    }
}

/// Returns whether a plugin asks for a handshake: with an id of its own, or for no plugin. One
/// that calls a method of this name, perhaps on behalf of another, has not been loaded again.
fn asks_for_handshake(message: &Message) -> bool {
    message.is_handshake() && (message.id == Some(-1) || message.name.is_none())
}

/// Returns whether one of these methods, or the native one, is called.
pub(super) fn exposes(methods: &[String], method: &str) -> bool {
    method == NATIVE_METHOD || methods.iter().any(|exposed| exposed == method)
}

/// The methods that errors list: the native one is the last.
pub(super) fn exposed(methods: &[String]) -> Vec<String> {
    methods.iter().cloned().chain([NATIVE_METHOD.to_owned()]).collect()
}

/// The request of a call.
fn request(id: i64, call: HostCall) -> Message {
    let name = call.target().to_owned();
    Message {
        name: Some(name),
        key: Some(call.method),
        payload: Some(call.payload.into_payload()),
        id: Some(id),
        request_info: Some(RequestInfo { from: call.from, path: Some(call.path) }),
        layout: Layout::ENGINE,
        ..Message::new(Action::Request)
    }
}
