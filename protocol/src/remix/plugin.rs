//! The plugin's session machine.

use super::call::{drop_long_names, method_path};
use super::fields::{Field, Layout};
use super::own_calls::OwnCalls;
use super::subscriptions::{Span, Subscriptions, Wire};
use super::texts::Texts;
use super::{
    Action, Answer, Arguments, Call, CallId, ListenerId, Message, Payload, RemixError, Reply,
    Subscription,
};

/// The released client's text for an absent name or key.
const UNDEFINED: &str = "undefined";
/// The method by which an engine asks whether a plugin may be deactivated. Engines expose it
/// for every plugin.
const CAN_DEACTIVATE: &str = "canDeactivate";
/// The plugin's session machine for a connection to an engine.
///
/// It answers handshakes, reports calls, answers and events, and never sends what
/// would crash a released engine.
///
/// Calls are reported as they arrive and may be answered in any order: a slow call
/// delays neither others nor the handshake. Listeners are kept when a connection
/// ends. Call [`PluginSession::start`] again for the next one.
///
/// Send every message in `out` as one package, in order.
#[derive(Debug)]
pub struct PluginSession {
    methods: Vec<String>,
    announced: Option<Payload>,
    loaded: bool,
    connected: bool,
    connection: u32,
    calls: OwnCalls,
    subscriptions: Subscriptions,
    /// It runs within the engine's program.
    native: bool,
}

/// The meaning of a message for the plugin.
#[derive(Debug)]
pub enum PluginEvent {
    /// Nothing.
    Ignored,
    /// The first handshake is done: the plugin may call and emit. Reported once in a
    /// session.
    Loaded {
        /// The plugin's name in the engine.
        name: String,
        /// The program that the engine runs in, such as `vscode`, if the engine sent it.
        engine: Option<String>,
    },
    /// A method of this plugin is called.
    Call(Call),
    /// The engine asks whether it may deactivate this plugin, for the plugin whose profile is
    /// the first of the values. The answer is `true` or `false`. A plugin with a method
    /// `canDeactivate` gets a call instead.
    MayDeactivate {
        /// The values of the question.
        payload: Arguments,
        /// The handle that answers it.
        reply: Reply,
    },
    /// A call that this plugin made ended.
    Answered(Answer<CallId>),
    /// An event arrived that has listeners.
    Notified {
        /// The plugin that emitted it.
        name: String,
        /// The event.
        key: String,
        /// Its values.
        payload: Arguments,
        /// The listeners of the event, in the order of subscription. Those for one
        /// event are removed already.
        listeners: Vec<ListenerId>,
    },
}

impl PluginSession {
    /// Creates a session of a plugin with these methods. The methods of services have
    /// dotted names.
    ///
    /// An engine checks the name without services, so `git.fetch` is announced as
    /// `fetch` too.
    pub fn new<T: Into<String>>(methods: impl IntoIterator<Item = T>) -> Self {
        let methods: Vec<String> = methods.into_iter().map(T::into).collect();
        Self {
            announced: announce(&methods),
            methods,
            loaded: false,
            connected: false,
            connection: 0,
            calls: OwnCalls::default(),
            subscriptions: Subscriptions::default(),
            native: false,
        }
    }

    /// Sets that the plugin runs within its engine's program. The released engine has other
    /// words for a method that such a plugin does not have: [`RemixError::NotImplemented`].
    pub fn set_native(&mut self) {
        self.native = true;
    }

