//! Plugins and engines over any connector, listener and dialer, in both directions.

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::sync::oneshot;

use super::by_hand::Hand;
use super::*;
use crate::codec::JsonCodec;
use crate::connector::Dial;
use crate::protocol::framing::LengthDelimited;
use crate::transport::{Stream, Tcp, TcpDialer, WebSocketDialer};
use crate::{
    HybridConnector, MemoryConnector, MemorySocket, Peer, TcpConnector, TcpSocket,
    WebSocketConnector, WebSocketSocket,
};

fn echo() -> Methods {
    Methods::new().method("echo", async |call: PluginCall| call.arg::<Payload>(0))
}

/// An engine's call of a plugin that is served at `port`, which it connects to by `dialer`.
async fn works<Kind: 'static, D: Dial<Io: MessageLink>>(
    mut port: impl Port<Kind>,
    dialer: D,
    scheme: &str,
) {
    port.open_port().await.unwrap();
    let url = format!("{scheme}{}", port.port_address().unwrap());
    let (stop, stopped) = oneshot::channel::<()>();
    let served = tokio::spawn(serve_until(echo(), port, ClientOptions::new(), async {
        let _ = stopped.await;
    }));
    let connector = DialedPlugin::new(Profile::new("remote").url(url), dialer);
    let plugin = RemotePlugin::new(connector, (), PluginOptions::new());
    plugin.connect().await.unwrap();
    for text in ["", "héllo 漢字 😀\n", &"x".repeat(300_000)] {
        assert!(plugin.call::<String>("echo", (text,)).await.unwrap() == text);
    }
    plugin.disconnect().await;
    stop.send(()).unwrap();
    served.await.unwrap().unwrap();
}

#[derive(Debug, connector_macros::Socket)]
#[socket(framing = LengthDelimited<u32>, crate = "crate")]
struct OwnSocket {
    #[socket(io)]
    stream: Stream,
    #[socket(peer)]
    peer: Peer,
}

#[derive(Debug, connector_macros::Connector)]
#[connector(socket = OwnSocket, codec = JsonCodec, crate = "crate")]
struct OwnConnector {
    #[connector(listen)]
    tcp: Tcp,
}

#[tokio::test]
async fn a_plugin_is_served_by_every_connector() {
    let any = "127.0.0.1:0";
    let tcp = TcpDialer::new().socket::<TcpSocket>();
    works(TcpConnector::bind(any), tcp.clone(), "tcp://").await;
    works(HybridConnector::bind(any), tcp, "").await;
    let websocket = WebSocketDialer::new().text();
    works(WebSocketConnector::bind(any), websocket.clone(), "ws://").await;
    works(HybridConnector::bind(any), websocket.clone(), "ws://").await;
    works(WebSocketPlugin::bind(any), websocket.socket::<WebSocketSocket>(), "ws://").await;
    let memory = MemoryConnector::bind(Memory::new("served"));
    let dialer = memory.dialer().socket::<MemorySocket>();
    works(memory, dialer, "").await;
    works(OwnConnector::bind(any), TcpDialer::new().socket::<OwnSocket>(), "tcp://").await;
}

#[tokio::test]
async fn the_fragment_of_a_plugins_url_is_not_dialled() {
    let mut port = WebSocketPlugin::bind("127.0.0.1:0");
    let address = port.start().await.unwrap().unwrap();
    tokio::spawn(serve(echo(), port));
    let profile = Profile::new("remote").url(format!("ws://{address}/#tab=1"));
    let dialer = WebSocketDialer::new().text();
    let options = PluginOptions::new;
    for plugin in [
        RemotePlugin::new(DialedPlugin::new(profile.clone(), dialer), (), options()),
        RemotePlugin::new(WebSocketPluginConnector::new(profile), (), options()),
    ] {
        plugin.connect().await.unwrap();
        assert_eq!(plugin.call::<i64>("echo", (7,)).await.unwrap(), 7);
        plugin.disconnect().await;
    }
}

