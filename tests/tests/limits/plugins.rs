//! What a connection between an engine and a plugin may cost.

use std::cell::RefCell;

use connector::plugin::profiles::theme::ThemePlugin;
use connector::plugin::{
    ClientOptions, ConnectError, Engine, HostHandler, HostRequest, LocalPlugin, MessageIo, Methods,
    PluginCall, PluginError, PluginOptions, Port, RemotePlugin, WebSocketPlugin,
    WebSocketPluginConnector, plugin, serve_until,
};
use connector::protocol::remix::{Action, Message, Payload, Profile};
use connector::transport::{Memory, MemoryDialer, WebOptions, WebSocket};
use connector::{Address, CloseReason, Limit};
use connector_tests::logs::Log;
use tokio::net::TcpStream;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use tracing::Level;

use super::*;

/// A plugin that is served with these limits, to an engine without any.
struct Plugin {
    counted: Counted,
    gate: Arc<Semaphore>,
    /// A call waits at the gate.
    waits: Arc<Notify>,
    address: String,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

impl Plugin {
    async fn start(limits: Limits) -> Self {
        let mut plugin = WebSocketPlugin::bind("127.0.0.1:0");
        let address = plugin.start().await.unwrap().unwrap().to_string();
        Self::serve(limits, plugin, address)
    }

    /// The same in memory, for paused time.
    fn start_in_memory(limits: Limits) -> (Self, MemoryDialer) {
        let memory = Memory::default();
        let dialer = memory.dialer();
        let port = WebSocket::new(memory, WebOptions::new().text());
        (Self::serve(limits, port, "memory".to_owned()), dialer)
    }

    fn serve<Kind: 'static>(limits: Limits, port: impl Port<Kind>, address: String) -> Self {
        let counted = Counted::here();
        let (gate, waits) = (Arc::new(Semaphore::new(0)), Arc::<Notify>::default());
        let (opened, waiting, opens) = (gate.clone(), waits.clone(), gate.clone());
        let methods = Methods::new()
            .method("echo", |call: PluginCall| async move { call.arg::<Payload>(0) })
            .method("wait", move |_| {
                waiting.notify_one();
                let gate = opened.clone();
                async move {
                    gate.acquire().await.unwrap().forget();
                    Ok(())
                }
            });
        // The second call's answer, which the first waits for.
        let methods = methods.method("callTwo", move |call: PluginCall| {
            let gate = opens.clone();
            async move {
                let client = call.client();
                let second = async {
                    let answer = client.call::<String>("host", "go", ()).await;
                    gate.add_permits(1);
                    answer.unwrap_or_else(|error| error.to_string())
                };
                let (first, second) =
                    tokio::join!(client.call::<String>("host", "wait", ()), second);
                first.map(|_| second).map_err(PluginError::from)
            }
        });
        let (stop, stopped) = oneshot::channel::<()>();
        let options = ClientOptions::new().limits(limits);
        let served = tokio::spawn(async move {
            let shutdown = async { drop(stopped.await) };
            serve_until(methods, port, options, shutdown).await.unwrap();
        });
        Self { counted, gate, waits, address, stop, served }
    }

    /// An engine that is connected, unless it is not let in.
    async fn engine(
        &self,
        host: impl HostHandler,
        options: PluginOptions,
    ) -> Result<RemotePlugin, ConnectError> {
        let profile = Profile::new("remote").url(format!("ws://{}", self.address));
        let engine = RemotePlugin::new(WebSocketPluginConnector::new(profile), host, options);
        engine.connect().await.map(|()| engine)
    }

    async fn end(self) {
        drop(self.stop);
        self.served.await.unwrap();
    }
}

