//! Both sides over a library that calls back with each message and keeps its sockets by
//! itself, as socket.io's do.

use std::collections::HashMap;
use std::sync::Weak;

use connector_protocol::Limits;
use connector_protocol::remix::Action;

use super::*;
use crate::link::FeedError;

type OnMessage = Arc<dyn Fn(Message) + Send + Sync>;
type OnDisconnect = Arc<dyn Fn() + Send + Sync>;

/// The library: pairs of sockets that live until somebody disconnects one.
#[derive(Clone, Default)]
struct Library(Arc<Mutex<HashMap<u32, Callbacks>>>);

#[derive(Clone, Default)]
struct Callbacks {
    on_message: Option<OnMessage>,
    on_disconnect: Option<OnDisconnect>,
}

#[derive(Clone)]
struct Socket {
    id: u32,
    library: Library,
    /// Counts the handles of sockets.
    _alive: Arc<()>,
}

impl Library {
    /// Creates the two ends of a connection, whose ids differ in the last bit.
    fn pair(&self, alive: &Arc<()>) -> (Socket, Socket) {
        let mut sockets = self.0.lock().unwrap();
        let id = 2 * u32::try_from(sockets.len()).unwrap();
        sockets.extend([(id, Callbacks::default()), (id + 1, Callbacks::default())]);
        let socket = |id| Socket { id, library: self.clone(), _alive: alive.clone() };
        (socket(id), socket(id + 1))
    }

