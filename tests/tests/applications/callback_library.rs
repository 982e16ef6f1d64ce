//! A connector over a library that calls back with each message and keeps its sockets by
//! itself, as socket.io's do: declared from outside, with nothing private.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use connector::Bare;
use connector::codec::JsonCodec;
use connector::link::{AsyncLink, AsyncReceiver, AsyncSender, Fed, Feed, Linked};
use connector::prelude::*;
use connector_tests::handed::Handed;
use serde_json::{Value, json};
use tokio::sync::mpsc;

/// The library: sockets that live until somebody disconnects them.
#[derive(Clone, Default)]
struct Library(Arc<Mutex<HashMap<u32, Events>>>);

/// What the library does for one socket.
struct Events {
    on_message: Option<Arc<dyn Fn(String) + Send + Sync>>,
    to_page: mpsc::UnboundedSender<String>,
}

/// The server's handle of a socket.
struct LibrarySocket {
    id: u32,
    library: Library,
}

/// The page at the other end.
struct Page {
    id: u32,
    library: Library,
    receives: mpsc::UnboundedReceiver<String>,
}

impl Library {
    fn connect(&self, id: u32) -> (LibrarySocket, Page) {
        let (to_page, receives) = mpsc::unbounded_channel();
        self.0.lock().unwrap().insert(id, Events { on_message: None, to_page });
        let library = || self.clone();
        (LibrarySocket { id, library: library() }, Page { id, library: library(), receives })
    }

    fn sockets(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    fn disconnect(&self, id: u32) {
        // Dropped behind the lock.
        let _events = self.0.lock().unwrap().remove(&id);
    }
}

impl LibrarySocket {
    fn on_message(&self, callback: impl Fn(String) + Send + Sync + 'static) {
        if let Some(events) = self.library.0.lock().unwrap().get_mut(&self.id) {
            events.on_message = Some(Arc::new(callback));
        }
    }

    fn emit(&self, text: String) {
        if let Some(events) = self.library.0.lock().unwrap().get(&self.id) {
            let _ = events.to_page.send(text);
        }
    }
}

impl Page {
    fn send(&self, text: &Value) {
        let callback = self.library.0.lock().unwrap().get(&self.id).unwrap().on_message.clone();
        callback.expect("the socket is open")(text.to_string());
    }

    async fn receive(&mut self) -> Option<Value> {
        let text = tokio::time::timeout(Duration::from_secs(20), self.receives.recv()).await;
        text.expect("something comes").map(|text| serde_json::from_str(&text).unwrap())
    }
}

/// The receiving half, which also tells all sessions of each message.
struct Announces {
    fed: Fed,
    server: Arc<OnceLock<ServerHandle>>,
}

/// The sending half, which tells all sessions of its first message too.
struct Emits {
    socket: LibrarySocket,
    server: Arc<OnceLock<ServerHandle>>,
    first: bool,
}

struct Connection {
    socket: LibrarySocket,
    server: Arc<OnceLock<ServerHandle>>,
}

impl AsyncLink for Connection {
    type Sender = Emits;
    type Receiver = Announces;

    async fn open(self, _: usize) -> Result<(Emits, Announces), CloseReason> {
        let (feed, fed) = Feed::new();
        self.socket.on_message(move |text| _ = feed.push(text));
        let Self { socket, server } = self;
        let sender = Emits { socket, server: server.clone(), first: true };
        Ok((sender, Announces { fed, server }))
    }
}

impl AsyncReceiver for Announces {
    type Buffer = <Fed as AsyncReceiver>::Buffer;

    fn watch_peer(&self) -> impl Fn() -> bool + Send + 'static {
        self.fed.watch_peer()
    }

    async fn recv(&mut self) -> Option<Result<Self::Buffer, CloseReason>> {
        let received = self.fed.recv().await;
        if let Some(server) = self.server.get() {
            server.broadcast("onHeard", Json(json!({}))).unwrap();
        }
        received
    }
}

impl AsyncSender for Emits {
    type Buffer = String;

    async fn send(&mut self, text: String) -> Result<(), CloseReason> {
        if std::mem::take(&mut self.first)
            && let Some(server) = self.server.get()
        {
            server.broadcast("onSent", Json(json!({}))).unwrap();
        }
        self.socket.emit(text);
        Ok(())
    }

    async fn close(&mut self, _: CloseReason) {
        self.socket.library.disconnect(self.socket.id);
    }
}

impl Drop for Emits {
    fn drop(&mut self) {
        self.socket.library.disconnect(self.socket.id);
    }
}

#[derive(Socket)]
#[socket(session = Bare)]
struct CallbackSocket {
    #[socket(link)]
    link: Linked<Connection>,
    #[socket(peer)]
    peer: Peer,
}

#[derive(Connector)]
#[connector(socket = CallbackSocket, codec = JsonCodec)]
struct CallbackConnector {
    #[connector(listen)]
    accepts: Handed<Connection>,
}

