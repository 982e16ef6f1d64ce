//! The plugin's side of a connection to an engine.

use std::collections::HashMap;

use super::answer::outcome;
use super::call::method_path;
use super::fields::Layout;
use super::subscriptions::{Span, Subscriptions, Wire};
use super::{
    Action, Answer, Arguments, Call, ListenerId, Message, Payload, RemixError, Reply, Subscription,
};

/// What the real client calls an absent name or key.
const UNDEFINED: &str = "undefined";

/// The plugin's side of a connection: answers handshakes, tells calls,
/// answers and events apart, and never sends what a real engine dies of.
///
/// Calls come out as they arrive and may be answered in any order: a slow one
/// blocks neither others nor the handshake. What survives a lost connection
/// are the listeners; call [`PluginSession::start`] again for the next one.
///
/// Every message in `out` goes on the wire in a package of its own, in order.
#[derive(Debug)]
pub struct PluginSession {
    methods: Vec<String>,
    announced: Option<Payload>,
    loaded: bool,
    connected: bool,
    connection: u32,
    last_id: i64,
    pending: HashMap<i64, Target>,
    subscriptions: Subscriptions,
}

/// A call of one's own, as long as the session lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId(i64);

/// What a message meant.
#[derive(Debug)]
pub enum PluginEvent {
    /// Nothing for the plugin.
    Ignored,
    /// The first handshake is done: the plugin may call and emit. Once in a
    /// session's life.
    Loaded {
        /// The name that the engine knows the plugin by.
        name: String,
        /// What the engine runs in, if it says so (`vscode`).
        engine: Option<String>,
    },
    /// Somebody calls a method.
    Call(Call),
    /// A call of one's own has ended.
    Answered(Answer<CallId>),
    /// An event arrived that somebody listens to.
    Notified {
        /// The plugin that emitted it.
        name: String,
        /// The event.
        key: String,
        /// Its values.
        payload: Arguments,
        /// Who gets it, in the order of subscription. Those that wanted one
        /// event are forgotten already.
        listeners: Vec<ListenerId>,
    },
}

#[derive(Debug, PartialEq)]
struct Target {
    name: String,
    key: String,
}

impl PluginSession {
    /// A plugin with these methods. Those of services have dotted names.
    ///
    /// An engine checks the bare name, so `git.fetch` is announced as `fetch`
    /// as well.
    pub fn new<T: Into<String>>(methods: impl IntoIterator<Item = T>) -> Self {
        let methods: Vec<String> = methods.into_iter().map(T::into).collect();
        Self {
            announced: announce(&methods),
            methods,
            loaded: false,
            connected: false,
            connection: 0,
            last_id: 0,
            pending: HashMap::new(),
            subscriptions: Subscriptions::default(),
        }
    }

    /// A connection is open: asks for the handshake.
    pub fn start(&mut self, out: &mut Vec<Message>) {
        self.connection = self.connection.wrapping_add(1);
        self.connected = false;
        out.push(Message::ask_handshake());
    }

    /// The connection is gone: nothing that waits for an answer will get one.
    pub fn lost(&mut self) -> Vec<Answer<CallId>> {
        self.connected = false;
        self.subscriptions.forget_values();
        let mut ids: Vec<_> = self.pending.drain().map(|(id, _)| CallId(id)).collect();
        ids.sort_unstable();
        let lost = || Err(RemixError::Lost("the engine".to_owned()));
        ids.into_iter().map(|id| Answer { id, outcome: lost() }).collect()
    }

    /// Takes a message from the engine.
    pub fn handle(&mut self, message: Message, out: &mut Vec<Message>) -> PluginEvent {
        if message.is_handshake() {
            return self.handle_handshake(message, out);
        }
        if !self.connected {
            refuse_early(message, out);
            return PluginEvent::Ignored;
        }
        match message.action {
            Action::Request => self.handle_request(message, out),
            Action::Response => self.handle_response(message),
            Action::Notification | Action::Emit => self.handle_notification(message, out),
            Action::On | Action::Once | Action::Off | Action::Cancel => PluginEvent::Ignored,
        }
    }

    /// Answers a call. An answer that comes after its connection has ended is
    /// dropped.
    pub fn respond(
        &self,
        reply: Reply,
        result: Result<Option<Payload>, String>,
        out: &mut Vec<Message>,
    ) {
        if self.connected && reply.belongs_to(self.connection) {
            out.extend(reply.into_message(result));
        }
    }

