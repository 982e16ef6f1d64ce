//! Stops, silent peers and floods: what ends in time, and what is not lost.

use std::io;
use std::net::SocketAddr;

use tokio::io::AsyncReadExt;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::by_hand::Hand;
use super::*;
use crate::connector::{Address, Listen, Peer, StartError};
use crate::link::{Inbox, Link, Opening};
use crate::{Limits, MaybeSend};

/// A plugin that is served until it is stopped.
struct Served {
    stop: oneshot::Sender<()>,
    served: JoinHandle<Result<(), StartError>>,
}

impl Served {
    fn start<L: Listen<Io: Link>>(methods: Methods, listen: L, limits: Limits) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let options = ClientOptions::new().limits(limits);
        let served = tokio::spawn(serve_until(methods, listen, options, async {
            let _ = stopped.await;
        }));
        Self { stop, served }
    }

    /// Stops the plugin, and returns the time that this takes.
    async fn stop(self) -> Duration {
        let start = Instant::now();
        self.stop.send(()).unwrap();
        self.served.await.unwrap().unwrap();
        start.elapsed()
    }
}

fn in_memory() -> (MemoryDialer, WebSocket<Memory>) {
    let memory = Memory::default();
    (memory.dialer(), WebSocket::new(memory, WebOptions::new().text()))
}

/// An engine that has connected to a plugin, and does not shake hands.
async fn upgraded(dialer: &MemoryDialer) -> (WebSocketLink<DuplexStream>, Inbox) {
    let mut link =
        WebSocketLink::client(dialer.dial().await.unwrap(), "memory", "/", true).unwrap();
    let mut inbox = Inbox::new(1 << 20);
    let mut peer = Peer::new("memory", Address::Unnamed);
    link.open(&mut Opening::new(&mut inbox, &mut peer)).await.unwrap();
    (link, inbox)
}

/// A method that waits for the gate.
fn gated() -> (Methods, Arc<Notify>, Arc<Notify>) {
    let (begun, gate) = (Arc::<Notify>::default(), Arc::<Notify>::default());
    let (begins, opens) = (begun.clone(), gate.clone());
    let methods = Methods::new().method("wait", move |_| {
        let (begins, opens) = (begins.clone(), opens.clone());
        async move {
            begins.notify_one();
            opens.notified().await;
            Ok("done")
        }
    });
    (methods, begun, gate)
}

#[tokio::test(start_paused = true)]
async fn running_calls_are_answered_when_a_plugin_stops() {
    let (methods, begun, gate) = gated();
    let (dialer, listen) = in_memory();
    let served = Served::start(methods, listen, Limits::default());
    let plugin = remote(dialer, (), PluginOptions::new());
    plugin.connect().await.unwrap();
    let caller = plugin.clone();
    let call = tokio::spawn(async move { caller.call::<String>("wait", ()).await });
    begun.notified().await;
    let stopping = tokio::spawn(served.stop());
    tokio::time::sleep(Duration::from_secs(1)).await;
    gate.notify_one();
    assert_eq!(call.await.unwrap().unwrap(), "done");
    assert!(stopping.await.unwrap() < Duration::from_secs(3));
}

/// A plugin whose hook for the deactivation takes a second.
struct Hooked {
    methods: Methods,
    hooks: Heard,
}

impl PluginMethods for Hooked {
    fn methods(&self) -> Vec<String> {
        self.methods.methods()
    }

    async fn call(&self, index: usize, call: PluginCall) -> MethodResult {
        self.methods.call(index, call).await
    }

