//! Options of an engine's plugins that change while it runs, and deadlines of calls.

use connector_protocol::remix::{HostCall, QueueOptions};
use tokio::time::{Instant, sleep};

use super::by_hand::{ByHand, Hand};
use super::engine::{engine, methods};
use super::*;

#[tokio::test]
async fn the_calls_of_all_plugins_of_an_engine_have_a_bound_together() {
    let engine = Engine::new();
    let never = Methods::new().method("never", |_| pending::<Result<(), PluginError>>());
    engine.register(LocalPlugin::new(Profile::new("host"), never)).unwrap();
    engine.activate("host").await.unwrap();
    let limits = crate::Limits { call_bytes_in_all: 3 << 20, ..crate::Limits::default() };
    let mut hands = Vec::new();
    for name in ["a", "b"] {
        let (connector, mut connections) = ByHand::new(name);
        engine.register_with(connector, PluginOptions::new().limits(limits.clone())).unwrap();
        let (activated, hand) =
            tokio::join!(engine.activate(name), Hand::take(&mut connections, "[]"));
        activated.unwrap();
        hands.push(hand);
    }
    let long = "x".repeat(1 << 20);
    let call = |hand: &mut Hand, id: u32| {
        hand.send(&format!(
            r#"{{"action":"request","name":"host","key":"never","id":{id},"payload":["{long}"]}}"#
        ));
    };
    let [a, b] = &mut hands[..] else { unreachable!() };
    for id in 1..=3 {
        call(a, id);
    }
    tokio::task::yield_now().await;
    // Each has a call that is not asked what others hold.
    call(b, 1);
    call(b, 2);
    let refused = b.recv().await;
    let text = refused.error.unwrap();
    assert_eq!((refused.id, text.as_str()), (Some(2), r#""Too many calls run at once""#));
    assert!(a.try_recv().await.is_none(), "the first ones run");
}

const SECOND: Duration = Duration::from_secs(1);

fn slow(from: &str, to: &str, milliseconds: u32) -> HostCall {
    HostCall::new(from, to, "slow", Arguments::of(&(milliseconds, 1)).unwrap())
}

#[tokio::test(start_paused = true)]
async fn options_change_while_the_engine_runs() {
    let engine = engine(&["a"]);
    let start = Instant::now();
    engine.set_options("a", PluginOptions::new().queue_timeout(SECOND).at_once(2));
    let all = tokio::join!(
        engine.call_for::<u32>(slow("x", "a", 900)),
        engine.call_for::<u32>(slow("x", "a", 900)),
        engine.call_for::<u32>(slow("x", "a", 5000)),
    );
    assert!(all.0.is_ok() && all.1.is_ok());
    assert!(all.2.unwrap_err().is_timeout());
    assert_eq!(start.elapsed().as_millis() / 100, 19, "two at once, then the third for a second");
    engine.set_options("nobody", PluginOptions::new());
}

#[tokio::test]
async fn the_next_handshake_has_the_new_options() {
    let engine = Engine::new();
    let (connector, mut connections) = ByHand::new("a");
    engine.register(connector).unwrap();
    for (n, name) in [None, Some("vscode"), None].into_iter().enumerate() {
        let options = PluginOptions::new();
        let options = if let Some(name) = name { options.engine(name) } else { options };
        engine.set_options("a", options);
        let take = async {
            let mut hand = Hand::over(connections.recv().await.unwrap());
            (hand.recv_and_answer("[]").await, hand)
        };
        let (activated, (handshake, _hand)) = tokio::join!(engine.activate("a"), take);
        activated.unwrap();
        let name = name.map_or_else(|| "null".to_owned(), |name| format!("\"{name}\""));
        assert_eq!(handshake.payload.unwrap().as_str(), format!("[\"a\",{name}]"), "{n}");
        engine.deactivate("a").await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_person_stops_the_deadline_of_a_single_call_too() {
    let engine = engine(&["dialog"]);
    engine.activate("dialog").await.unwrap();
    let asked = engine.call_for::<u32>(slow("x", "dialog", 60_000).timeout(2 * SECOND));
    let person = async {
        sleep(SECOND).await;
        let waiting = engine.wait_for_person("dialog");
        sleep(58 * SECOND + SECOND / 2).await;
        drop(waiting);
    };
    let (answer, ()) = tokio::join!(asked, person);
    assert_eq!(answer.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_runs_again_ends_its_call() {
    let engine = engine(&["dialog"]);
    engine.activate("dialog").await.unwrap();
    let start = Instant::now();
    let asked = engine.call_for::<u32>(slow("x", "dialog", 60_000).timeout(2 * SECOND));
    let person = async {
        sleep(SECOND).await;
        let waiting = engine.wait_for_person("dialog");
        sleep(10 * SECOND).await;
        drop(waiting);
    };
    let (answer, ()) = tokio::join!(asked, person);
    assert!(answer.unwrap_err().is_timeout());
    assert_eq!(start.elapsed().as_secs(), 12, "two seconds of its own, and ten of the person's");
}

#[tokio::test(start_paused = true)]
async fn a_call_may_have_a_shorter_or_a_longer_time_than_others() {
    let engine = engine(&["a"]);
    engine.set_queue("a", QueueOptions::default().timeout(10 * SECOND).at_once(2));
    let start = Instant::now();
    let (long, short) = tokio::join!(
        engine.call_for::<u32>(slow("x", "a", 60_000).timeout(61 * SECOND)),
        engine.call_for::<u32>(slow("x", "a", 60_000).timeout(SECOND)),
    );
    assert_eq!(long.unwrap(), 1);
    assert!(short.unwrap_err().is_timeout());
    assert_eq!(start.elapsed().as_secs(), 60);
    // The alarm is set for a later call, and a sooner one comes.
    let (_, short) = tokio::join!(engine.call_for::<u32>(slow("x", "a", 5_000)), async {
        sleep(SECOND).await;
        let start = Instant::now();
        let short = engine.call_for::<u32>(slow("x", "a", 5_000).timeout(SECOND)).await;
        (short, start.elapsed().as_secs())
    });
    assert!(short.0.unwrap_err().is_timeout() && short.1 == 1);
}

#[tokio::test]
async fn a_plugin_alone_has_options_and_a_queue_too() {
    let release = Arc::new(tokio::sync::Notify::new());
    let held = release.clone();
    let methods = methods().method("held", move |_| {
        let held = held.clone();
        async move {
            held.notified().await;
            Ok(())
        }
    });
    let plugin = connected(methods).await;
    let call = || {
        let plugin = plugin.clone();
        tokio::spawn(async move { plugin.call::<()>("held", ()).await })
    };
    let calls = [call(), call(), call()];
    while plugin.queued() < 3 {
        tokio::task::yield_now().await;
    }
    plugin.set_options(PluginOptions::new().at_once(3));
    for n in (0..3).rev() {
        release.notify_one();
        while plugin.queued() > n {
            tokio::task::yield_now().await;
        }
    }
    for call in calls {
        call.await.unwrap().unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn calls_that_are_dropped_leave_nothing() {
    let engine = engine(&["a", "b"]);
    engine.activate("a").await.unwrap();
    for _ in 0..3 {
        let calls = (0..100).map(|_| engine.call_for::<u32>(slow("x", "a", 60_000)));
        let all = futures_util::future::join_all(calls);
        assert!(tokio::time::timeout(SECOND, all).await.is_err());
        assert_eq!(engine.queued("a"), 0);
    }
    assert_eq!(engine.call::<i64>("a", "add", (1, 1)).await.unwrap(), 2);
    let waits = engine.call_for::<u32>(slow("x", "b", 60_000));
    assert!(tokio::time::timeout(Duration::ZERO, waits).await.is_err());
    assert_eq!(engine.queued("b"), 0, "also while it is activated");
}

#[tokio::test(start_paused = true)]
async fn calls_on_behalf_of_a_plugin_end_with_it() {
    let engine = engine(&["a", "b"]);
    for is_removed in [false, true] {
        engine.activate("a").await.unwrap();
        // One runs, one waits, and one waits for an activation.
        let calls = ["b", "b", "c"].map(|target| engine.call_for::<u32>(slow("a", target, 60_000)));
        let (connector, _silent) = ByHand::new("c");
        engine.register(connector).unwrap();
        let ends = async {
            tokio::time::sleep(SECOND).await;
            assert_eq!([engine.queued("b"), engine.queued("c")], [2, 1]);
            if is_removed {
                engine.remove("a").await.unwrap();
            } else {
                engine.deactivate("a").await;
            }
        };
        let start = Instant::now();
        let (ended, ()) = tokio::join!(futures_util::future::join_all(calls), ends);
        for call in ended {
            assert_eq!(error_of(call), "[CANCEL] Canceled call slow from a");
        }
        assert_eq!(start.elapsed().as_secs(), 1);
        assert_eq!([engine.queued("b"), engine.queued("c")], [0, 0]);
        engine.remove("c").await.unwrap();
    }
}

#[tokio::test]
async fn an_engine_may_find_plugins_elsewhere() {
    let engine = Engine::new();
    for (name, url, options, wanted) in [
        ("a", "ipfs://Qm", PluginOptions::new(), "https://a.dyn.plugin.remixproject.org/ipfs/Qm"),
        ("b", "x://b", PluginOptions::new().transform_url(|to| format!("at {}", to.name)), "at b"),
    ] {
        let (connector, mut connections) = ByHand::new(name);
        let urls = connector.urls();
        engine.register_with(connector.with_profile(Profile::new(name).url(url)), options).unwrap();
        let (activated, _) =
            tokio::join!(engine.activate(name), Hand::take(&mut connections, "[]"));
        activated.unwrap();
        assert_eq!(urls.all(), [wanted]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_plugin_that_takes_nothing_is_given_up() {
    let (stream, plugin) = stops::deaf_plugin().await;
    plugin.set_options(PluginOptions::new().queue_timeout(60 * SECOND));
    let start = Instant::now();
    let call = plugin.call::<()>("x", ("x".repeat(1 << 20),));
    let error = error_of(call.await);
    assert_eq!(error, "The connection to remote was lost before it answered");
    assert!(start.elapsed() >= crate::Limits::default().stall);
    assert!(matches!(plugin.status(), PluginStatus::Lost(CloseReason::Stalled { .. })));
    drop(stream);
}

#[tokio::test]
async fn the_most_values_of_a_result_change_with_the_options() {
    let many = || Methods::new().method("many", async |_| Ok(vec![0; 100]));
    let plugin = connected(many()).await;
    let engine = Engine::new();
    engine.register(LocalPlugin::new(Profile::new("a"), many())).unwrap();
    let few = crate::Limits { values: 50, ..crate::Limits::default() };
    for (options, wanted) in [
        (PluginOptions::new(), Ok(100)),
        (PluginOptions::new().limits(few), Err(())),
        (PluginOptions::new(), Ok(100)),
    ] {
        plugin.set_options(options.clone());
        engine.set_options("a", options);
        for answer in [
            plugin.call::<serde_json::Value>("many", ()).await,
            engine.call::<serde_json::Value>("a", "many", ()).await,
        ] {
            let read = match answer {
                Ok(list) => Ok(list.as_array().unwrap().len()),
                Err(CallError::Result(error)) => {
                    assert!(error.to_string().contains("50"), "{error}");
                    Err(())
                }
                Err(error) => panic!("{error}"),
            };
            assert_eq!(read, wanted);
        }
    }
}
