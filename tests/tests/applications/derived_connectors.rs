//! The guide's two connectors, derived: over a socket of one's own, over WebSockets, and
//! several kinds as one.

use std::time::Duration;

use connector::plugin::{
    CallbackLink, ClientConnector, Engine, LocalLink, LocalPlugin, MessageLink, Methods,
    PluginCall, PluginClient, PluginConnector, PluginOptions, PluginStatus, Profile, RemotePlugin,
    WebSocketPluginConnector, create_connector_client,
};
use connector::protocol::framing::LengthDelimited;
use connector::protocol::remix::Message;
use connector::transport::{SocketDialer, UnixDialer, WebSocketDialer};
use connector::{Accept, Address, CloseReason, Peer, Socket};
use futures_util::StreamExt;
use tokio::net::{TcpListener, UnixListener, UnixStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

/// A socket of one's own.
#[derive(Socket)]
#[socket(framing = LengthDelimited<u32>)]
struct PipeSocket {
    #[socket(io)]
    pipe: UnixStream,
    #[socket(peer)]
    peer: Peer,
}

/// The plugin's side.
#[derive(ClientConnector)]
struct PipeClient {
    #[connector(socket)]
    socket: PipeSocket,
}

/// The engine's side.
#[derive(PluginConnector)]
struct PipePlugin {
    #[plugin(profile)]
    profile: Profile,
    #[plugin(link)]
    link: SocketDialer<UnixDialer, PipeSocket>,
    attempts: u32,
}

/// Any kind of link as one.
#[derive(ClientConnector)]
enum AnyClient<L, F: Send + 'static>
where
    F: FnMut(Message) -> Result<(), CloseReason>,
{
    Pipe(PipeClient),
    Callback(CallbackLink<F>),
    Other(L),
}

/// Any dialer of links.
#[derive(PluginConnector)]
struct AnyDialer<D>(#[plugin(profile)] Profile, #[plugin(link)] D);

/// Any kind of plugin as one.
#[derive(PluginConnector)]
enum AnyPlugin<M: connector::plugin::PluginMethods> {
    Pipe(PipePlugin),
    WebSocket(WebSocketPluginConnector),
    Local(LocalPlugin<M>),
}

fn double() -> Methods {
    Methods::new().method("double", |call: PluginCall| async move { Ok(2 * call.arg::<i64>(0)?) })
}

/// A path for a socket, in a directory that ends with the test.
struct Path(std::path::PathBuf);

impl Path {
    fn new(name: &str) -> Self {
        let directory = format!("connector-{name}-{}", std::process::id());
        let directory = std::env::temp_dir().join(directory);
        std::fs::create_dir_all(&directory).unwrap();
        Self(directory)
    }

    fn socket(&self) -> std::path::PathBuf {
        self.0.join("plugin.sock")
    }

    fn url(&self) -> String {
        format!("unix://{}", self.socket().display())
    }
}

impl Drop for Path {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Accepts engines at the path, each with a plugin of its own behind `connector`.
fn accept_at<C: ClientConnector>(
    path: &Path,
    connector: impl Fn(PipeClient) -> C + Send + 'static,
) {
    let listener = UnixListener::bind(path.socket()).unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let socket = PipeSocket::accept(stream, Peer::new("unix", Address::Unnamed));
            let client = PluginClient::new(double());
            create_connector_client(connector(PipeClient { socket }), Some(client));
        }
    });
}

async fn is_doubled(engine: &Engine, name: &str) {
    let doubled: i64 = engine.call(name, "double", (21,)).await.unwrap();
    assert_eq!(doubled, 42);
}

#[tokio::test]
async fn both_sides_over_a_socket_of_ones_own() {
    let path = Path::new("derived");
    accept_at(&path, |client| client);
    let plugin = PipePlugin::new(Profile::new("remote").url(path.url()));
    assert_eq!(plugin.attempts, 0, "it is made by `Default`");
    let engine = Engine::new();
    engine.register(plugin).unwrap();
    is_doubled(&engine, "remote").await;
    // Each activation opens a link.
    assert!(engine.deactivate("remote").await);
    engine.activate("remote").await.unwrap();
    is_doubled(&engine, "remote").await;
}

