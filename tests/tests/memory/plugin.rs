//! A plugin that costs its engine as much as it can, and holds little itself.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;

use connector::plugin::{HostRequest, PluginOptions, RemotePlugin, WebSocketPluginConnector};
use connector::protocol::remix::Profile;
use connector::protocol::ws::{OpCode, seal, upgrade};
use tokio::runtime::Runtime;

/// The length of the longest messages.
pub(crate) const LONG: usize = (16 << 20) - 64;

/// The plugin's side of a connection.
pub(crate) struct RawPlugin {
    stream: TcpStream,
}

impl RawPlugin {
    /// Sends messages, and waits until the engine has handled them.
    pub(crate) fn say(&mut self, frames: &[u8]) {
        self.stream.write_all(frames).unwrap();
        let ask = frame(r#"{"action":"request","key":"handshake","id":-1}"#);
        self.stream.write_all(&ask).unwrap();
        self.until_asked();
    }

    /// Reads until the engine asks for a handshake.
    fn until_asked(&mut self) {
        let asked = br#""key":"handshake""#;
        while !self.hear().windows(asked.len()).any(|heard| heard == asked) {}
    }

    /// Reads a frame of less than 64 KiB.
    fn hear(&mut self) -> Vec<u8> {
        let [_, len] = self.read();
        let len = match len & 0x7f {
            126 => u16::from_be_bytes(self.read()),
            len => len.into(),
        };
        let key: [u8; 4] = self.read();
        let mut payload = vec![0; len.into()];
        self.stream.read_exact(&mut payload).unwrap();
        payload.iter_mut().zip(key.iter().cycle()).for_each(|(byte, key)| *byte ^= key);
        payload
    }

    fn read<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.stream.read_exact(&mut bytes).unwrap();
        bytes
    }

    /// Accepts the engine, and answers its handshake.
    fn accept(listener: &TcpListener) -> Self {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_nodelay(true).unwrap();
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
        stream.write_all(&upgrade::response(&key.unwrap(), None)).unwrap();
        let mut plugin = Self { stream };
        plugin.until_asked();
        plugin.stream.write_all(&methods(0, "[]")).unwrap();
        plugin
    }
}

/// An answer to the engine's handshake of this id.
pub(crate) fn methods(id: u64, list: &str) -> Vec<u8> {
    frame(&format!(r#"{{"action":"response","key":"handshake","id":{id},"payload":{list}}}"#))
}

/// A message in a frame.
pub(crate) fn frame(message: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + 16);
    seal::write_frame(OpCode::Text, message.as_bytes(), None, &mut out);
    out
}

/// Connects an engine, whose other plugins never answer, with the default options.
pub(crate) fn connect(runtime: &Runtime) -> (RawPlugin, RemotePlugin) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let plugin: JoinHandle<RawPlugin> = std::thread::spawn(move || RawPlugin::accept(&listener));
    let engine = runtime.block_on(async {
        let profile = Profile::new("remote").url(format!("ws://{address}"));
        let connector = WebSocketPluginConnector::new(profile);
        let others = async |_: HostRequest| std::future::pending().await;
        let engine = RemotePlugin::new(connector, others, PluginOptions::new());
        engine.connect().await.unwrap();
        engine
    });
    (plugin.join().unwrap(), engine)
}