    fn sockets(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

impl Socket {
    fn on(&self, message: impl Fn(Message) + Send + Sync + 'static, end: OnDisconnect) {
        let callbacks = Callbacks { on_message: Some(Arc::new(message)), on_disconnect: Some(end) };
        self.library.0.lock().unwrap().insert(self.id, callbacks);
    }

    fn emit(&self, message: Message) {
        let other = self.library.0.lock().unwrap().get(&(self.id ^ 1)).cloned();
        if let Some(on_message) = other.and_then(|other| other.on_message) {
            on_message(message);
        }
    }

    fn disconnect(&self) {
        let ends = [self.id, self.id ^ 1].map(|id| self.library.0.lock().unwrap().remove(&id));
        for on_disconnect in ends.into_iter().flatten().filter_map(|end| end.on_disconnect) {
            on_disconnect();
        }
    }

    /// The connector of the guide: `on`, and a sender. Its callbacks own the socket, as those
    /// of socket.io do: the circle that the end has to break.
    fn connector(self, capacity: usize) -> CallbackLink<Self> {
        let (incoming, inbox) = inbox(capacity);
        let end = (incoming.clone(), self.clone());
        let own = self.clone();
        let on_message = move |message| {
            let _own = &own;
            _ = incoming.push(message);
        };
        self.on(on_message, Arc::new(move || end.0.close(CloseReason::PeerClosed)));
        inbox.with_sender(self)
    }
}

impl MessageSender for Socket {
    fn send(&mut self, message: Message) -> Result<(), CloseReason> {
        self.emit(message);
        Ok(())
    }

    fn disconnect(&mut self) {
        Self::disconnect(self);
    }
}

/// The engine's side: it dials by the library, which hands the plugin its own end.
struct Dials {
    profile: Profile,
    library: Library,
    alive: Weak<()>,
    plugins: tokio::sync::mpsc::UnboundedSender<PluginClient>,
}

impl PluginConnector for Dials {
    type Link = CallbackLink<Socket>;

    fn profile(&self) -> &Profile {
        &self.profile
    }

    async fn connect(&mut self, _: &str) -> Result<Self::Link, ConnectError> {
        let (engine, plugin) = self.library.pair(&self.alive.upgrade().unwrap());
        let echo =
            Methods::new().method("echo", |call: PluginCall| async move { call.arg::<Payload>(0) });
        let connector = plugin.connector(8);
        let client = create_connector_client(connector, Some(PluginClient::new(echo)));
        let _ = self.plugins.send(client);
        Ok(engine.connector(8))
    }

    fn reconnects_after(&self, _: &Self::Link, _: &CloseReason) -> bool {
        false
    }
}

/// Both sides, which have shaken hands, and what they must not leave behind.
async fn both() -> (RemotePlugin, PluginClient, Library, Arc<()>) {
    let (library, alive) = (Library::default(), Arc::new(()));
    let (plugins, mut connected) = tokio::sync::mpsc::unbounded_channel();
    let profile = Profile::new("remote");
    let dials = Dials { profile, library: library.clone(), alive: Arc::downgrade(&alive), plugins };
    let remote = RemotePlugin::new(dials, (), PluginOptions::new());
    remote.connect().await.unwrap();
    let client = connected.recv().await.unwrap();
    assert_eq!(remote.call::<String>("echo", ("x",)).await.unwrap(), "x");
    assert_eq!(library.sockets(), 2);
    (remote, client, library, alive)
}

/// Waits until nobody has a handle of a socket any more, and asserts that the library has none.
async fn nothing_is_left(library: &Library, alive: Arc<()>) {
    // Time is paused: it goes on when every task waits for what never comes.
    let mut alive = alive;
    for _ in 0..1_000 {
        let Err(shared) = Arc::try_unwrap(alive) else {
            assert_eq!(library.sockets(), 0);
            return;
        };
        alive = shared;
        tokio::time::advance(Duration::from_millis(10)).await;
    }
    panic!("{} handles of sockets are left", Arc::strong_count(&alive) - 1);
}

#[tokio::test(start_paused = true)]
async fn a_plugin_that_closes_leaves_nothing() {
    let (remote, client, library, alive) = both().await;
    client.close();
    assert_eq!(client.closed().await, CloseReason::Requested);
    let ended = PluginStatus::Ended(CloseReason::PeerClosed);
    assert_eq!(remote.wait_for(|status| *status == ended).await, ended);
    nothing_is_left(&library, alive).await;
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_disconnects_leaves_nothing() {
    let (remote, client, library, alive) = both().await;
    remote.disconnect().await;
    assert_eq!(client.closed().await, CloseReason::PeerClosed);
    nothing_is_left(&library, alive).await;
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_is_dropped_leaves_nothing() {
    let (remote, client, library, alive) = both().await;
    drop(remote);
    assert_eq!(client.closed().await, CloseReason::PeerClosed);
    nothing_is_left(&library, alive).await;
}

#[tokio::test(start_paused = true)]
async fn a_library_that_disconnects_leaves_nothing() {
    let (remote, client, library, alive) = both().await;
    let socket = Socket { id: 0, library: library.clone(), _alive: alive.clone() };
    socket.disconnect();
    drop(socket);
    assert_eq!(client.closed().await, CloseReason::PeerClosed);
    let error = remote.call::<String>("echo", ("x",)).await.unwrap_err();
    assert!(matches!(error, CallError::Failed(_)), "{error}");
    drop(remote);
    nothing_is_left(&library, alive).await;
}

#[tokio::test(start_paused = true)]
async fn a_driver_that_is_dropped_disconnects_the_socket() {
    let (library, alive) = (Library::default(), Arc::new(()));
    let (engine, plugin) = library.pair(&alive);
    let link = plugin.connector(8);
    drop(engine);
    drop(link);
    nothing_is_left(&library, alive).await;
}

/// A connection of a plugin without methods, and the half that its library pushes into.
fn connected_to_inbox(capacity: usize, limits: Limits) -> (PluginClient, Incoming) {
    let (incoming, inbox) = inbox(capacity);
    let connector = inbox.with_sender(|_: Message| Ok(()));
    let client = PluginClient::with_options((), ClientOptions::new().limits(limits));
    (create_connector_client(connector, Some(client)), incoming)
}

#[tokio::test]
async fn more_messages_than_the_capacity_end_the_connection() {
    let (client, incoming) = connected_to_inbox(2, Limits::default());
    let message = || Message::new(Action::Notification);
    incoming.push(message()).unwrap();
    incoming.push(message()).unwrap();
    let full = incoming.push(message());
    assert!(matches!(full, Err(FeedError::Full { messages: 2, .. })), "{full:?}");
    let reason = client.closed().await;
    assert!(matches!(reason, CloseReason::Malformed(_)), "{reason:?}");
    incoming.closed().await;
    assert!(incoming.is_closed());
    assert_eq!(incoming.push(message()), Err(FeedError::Ended));
}

#[tokio::test]
async fn a_library_that_drops_its_callbacks_ends_the_connection() {
    let (client, incoming) = connected_to_inbox(2, Limits::default());
    let clone = incoming.clone();
    drop(incoming);
    assert!(!clone.is_closed());
    drop(clone);
    assert_eq!(client.closed().await, CloseReason::PeerClosed);
}

#[tokio::test]
async fn the_first_reason_of_the_library_is_kept() {
    let (client, incoming) = connected_to_inbox(2, Limits::default());
    let reason = CloseReason::lost(&std::io::ErrorKind::ConnectionReset.into());
    incoming.close(reason.clone());
    incoming.close(CloseReason::PeerClosed);
    assert_eq!(client.closed().await, reason);
}

#[tokio::test]
async fn messages_have_the_limit_of_packages() {
    let message = |bytes: usize| {
        let mut message = Message::new(Action::Notification);
        message.payload = Some(Payload::text(&"x".repeat(bytes - 2)));
        message
    };
    let limits = Limits { package: 100, ..Limits::default() };
    let (client, incoming) = connected_to_inbox(2, limits.clone());
    incoming.push(message(100)).unwrap();
    incoming.push(message(101)).unwrap();
    assert_eq!(client.closed().await, CloseReason::TooLarge { size: 101, limit: 100 });
    // A dry run counts it, and lets eight times as much through.
    let (client, incoming) = connected_to_inbox(2, Limits { dry_run: true, ..limits });
    incoming.push(message(800)).unwrap();
    incoming.push(message(801)).unwrap();
    assert_eq!(client.closed().await, CloseReason::TooLarge { size: 801, limit: 800 });
}

#[tokio::test]
async fn a_sender_that_fails_ends_the_connection() {
    let (incoming, inbox) = inbox(2);
    let connector = inbox.with_sender(|_: Message| Err(CloseReason::PeerClosed));
    let client = create_connector_client(connector, None);
    assert_eq!(client.closed().await, CloseReason::PeerClosed);
    assert!(incoming.is_closed());
}
