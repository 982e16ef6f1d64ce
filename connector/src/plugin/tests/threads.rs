//! An engine and a plugin in two threads, each with a runtime of its own.

use std::thread::{self, JoinHandle, ThreadId};

use super::*;

/// No wait takes as long unless the test fails.
const LONG: Duration = Duration::from_secs(30);

/// The engine's end of a pair of links.
struct Other {
    profile: Profile,
    link: Option<LocalLink>,
}

impl PluginConnector for Other {
    type Link = LocalLink;

    fn profile(&self) -> &Profile {
        &self.profile
    }

    async fn connect(&mut self, _: &str) -> Result<LocalLink, ConnectError> {
        Ok(self.link.take().ok_or(CloseReason::PeerClosed)?)
    }
}

/// Runs work in a thread of its own.
fn in_thread<F: Future<Output: Send>>(
    work: impl FnOnce() -> F + Send + 'static,
) -> JoinHandle<F::Output>
where
    F::Output: 'static,
{
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let worked = runtime.block_on(async { tokio::time::timeout(LONG, work()).await });
        worked.expect("the thread's work ends")
    })
}

fn thread_id() -> String {
    named(thread::current().id())
}

fn named(thread: ThreadId) -> String {
    format!("{thread:?}")
}

/// A plugin that calls `host`, emits `told`, and hears the host's `tick`.
fn plugin(heard: &Heard) -> Methods {
    let (listener, heard) = (heard.clone(), heard.clone());
    Methods::new()
        .method("thread", async |_| Ok(thread_id()))
        .method("ask", async |call: PluginCall| {
            let n: u32 = call.arg(0)?;
            Ok(call.client().call::<Payload>("host", "add", (n, 1)).await?)
        })
        .method("tell", async |call: PluginCall| {
            call.client().emit("told", (call.arg::<u32>(0)?,))?;
            Ok(())
        })
        .method("heard", move |_| {
            let heard = heard.all();
            async { Ok(heard) }
        })
        .activated(move |client| {
            client.on("host", "tick", listener.callback());
            async {}
        })
}

fn host() -> Methods {
    Methods::new()
        .method("add", async |call: PluginCall| {
            let (a, b): (u32, u32) = call.args()?;
            Ok((a + b, thread_id()))
        })
        .method("fire", async |call: PluginCall| {
            call.client().emit("tick", (call.arg::<u32>(0)?,))?;
            Ok(())
        })
}

#[test]
fn calls_and_events_cross_threads_both_ways() {
    let (near, far) = LocalLink::pair();
    let plugin = in_thread(|| async {
        let heard = Heard::default();
        PluginClient::new(plugin(&heard)).serve(far).await
    });
    let there = named(plugin.thread().id());
    let engine = in_thread(|| async {
        let here = thread_id();
        let engine = Engine::new();
        engine.register(LocalPlugin::new(Profile::new("host"), host())).unwrap();
        engine.register(Other { profile: Profile::new("far"), link: Some(near) }).unwrap();
        engine.activate("host").await.unwrap();
        engine.activate("far").await.unwrap();
        let told = Heard::default();
        engine.on("far", "told", told.callback());
        let plugin_thread: String = engine.call("far", "thread", ()).await.unwrap();
        for n in 0..100 {
            let asked: (u32, String) = engine.call("far", "ask", (n,)).await.unwrap();
            assert_eq!(asked, (n + 1, here.clone()));
            engine.call::<()>("far", "tell", (n,)).await.unwrap();
            engine.call::<()>("host", "fire", (n,)).await.unwrap();
        }
        let numbers: Vec<_> = (0..100).map(|n| format!("[{n}]")).collect();
        assert_eq!(told.all(), numbers);
        let heard: Vec<String> = engine.call("far", "heard", ()).await.unwrap();
        assert_eq!(heard, numbers);
        engine.deactivate("far").await;
        plugin_thread
    });
    assert_eq!(engine.join().unwrap(), there);
    assert_eq!(plugin.join().unwrap(), CloseReason::PeerClosed);
}