#[tokio::test]
async fn a_plugin_is_served_by_listeners_of_byte_streams() {
    works(Tcp::from("127.0.0.1:0"), LineDialer::new(TcpDialer::new()), "tcp://").await;
    let memory = Memory::default();
    let dialer = memory.dialer();
    works(memory, LineDialer::new(dialer), "").await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_unix_socket_carries_both_directions() {
    use crate::transport::{Unix, UnixDialer};

    let directory = std::env::temp_dir().join(format!("connector-ports-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let path = directory.join("plugin.sock");
    works(Unix::from(&*path), LineDialer::new(UnixDialer::new()), "unix://").await;

    let engine = AcceptedPlugin::new(Profile::new("remote"), Unix::from(&*path));
    plugin_dials(engine, LineDialer::new(UnixDialer::new()), "unix://").await;
    std::fs::remove_dir_all(&directory).unwrap();
}

/// An engine's calls of a plugin that connects to it, and again after it has left.
async fn plugin_dials<P: Port<Kind>, Kind: 'static>(
    mut connector: AcceptedPlugin<P, Kind>,
    dialer: impl Dial<Io: MessageLink>,
    scheme: &str,
) {
    let url = format!("{scheme}{}", connector.start().await.unwrap().unwrap());
    let options = PluginOptions::new().reconnect_delay(Duration::from_millis(1));
    let engine = RemotePlugin::new(connector, (), options);
    for round in 0..3 {
        let (link, _) = dialer.connect(&url).await.unwrap();
        let client = PluginClient::new(echo());
        let served = client.clone();
        let served = tokio::spawn(async move { served.serve(link).await });
        if round == 0 {
            engine.connect().await.unwrap();
        } else {
            engine.wait_for(|status| *status == PluginStatus::Ready).await;
        }
        client.onload().await.unwrap();
        assert_eq!(engine.call::<u64>("echo", (round,)).await.unwrap(), round);
        // Not `close`, after which a WebSocket is not opened again.
        served.abort();
        engine.wait_for(|status| *status != PluginStatus::Ready).await;
    }
}

#[tokio::test]
async fn plugins_connect_to_an_engine_that_listens() {
    let any = "127.0.0.1:0";
    let port = AcceptedPlugin::new(Profile::new("remote"), WebSocketPlugin::bind(any));
    plugin_dials(port, WebSocketDialer::new().text(), "ws://").await;
    let port = AcceptedPlugin::new(Profile::new("remote"), TcpConnector::bind(any));
    plugin_dials(port, TcpDialer::new().socket::<TcpSocket>(), "tcp://").await;
    let port = AcceptedPlugin::new(Profile::new("remote"), Tcp::from(any));
    plugin_dials(port, LineDialer::new(TcpDialer::new()), "tcp://").await;
}

#[tokio::test(start_paused = true)]
async fn silent_connections_keep_no_plugin_from_its_engine() {
    use tokio::io::AsyncReadExt;

    let memory = Memory::default();
    let dialer = memory.dialer();
    let port = WebSocket::new(memory, WebOptions::new().text());
    let mut connector = AcceptedPlugin::new(Profile::new("remote"), port);
    connector.start().await.unwrap();
    let websocket = |stream| WebSocketLink::client(stream, "memory", "/", true).unwrap();
    let mut silent = dialer.dial().await.unwrap();
    // This one upgrades, and then says nothing either.
    let mut upgraded = Hand::over(websocket(dialer.dial().await.unwrap()));
    let options = PluginOptions::new().reconnect_delay(Duration::from_millis(1));
    let engine = RemotePlugin::new(connector, (), options);
    let start = tokio::time::Instant::now();
    let plugin = async {
        upgraded.open().await;
        let client = PluginClient::new(echo());
        create_connector_client(websocket(dialer.dial().await.unwrap()), Some(client.clone()));
        client
    };
    let (connected, client) = tokio::join!(engine.connect(), plugin);
    connected.unwrap();
    assert_eq!(engine.call::<u64>("echo", (1,)).await.unwrap(), 1);
    assert_eq!(start.elapsed(), Duration::ZERO);

    // A plugin that comes while another one is there takes its place when that has gone.
    let next = PluginClient::new(echo());
    create_connector_client(websocket(dialer.dial().await.unwrap()), Some(next.clone()));
    client.close_for(CloseReason::Stopping);
    next.onload().await.unwrap();
    engine.wait_for(|status| *status == PluginStatus::Ready).await;
    assert_eq!(engine.call::<u64>("echo", (2,)).await.unwrap(), 2);

    // While nobody is there, the silent ones have their own time.
    next.close_for(CloseReason::Stopping);
    assert_eq!(silent.read(&mut [0]).await.unwrap(), 0);
    assert!(start.elapsed() < Duration::from_secs(12), "{:?}", start.elapsed());
}

#[tokio::test]
async fn an_engine_that_cannot_listen_says_so() {
    let mut taken = Tcp::from("127.0.0.1:0");
    crate::Listen::bind(&mut taken).await.unwrap();
    let address = crate::Listen::address(&taken).unwrap().to_string();
    let port = AcceptedPlugin::new(Profile::new("remote"), Tcp::from(&*address));
    let refused = RemotePlugin::new(port, (), PluginOptions::new()).connect().await.unwrap_err();
    let said = refused.to_string();
    assert!(said.contains(&address) && said.contains("is in use"), "{said}");
}

#[tokio::test]
async fn over_a_stream_that_ended_on_one_side_what_runs_is_answered() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let methods = Methods::new()
        .method("slow", async |call: PluginCall| {
            tokio::time::sleep(Duration::from_millis(call.arg(0)?)).await;
            call.arg::<Payload>(1)
        })
        .method("never", async |_| std::future::pending::<MethodResult>().await.map(drop));
    let (near, far) = tokio::io::duplex(1 << 16);
    let limits = crate::Limits { drain: Duration::from_millis(300), ..Default::default() };
    let options = ClientOptions::new().limits(limits);
    let client = PluginClient::with_options(methods, options);
    create_connector_client(LineLink::new(far), Some(client.clone()));
    let (mut reads, mut writes) = tokio::io::split(near);
    let handshake = r#"{"action":"request","key":"handshake","id":0,"payload":["p"]}"#;
    let calls = [(1, "slow", "[80,\"b\"]"), (2, "slow", "[20,\"a\"]"), (3, "never", "[]")];
    let mut sent = handshake.to_owned() + "\n";
    for (id, key, payload) in calls {
        sent += &format!(r#"{{"action":"request","key":"{key}","id":{id},"payload":{payload}}}"#);
        sent.push('\n');
    }
    writes.write_all(sent.as_bytes()).await.unwrap();
    writes.shutdown().await.unwrap();
    let mut received = String::new();
    reads.read_to_string(&mut received).await.unwrap();
    let answers: Vec<_> = received.lines().skip(2).collect();
    assert_eq!(answers.len(), 2, "{received}");
    assert!(answers[0].contains(r#""payload":"a""#) && answers[1].contains(r#""payload":"b""#));
    assert_eq!(client.closed().await, CloseReason::PeerClosed);
}

/// Connects a plugin to its engine by lines, written by hand, and activates it.
async fn plugin_by_lines(
    engine: &Engine,
    name: &str,
    limits: &crate::Limits,
) -> BufReader<DuplexStream> {
    let memory = Memory::default();
    let dialer = memory.dialer();
    let mut connector = AcceptedPlugin::new(Profile::new(name), memory);
    connector.start().await.unwrap();
    engine.register_with(connector, PluginOptions::new().limits(limits.clone())).unwrap();
    let plugin = async {
        let mut stream = BufReader::new(dialer.dial().await.unwrap());
        let hello = r#"{"action":"request","key":"handshake","id":-1}"#;
        stream.write_all(format!("{hello}\n").as_bytes()).await.unwrap();
        let mut handshake = String::new();
        stream.read_line(&mut handshake).await.unwrap();
        let id = Message::decode(handshake.trim().as_bytes()).unwrap().id.unwrap();
        let answer = r#"{"action":"response","key":"handshake","payload":[],"id":"#;
        stream.write_all(format!("{answer}{id}}}\n").as_bytes()).await.unwrap();
        stream
    };
    let (activated, stream) = tokio::join!(engine.activate(name), plugin);
    activated.unwrap();
    stream
}

#[tokio::test(start_paused = true)]
async fn what_arrives_of_plugins_at_different_ports_counts_for_their_engine() {
    let engine = Engine::new();
    let limits = crate::Limits { call_bytes_in_all: 100_000, ..crate::Limits::default() };
    let mut hoarder = plugin_by_lines(&engine, "hoarder", &limits).await;
    let mut other = plugin_by_lines(&engine, "other", &limits).await;
    // The beginning of a message is all that ever comes.
    let beginning = format!(r#"{{"action":"emit","key":"x","payload":["{}"#, "x".repeat(50_000));
    hoarder.write_all(beginning.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(engine.status("hoarder"), PluginStatus::Ready, "alone it may hold that");
    other.write_all(beginning.as_bytes()).await.unwrap();
    let status = engine.wait_for("other", |status| *status != PluginStatus::Ready);
    let status = tokio::time::timeout(Duration::from_millis(1), status).await;
    let Ok(PluginStatus::Lost(CloseReason::Overloaded { limit, .. })) = status else {
        panic!("{status:?}");
    };
    assert_eq!(limit, 100_000);
}
