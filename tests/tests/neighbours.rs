//! An engine with many plugins, of which a part misbehaves, serves the others within bounded
//! memory, and keeps nothing of those that have gone: 100 plugins of which 15 misbehave, and in
//! the long form 1,000 of which 100 do. Time is paused, so that seconds of it are over soon.
#![allow(clippy::unwrap_used)]

use std::future::{pending, poll_fn};
use std::time::Duration;

use connector::Limits;
use connector::plugin::{
    ConnectError, Engine, LocalLink, LocalPlugin, MessageIo, MessageLink, Methods, PluginCall,
    PluginConnector, PluginOptions,
};
use connector::protocol::remix::{Message, Profile};
use connector_tests::long::is_long;
use futures_util::future::join_all;
use peak_alloc::PeakAlloc;
use tokio::time::{sleep, timeout};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// The subscriptions of a plugin that hoards, of which it gets 4,096.
const SUBSCRIPTIONS: usize = 5_000;
/// The calls that a plugin that hoards begins with, of which 1,024 run.
const CALLS: usize = 1_100;

/// The plugins that behave.
fn good() -> usize {
    if is_long() { 900 } else { 85 }
}

/// The plugins with each vice.
fn bad() -> usize {
    if is_long() { 20 } else { 3 }
}

/// Calls of each good plugin in a round: 18,000 of all in the long form, as were counted in the
/// field.
fn calls() -> i64 {
    if is_long() { 20 } else { 4 }
}

/// How a plugin misbehaves.
#[derive(Clone, Copy)]
enum Vice {
    /// It answers nothing but the handshake.
    Silent,
    /// It emits 200 events a second, to which others listen.
    Floods,
    /// It leaves 50 milliseconds after each handshake.
    Dies,
    /// It answers with ids of other calls, of none, twice and too late.
    Lies,
    /// It takes calls and never answers, keeps calling the first one of its kind, and listens to
    /// everything.
    Hoards,
}

struct Bad {
    profile: Profile,
    vice: Vice,
}

impl PluginConnector for Bad {
    type Link = LocalLink;

    fn profile(&self) -> &Profile {
        &self.profile
    }

    async fn connect(&mut self, _: &str) -> Result<LocalLink, ConnectError> {
        let (engine, link) = LocalLink::pair();
        let end = End { link, io: MessageIo::new(&Limits::default()) };
        tokio::spawn(misbehave(end, self.vice));
        Ok(engine)
    }
}

/// The plugin's end of a connection.
struct End {
    link: LocalLink,
    io: MessageIo,
}

impl End {
    /// Returns `None` at the end of the connection.
    async fn recv(&mut self) -> Option<Message> {
        poll_fn(|cx| self.link.poll_message(cx, &mut self.io)).await.ok()
    }

    fn send(&mut self, text: &str) -> Option<()> {
        self.link.send_message(Message::decode(text.as_bytes()).unwrap(), &mut self.io).ok()
    }