#[tokio::test]
async fn engines() {
    for dry_run in BOTH {
        let limits = Limits { connections: 1, dry_run, ..Limits::default() };
        let plugin = Plugin::start(limits).await;
        let first = plugin.engine((), PluginOptions::new()).await.unwrap();
        let second = plugin.engine((), PluginOptions::new()).await;
        assert_eq!(second.is_ok(), dry_run);
        if let Err(refused) = second {
            let reason = "there are too many connections already".to_owned();
            let told = CloseReason::PeerClosedWith { code: 1013, reason };
            assert_eq!(refused, ConnectError::Lost(told));
        }
        assert_eq!(plugin.counted.reached(Limit::Connections), 1.0);
        assert_eq!(first.call::<i32>("echo", (1,)).await.unwrap(), 1);
        plugin.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_does_not_shake_hands() {
    for dry_run in BOTH {
        let handshake = Duration::from_millis(100);
        let limits = Limits { handshake, dry_run, ..Limits::default() };
        let (plugin, dialer) = Plugin::start_in_memory(limits);
        let mut silent = dialer.dial().await.unwrap();
        plugin.counted.until_reached(Limit::Handshake).await;
        if dry_run {
            let read = tokio::time::timeout(handshake, silent.read(&mut [0])).await;
            assert!(read.is_err(), "it is still listened to");
        }
        assert_eq!(silent.read(&mut [0; 512]).await.unwrap_or_default(), 0);
        // A dry run has an end too, which is one more.
        let times = if dry_run { 2.0 } else { 1.0 };
        assert_eq!(plugin.counted.reached(Limit::Handshake), times);
        plugin.end().await;
    }
}

#[tokio::test]
async fn a_long_message() {
    for dry_run in BOTH {
        let plugin = Plugin::start(Limits { package: 4_000, dry_run, ..Limits::default() }).await;
        let engine = plugin.engine((), PluginOptions::new()).await.unwrap();
        let text = "x".repeat(5_000);
        let echoed = engine.call::<String>("echo", (&text,)).await;
        assert_eq!(echoed.is_ok_and(|echoed| echoed == text), dry_run);
        plugin.counted.until_reached(Limit::Package).await;
        assert_eq!(plugin.counted.reached(Limit::Package), 1.0);
        plugin.end().await;
    }
}

/// An engine runs as many calls of a plugin at once, and of as many bytes; a plugin has
/// only one at a time of an engine's, which waits for it.
#[tokio::test]
async fn calls_at_once() {
    for dry_run in BOTH {
        let number = Limits { concurrent: 1, dry_run, ..Limits::default() };
        // The first takes them all, since one alone may be longer.
        let bytes = Limits { call_bytes: 8, dry_run, ..Limits::default() };
        for (limits, limit) in [(number, Limit::Concurrent), (bytes, Limit::CallBytes)] {
            calls_beside(limits, limit, dry_run).await;
        }
    }
}

async fn calls_beside(limits: Limits, limit: Limit, dry_run: bool) {
    let plugin = Plugin::start(Limits::default()).await;
    let gate = plugin.gate.clone();
    let host = move |call: HostRequest| {
        let gate = gate.clone();
        async move {
            if call.method == "wait" {
                gate.acquire().await.unwrap().forget();
            }
            Ok(Some(Payload::text(&call.method)))
        }
    };
    let engine = plugin.engine(host, PluginOptions::new().limits(limits)).await.unwrap();
    let answer = engine.call::<String>("callTwo", ()).await.unwrap();
    let refused = "Too many calls run at once";
    assert_eq!(answer, if dry_run { "go" } else { refused });
    assert_eq!(plugin.counted.reached(limit), 1.0);
    plugin.end().await;
}

#[tokio::test]
async fn calls_that_outlast_the_end() {
    for dry_run in BOTH {
        let drain = Duration::from_millis(100);
        let plugin = Plugin::start(Limits { drain, dry_run, ..Limits::default() }).await;
        let engine = plugin.engine((), PluginOptions::new()).await.unwrap();
        let waiting = tokio::spawn(async move { engine.call::<()>("wait", ()).await });
        plugin.waits.notified().await;
        let Plugin { counted, stop, served, .. } = plugin;
        drop(stop);
        served.await.unwrap();
        assert!(waiting.await.unwrap().is_err());
        assert_eq!(counted.reached(Limit::Drain), 1.0);
    }
}

#[tokio::test]
async fn messages_to_a_peer_that_does_not_read() {
    for dry_run in BOTH {
        let counted = Counted::here();
        let mut transit = MessageIo::new(&Limits { queued: 1_000, dry_run, ..Limits::default() });
        let (near, _far) = tokio::io::duplex(1);
        let socket =
            <MemorySocket as Accept<_>>::accept(near, Peer::new("memory", Address::Unnamed));
        let mut message = Message::new(Action::Notification);
        message.payload = Some(Payload::text(&"x".repeat(600)));
        let sent = (0..50).take_while(|_| transit.send(&socket, &message).is_ok()).count();
        // What goes beyond it is only noticed by the next one.
        if dry_run {
            assert!((10..20).contains(&sent), "{sent}");
        } else {
            assert_eq!(sent, 2);
        }
        assert_eq!(counted.reached(Limit::Queued), f64::from(u8::from(dry_run)));
    }
}

/// What engines have sent of messages that go on counts too.
#[tokio::test]
async fn halves_of_messages_of_all_engines() {
    let limits = Limits { call_bytes_in_all: 200_000, ..Limits::default() };
    let plugin = Plugin::start(limits).await;
    let engine = plugin.engine((), PluginOptions::new()).await.unwrap();
    let mut halves = Vec::new();
    for _ in 0..10 {
        let mut near = TcpStream::connect(&plugin.address).await.unwrap();
        let upgrade = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n\
            Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        near.write_all(upgrade.as_bytes()).await.unwrap();
        near.read_exact(&mut [0; 129]).await.unwrap();
        // Nine tenths of a text.
        near.write_all(b"\x81\xff\0\0\0\0\0\x01\x86\xa0\0\0\0\0").await.unwrap();
        let _ = near.write_all(&[b' '; 90_000]).await;
        halves.push(near);
    }
    plugin
        .counted
        .until("some are closed", || plugin.counted.reached(Limit::CallBytesInAll) >= 7.0)
        .await;
    let held = || plugin.counted.get(connector::metrics::CALL_BYTES);
    assert!(held() <= 400_000.0, "{}", held());
    assert_eq!(engine.call::<i32>("echo", (1,)).await.unwrap(), 1);
    drop(halves);
    plugin.counted.until("all is given back", || held() == 0.0).await;
    plugin.end().await;
}

/// A plugin with a method that listens to three events, from that of a number on.
fn listener() -> LocalPlugin<Methods> {
    let listens = Methods::new().method("listen", |call: PluginCall| async move {
        let first: usize = call.arg(0)?;
        for n in first..first + 3 {
            call.client().on("other", &n.to_string(), |_| {});
        }
        Ok(())
    });
    LocalPlugin::new(Profile::new("a"), listens)
}

fn subscriptions(subscriptions: usize, dry_run: bool) -> PluginOptions {
    PluginOptions::new().limits(Limits { subscriptions, dry_run, ..Limits::default() })
}

#[tokio::test]
async fn subscriptions_in_an_engine() {
    for dry_run in BOTH {
        let counted = Counted::here();
        let engine = Engine::new();
        engine.register_with(listener(), subscriptions(2, dry_run)).unwrap();
        engine.call::<()>("a", "listen", (0,)).await.unwrap();
        assert_eq!(counted.reached(Limit::Subscriptions), 1.0);
    }
}

#[tokio::test]
async fn subscriptions_in_an_engine_whose_options_have_changed() {
    let counted = Counted::here();
    let engine = Engine::new();
    engine.register_with(listener(), subscriptions(5, false)).unwrap();
    engine.call::<()>("a", "listen", (0,)).await.unwrap();
    assert_eq!(counted.reached(Limit::Subscriptions), 0.0);
    engine.set_options("a", subscriptions(3, false));
    engine.call::<()>("a", "listen", (10,)).await.unwrap();
    assert_eq!(counted.reached(Limit::Subscriptions), 3.0);
}

#[tokio::test]
async fn messages_per_second_of_both_sides() {
    for dry_run in BOTH {
        let limits = || Limits { messages_per_second: 5, dry_run, ..Limits::default() };
        let plugin = Plugin::start(limits()).await;
        let started = tokio::time::Instant::now();
        let engine = plugin.engine((), PluginOptions::new().limits(limits())).await.unwrap();
        for n in 0..12 {
            assert_eq!(engine.call::<i32>("echo", (n,)).await.unwrap(), n, "none is lost");
        }
        if !dry_run {
            // The first second begins with the connection.
            assert!(started.elapsed() >= Duration::from_millis(1_500), "{:?}", started.elapsed());
        }
        // What a second brought is told by the first message behind it, once for each side.
        while plugin.counted.reached(Limit::MessagesPerSecond) < 2.0 {
            engine.call::<i32>("echo", (0,)).await.unwrap();
        }
        plugin.end().await;
    }
}

/// A plugin whose listeners take no texts.
struct Strict;

#[plugin(name = "strict")]
impl Strict {
    #[on("theme", "themeChanged")]
    fn theme_changed(&self, n: u32) {
        let _ = n;
    }
}

#[tokio::test]
async fn events_that_do_not_fit_do_not_fill_the_log() {
    let log = Log::here();
    let engine = Engine::new();
    let floods = Methods::new().method("flood", |call: PluginCall| async move {
        for n in 0..100 {
            call.client().emit("themeChanged", (format!("no {n}"),))?;
        }
        Ok(())
    });
    engine.register(LocalPlugin::new(Profile::new("theme"), floods)).unwrap();
    engine.register(LocalPlugin::of(Strict)).unwrap();
    engine.activate("strict").await.unwrap();
    let _listener = ThemePlugin::new(&engine).on_theme_changed(|_| {});
    engine.call::<()>("theme", "flood", ()).await.unwrap();
    let lines = RefCell::new(Vec::new());
    until("both have heard all", || {
        lines.borrow_mut().extend(log.take(Level::DEBUG));
        lines.borrow().iter().filter(|line: &&String| line.contains("no 99")).count() == 2
    })
    .await;
    let warned = log.take(Level::WARN);
    for what in ["an event does not fit", "an error that nobody gets"] {
        let told = warned.iter().filter(|line| line.starts_with(what)).count();
        assert_eq!(told, 5, "{what}");
    }
}