    async fn deactivated(&self, _: PluginClient) -> Result<(), PluginError> {
        tokio::time::sleep(Duration::from_secs(1)).await;
        self.hooks.note("deactivated".to_owned());
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_stops_when_its_running_calls_are_answered() {
    let (methods, begun, gate) = gated();
    let (hooks, ran) = (Heard::default(), Heard::default());
    let methods = Hooked { methods, hooks: hooks.clone() };
    let (engine, link) = LocalLink::pair();
    let client = create_connector_client(link, Some(PluginClient::new(methods)));
    let mut hand = Hand::over(engine);
    hand.shake_hands().await;
    hand.send(r#"{"action":"request","name":"p","key":"wait","id":1,"payload":[]}"#);
    begun.notified().await;
    let (stopping, after) = (client.clone(), ran.clone());
    let stopped = tokio::spawn(async move {
        let reason = stopping.stop().await;
        after.note(format!("{reason:?} behind {:?}", hooks.all()));
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    hand.send(r#"{"action":"request","name":"p","key":"wait","id":2,"payload":[]}"#);
    let refused = hand.recv().await;
    assert_eq!(
        (refused.id, refused.error.unwrap().as_str()),
        (Some(2), r#""The plugin is stopping""#)
    );
    assert!(ran.all().is_empty(), "a call runs");
    gate.notify_one();
    let answer = hand.recv().await;
    assert_eq!((answer.id, answer.payload.unwrap().as_str()), (Some(1), r#""done""#));
    stopped.await.unwrap();
    assert_eq!(ran.all(), [r#"Stopping behind ["deactivated"]"#]);
}

#[tokio::test(start_paused = true)]
async fn a_client_stops_without_a_call_that_does_not_end() {
    let (methods, begun, _gate) = gated();
    let limits = Limits { drain: Duration::from_secs(3), ..Limits::default() };
    let client = PluginClient::with_options(methods, ClientOptions::new().limits(limits));
    let (engine, link) = LocalLink::pair();
    let client = create_connector_client(link, Some(client));
    let mut hand = Hand::over(engine);
    hand.shake_hands().await;
    hand.send(r#"{"action":"request","name":"p","key":"wait","id":1,"payload":[]}"#);
    begun.notified().await;
    let start = Instant::now();
    assert_eq!(client.stop().await, CloseReason::Stopping);
    assert_eq!(start.elapsed(), Duration::from_secs(3));
    // Again, and of one that was never connected.
    assert_eq!(client.stop().await, CloseReason::Stopping);
    let unconnected = PluginClient::new(());
    assert_eq!(unconnected.stop().await, CloseReason::Stopping);
    let (_engine, link) = LocalLink::pair();
    assert_eq!(unconnected.serve(link).await, CloseReason::Stopping);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_does_not_end_holds_up_a_stop_until_its_limit() {
    let (methods, begun, _gate) = gated();
    let (dialer, listen) = in_memory();
    let limits = Limits { drain: Duration::from_secs(3), ..Limits::default() };
    let served = Served::start(methods, listen, limits);
    let plugin = remote(dialer, (), PluginOptions::new());
    plugin.connect().await.unwrap();
    let caller = plugin.clone();
    let call = tokio::spawn(async move { caller.call::<String>("wait", ()).await });
    begun.notified().await;
    let stopped = served.stop().await;
    assert!(stopped >= Duration::from_secs(3) && stopped < Duration::from_secs(5), "{stopped:?}");
    assert_eq!(
        error_of(call.await.unwrap()),
        "The connection to remote was lost before it answered"
    );
}

#[tokio::test(start_paused = true)]
async fn silent_connections_hold_up_no_stop() {
    let (dialer, listen) = in_memory();
    let served = Served::start(Methods::new(), listen, Limits::default());
    let _silent = dialer.dial().await.unwrap();
    let _upgraded = upgraded(&dialer).await;
    let stopped = served.stop().await;
    assert!(stopped <= Duration::from_secs(1), "{stopped:?}");
}

#[tokio::test(start_paused = true)]
async fn a_silent_engine_is_told_of_the_deadline_and_of_a_stop() {
    for (stops, code, text) in [
        (false, 1008, "the handshake did not finish in time"),
        (true, 1001, "the server is stopping"),
    ] {
        let (dialer, listen) = in_memory();
        let served = Served::start(Methods::new(), listen, Limits::default());
        let (mut link, mut inbox) = upgraded(&dialer).await;
        let start = Instant::now();
        let told = async move {
            loop {
                match poll_fn(|cx| link.poll_recv(cx, &mut inbox)).await {
                    // The plugin's first message, which is not answered.
                    Ok(()) => inbox.forget_packages(),
                    Err(reason) => return reason,
                }
            }
        };
        let reason = if stops {
            tokio::join!(told, served.stop()).0
        } else {
            let reason = told.await;
            served.stop().await;
            reason
        };
        assert_eq!(reason, CloseReason::PeerClosedWith { code, reason: text.to_owned() });
        assert!(start.elapsed() < Duration::from_secs(if stops { 1 } else { 11 }));
    }
}

#[tokio::test(start_paused = true)]
async fn half_open_engines_lock_nobody_out() {
    let (dialer, listen) = in_memory();
    let limits = Limits { connections: 2, ..Limits::default() };
    let methods = Methods::new().method("one", |_| async { Ok(1) });
    let served = Served::start(methods, listen, limits);
    let mut silent = Vec::new();
    for _ in 0..10 {
        silent.push(dialer.dial().await.unwrap());
    }
    let plugin = remote(dialer, (), PluginOptions::new());
    let start = Instant::now();
    plugin.connect().await.unwrap();
    assert_eq!(plugin.call::<i32>("one", ()).await.unwrap(), 1);
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(silent[0].read(&mut [0]).await.unwrap(), 0, "the first made room");
    served.stop().await;
}

/// A listener whose connections come from the same address.
struct FromOne<L>(L, SocketAddr);

impl<L: Listen> Listen for FromOne<L> {
    type Io = L::Io;

    fn bind(&mut self) -> impl Future<Output = Result<(), StartError>> + MaybeSend {
        self.0.bind()
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(L::Io, Peer)>> {
        let accepted = self.0.poll_accept(cx);
        accepted.map_ok(|(io, _)| (io, Peer::new("memory", self.1)))
    }

    fn close(&mut self) {
        self.0.close();
    }

    fn address(&self) -> Option<Address> {
        self.0.address()
    }
}

#[tokio::test]
async fn engines_are_limited_by_address() {
    let (dialer, listen) = in_memory();
    let limits = Limits { connections_per_address: 1, ..Limits::default() };
    let listen = FromOne(listen, "203.0.113.1:1".parse().unwrap());
    let served = Served::start(Methods::new(), listen, limits);
    let first = remote(dialer.clone(), (), PluginOptions::new());
    first.connect().await.unwrap();
    let second = remote(dialer.clone(), (), PluginOptions::new());
    assert!(matches!(second.connect().await, Err(ConnectError::Lost(_))));
    first.disconnect().await;
    let third = remote(dialer, (), PluginOptions::new());
    while third.connect().await.is_err() {
        tokio::task::yield_now().await;
    }
    served.stop().await;
}

/// A listener that can never accept, as of a process without file descriptors.
struct Fails(Arc<Mutex<u32>>);

impl Listen for Fails {
    type Io = WebSocketLink<DuplexStream>;

    async fn bind(&mut self) -> Result<(), StartError> {
        Ok(())
    }

    fn poll_accept(&mut self, _: &mut Context<'_>) -> Poll<io::Result<(Self::Io, Peer)>> {
        *self.0.lock().unwrap() += 1;
        Poll::Ready(Err(io::ErrorKind::Other.into()))
    }

    fn close(&mut self) {}

    fn address(&self) -> Option<Address> {
        None
    }
}

#[tokio::test(start_paused = true)]
async fn failed_accepts_back_off_and_hold_up_no_stop() {
    let tries = Arc::default();
    let served = Served::start(Methods::new(), Fails(Arc::clone(&tries)), Limits::default());
    tokio::time::sleep(Duration::from_millis(10_500)).await;
    // Eight waits that double to 1,275 ms in all, then one a second.
    assert_eq!(*tries.lock().unwrap(), 8 + 10);
    assert_eq!(served.stop().await, Duration::ZERO);
}

/// A plugin that shakes hands and then reads nothing: its end of the stream, and the
/// engine's handle.
pub(super) async fn deaf_plugin() -> (DuplexStream, RemotePlugin) {
    let mut memory = Memory::default();
    memory.bind().await.unwrap();
    let plugin = remote(memory.dialer(), (), PluginOptions::new());
    let shake_hands = async {
        let (mut stream, _) = poll_fn(|cx| memory.poll_accept(cx)).await.unwrap();
        let mut link = WebSocketLink::server(&mut stream, WebOptions::new().text());
        let mut inbox = Inbox::new(1 << 20);
        let mut peer = Peer::new("memory", Address::Unnamed);
        link.open(&mut Opening::new(&mut inbox, &mut peer)).await.unwrap();
        link.recv(&mut inbox).await.unwrap();
        let answer =
            br#"{"action":"response","name":"remote","key":"handshake","id":0,"payload":["x"]}"#;
        link.send(answer).await.unwrap();
        drop(link);
        stream
    };
    let (connected, stream) = tokio::join!(plugin.connect(), shake_hands);
    connected.unwrap();
    (stream, plugin)
}

#[tokio::test(start_paused = true)]
async fn a_disconnect_closes_the_socket_of_a_deaf_plugin() {
    let (mut stream, plugin) = deaf_plugin().await;
    let long = "x".repeat(1 << 20);
    let caller = plugin.clone();
    let call = tokio::spawn(async move {
        let failed = error_of(caller.call::<()>("x", (long,)).await);
        (failed, caller.status())
    });
    tokio::task::yield_now().await;
    plugin.disconnect().await;
    let mut sent = Vec::new();
    stream.read_to_end(&mut sent).await.unwrap();
    assert!(sent.len() < 1 << 20, "the rest is dropped");
    let (failed, status) = call.await.unwrap();
    assert_eq!(failed, "The connection to remote was lost before it answered");
    assert_eq!(status, PluginStatus::Disconnected);
}

#[tokio::test(start_paused = true)]
async fn a_slow_plugin_gets_the_last_messages() {
    let (mut stream, plugin) = deaf_plugin().await;
    let long = "x".repeat(1 << 20);
    let caller = plugin.clone();
    tokio::spawn(async move { caller.call::<()>("x", (long,)).await });
    tokio::task::yield_now().await;
    let start = Instant::now();
    let read = async {
        let mut sent = Vec::new();
        let mut part = vec![0; 100_000];
        while let size @ 1.. = stream.read(&mut part).await.unwrap() {
            sent.extend_from_slice(&part[..size]);
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        sent
    };
    let (sent, ()) = tokio::join!(read, plugin.disconnect());
    assert!(sent.len() > 1 << 20, "{} bytes", sent.len());
    assert!(start.elapsed() > Duration::from_secs(10), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_call_fails_only_when_the_plugin_is_not_ready() {
    let (stream, plugin) = deaf_plugin().await;
    let caller = plugin.clone();
    let call = tokio::spawn(async move {
        let failed = caller.call::<()>("x", ()).await;
        (failed.is_err(), caller.status())
    });
    tokio::task::yield_now().await;
    plugin.disconnect().await;
    assert_eq!(call.await.unwrap(), (true, PluginStatus::Disconnected));
    drop(stream);
}

#[tokio::test(start_paused = true)]
async fn reconnects_back_off_and_give_up() {
    let (dialer, listen) = in_memory();
    let served = Served::start(Methods::new(), listen, Limits::default());
    let plugin = remote(dialer, (), PluginOptions::new().reconnect_attempts(3));
    plugin.connect().await.unwrap();
    served.stop().await;
    let start = Instant::now();
    let ended = plugin.wait_for(|status| matches!(status, PluginStatus::Ended(_))).await;
    assert!(matches!(ended, PluginStatus::Ended(CloseReason::Lost { .. })), "{ended:?}");
    let tried = start.elapsed();
    assert!(tried >= Duration::from_secs(1 + 2 + 4), "{tried:?}");
    assert!(tried < Duration::from_millis(1_500 + 3_000 + 6_000), "{tried:?}");
}

#[tokio::test(start_paused = true)]
async fn a_plugin_that_dies_after_each_handshake_is_given_up() {
    let memory = Memory::default();
    let dialer = memory.dialer();
    let methods = Methods::new().activated(|client| async move { client.close() });
    tokio::spawn(serve(methods, memory));
    let connector = DialedPlugin::by_lines(Profile::new("remote"), dialer);
    let options = PluginOptions::new().reconnect_attempts(3);
    let plugin = RemotePlugin::new(connector, (), options);
    let start = Instant::now();
    plugin.connect().await.unwrap();
    let ended = plugin.wait_for(|status| matches!(status, PluginStatus::Ended(_))).await;
    assert_eq!(ended, PluginStatus::Ended(CloseReason::PeerClosed));
    let tried = start.elapsed();
    assert!(tried >= Duration::from_secs(1 + 2 + 4), "{tried:?}");
}
