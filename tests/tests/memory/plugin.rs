//! A plugin that costs its engine as much as it can.

use std::future::{Future, pending};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use connector::plugin::{
    Engine, HostRequest, LocalPlugin, Methods, PluginError, PluginOptions, RemotePlugin,
    WebSocketPluginConnector,
};
use connector::protocol::remix::Profile;
use connector::protocol::ws::upgrade;
use tokio::runtime::Runtime;

use super::raw_end::{RawEnd, frame};

/// How many events of the plugin another one listens to.
pub(crate) const HEARD: usize = 60;

/// An answer to the engine's handshake of this id.
pub(crate) fn methods(id: u64, list: &str) -> Vec<u8> {
    frame(&format!(r#"{{"action":"response","key":"handshake","id":{id},"payload":{list}}}"#))
}

/// Connects one plugin alone, whose calls of others are never answered, with the default
/// options.
pub(crate) fn connect(runtime: &Runtime) -> (RawEnd, RemotePlugin) {
    let (listener, connector) = listen();
    accepted(runtime, listener, async {
        let others = async |_: HostRequest| pending().await;
        let plugin = RemotePlugin::new(connector, others, PluginOptions::new());
        plugin.connect().await.unwrap();
        plugin
    })
}

/// Connects an engine, whose other plugin listens and never answers, with the default options.
pub(crate) fn connect_engine(runtime: &Runtime) -> (RawEnd, Engine) {
    let (listener, connector) = listen();
    accepted(runtime, listener, async {
        let engine = Engine::new();
        engine.register(connector).unwrap();
        let other = Methods::new().method("k", |_| pending::<Result<(), PluginError>>()).activated(
            |client| async move {
                for n in 0..HEARD {
                    client.on("remote", &n.to_string(), |_| {});
                }
            },
        );
        engine.register(LocalPlugin::new(Profile::new("other"), other)).unwrap();
        engine.activate("other").await.unwrap();
        engine.activate("remote").await.unwrap();
        engine
    })
}

fn listen() -> (TcpListener, WebSocketPluginConnector) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let profile = Profile::new("remote").url(format!("ws://{address}"));
    (listener, WebSocketPluginConnector::new(profile))
}

/// Accepts the engine that `connects`.
fn accepted<T>(
    runtime: &Runtime,
    listener: TcpListener,
    connects: impl Future<Output = T>,
) -> (RawEnd, T) {
    let plugin = std::thread::spawn(move || accept(&listener));
    let engine = runtime.block_on(connects);
    (plugin.join().unwrap(), engine)
}

/// Accepts the engine, and answers its handshake.
fn accept(listener: &TcpListener) -> RawEnd {
    let (mut stream, _) = listener.accept().unwrap();
    stream.set_nodelay(true).unwrap();
    let key = asked_key(&mut stream);
    stream.write_all(&upgrade::response(&key, None)).unwrap();
    let asks = r#"{"action":"request","key":"handshake","id":-1}"#;
    let mut plugin = RawEnd { stream, frame, asks };
    plugin.until_handshake();
    plugin.stream.write_all(&methods(0, "[]")).unwrap();
    plugin
}

/// Reads the request for an upgrade, and returns its key.
fn asked_key(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let key = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("sec-websocket-key").then(|| value.trim().to_owned())
    });
    key.unwrap()
}
