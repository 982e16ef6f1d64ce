//! The released Remix engine and plugin 0.3.44 against ours.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use connector::Listen;
use connector::plugin::{
    ClientOptions, HostRequest, MethodResult, Methods, PluginCall, PluginError, PluginOptions,
    RemotePlugin, SocketIoConnector, SocketIoPlugin, WebSocketPlugin, WebSocketPluginConnector,
    serve_until,
};
use connector::protocol::remix::{Arguments, Payload, Profile};
use connector::transport::SioDialer;
use connector_tests::peer::{Peers, Serving};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{sleep, timeout};

/// What a plugin heard, by plugin and event, since it last began to listen.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Payloads>>);

type Payloads = HashMap<(String, String), Vec<Arguments>>;

impl Heard {
    fn lock(&self) -> MutexGuard<'_, Payloads> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts the list of an event's payloads anew.
    fn record(&self, name: &str, event: &str) -> impl Fn(Arguments) + Send + Sync + use<> {
        let event = (name.to_owned(), event.to_owned());
        self.lock().insert(event.clone(), Vec::new());
        let heard = self.clone();
        move |payload| heard.lock().entry(event.clone()).or_default().push(payload)
    }
}

/// The method set of `peers/remix-plugin.js`.
fn remote() -> Methods {
    let heard = Heard::default();
    let (on, once, received) = (heard.clone(), heard.clone(), heard);
    Methods::new()
        .method("echo", |call: PluginCall| async move { call.arg::<Payload>(0) })
        .method("add", |call: PluginCall| async move {
            let (a, b): (f64, f64) = call.args()?;
            Ok(a + b)
        })
        .method("fail", |call: PluginCall| async move {
            Err::<(), _>(PluginError::new(call.arg::<String>(0)?))
        })
        .method("slow", |call: PluginCall| async move {
            sleep(Duration::from_millis(call.arg(0)?)).await;
            call.arg::<Payload>(1)
        })
        .method("none", |_| async { Ok(()) })
        .method("whoCalled", |call: PluginCall| async move { Ok(call.request_info().cloned()) })
        .method("callOther", |call: PluginCall| async move {
            let (path, method) = (call.arg::<String>(0)?, call.arg::<String>(1)?);
            let args = &call.payload().values()[2..];
            Ok(call.client().call::<Payload>(&path, &method, args).await?)
        })
        .method("callAndCancel", |call: PluginCall| async move {
            let wait = Duration::from_millis(call.arg(0)?);
            let (path, method) = (call.arg::<String>(1)?, call.arg::<String>(2)?);
            let args = &call.payload().values()[3..];
            let cancel = async {
                sleep(wait).await;
                call.client().cancel(&path, Some(&method));
            };
            let (ended, ()) =
                tokio::join!(call.client().call::<Value>(&path, &method, args), cancel);
            Ok(ended.unwrap_or_else(|error| error.to_string().into()))
        })
        .method("emitEvent", |call: PluginCall| async move {
            let event: String = call.arg(0)?;
            call.client().emit(&event, &call.payload().values()[1..])?;
            Ok(true)
        })
        .method("listenTo", move |call: PluginCall| {
            let heard = on.clone();
            async move {
                let (name, event) = call.args::<(String, String)>()?;
                call.client().on(&name, &event, heard.record(&name, &event));
                Ok(true)
            }
        })
        .method("onceTo", move |call: PluginCall| {
            let heard = once.clone();
            async move {
                let (name, event) = call.args::<(String, String)>()?;
                call.client().once(&name, &event, heard.record(&name, &event));
                Ok(true)
            }
        })
        .method("offFrom", |call: PluginCall| async move {
            let (name, event) = call.args::<(String, String)>()?;
            call.client().off(&name, &event);
            Ok(true)
        })
        .method("received", move |call: PluginCall| {
            let heard = received.clone();
            async move {
                let event = call.args::<(String, String)>()?;
                let heard = heard.lock();
                let payloads = heard.get(&event).into_iter().flatten();
                Ok(payloads.map(|payload| payload.as_payload().clone()).collect::<Vec<_>>())
            }
        })
}

#[tokio::test]
async fn the_released_engine_calls_our_plugin() {
    let Some(peers) = Peers::find() else { return };
    let mut listen = WebSocketPlugin::bind("127.0.0.1:0");
    let address = listen.start().await.unwrap().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let plugin = tokio::spawn(serve_until(remote(), listen, ClientOptions::new(), async {
        let _ = stopped.await;
    }));
    let summary = peers.check("remix-engine.js", &["--url", &format!("ws://{address}")]).await;
    summary.assert_passed();
    assert!(!summary.output.contains("\nskip "), "{}", summary.output);
    stop.send(()).unwrap();
    plugin.await.unwrap().unwrap();
}