#[derive(Clone, Default)]
struct Entry {
    held: Arc<AtomicBool>,
}

#[handler("test.entryHandler")]
impl Entry {
    /// Never ends.
    #[route(notify)]
    async fn hold(&self) {
        self.held.store(true, Ordering::SeqCst);
        std::future::pending::<()>().await;
    }

    #[route]
    async fn echo(&self, Json(body): Json<Value>) -> Json<Value> {
        Json(body)
    }

    #[route(notify)]
    async fn leave(&self, session: &Session) {
        session.kick("gone");
    }
}

struct Served {
    server: Server,
    library: Library,
    entry: Entry,
    connects: mpsc::UnboundedSender<Connection>,
    /// Set, the links broadcast.
    handle: Arc<OnceLock<ServerHandle>>,
}

impl Served {
    async fn start() -> Self {
        let (connects, accepts) = Handed::channel();
        let connector = CallbackConnector { accepts };
        let entry = Entry::default();
        let builder = Server::builder().connector(connector).handler(entry.clone());
        let server = builder.start().await.unwrap();
        Self { server, library: Library::default(), entry, connects, handle: Arc::default() }
    }

    async fn page(&self, id: u32) -> Page {
        let (socket, page) = self.library.connect(id);
        let before = self.server.handle().statistics().sessions;
        self.connects.send(Connection { socket, server: self.handle.clone() }).ok().unwrap();
        self.until(|served| served.server.handle().statistics().sessions > before).await;
        page
    }

    async fn until(&self, done: impl Fn(&Self) -> bool) {
        let waited = async {
            while !done(self) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), waited).await.expect("it happens");
    }

    /// Waits until neither side has kept anything.
    async fn until_empty(&self) {
        self.until(|served| {
            let statistics = served.server.handle().statistics();
            (statistics.connections, served.library.sockets()) == (0, 0)
        })
        .await;
    }
}

fn request(id: u32, method: &str) -> Value {
    json!({ "id": id, "route": format!("test.entryHandler.{method}"), "body": id })
}

#[tokio::test]
async fn messages_go_both_ways_and_a_kick_disconnects() {
    let served = Served::start().await;
    let mut page = served.page(1).await;
    for id in 1..100 {
        page.send(&request(id, "echo"));
        assert_eq!(page.receive().await, Some(json!({ "id": id, "body": id })));
    }
    page.send(&json!({ "route": "test.entryHandler.leave", "body": {} }));
    assert_eq!(page.receive().await.unwrap()["route"], "onKick");
    assert_eq!(page.receive().await, None);
    served.until_empty().await;
}

#[tokio::test]
async fn a_page_that_leaves_ends_its_session() {
    let served = Served::start().await;
    let page = served.page(1).await;
    served.library.disconnect(page.id);
    served.until_empty().await;
}

#[tokio::test(start_paused = true)]
async fn a_page_that_leaves_behind_a_hung_call_ends_its_session() {
    let served = Served::start().await;
    let page = served.page(1).await;
    page.send(&json!({ "route": "test.entryHandler.hold", "body": {} }));
    served.until(|served| served.entry.held.load(Ordering::SeqCst)).await;
    // More than a server reads ahead.
    let long = "x".repeat(2_000);
    for id in 1..=200 {
        page.send(&json!({ "id": id, "route": "test.entryHandler.echo", "body": long }));
    }
    let session = served.server.handle().sessions().remove(0);
    let left = tokio::time::Instant::now();
    served.library.disconnect(page.id);
    while session.close_reason().is_none() {
        tokio::time::sleep(Duration::from_millis(10)).await;
        assert!(left.elapsed() < Duration::from_secs(2), "nobody has noticed");
    }
}

#[tokio::test]
async fn a_page_that_floods_loses_its_connection_and_leaves_nothing_behind() {
    let served = Served::start().await;
    let page = served.page(1).await;
    let mut other = served.page(2).await;
    // The library's callbacks do not let the server's task run in between.
    for id in 1..1_000 {
        page.send(&request(id, "echo"));
    }
    served.until(|served| served.server.handle().statistics().sessions == 1).await;
    other.send(&request(7, "echo"));
    assert_eq!(other.receive().await, Some(json!({ "id": 7, "body": 7 })));
    served.library.disconnect(other.id);
    served.until_empty().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_may_broadcast_while_they_receive_and_send() {
    let served = Served::start().await;
    let mut pages = Vec::new();
    for id in 0..8 {
        pages.push(served.page(id).await);
    }
    served.handle.set(served.server.handle()).ok().unwrap();
    for id in 1..50 {
        for page in &pages {
            page.send(&request(id, "echo"));
        }
        for page in &mut pages {
            while page.receive().await.unwrap()["id"] != id {}
        }
    }
    served.server.handle().stop().await;
    served.until_empty().await;
}
