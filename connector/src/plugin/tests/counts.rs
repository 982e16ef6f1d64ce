//! Cases of the field with their counts: many at the start, many lost at once, many half-open.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream};
use tokio::time::Instant;

use super::*;

/// Messages of one write.
const AT_ONCE: usize = 51;
/// Plugins that are lost at once.
const FLOCK: usize = 1_000;

#[tokio::test]
async fn as_many_calls_as_come_in_one_write_are_answered() {
    let memory = Memory::default();
    let dialer = memory.dialer();
    let methods = Methods::new().method("echo", async |call: PluginCall| call.arg::<Payload>(0));
    tokio::spawn(serve(methods, memory));
    let mut engine: DuplexStream = dialer.dial().await.unwrap();
    let mut lines =
        r#"{"action":"request","key":"handshake","id":0,"payload":["p"],"name":"p"}"#.to_owned();
    for id in 1..=AT_ONCE {
        lines += &format!(
            "\n{{\"action\":\"request\",\"key\":\"echo\",\"id\":{id},\"payload\":[{id}],\"name\":\"p\"}}"
        );
    }
    lines.push('\n');
    engine.write_all(lines.as_bytes()).await.unwrap();
    let mut lines = BufReader::new(engine).lines();
    // The plugin's own handshake, and the answer to the engine's.
    for _ in 0..2 {
        lines.next_line().await.unwrap();
    }
    for id in 1..=AT_ONCE {
        let answer = lines.next_line().await.unwrap().unwrap();
        assert!(answer.contains(&format!(r#""id":{id},"payload":{id}"#)), "{id}: {answer}");
    }
}

/// The connector of plugins that are all lost at once.
struct OfFlock {
    profile: Profile,
    flock: Arc<Flock>,
}

#[derive(Default)]
struct Flock {
    clients: Mutex<Vec<PluginClient>>,
    dialed: Mutex<Vec<Instant>>,
}

impl PluginConnector for OfFlock {
    type Link = LocalLink;

    fn profile(&self) -> &Profile {
        &self.profile
    }

    async fn connect(&mut self, _: &str) -> Result<LocalLink, ConnectError> {
        self.flock.dialed.lock().unwrap().push(Instant::now());
        let (engine, plugin) = LocalLink::pair();
        let client = create_connector_client(plugin, None);
        self.flock.clients.lock().unwrap().push(client);
        Ok(engine)
    }
}

#[tokio::test(start_paused = true)]
async fn a_flock_that_is_lost_at_once_does_not_come_back_at_once() {
    let flock = Arc::<Flock>::default();
    let plugins: Vec<_> = (0..FLOCK)
        .map(|number| {
            let profile = Profile::new(format!("p{number}"));
            RemotePlugin::new(OfFlock { profile, flock: flock.clone() }, (), PluginOptions::new())
        })
        .collect();
    for plugin in &plugins {
        plugin.connect().await.unwrap();
    }
    let lost = Instant::now();
    flock.dialed.lock().unwrap().clear();
    for client in std::mem::take(&mut *flock.clients.lock().unwrap()) {
        client.close_for(CloseReason::Stopping);
    }
    for plugin in &plugins {
        plugin.wait_for(|status| *status != PluginStatus::Ready).await;
    }
    for plugin in &plugins {
        plugin.wait_for(|status| *status == PluginStatus::Ready).await;
    }
    // Each tries once, a second later and up to a half more.
    let dialed = flock.dialed.lock().unwrap();
    assert_eq!(dialed.len(), FLOCK);
    let mut moments = BTreeMap::new();
    for dialed in &*dialed {
        let after = dialed.duration_since(lost).as_millis();
        assert!((1_000..=1_510).contains(&after), "{after} ms");
        *moments.entry(after / 10).or_insert(0) += 1;
    }
    let most = moments.values().max().unwrap();
    assert!(*most < FLOCK / 10, "{most} within 10 ms: {moments:?}");
}

#[tokio::test(start_paused = true)]
async fn as_many_half_open_engines_as_there_may_be_keep_nobody_out() {
    let heard = Arc::<AtomicUsize>::default();
    let count = heard.clone();
    let methods = Methods::new().method("count", move |_: PluginCall| {
        let heard = count.fetch_add(1, Ordering::Relaxed);
        async move { Ok(heard) }
    });
    let dialer = serve_in_memory(methods);
    let mut silent = Vec::new();
    for _ in 0..256 {
        silent.push(dialer.dial().await.unwrap());
    }
    let start = Instant::now();
    for next in 0..3 {
        let plugin = remote(dialer.clone(), (), PluginOptions::new());
        plugin.connect().await.unwrap();
        assert_eq!(plugin.call::<usize>("count", ()).await.unwrap(), next);
        plugin.disconnect().await;
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
}
