//! Events in both directions.

use super::*;

fn methods(heard: &Heard) -> Methods {
    let on = heard.clone();
    let once = heard.clone();
    Methods::new()
        .method("emitEvent", |call: PluginCall| async move {
            let (event, args): (String, Vec<Payload>) = call.args()?;
            Ok(call.client().emit(&event, args)?)
        })
        .method("listenTo", move |call: PluginCall| {
            let callback = on.callback();
            async move {
                call.client().on("host", &call.arg::<String>(0)?, callback);
                Ok(())
            }
        })
        .method("onceTo", move |call: PluginCall| {
            let callback = once.callback();
            async move {
                call.client().once("host", &call.arg::<String>(0)?, callback);
                Ok(())
            }
        })
        .method("offFrom", |call: PluginCall| async move {
            call.client().off("host", &call.arg::<String>(0)?);
            Ok(())
        })
        .method("sync", |_| async { Ok(()) })
}

#[tokio::test]
async fn an_engine_hears_its_plugin() {
    let plugin = connected(methods(&Heard::default())).await;
    let heard = Heard::default();
    plugin.on("changed", |_| panic!("a listener that fails keeps nothing from others"));
    plugin.on("changed", heard.callback());
    plugin.call::<()>("emitEvent", ("changed", [1, 2])).await.unwrap();
    plugin.call::<()>("emitEvent", ("other", [3])).await.unwrap();
    plugin.call::<()>("emitEvent", ("changed", [0; 0])).await.unwrap();
    assert_eq!(heard.all(), ["[1,2]", "[]"]);
    plugin.off("changed");
    plugin.call::<()>("emitEvent", ("changed", [4])).await.unwrap();
    assert_eq!(heard.all().len(), 2);
}

#[tokio::test]
async fn each_listener_is_dropped_by_itself() {
    let plugin = connected(methods(&Heard::default())).await;
    let (dropped, mut drops) = tokio::sync::mpsc::unbounded_channel();
    for _ in 0..3 {
        let guard = PanicsWhenDropped(dropped.clone());
        plugin.on("changed", move |_| drop(guard.0.clone()));
    }
    plugin.off("changed");
    for _ in 0..3 {
        drops.try_recv().unwrap();
    }
    plugin.call::<()>("sync", ()).await.unwrap();
}

#[tokio::test]
async fn a_plugin_hears_what_it_listens_to() {
    let heard = Heard::default();
    let plugin = connected(methods(&heard)).await;
    assert!(!plugin.notify("host", "tick", (1,)).unwrap());
    plugin.call::<()>("listenTo", ("tick",)).await.unwrap();
    // The answer goes out before the subscription is known to be there.
    plugin.call::<()>("sync", ()).await.unwrap();
    assert!(plugin.notify("host", "tick", (2,)).unwrap());
    assert!(!plugin.notify("other", "tick", (3,)).unwrap());
    plugin.call::<()>("offFrom", ("tick",)).await.unwrap();
    plugin.call::<()>("sync", ()).await.unwrap();
    assert!(!plugin.notify("host", "tick", (4,)).unwrap());
    assert_eq!(heard.all(), ["[2]"]);
}

#[tokio::test]
async fn once_is_once() {
    let heard = Heard::default();
    let plugin = connected(methods(&heard)).await;
    plugin.call::<()>("onceTo", ("bell",)).await.unwrap();
    plugin.call::<()>("sync", ()).await.unwrap();
    plugin.notify("host", "bell", (1,)).unwrap();
    plugin.notify("host", "bell", (2,)).unwrap();
    plugin.call::<()>("sync", ()).await.unwrap();
    assert_eq!(heard.all(), ["[1]"]);
}

#[tokio::test]
async fn an_engine_can_replay_and_hear_everything() {
    #[derive(Clone, Default)]
    struct Memory(Heard);
    impl HostHandler for Memory {
        async fn call(&self, _: HostRequest) -> MethodResult {
            Ok(None)
        }
        fn emitted(&self, plugin: &str, key: &str, payload: &Arguments) {
            self.0.0.lock().unwrap().push(format!("{plugin} {key} {}", payload.as_payload()));
        }
        fn subscribed(&self, plugin: &str, name: &str, key: &str) -> Option<Arguments> {
            Some(Arguments::of(&(plugin, name, key)).unwrap())
        }
        fn methods_changed(&self, plugin: &str, methods: &[String]) {
            self.0.0.lock().unwrap().push(format!("{plugin} {}", methods.len()));
        }
    }
    let heard = Heard::default();
    let memory = Memory::default();
    let plugin = connected_to(methods(&heard), memory.clone()).await;
    plugin.call::<()>("listenTo", ("tick",)).await.unwrap();
    plugin.call::<()>("sync", ()).await.unwrap();
    plugin.call::<()>("emitEvent", ("changed", [1])).await.unwrap();
    assert_eq!(heard.all(), [r#"["remote","host","tick"]"#]);
    assert_eq!(memory.0.all(), ["remote 5", "remote changed [1]"]);
}

/// Runs when a callback that owns it is dropped, as the end of somebody's resource may.
struct AtDrop<F: Fn()>(F);

impl<F: Fn()> Drop for AtDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[tokio::test]
async fn callbacks_are_dropped_under_no_lock() {
    let heard = Heard::default();
    let plugin = connected(methods(&heard)).await;
    let (host, emit) = (plugin.clone(), heard.callback());
    let at_drop = AtDrop(move || {
        host.off("another");
        emit(Arguments::of(&("host",)).unwrap());
    });
    plugin.on("changed", move |_| _ = &at_drop);
    plugin.off("changed");
    assert_eq!(heard.all(), ["[\"host\"]"]);

    let (sent, mut clients) = tokio::sync::mpsc::unbounded_channel();
    let methods = Methods::new().activated(move |client| {
        sent.send(client).unwrap();
        async {}
    });
    let other = connected(methods).await;
    let client = clients.recv().await.unwrap();
    client.onload().await.unwrap();
    let tell = || {
        let (client, emit) = (client.clone(), heard.callback());
        let at_drop = AtDrop(move || {
            client.off("host", "another");
            emit(Arguments::of(&("plugin",)).unwrap());
        });
        move |_| _ = &at_drop
    };
    client.on("host", "off", tell());
    client.off("host", "off");
    let one = client.on("host", "one", tell());
    client.unlisten(one);
    client.on("host", "end", tell());
    client.close();
    client.closed().await;
    drop(other);
    while heard.all().len() < 4 {
        tokio::task::yield_now().await;
    }
}