#[tokio::test]
async fn a_plugin_of_any_kind() {
    type Any = AnyClient<LocalLink, fn(Message) -> Result<(), CloseReason>>;

    let path = Path::new("derived-any");
    accept_at(&path, Any::Pipe);
    let pipe = PipePlugin::new(Profile::new("pipe").url(path.url()));
    let engine = Engine::new();
    engine.register(AnyPlugin::<Methods>::Pipe(pipe)).unwrap();
    let local = LocalPlugin::new(Profile::new("local"), double());
    engine.register(AnyPlugin::Local(local)).unwrap();
    let nowhere = Profile::new("nowhere").url("ws://127.0.0.1:1#/path");
    let nowhere = AnyPlugin::<Methods>::WebSocket(WebSocketPluginConnector::new(nowhere));
    engine.register(nowhere).unwrap();
    is_doubled(&engine, "pipe").await;
    is_doubled(&engine, "local").await;
    let error = engine.activate("nowhere").await.unwrap_err();
    assert!(error.to_string().contains("127.0.0.1:1"), "{error}");
}

#[tokio::test]
async fn an_enum_of_links_is_any_of_them() {
    type Any = AnyClient<LocalLink, fn(Message) -> Result<(), CloseReason>>;

    let (engine, plugin) = LocalLink::pair();
    let client = create_connector_client(Any::Other(plugin), None);
    drop(engine);
    assert_eq!(client.closed().await, CloseReason::PeerClosed);

    let (incoming, inbox) = connector::plugin::inbox(8);
    let fails: fn(Message) -> Result<(), CloseReason> = |_| Err(CloseReason::Stopping);
    let client = create_connector_client(Any::Callback(inbox.with_sender(fails)), None);
    assert_eq!(client.closed().await, CloseReason::Stopping);
    drop(incoming);
}

#[tokio::test]
async fn what_cannot_be_dialled_says_so() {
    let plugin = |profile| {
        let plugin = AnyDialer(profile, WebSocketDialer::new());
        RemotePlugin::new(plugin, (), PluginOptions::new())
    };
    let error = plugin(Profile::new("remote")).connect().await.unwrap_err();
    assert_eq!(error.to_string(), "the plugin's profile has no `url`: set it with `Profile::url`");
    let error = plugin(Profile::new("remote").url("tcp://127.0.0.1:1")).connect().await;
    let error = error.unwrap_err().to_string();
    assert!(error.starts_with("the plugin's URL cannot be used"), "{error}");
}

/// The released engine's `WebsocketPlugin`, derived.
#[derive(PluginConnector)]
struct WebSocketPlugin {
    #[plugin(profile)]
    profile: Profile,
    #[plugin(link)]
    link: WebSocketDialer,
}

#[tokio::test]
async fn a_derived_websocket_sends_texts_and_heeds_code_1000() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    let plugin = WebSocketPlugin::new(Profile::new("remote").url(url));
    let options = PluginOptions::new().reconnect_delay(Duration::from_millis(1));
    let remote = RemotePlugin::new(plugin, (), options);
    let connecting = remote.clone();
    let connected = tokio::spawn(async move { connecting.connect().await });
    for (connection, code) in [CloseCode::Away, CloseCode::Normal].into_iter().enumerate() {
        let (stream, _) = listener.accept().await.unwrap();
        let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
        // A browser's plugin could not read anything else.
        let Some(Ok(Frame::Text(request))) = socket.next().await else { panic!("no text") };
        let request: Message = serde_json::from_str(&request).unwrap();
        let id = request.id.unwrap();
        let answer = format!(
            r#"{{"action":"response","name":"remote","key":"handshake","id":{id},"payload":[]}}"#
        );
        futures_util::SinkExt::send(&mut socket, Frame::text(answer)).await.unwrap();
        remote.wait_for(|status| *status == PluginStatus::Ready).await;
        let frame = CloseFrame { code, reason: "".into() };
        socket.close(Some(frame)).await.unwrap();
        while socket.next().await.is_some() {}
        if connection == 0 {
            // It is opened again, since nobody said that it is over.
            continue;
        }
        remote.wait_for(|status| matches!(status, PluginStatus::Ended(_))).await;
    }
    connected.await.unwrap().unwrap();
    let again = timeout(Duration::from_millis(50), listener.accept()).await;
    assert!(again.is_err(), "it connects again after code 1000");
}

/// A connector is a link: what the guide's functions are, written by hand, is no more.
#[test]
fn a_derived_connector_is_a_message_link() {
    fn link<L: MessageLink>() {}
    fn connector<C: ClientConnector>() {}
    link::<PipeClient>();
    connector::<PipeClient>();
    connector::<AnyClient<LocalLink, fn(Message) -> Result<(), CloseReason>>>();
}
