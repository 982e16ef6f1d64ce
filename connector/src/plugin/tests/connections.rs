//! The beginnings, failures, reconnects and ends of connections.

use super::*;

/// A plugin whose connections a test can end, and what tells of each.
fn closable() -> (Methods, tokio::sync::mpsc::UnboundedReceiver<PluginClient>) {
    let (opened, clients) = tokio::sync::mpsc::unbounded_channel();
    let methods = Methods::new()
        .method("one", |_| async { Ok(1) })
        .method("never", |_| pending::<Result<(), PluginError>>())
        .activated(move |client| {
            opened.send(client).unwrap();
            async {}
        });
    (methods, clients)
}

#[tokio::test]
async fn a_lost_connection_comes_back_every_time() {
    let (methods, mut clients) = closable();
    let plugin = connected(methods).await;
    for _ in 0..3 {
        let client = clients.recv().await.unwrap();
        assert_eq!(client.onload().await.unwrap().name, "remote");
        let lose = async { client.close_for(CloseReason::Stopping) };
        let (never, ()) = tokio::join!(plugin.call::<()>("never", ()), lose);
        assert_eq!(error_of(never), "The connection to remote was lost before it answered");
        plugin.connect().await.unwrap();
        assert_eq!(plugin.call::<i32>("one", ()).await.unwrap(), 1);
    }
}

#[tokio::test]
async fn code_1000_ends_it() {
    let (methods, mut clients) = closable();
    let plugin = connected(methods).await;
    let client = clients.recv().await.unwrap();
    client.close();
    assert_eq!(client.closed().await, CloseReason::Requested);
    let status = plugin.wait_for(|status| !matches!(status, PluginStatus::Ready)).await;
    assert_eq!(status, PluginStatus::Ended(CloseReason::PeerClosed));
    assert_eq!(error_of(plugin.call::<()>("one", ()).await), "Plugin remote is not connected");
    assert!(client.onload().await.is_err());
    plugin.connect().await.unwrap();
    assert_eq!(plugin.call::<i32>("one", ()).await.unwrap(), 1);
}

#[tokio::test]
async fn a_disconnected_plugin_connects_again() {
    let (methods, mut clients) = closable();
    let plugin = connected(methods).await;
    let client = clients.recv().await.unwrap();
    plugin.disconnect().await;
    assert_eq!(plugin.status(), PluginStatus::Disconnected);
    assert_eq!(client.closed().await, CloseReason::PeerClosed);
    assert!(plugin.call::<()>("one", ()).await.is_err());
    plugin.connect().await.unwrap();
    plugin.connect().await.unwrap();
    assert_eq!(plugin.call::<i32>("one", ()).await.unwrap(), 1);
}

#[tokio::test]
async fn the_last_handle_takes_the_connection_along() {
    let (methods, mut clients) = closable();
    let plugin = connected(methods).await;
    let client = clients.recv().await.unwrap();
    drop(plugin);
    assert_eq!(client.closed().await, CloseReason::PeerClosed);
}

#[tokio::test]
async fn a_first_connection_that_fails_is_told() {
    let memory = Memory::default();
    let dialer = memory.dialer();
    drop(memory);
    let plugin = remote(dialer, (), PluginOptions::new());
    assert!(matches!(plugin.connect().await, Err(ConnectError::Lost(CloseReason::Lost { .. }))));
    assert_eq!(plugin.status(), PluginStatus::Disconnected);

    let connector = WebSocketPluginConnector::new(Profile::new("nowhere"));
    let nowhere = RemotePlugin::new(connector, (), PluginOptions::new());
    assert_eq!(nowhere.connect().await, Err(ConnectError::NoUrl));
}

#[tokio::test]
async fn a_plugin_that_stays_silent_is_not_connected() {
    let limits = crate::Limits { handshake: Duration::from_millis(20), ..crate::Limits::default() };
    // Nobody accepts from this one.
    let memory = Memory::default();
    let plugin = remote(memory.dialer(), (), PluginOptions::new().limits(limits));
    let late = ConnectError::Lost(CloseReason::HandshakeTimeout);
    assert_eq!(plugin.connect().await, Err(late));
}

#[tokio::test]
async fn a_plugin_stops_in_order() {
    let (methods, mut clients) = closable();
    let memory = Memory::default();
    let dialer = memory.dialer();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let listen = WebSocket::new(memory, WebOptions::new().text());
    let served = tokio::spawn(serve_until(methods, listen, ClientOptions::new(), async {
        let _ = stopped.await;
    }));
    let delay = Duration::from_secs(3600);
    let plugin = remote(dialer, (), PluginOptions::new().reconnect_delay(delay));
    plugin.connect().await.unwrap();
    let client = clients.recv().await.unwrap();
    stop.send(()).unwrap();
    served.await.unwrap().unwrap();
    assert_eq!(client.closed().await, CloseReason::Stopping);
    let status = plugin.wait_for(|status| matches!(status, PluginStatus::Lost(_))).await;
    let reason = "the server is stopping".to_owned();
    assert_eq!(status, PluginStatus::Lost(CloseReason::PeerClosedWith { code: 1001, reason }));
    plugin.disconnect().await;
}

#[tokio::test(start_paused = true)]
async fn a_plugin_that_is_dropped_drops_its_calls() {
    let (started, mut calls) = tokio::sync::mpsc::unbounded_channel();
    let methods = Methods::new().method("wait", move |_: PluginCall| {
        let started = started.clone();
        async move {
            let _ = started.send(());
            std::future::pending::<()>().await;
            drop(started);
            Ok(())
        }
    });
    let memory = Memory::default();
    let dialer = memory.dialer();
    let hour = Duration::from_secs(3600);
    let limits = crate::Limits { drain: hour, ..crate::Limits::default() };
    let listen = WebSocket::new(memory, WebOptions::new().text());
    let options = ClientOptions::new().limits(limits);
    let served = tokio::spawn(serve_until(methods, listen, options, std::future::pending()));
    let plugin = remote(dialer, (), PluginOptions::new());
    plugin.connect().await.unwrap();
    let calling = tokio::spawn(async move { plugin.call::<()>("wait", ()).await });
    assert_eq!(calls.recv().await, Some(()));
    served.abort();
    let dropped = tokio::time::timeout(hour / 60, calls.recv()).await;
    assert_eq!(dropped, Ok(None));
    calling.abort();
}

#[tokio::test]
async fn a_bad_url_is_not_a_lost_connection() {
    for (url, part) in [
        ("nonsense", "the port is missing"),
        ("http://127.0.0.1:1", "the scheme `http` is unknown"),
        ("tcp://127.0.0.1:1", "this dialer knows WebSockets only"),
        #[cfg(not(feature = "tls"))]
        ("wss://127.0.0.1:1", "TLS is not part of this program"),
    ] {
        let connector = WebSocketPluginConnector::new(Profile::new("remote").url(url));
        let plugin = RemotePlugin::new(connector, (), PluginOptions::new());
        let error = plugin.connect().await.unwrap_err();
        assert!(matches!(error, ConnectError::Url(_)), "{url}: {error:?}");
        let said = error.to_string();
        assert!(said.contains(part) && said.contains(url), "{said}");
        assert_eq!(plugin.status(), PluginStatus::Disconnected);
    }
}
