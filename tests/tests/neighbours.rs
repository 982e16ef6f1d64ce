//! An engine with 1,000 plugins, of which 100 misbehave, serves the others within bounded
//! memory. Time is paused, so that seconds of it are over soon.
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

const GOOD: usize = 900;
const BAD: usize = 25;

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
    }
    Some(())
}

fn good(name: String, listens: bool) -> LocalPlugin<Methods> {
    let methods = Methods::new()
        .method("add", |call: PluginCall| async move {
            let (a, b): (i64, i64) = call.args()?;
            Ok(a + b)
        })
        .activated(move |client| async move {
            if listens {
                for n in 0..BAD {
                    client.on(&format!("floods{n}"), "news", |_| {});
                }
            }
        });
    LocalPlugin::new(Profile::new(name), methods)
}

fn add_all(engine: &Engine) {
    for n in 0..GOOD {
        engine.register(good(format!("good{n}"), n < 4)).unwrap();
    }
    let vices = [
        ("silent", Vice::Silent),
        ("floods", Vice::Floods),
        ("dies", Vice::Dies),
        ("lies", Vice::Lies),
    ];
    let options = PluginOptions::new()
        .queue_timeout(Duration::from_millis(500))
        .reconnect_delay(Duration::from_millis(100))
        .longest_reconnect_delay(Duration::from_secs(1));
    for (name, vice) in vices {
        for n in 0..BAD {
            let profile = Profile::new(format!("{name}{n}"));
            engine.register_with(Bad { profile, vice }, options.clone()).unwrap();
        }
    }
}

/// Calls everybody at once. Good plugins and liars answer right, whatever the others do.
async fn round(engine: &Engine, round: i64) {
    let good = (0..GOOD).map(|n| async move {
        for call in 0..calls() {
            let sum = engine.call::<i64>(&format!("good{n}"), "add", (round, call)).await;
            assert_eq!(sum.unwrap(), round + call);
        }
    });
    let lies = (0..BAD).map(|n| async move {
        let sum = engine.call::<i64>(&format!("lies{n}"), "add", (3, 4)).await;
        assert_eq!(sum.unwrap(), 7, "the answer with its own id");
    });
    let silent = (0..BAD).map(|n| async move {
        let sum = engine.call::<i64>(&format!("silent{n}"), "add", (3, 4)).await;
        assert!(sum.unwrap_err().is_timeout());
    });
    // They may or may not be there.
    let dies = (0..BAD).map(|n| async move {
        engine.call::<i64>(&format!("dies{n}"), "add", (3, 4)).await.unwrap_err();
    });
    let all = async {
        tokio::join!(join_all(good), join_all(lies), join_all(silent), join_all(dies));
    };
    timeout(Duration::from_secs(2), all).await.expect("nobody waits for the bad ones");
}

#[tokio::test(start_paused = true)]
async fn a_thousand_plugins_of_which_a_hundred_misbehave() {
    let engine = Engine::new();
    add_all(&engine);
    let names = engine.profiles();
    let activated = join_all(names.iter().map(|profile| engine.activate(&profile.name))).await;
    assert_eq!(activated.iter().filter(|activated| activated.is_ok()).count(), 1001);
    for n in 0..2 {
        round(&engine, n).await;
        sleep(Duration::from_millis(500)).await;
    }
    let held = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    for n in 0..3 {
        round(&engine, n).await;
        sleep(Duration::from_millis(500)).await;
    }
    let (grown, most) = (ALLOCATOR.current_usage().saturating_sub(held), ALLOCATOR.peak_usage());
    let per_plugin = held / 1001;
    println!("{held} bytes are held, {per_plugin} for a plugin; {grown} more after three rounds");
    assert!(grown < 1 << 20, "{grown} bytes more are held");
    assert!(most - held < 8 << 20, "{} bytes more at once", most - held);
    // Of which channels keep blocks of 32 messages.
    assert!(per_plugin < 64 << 10, "a plugin takes {per_plugin} bytes");
    let good = engine.profiles().iter().filter(|profile| engine.is_active(&profile.name)).count();
    assert!(good >= GOOD + 3 * BAD);
    drop(engine);
    let _ = timeout(Duration::from_secs(1), pending::<()>()).await;
    let left = ALLOCATOR.current_usage();
    println!("{left} bytes are left");
}