    /// Returns what is announced of these methods: their names, and behind them the bare
    /// names of those of services.
    pub fn announced<'a>(methods: &[&'a str]) -> Vec<&'a str> {
        let mut announced = methods.to_vec();
        for (_, bare) in methods.iter().filter_map(|method| method.rsplit_once('.')) {
            if !announced.contains(&bare) {
                announced.push(bare);
            }
        }
        announced
    }

    /// Sets of how many events the last value is kept for further listeners, and how many
    /// bytes these values have together. A value above that is delivered, and not kept.
    /// Default: 4,096 values, 16 MiB.
    #[must_use]
    pub fn last_values(mut self, values: usize, bytes: usize) -> Self {
        self.subscriptions.limit_values(values, bytes);
        self
    }

    /// Starts on a new connection, and asks for the handshake.
    pub fn start(&mut self, out: &mut Vec<Message>) {
        self.connection = self.connection.wrapping_add(1);
        self.connected = false;
        out.push(Message::ask_handshake());
    }

    /// Handles the end of the connection. Returns the failures of all calls that wait
    /// for answers.
    pub fn handle_disconnect(&mut self) -> Vec<Answer<CallId>> {
        self.connected = false;
        self.subscriptions.forget_values();
        self.calls.lose()
    }

    /// Handles a message from the engine.
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
            Action::Response => {
                self.calls.answer(message).map_or(PluginEvent::Ignored, PluginEvent::Answered)
            }
            Action::Notification | Action::Emit => self.handle_notification(message, out),
            Action::On | Action::Once | Action::Off | Action::Cancel => PluginEvent::Ignored,
        }
    }

    /// Answers a call. The answer is dropped if the connection of the call has ended.
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

    /// Calls a method of another plugin. The answer is reported as
    /// [`PluginEvent::Answered`].
    ///
    /// # Errors
    /// Returns [`RemixError::NotLoaded`] before the handshake.
    pub fn call(
        &mut self,
        name: &str,
        key: &str,
        payload: Arguments,
        out: &mut Vec<Message>,
    ) -> Result<CallId, RemixError> {
        self.check_connected()?;
        let id = self.calls.begin(name, key);
        out.push(Message {
            payload: Some(payload.into_payload()),
            id: Some(id.get()),
            ..Message::about(Action::Request, name, key)
        });
        Ok(id)
    }

    /// Gives a call up, whose answer nobody waits for any more. If it is the only one of its
    /// method and plugin, the engine is told to cancel it, unless the plugin has answered no
    /// call yet: the released engine fails on the cancellation of calls to a plugin that is
    /// not active. Otherwise it goes on in the engine, and can still be cancelled unless many
    /// others were given up after it.
    ///
    /// `out` has the messages that were not sent yet. A call among them is taken back.
    pub fn give_up(&mut self, call: CallId, out: &mut Vec<Message>) {
        self.calls.give_up(call, self.connected, out);
    }

    /// Cancels this plugin's calls to the plugin `name`: those of the method `key`, or
    /// all. The engine answers them with the text of [`RemixError::Canceled`].
    /// Nothing is sent if there are no such calls.
    pub fn cancel(&self, name: &str, key: Option<&str>, out: &mut Vec<Message>) {
        if self.connected && self.calls.has_calls_to(name, key) {
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
    /// Returns [`RemixError::NotLoaded`] before the handshake.
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

    /// Adds a listener of an event. Before the handshake, the subscription is sent
    /// after it.
    pub fn on(&mut self, name: &str, key: &str, out: &mut Vec<Message>) -> Subscription {
        self.subscribe(name, key, Span::On, out)
    }

    /// Adds a listener of the next event.
    ///
    /// It sends `on`, and `off` after the event if there are no other listeners,
    /// instead of `once`. The engine has one callback for each event: after a `once`
    /// and a later `on` neither would get further events.
    pub fn once(&mut self, name: &str, key: &str, out: &mut Vec<Message>) -> Subscription {
        self.subscribe(name, key, Span::Once, out)
    }

    /// Removes all listeners of an event, and returns them.
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

    /// Answers every handshake: engines repeat it to see whether the plugin still
    /// answers.
    fn handle_handshake(&mut self, mut message: Message, out: &mut Vec<Message>) -> PluginEvent {
        let payload = message.payload.as_ref();
        let said = payload.and_then(|payload| payload.parse::<Texts<2>>().ok());
        let said = said.map_or_else(Vec::new, |Texts(said)| said);
        let mut said = said.into_iter();
        let name = said.next().flatten().or_else(|| message.name.clone()).unwrap_or_default();
        let engine = said.next().flatten();

        let reply = Reply::to(&mut message, self.connection);
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

    fn handle_request(&self, mut message: Message, out: &mut Vec<Message>) -> PluginEvent {
        let has_long_names = drop_long_names(&mut message);
        let path = message.request_info.as_ref().and_then(|info| info.path.as_deref());
        let method = method_path(path, message.key.as_deref().unwrap_or(UNDEFINED));
        let reply = Reply::to(&mut message, self.connection);
        let index = self.methods.iter().position(|known| *known == method);
        // Nothing is allowed to a caller that is not known.
        let info = message.extra.get(Field::RequestInfo.as_str());
        let is_readable = info.is_none_or(|info| info.as_str() == "null");
        let error = if has_long_names || !is_readable {
            RemixError::BadRequest
        } else if index.is_some() || method == CAN_DEACTIVATE {
            match message.payload.map_or_else(|| Ok(Arguments::default()), Arguments::try_from) {
                Ok(payload) => {
                    let Some(index) = index else {
                        return PluginEvent::MayDeactivate { payload, reply };
                    };
                    let request_info = message.request_info;
                    return PluginEvent::Call(Call { method, index, payload, request_info, reply });
                }
                Err(_) => RemixError::BadRequest,
            }
        } else {
            let plugin = reply.name().unwrap_or(UNDEFINED).to_owned();
            if self.native {
                RemixError::NotImplemented { target: plugin, method }
            } else {
                RemixError::NoMethod { plugin, method }
            }
        };
        self.respond(reply, Err(error.to_string()), out);
        PluginEvent::Ignored
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

    /// Sends nothing before the handshake, which subscribes to all events at once.
    fn send_subscription(&self, action: Action, name: &str, key: &str, out: &mut Vec<Message>) {
        if self.connected {
            out.push(Message {
                id: Some(self.calls.last_id()),
                ..Message::about(action, name, key)
            });
        }
    }

    fn check_connected(&self) -> Result<(), RemixError> {
        if self.connected { Ok(()) } else { Err(RemixError::NotLoaded) }
    }
}

/// Refuses a message before the handshake, with the error of the released client.
/// That client echoes any action, but an engine would act on most of them and crash
/// on some.
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

/// Returns the list that answers a handshake, or `None` if it is empty, so that the
/// engine keeps the list of the profile.
fn announce(methods: &[String]) -> Option<Payload> {
    let methods: Vec<&str> = methods.iter().map(String::as_str).collect();
    let announced = PluginSession::announced(&methods);
    (!announced.is_empty()).then(|| Payload::of_texts(&announced))
}
