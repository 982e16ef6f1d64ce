//! Sessions of pomelo, and plugins.

use connector::client::ConnectionState;
use connector::plugin::{
    ClientOptions, DialedPlugin, Engine, LineDialer, Methods, PluginCall, Profile, serve_until,
};
use connector::transport::SharedMemoryDialer;
use connector::{DialError, StartError};
use tokio::sync::oneshot;

use super::*;

#[tokio::test]
async fn a_client_has_all_that_it_has_over_other_transports() {
    let served =
        Served::with(|memory| memory, |server| server.heartbeat(Duration::from_secs(1))).await;
    let client = Client::builder().connect(&served.directory.url()).await.unwrap();
    assert_eq!(client.peer().transport, "shared-memory");
    for letters in [0, 10, 4_000, 16_380, 16_400, 70_000, 300_000, 600_000, 5] {
        comes("the text comes back", echoes(&client, letters)).await;
    }
    let memory: Vec<_> = segments(&served.directory.places());
    let data = |path: &&PathBuf| path.extension().is_some_and(|ending| ending == "data");
    assert_eq!(memory.iter().filter(data).count(), 2, "both directions have memory: {memory:?}");

    // Small and large ones keep their order.
    let mut pushes = client.pushes::<Json<(usize, String)>>("onPush");
    for letters in [100, 40_000, 17] {
        let route = "connector.entryHandler.push";
        let _: Value = client.request(route, Json((30, letters))).await.unwrap();
        for n in 0..30 {
            let Json(push) = comes("a push arrives", pushes.next()).await.unwrap().unwrap();
            assert_eq!((push.0, push.1.len()), (n, letters));
        }
    }
    let asks = (0..200).map(|n| echoes(&client, n * 500));
    comes("all come back", futures_util::future::join_all(asks)).await;

    client.notify("connector.entryHandler.leave", ()).await.unwrap();
    let kicked = comes("the kick arrives", client.closed()).await;
    assert_eq!(kicked, CloseReason::Kicked(Some("gone".into())));
    assert_eq!(served.reason().await, CloseReason::Kicked(Some("gone".into())));
    let other = served.client().await;
    echoes(&other, 100_000).await;
    other.close().await;
    assert_eq!(served.reason().await, CloseReason::PeerClosed);

    let places = served.directory.places();
    served.server.handle().stop().await;
    until("its files are gone", || {
        served.directory.places().is_empty() && segments(&places).is_empty()
    })
    .await;
}

#[tokio::test]
async fn a_package_beyond_the_limit_is_refused_though_it_has_arrived() {
    let limits = Limits { package: 50_000, ..Limits::default() };
    let served = Served::with(|memory| memory, |server| server.limits(limits)).await;
    let bystander = served.client().await;
    let client = served.client().await;
    let sent = client.request::<Value>(ECHO, Json("x".repeat(400_000))).await;
    assert!(sent.is_err(), "{sent:?}");
    assert!(matches!(served.reason().await, CloseReason::TooLarge { limit: 50_000, .. }));
    let closed = comes("the client is closed", client.closed()).await;
    // 1009 is the code of a message that is too large.
    assert!(matches!(closed, CloseReason::PeerClosedWith { code: 1009, .. }), "{closed}");
    echoes(&bystander, 40_000).await;
}

#[tokio::test]
async fn a_stopping_server_says_so() {
    let served = Served::start().await;
    let client = Client::builder().connect(&served.directory.url()).await.unwrap();
    echoes(&client, 100_000).await;
    let mut states = client.states();
    served.server.handle().stop().await;
    loop {
        let state = comes("the end is seen", states.next()).await.unwrap();
        if let ConnectionState::Lost { reason, .. } | ConnectionState::Closed(reason) = state {
            let is_told = matches!(reason, CloseReason::PeerClosedWith { code: 1001, .. });
            assert!(is_told || matches!(reason, CloseReason::Kicked(_)), "{reason}");
            break;
        }
    }
}

#[tokio::test]
async fn a_plugin_is_called_in_lines() {
    let directory = Directory::new();
    let (stop, stopped) = oneshot::channel::<()>();
    let methods = Methods::new().method("repeat", async |call: PluginCall| call.arg::<String>(0));
    let mut memory = SharedMemory::from(directory.socket());
    memory.bind().await.unwrap();
    let serving = tokio::spawn(serve_until(methods, memory, ClientOptions::new(), async {
        let _ = stopped.await;
    }));
    let engine = Engine::new();
    let profile = Profile::new("words").url(directory.url());
    let dialer = LineDialer::new(SharedMemoryDialer::new());
    engine.register(DialedPlugin::new(profile, dialer)).unwrap();
    comes("it is active", engine.activate("words")).await.unwrap();
    for letters in [1, 10_000, 500_000, 2] {
        let text = "é".repeat(letters);
        let back: String =
            comes("it answers", engine.call("words", "repeat", (&text,))).await.unwrap();
        assert!(back == text);
    }
    assert!(engine.deactivate("words").await);
    stop.send(()).unwrap();
    comes("it stops", serving).await.unwrap().unwrap();
    until("its files are gone", || directory.places().is_empty()).await;
}

#[tokio::test]
async fn urls_and_places_that_cannot_be_used_are_told() {
    let directory = Directory::new();
    let failed = Client::builder().reconnect(Reconnect::never()).connect(&directory.url()).await;
    let text = failed.err().unwrap().to_string();
    assert!(text.contains("a.sock"), "{text}");
    let dialed = connector::Dial::connect(&SharedMemoryDialer::new(), "tcp://a:1").await;
    let Err(error @ DialError::Url { .. }) = dialed else { panic!("a URL of TCP") };
    assert!(error.to_string().contains("write `shm:///path`"), "{error}");

    let served = Served::start().await;
    let again = Server::builder().connector(SharedMemoryConnector::bind(served.directory.socket()));
    let again = again.start().await;
    assert!(again.is_err_and(|error| error.to_string().contains("in use")));
    let nowhere = directory.0.join("nowhere/a.sock");
    let mut listener = SharedMemory::from(nowhere);
    let bound = connector::Listen::bind(&mut listener).await;
    assert!(matches!(bound, Err(StartError::NoDirectory(_))), "{bound:?}");
}