    /// Calls a method of another plugin; the answer comes as
    /// [`PluginEvent::Answered`].
    ///
    /// # Errors
    /// [`RemixError::NotLoaded`] before the handshake.
    pub fn call(
        &mut self,
        name: &str,
        key: &str,
        payload: Arguments,
        out: &mut Vec<Message>,
    ) -> Result<CallId, RemixError> {
        self.check_connected()?;
        self.last_id += 1;
        let target = Target { name: name.to_owned(), key: key.to_owned() };
        self.pending.insert(self.last_id, target);
        out.push(Message {
            payload: Some(payload.into_payload()),
            id: Some(self.last_id),
            ..about(Action::Request, name, key)
        });
        Ok(CallId(self.last_id))
    }

    /// Cancels this plugin's calls of `key`, or all calls, to the plugin
    /// `name`. The engine answers them with [`RemixError::Canceled`]'s text.
    /// Nothing is sent if there are none.
    pub fn cancel(&self, name: &str, key: Option<&str>, out: &mut Vec<Message>) {
        // An engine cancels by the plugin, which is the first part of a path.
        let plugin = |path: &str| path.split('.').next().unwrap_or_default().to_owned();
        let is_meant = |call: &Target| {
            plugin(&call.name) == plugin(name) && key.is_none_or(|key| key == call.key)
        };
        if self.connected && self.pending.values().any(is_meant) {
            out.push(Message {
                name: Some(name.to_owned()),
                key: key.map(str::to_owned),
                ..Message::new(Action::Cancel)
            });
        }
    }

    /// Emits an event.
    ///
    /// # Errors
    /// [`RemixError::NotLoaded`] before the handshake.
    pub fn emit(
        &self,
        key: &str,
        payload: Arguments,
        out: &mut Vec<Message>,
    ) -> Result<(), RemixError> {
        self.check_connected()?;
        out.push(Message {
            key: Some(key.to_owned()),
            payload: Some(payload.into_payload()),
            ..Message::new(Action::Emit)
        });
        Ok(())
    }

    /// Listens to an event. Before the handshake the subscription waits for it.
    pub fn on(&mut self, name: &str, key: &str, out: &mut Vec<Message>) -> Subscription {
        self.subscribe(name, key, Span::On, out)
    }

    /// Listens to an event once.
    ///
    /// The wire says `on`, and `off` after the event if nobody else listens:
    /// the engine keeps one callback an event, so that `once` there and a later
    /// `on` would both fall silent.
    pub fn once(&mut self, name: &str, key: &str, out: &mut Vec<Message>) -> Subscription {
        self.subscribe(name, key, Span::Once, out)
    }

    /// Removes all listeners of an event, and says which these were.
    pub fn off(&mut self, name: &str, key: &str, out: &mut Vec<Message>) -> Vec<ListenerId> {
        let removed = self.subscriptions.remove(name, key);
        if !removed.is_empty() {
            self.send_subscription(Action::Off, name, key, out);
        }
        removed
    }

    /// Removes one listener.
    pub fn unlisten(&mut self, listener: ListenerId, out: &mut Vec<Message>) {
        if let Some((name, key)) = self.subscriptions.remove_one(listener) {
            self.send_subscription(Action::Off, &name, &key, out);
        }
    }

    /// Answers every handshake: engines repeat theirs, and take the answer for
    /// a sign of life.
    fn handle_handshake(&mut self, message: Message, out: &mut Vec<Message>) -> PluginEvent {
        let said: Vec<Option<String>> = message
            .payload
            .as_ref()
            .and_then(|payload| payload.parse::<Vec<Payload>>().ok())
            .map(|values| values.iter().map(|value| value.parse().ok()).collect())
            .unwrap_or_default();
        let mut said = said.into_iter();
        let name = said.next().flatten().or_else(|| message.name.clone()).unwrap_or_default();
        let engine = said.next().flatten();

        let reply = Reply::to(&message, self.connection);
        out.extend(reply.into_message(Ok(self.announced.clone())));
        if !self.connected {
            self.connected = true;
            for (name, key) in self.subscriptions.iter() {
                self.send_subscription(Action::On, name, key, out);
            }
        }
        if self.loaded {
            return PluginEvent::Ignored;
        }
        self.loaded = true;
        PluginEvent::Loaded { name, engine }
    }