#[tokio::test]
async fn the_released_engine_calls_our_plugin_over_socket_io() {
    let Some(peers) = Peers::find() else { return };
    for transport in ["websocket", "polling"] {
        let mut listen = SocketIoConnector::bind("127.0.0.1:0");
        Listen::bind(&mut listen).await.unwrap();
        let url = format!("http://{}", Listen::address(&listen).unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        let plugin = tokio::spawn(serve_until(remote(), listen, ClientOptions::new(), async {
            let _ = stopped.await;
        }));
        let arguments = ["--url", &url, "--socketio", transport];
        let summary = peers.check("remix-engine.js", &arguments).await;
        summary.assert_passed();
        assert!(summary.passed > 10, "{}", summary.output);
        stop.send(()).unwrap();
        plugin.await.unwrap().unwrap();
    }
}

/// What the plugin may call: `host`, as in `peers/remix-engine`.
async fn host(call: HostRequest) -> MethodResult {
    let from = &call.from;
    match (call.target(), call.method.as_str()) {
        ("host", "whoCalled") => {
            Ok(Some(Payload::of(&json!({ "from": from, "path": call.path }))?))
        }
        ("host", "echo") => Ok(call.payload.values().into_iter().next()),
        ("host", "fail") => Err(PluginError::new(call.payload.parse::<(String,)>()?.0)),
        ("host", "slow") => std::future::pending().await,
        (target, _) => Err(PluginError::new(format!("no {target}"))),
    }
}

async fn released_plugin(peers: &Peers, options: PluginOptions) -> (RemotePlugin, Serving) {
    let serving = peers.serve("remix-plugin.js", &["--port", "0"]).await;
    let url = format!("ws://127.0.0.1:{}", serving.port());
    let connector = WebSocketPluginConnector::new(Profile::new("remote").url(url));
    let plugin = RemotePlugin::new(connector, host, options);
    if let Err(error) = plugin.connect().await {
        panic!("{error}\n{}", serving.output());
    }
    (plugin, serving)
}

#[tokio::test]
async fn our_engine_calls_the_released_plugin() {
    let Some(peers) = Peers::find() else { return };
    let (plugin, serving) = released_plugin(&peers, PluginOptions::new()).await;
    assert!(plugin.methods().iter().any(|method| method == "echo"), "{}", serving.output());

    let value =
        json!({ "text": "héllo 漢字 😀 \"\\\n\0", "list": [1, null, [true, {}]], "n": 0.5 });
    assert_eq!(plugin.call::<Value>("echo", (&value,)).await.unwrap(), value);
    let long = "é漢😀".repeat(100_000);
    assert!(plugin.call::<String>("echo", (&long,)).await.unwrap() == long);
    assert_eq!(plugin.call::<i64>("add", (3, 4)).await.unwrap(), 7);
    plugin.call::<()>("none", ()).await.unwrap();
    assert_eq!(plugin.call::<String>("slow", (50, "x")).await.unwrap(), "x");
    let failed = plugin.call::<()>("fail", ("bööm 漢",)).await.unwrap_err();
    assert_eq!(failed.to_string(), "bööm 漢");
    let who: Value = plugin.call("whoCalled", ()).await.unwrap();
    assert_eq!(who, json!({ "from": "manager", "path": "remote" }));

    let calls = (0..100).map(|i| {
        let plugin = plugin.clone();
        tokio::spawn(async move { plugin.call::<i64>("add", (i, 1)).await.unwrap() })
    });
    for (i, sum) in calls.collect::<Vec<_>>().into_iter().enumerate() {
        assert_eq!(sum.await.unwrap(), i as i64 + 1);
    }
}

#[tokio::test]
async fn our_engine_calls_the_released_plugin_over_socket_io() {
    let Some(peers) = Peers::find() else { return };
    let serving = peers.serve("remix-plugin.js", &["--socketio"]).await;
    let url = format!("http://127.0.0.1:{}", serving.port());
    for dialer in [SioDialer::new(), SioDialer::new().polling(), SioDialer::new().upgrade()] {
        let profile = Profile::new("remote").url(&url);
        let connector = SocketIoPlugin::with_dialer(profile, dialer);
        let plugin = RemotePlugin::new(connector, host, PluginOptions::new());
        if let Err(error) = plugin.connect().await {
            panic!("{error}\n{}", serving.output());
        }
        let value = json!({ "text": "héllo 漢字 😀 \"\\\n\0", "list": [1, null, [true, {}]] });
        assert_eq!(plugin.call::<Value>("echo", (&value,)).await.unwrap(), value);
        let long = "é漢😀".repeat(100_000);
        assert!(plugin.call::<String>("echo", (&long,)).await.unwrap() == long);
        let failed = plugin.call::<()>("fail", ("bööm 漢",)).await.unwrap_err();
        assert_eq!(failed.to_string(), "bööm 漢");
        let who: Value = plugin.call("callOther", ("host", "whoCalled")).await.unwrap();
        assert_eq!(who, json!({ "from": "remote", "path": "host" }));
        plugin.disconnect().await;
    }
}

#[tokio::test]
async fn the_released_plugin_calls_back() {
    let Some(peers) = Peers::find() else { return };
    let (plugin, _serving) = released_plugin(&peers, PluginOptions::new()).await;
    let who: Value = plugin.call("callOther", ("host", "whoCalled")).await.unwrap();
    assert_eq!(who, json!({ "from": "remote", "path": "host" }));
    let value = json!({ "deep": ["é😀", null] });
    assert_eq!(plugin.call::<Value>("callOther", ("host", "echo", &value)).await.unwrap(), value);
    let failed = plugin.call::<()>("callOther", ("host", "fail", "boom-8")).await.unwrap_err();
    assert_eq!(failed.to_string(), "Error from IDE : boom-8");
    let ended: String = plugin.call("callAndCancel", (50, "host", "slow", 1)).await.unwrap();
    assert_eq!(ended, "[CANCEL] Canceled call slow from remote");
}

#[tokio::test]
async fn events_reach_both_sides() {
    let Some(peers) = Peers::find() else { return };
    let (plugin, _serving) = released_plugin(&peers, PluginOptions::new()).await;
    let (heard, mut events) = mpsc::unbounded_channel();
    plugin.on("changed", move |payload| heard.send(payload.as_payload().to_string()).unwrap());
    plugin.call::<bool>("emitEvent", ("changed", 1, "x")).await.unwrap();
    plugin.call::<bool>("emitEvent", ("changed",)).await.unwrap();
    assert_eq!(events.recv().await.unwrap(), r#"[1,"x"]"#);
    assert_eq!(events.recv().await.unwrap(), "[]");

    assert!(!plugin.notify("host", "tick", (0,)).unwrap());
    plugin.call::<bool>("listenTo", ("host", "tick")).await.unwrap();
    assert!(plugin.notify("host", "tick", (1, json!({ "a": "é😀" }))).unwrap());
    assert!(plugin.notify("host", "tick", ()).unwrap());
    let received: Value = plugin.call("received", ("host", "tick")).await.unwrap();
    assert_eq!(received, json!([[1, { "a": "é😀" }], []]));
    plugin.call::<bool>("offFrom", ("host", "tick")).await.unwrap();
    plugin.call::<()>("none", ()).await.unwrap();
    assert!(!plugin.notify("host", "tick", (2,)).unwrap());

    plugin.call::<bool>("onceTo", ("host", "bell")).await.unwrap();
    assert!(plugin.notify("host", "bell", (1,)).unwrap());
    assert!(!plugin.notify("host", "bell", (2,)).unwrap());
}

#[tokio::test]
async fn a_released_plugin_may_time_out_and_be_connected_again() {
    let Some(peers) = Peers::find() else { return };
    // Long enough for a busy machine to answer in. The late answer comes while the third waits.
    let options = PluginOptions::new().queue_timeout(Duration::from_secs(3));
    let (plugin, _serving) = released_plugin(&peers, options).await;
    let (late, sum) =
        tokio::join!(plugin.call::<()>("slow", (5_000, "x")), plugin.call::<i64>("add", (1, 2)),);
    assert!(late.unwrap_err().is_timeout());
    assert_eq!(sum.unwrap(), 3);
    // What plugin-ws never answers, since it is no method of its list.
    assert!(plugin.call::<()>("canDeactivate", ()).await.unwrap_err().is_timeout());

    timeout(Duration::from_secs(20), plugin.disconnect()).await.unwrap();
    assert!(plugin.call::<i64>("add", (1, 2)).await.is_err());
    plugin.connect().await.unwrap();
    assert_eq!(plugin.call::<i64>("add", (2, 3)).await.unwrap(), 5);
}