    fn answer(&mut self, id: i64, payload: &str) -> Option<()> {
        self.send(&format!(r#"{{"action":"response","id":{id},"payload":{payload}}}"#))
    }
}

async fn misbehave(mut end: End, vice: Vice) -> Option<()> {
    let handshake = end.recv().await?.id?;
    end.answer(handshake, r#"["add"]"#)?;
    match vice {
        Vice::Silent => while end.recv().await.is_some() {},
        Vice::Dies => sleep(Duration::from_millis(50)).await,
        Vice::Floods => loop {
            end.send(r#"{"action":"emit","key":"news","payload":["xxxxxxxxxxxxxxxxxxxxxxxx"]}"#)?;
            let _ = timeout(Duration::from_millis(5), end.recv()).await;
        },
        Vice::Lies => loop {
            let id = end.recv().await?.id?;
            for id in [id + 1, -1, 1 << 52, 0] {
                end.answer(id, "13")?;
            }
            end.send(&format!(r#"{{"action":"response","id":"{id}","payload":13}}"#))?;
            end.answer(id, "7")?;
            end.answer(id, "13")?;
        },
        Vice::Hoards => {
            for n in 0..SUBSCRIPTIONS {
                end.send(&format!(r#"{{"action":"on","name":"floods{n}","key":"news"}}"#))?;
            }
            let mut calls = CALLS;
            loop {
                for id in 0..calls {
                    end.send(&format!(
                        r#"{{"action":"request","name":"hoards0","key":"add","id":{id},"payload":[3,4]}}"#
                    ))?;
                }
                calls = 5;
                let reads = async { while end.recv().await.is_some() {} };
                let _ = timeout(Duration::from_millis(50), reads).await;
            }
        }
    }
    Some(())
}

fn well_behaved(name: String, listens: bool) -> LocalPlugin<Methods> {
    let methods = Methods::new()
        .method("add", |call: PluginCall| async move {
            let (a, b): (i64, i64) = call.args()?;
            Ok(a + b)
        })
        .activated(move |client| async move {
            if listens {
                for n in 0..bad() {
                    client.on(&format!("floods{n}"), "news", |_| {});
                }
            }
        });
    LocalPlugin::new(Profile::new(name), methods)
}

fn add_all(engine: &Engine) {
    for n in 0..good() {
        engine.register(well_behaved(format!("good{n}"), n < 4)).unwrap();
    }
    let vices = [
        ("silent", Vice::Silent),
        ("floods", Vice::Floods),
        ("dies", Vice::Dies),
        ("lies", Vice::Lies),
        ("hoards", Vice::Hoards),
    ];
    let options = PluginOptions::new()
        .queue_timeout(Duration::from_millis(500))
        .reconnect_delay(Duration::from_millis(100))
        .longest_reconnect_delay(Duration::from_secs(1));
    for (name, vice) in vices {
        for n in 0..bad() {
            let profile = Profile::new(format!("{name}{n}"));
            engine.register_with(Bad { profile, vice }, options.clone()).unwrap();
        }
    }
}

/// Calls everybody at once. Good plugins and liars answer right, whatever the others do.
async fn round(engine: &Engine, round: i64) {
    let good = (0..good()).map(|n| async move {
        for call in 0..calls() {
            let sum = engine.call::<i64>(&format!("good{n}"), "add", (round, call)).await;
            assert_eq!(sum.unwrap(), round + call);
        }
    });
    let lies = (0..bad()).map(|n| async move {
        let sum = engine.call::<i64>(&format!("lies{n}"), "add", (3, 4)).await;
        assert_eq!(sum.unwrap(), 7, "the answer with its own id");
    });
    let silent = (0..bad()).map(|n| async move {
        let sum = engine.call::<i64>(&format!("silent{n}"), "add", (3, 4)).await;
        assert!(sum.unwrap_err().is_timeout());
    });
    // They may or may not be there.
    let dies = (0..bad()).map(|n| async move {
        engine.call::<i64>(&format!("dies{n}"), "add", (3, 4)).await.unwrap_err();
    });
    // Its own kind calls the first one without end, and keeps nobody else from calling it.
    let hoards = (0..bad()).map(|n| async move {
        let name = format!("hoards{n}");
        let sum = engine.call::<i64>(&name, "add", (3, 4));
        match timeout(Duration::from_secs(1), sum).await {
            Ok(sum) => assert!(sum.unwrap_err().is_timeout()),
            Err(_) => assert_eq!(n, 0, "nobody else is called as much"),
        }
    });
    let all = async {
        tokio::join!(
            join_all(good),
            join_all(lies),
            join_all(silent),
            join_all(dies),
            join_all(hoards)
        );
    };
    timeout(Duration::from_secs(2), all).await.expect("nobody waits for the bad ones");
}

#[tokio::test(start_paused = true)]
async fn many_plugins_of_which_some_misbehave() {
    let before = ALLOCATOR.current_usage();
    let engine = Engine::new();
    come_and_go(&engine).await;
    // What the first have made the runtime and the engine keep serves the second ones.
    let kept = ALLOCATOR.current_usage();
    come_and_go(&engine).await;
    let left = ALLOCATOR.current_usage().saturating_sub(kept);
    println!("{kept} bytes are kept behind the first plugins, and {left} more behind the second");
    assert!(left < 16 << 10, "{left} bytes are left of the plugins");
    drop(engine);
    let _ = timeout(Duration::from_secs(1), pending::<()>()).await;
    let left = ALLOCATOR.current_usage().saturating_sub(before);
    println!("{left} bytes are left behind the engine");
    assert!(left < 1 << 20, "{left} bytes are left of the engine");
}

/// Adds all plugins, uses them and removes them.
async fn come_and_go(engine: &Engine) {
    add_all(engine);
    let names: Vec<_> = engine.profiles().into_iter().map(|profile| profile.name).collect();
    assert_eq!(names.len(), 1 + good() + 5 * bad(), "with the manager");
    let activated = join_all(names.iter().map(|name| engine.activate(name))).await;
    assert!(activated.iter().all(Result::is_ok), "{activated:?}");
    for n in 0..2 {
        round(engine, n).await;
        sleep(Duration::from_millis(500)).await;
    }
    let held = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    for n in 0..3 {
        round(engine, n).await;
        sleep(Duration::from_millis(500)).await;
    }
    let (grown, most) = (ALLOCATOR.current_usage().saturating_sub(held), ALLOCATOR.peak_usage());
    println!("{held} bytes are held by {} plugins; {grown} more after three rounds", names.len());
    assert!(grown < 1 << 20, "{grown} bytes more are held");
    assert!(most - held < 8 << 20, "{} bytes more at once", most - held);
    // Channels keep blocks of 32 messages; those that hoard have subscriptions and calls.
    let most = names.len() * (64 << 10) + bad() * (4 << 20);
    assert!(held < most, "{} plugins hold {held} bytes", names.len());
    let active = names.iter().filter(|name| engine.is_active(name)).count();
    assert!(active > good() + 4 * bad());
    nothing_is_left(engine, &names).await;
}

/// Removes all plugins. The calls of them and to them end, and so does what was kept for them.
async fn nothing_is_left(engine: &Engine, names: &[String]) {
    let calls = ["silent0", "hoards0"].map(|name| {
        let engine = engine.clone();
        tokio::spawn(async move { engine.call::<i64>(name, "add", (3, 4)).await })
    });
    tokio::task::yield_now().await;
    let removed = join_all(names.iter().map(|name| async move {
        // It is the engine's own.
        name == "manager" || engine.remove(name).await.is_some()
    }));
    let removed = timeout(Duration::from_secs(10), removed).await.expect("nobody holds it up");
    assert!(removed.into_iter().all(|removed| removed));
    for call in calls {
        let error = call.await.unwrap().unwrap_err().to_string();
        assert!(error.ends_with("was lost before it answered"), "{error}");
    }
    let left: Vec<_> = engine.profiles().into_iter().map(|profile| profile.name).collect();
    assert_eq!(left, ["manager"]);
    let queued: usize = names.iter().map(|name| engine.queued(name)).sum();
    assert_eq!(queued, 0);
    sleep(Duration::from_secs(1)).await;
}