    fn handle_request(&self, message: Message, out: &mut Vec<Message>) -> PluginEvent {
        let reply = Reply::to(&message, self.connection);
        let path = message.request_info.as_ref().and_then(|info| info.path.as_deref());
        let method = method_path(path, message.key.as_deref().unwrap_or(UNDEFINED));
        let error = if self.methods.contains(&method) {
            match message.payload.map_or_else(|| Ok(Arguments::default()), Arguments::try_from) {
                Ok(payload) => {
                    let request_info = message.request_info;
                    return PluginEvent::Call(Call { method, payload, request_info, reply });
                }
                Err(_) => RemixError::BadRequest,
            }
        } else {
            RemixError::NoMethod {
                plugin: message.name.unwrap_or_else(|| UNDEFINED.to_owned()),
                method,
            }
        };
        self.respond(reply, Err(error.to_string()), out);
        PluginEvent::Ignored
    }

    fn handle_response(&mut self, message: Message) -> PluginEvent {
        let Some(id) = message.id else { return PluginEvent::Ignored };
        let is_answered = |call: &Target| {
            message.name.as_ref() == Some(&call.name) && message.key.as_ref() == Some(&call.key)
        };
        if !self.pending.get(&id).is_some_and(is_answered) {
            return PluginEvent::Ignored;
        }
        self.pending.remove(&id);
        PluginEvent::Answered(Answer { id: CallId(id), outcome: outcome(message) })
    }

    fn handle_notification(&mut self, message: Message, out: &mut Vec<Message>) -> PluginEvent {
        let (Some(name), Some(key)) = (message.name, message.key) else {
            return PluginEvent::Ignored;
        };
        let payload = message.payload.map_or_else(|| Ok(Arguments::default()), Arguments::try_from);
        let Ok(payload) = payload else { return PluginEvent::Ignored };
        let (listeners, wire) = self.subscriptions.deliver(&name, &key, &payload);
        if wire == Wire::Changed {
            self.send_subscription(Action::Off, &name, &key, out);
        }
        if listeners.is_empty() {
            return PluginEvent::Ignored;
        }
        PluginEvent::Notified { name, key, payload, listeners }
    }

    fn subscribe(
        &mut self,
        name: &str,
        key: &str,
        span: Span,
        out: &mut Vec<Message>,
    ) -> Subscription {
        let (subscription, wire) = self.subscriptions.add(name, key, span);
        if wire == Wire::Changed {
            self.send_subscription(Action::On, name, key, out);
        }
        subscription
    }

    /// Before the handshake nothing is said: it sends what is subscribed then.
    fn send_subscription(&self, action: Action, name: &str, key: &str, out: &mut Vec<Message>) {
        if self.connected {
            out.push(Message { id: Some(self.last_id), ..about(action, name, key) });
        }
    }

    fn check_connected(&self) -> Result<(), RemixError> {
        if self.connected { Ok(()) } else { Err(RemixError::NotLoaded) }
    }
}

impl CallId {
    /// The number on the wire.
    pub fn get(self) -> i64 {
        self.0
    }
}

/// What the real client says to messages before the handshake. It echoes any
/// action; but an engine would act on most, and die of some.
fn refuse_early(message: Message, out: &mut Vec<Message>) {
    let action = match message.action {
        Action::Request if message.id.is_some() => Action::Response,
        Action::Notification | Action::Emit => message.action,
        _ => return,
    };
    out.push(Message {
        name: message.name,
        key: message.key,
        id: message.id,
        error: Some(Payload::text(&RemixError::HandshakeFirst.to_string())),
        layout: Layout::ANSWER,
        ..Message::new(action)
    });
}

fn about(action: Action, name: &str, key: &str) -> Message {
    Message { name: Some(name.to_owned()), key: Some(key.to_owned()), ..Message::new(action) }
}

/// The list that a handshake is answered with; none if there is nothing in it,
/// so that the engine keeps what the profile says.
fn announce(methods: &[String]) -> Option<Payload> {
    let mut announced: Vec<&str> = methods.iter().map(String::as_str).collect();
    for (_, bare) in methods.iter().filter_map(|method| method.rsplit_once('.')) {
        if !announced.contains(&bare) {
            announced.push(bare);
        }
    }
    (!announced.is_empty()).then(|| Payload::of_texts(&announced))
}
