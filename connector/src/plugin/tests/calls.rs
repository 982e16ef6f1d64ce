//! Calls in both directions.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use connector_protocol::Limits;
use serde_json::Value;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

use super::by_hand::Hand;
use super::*;

fn methods() -> Methods {
    Methods::new()
        .method("echo", |call: PluginCall| async move { call.arg::<Payload>(0) })
        .method("add", |call: PluginCall| async move {
            let (a, b): (i64, i64) = call.args()?;
            Ok(a + b)
        })
        .method("none", |_| async { Ok(()) })
        .method("unwritable", |_| async { Ok(HashMap::from([([1, 2], "the locked table")])) })
        .method("fail", |call: PluginCall| async move {
            Err::<(), _>(PluginError::new(call.arg::<String>(0)?))
        })
        .method("panic", |_| async { broken() })
        .method("never", |_| pending::<Result<(), PluginError>>())
        .method("whoCalled", |call: PluginCall| async move { Ok(call.request_info().cloned()) })
        .method("callOther", |call: PluginCall| async move {
            let (path, method, args): (String, String, Vec<Payload>) = call.args()?;
            Ok(call.client().call::<Payload>(&path, &method, args).await?)
        })
}

fn broken() -> Result<(), PluginError> {
    panic!("as wanted")
}

#[tokio::test]
async fn a_plugin_answers_calls() {
    let plugin = connected(methods()).await;
    assert_eq!(plugin.call::<String>("echo", ("é漢😀\n",)).await.unwrap(), "é漢😀\n");
    assert_eq!(plugin.call::<i64>("add", (3, 4)).await.unwrap(), 7);
    plugin.call::<()>("none", ()).await.unwrap();
    // More than a pomelo client may send.
    let long = "x".repeat(1_200_000);
    assert!(plugin.call::<String>("echo", (&long,)).await.unwrap() == long);
}

#[tokio::test]
async fn failures_carry_their_text() {
    let plugin = connected(methods()).await;
    assert_eq!(error_of(plugin.call::<()>("fail", ("boom-7",)).await), "boom-7");
    assert_eq!(error_of(plugin.call::<()>("fail", ("",)).await), "unknown error");
    assert_eq!(error_of(plugin.call::<()>("panic", ()).await), "The method panicked");
    let wrong = error_of(plugin.call::<i64>("add", (1,)).await);
    assert!(wrong.starts_with("the arguments of `add` do not fit: "), "{wrong}");
    let result = error_of(plugin.call::<String>("add", (1, 2)).await);
    assert!(result.starts_with("the result is not of the expected type: "), "{result}");
    assert_eq!(plugin.call::<i64>("add", (1, 1)).await.unwrap(), 2);
}

#[tokio::test]
async fn the_error_of_a_users_serialize_is_not_sent() {
    let plugin = connected(methods()).await;
    let text = error_of(plugin.call::<Payload>("unwritable", ()).await);
    assert_eq!(text, "The result could not be written");
}

#[tokio::test]
async fn what_javascript_writes_is_read() {
    let plugin = connected(methods()).await;
    let half: Payload = serde_json::from_str(r#""\ud83d!""#).unwrap();
    assert_eq!(error_of(plugin.call::<()>("fail", (&half,)).await), "\u{fffd}!");
    assert_eq!(plugin.call::<String>("echo", (&half,)).await.unwrap(), "\u{fffd}!");
    assert_eq!(plugin.call::<Payload>("echo", (&half,)).await.unwrap(), half);
}

/// A text of two bytes a value would be sixteen times as long as `Value`s.
#[tokio::test]
async fn the_values_of_arguments_and_results_are_bounded_unless_they_are_passed_on() {
    let methods = methods()
        .method("value", |call: PluginCall| async move { call.arg::<Value>(0).map(drop) })
        .method("values", |call: PluginCall| async move { call.args::<Value>().map(drop) })
        .method("from", |call: PluginCall| async move { call.args_from::<u8>(0).map(drop) })
        .method("second", |call: PluginCall| async move { call.arg::<i64>(1) });
    let plugin = connected(methods).await;
    let zeros = vec![0_u8; Limits::default().values];
    for (method, which) in [
        ("value", "argument 1 of `value` does not fit"),
        ("values", "the arguments of `values` do not fit"),
        ("from", "argument 1 of `from` does not fit"),
    ] {
        let text = error_of(plugin.call::<()>(method, (&zeros, 7)).await);
        let expected = format!("{which}: the limit `values` allows 200000 values");
        assert!(text.starts_with(&expected), "{text}");
    }
    let more = [&zeros[..], &[0]].concat();
    let text = error_of(plugin.call::<()>("from", more).await);
    assert!(text.starts_with("the arguments of `from` do not fit: the limit `values`"), "{text}");
    assert_eq!(plugin.call::<i64>("second", (&zeros, 7)).await.unwrap(), 7);
    let passed: Payload = plugin.call("echo", (&zeros,)).await.unwrap();
    assert_eq!(passed.as_str().len(), 2 * zeros.len() + 1);
    let text = error_of(plugin.call::<Value>("echo", (&zeros,)).await);
    assert!(text.contains("the limit `values` allows 200000 values"), "{text}");
    let fewer = &zeros[1..];
    assert_eq!(plugin.call::<Vec<u8>>("echo", (fewer,)).await.unwrap(), fewer);
}

#[tokio::test]
async fn calls_that_run_are_weighed_by_the_values_that_they_may_become() {
    let limits = Limits { call_bytes: 100_000, ..Limits::default() };
    let client = PluginClient::with_options(methods(), ClientOptions::new().limits(limits));
    let (engine, link) = LocalLink::pair();
    let _client = create_connector_client(link, Some(client));
    let mut hand = Hand::over(engine);
    hand.shake_hands().await;
    // A text counts for its 40,000 bytes, a list of lists for 31 times its 2,000.
    let text = format!("\"{}\"", "[0],".repeat(10_000));
    let lists = format!("[{}0]", "[0],".repeat(500));
    for (id, argument) in [(1, &text), (2, &text), (3, &lists)] {
        hand.send(&format!(
            r#"{{"action":"request","name":"p","key":"never","id":{id},"payload":[{argument}]}}"#
        ));
    }
    let refused = hand.recv().await;
    assert_eq!(refused.id, Some(3));
    assert_eq!(refused.error.unwrap().as_str(), r#""Too many calls run at once""#);
}

#[tokio::test]
async fn only_announced_methods_are_called() {
    let plugin = connected(methods()).await;
    assert_eq!(plugin.methods()[..2], ["echo", "add"]);
    let text = error_of(plugin.call::<()>("nope", ()).await);
    assert!(text.starts_with(r#"Cannot call method "nope" of "remote" from "manager""#), "{text}");
}

#[tokio::test]
async fn a_method_knows_its_caller() {
    let plugin = connected(methods()).await;
    let who: serde_json::Value = plugin.call("whoCalled", ()).await.unwrap();
    assert_eq!(who, serde_json::json!({ "from": "manager", "path": "remote" }));
}

#[tokio::test]
async fn a_plugin_calls_others() {
    let host = async |call: HostRequest| -> MethodResult {
        match call.method.as_str() {
            "whoCalled" => Ok(Some(Payload::of(&(call.from, call.path))?)),
            _ => Err(PluginError::new("boom-8")),
        }
    };
    let plugin = connected_to(methods(), host).await;
    let who: (String, String) =
        plugin.call("callOther", ("host.sub", "whoCalled", [0; 0])).await.unwrap();
    assert_eq!(who, ("remote".to_owned(), "host.sub".to_owned()));
    let failed = plugin.call::<()>("callOther", ("host", "fail", [1])).await;
    assert_eq!(error_of(failed), "boom-8");
}

#[tokio::test]
async fn without_others_calls_are_refused() {
    let plugin = connected(methods()).await;
    let text = error_of(plugin.call::<()>("callOther", ("ghost", "x", [1])).await);
    assert_eq!(text, "Cannot call ghost from remote, because ghost is not registered");
}

#[tokio::test]
async fn a_canceled_call_to_another_is_dropped() {
    struct Dropped(Arc<AtomicBool>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }
    let dropped = Arc::new(AtomicBool::new(false));
    let running = Arc::new(Notify::new());
    let witness = dropped.clone();
    let started = running.clone();
    let handler = move |_: HostRequest| {
        let guard = Dropped(witness.clone());
        started.notify_one();
        async move {
            let _guard = guard;
            pending::<MethodResult>().await
        }
    };
    let methods = Methods::new().method("callAndCancel", move |call: PluginCall| {
        let running = running.clone();
        async move {
            let client = call.client();
            let cancel = async {
                running.notified().await;
                client.cancel("host.sub", Some("slow"));
            };
            let (ended, ()) = tokio::join!(client.call::<()>("host.sub", "slow", ()), cancel);
            Ok(ended.unwrap_err().to_string())
        }
    });
    let plugin = connected_to(methods, handler).await;
    let ended: String = plugin.call("callAndCancel", ()).await.unwrap();
    assert_eq!(ended, "[CANCEL] Canceled call slow from remote");
    assert!(dropped.load(Ordering::SeqCst));
}

#[tokio::test(start_paused = true)]
async fn calls_run_one_after_the_other_until_their_timeout() {
    let options = PluginOptions::new().queue_timeout(Duration::from_millis(20)).caller("me");
    let plugin = remote(serve_in_memory(methods()), (), options);
    plugin.connect().await.unwrap();
    let (late, sum) =
        tokio::join!(plugin.call::<()>("never", ()), plugin.call::<i64>("add", (1, 2)));
    let late = late.unwrap_err();
    assert!(late.is_timeout());
    assert_eq!(late.to_string(), "[TIMEOUT] Timeout for call never from me");
    assert_eq!(sum.unwrap(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_holds_up_nothing() {
    let started = Arc::new(Mutex::new(0));
    let count = started.clone();
    let slow = move |_: PluginCall| {
        *count.lock().unwrap() += 1;
        pending::<Result<(), PluginError>>()
    };
    let plugin = connected(methods().method("slow", slow)).await;
    let start = Instant::now();
    let second = Duration::from_secs(1);
    let running = timeout(second, plugin.call::<()>("slow", ()));
    let waiting = timeout(second, plugin.call::<()>("slow", ()));
    let (running, waiting) = tokio::join!(running, waiting);
    assert!(running.is_err() && waiting.is_err());
    assert_eq!(plugin.call::<i64>("add", (1, 1)).await.unwrap(), 2);
    assert!(start.elapsed() < Duration::from_millis(1100), "{:?}", start.elapsed());
    assert_eq!(*started.lock().unwrap(), 1, "the waiting one never starts");
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_of_a_plugin_leaves_nothing_behind() {
    let (told, mut clients) = tokio::sync::mpsc::unbounded_channel();
    let methods = Methods::new().method("impatient", move |call: PluginCall| {
        let told = told.clone();
        async move {
            let client = call.client().clone();
            let never = client.call::<()>("host", "never", ());
            let late = timeout(Duration::from_secs(1), never).await.is_err();
            told.send(client.pending_calls()).unwrap();
            Ok(late)
        }
    });
    let plugin = connected_to(methods, |_: HostRequest| pending::<MethodResult>()).await;
    assert!(plugin.call::<bool>("impatient", ()).await.unwrap());
    assert_eq!(clients.recv().await, Some(0));
}

#[tokio::test]
async fn each_call_is_dropped_by_itself() {
    let (dropped, mut drops) = tokio::sync::mpsc::unbounded_channel();
    let (begins, mut begun) = tokio::sync::mpsc::unbounded_channel();
    let handler = move |_: HostRequest| {
        let guard = PanicsWhenDropped(dropped.clone());
        begins.send(()).unwrap();
        async move {
            let _guard = guard;
            pending::<MethodResult>().await
        }
    };
    let methods = Methods::new().method("callThrice", |call: PluginCall| async move {
        let client = call.client();
        let call = || client.call::<()>("host", "never", ());
        let _ = tokio::join!(call(), call(), call());
        Ok(())
    });
    let plugin = connected_to(methods, handler).await;
    let caller = plugin.clone();
    let thrice = tokio::spawn(async move { caller.call::<()>("callThrice", ()).await });
    for _ in 0..3 {
        begun.recv().await.unwrap();
    }
    plugin.disconnect().await;
    for _ in 0..3 {
        drops.recv().await.unwrap();
    }
    assert!(thrice.await.unwrap().is_err());
}

#[tokio::test]
async fn an_engine_cancels_its_calls() {
    let plugin = connected(methods()).await;
    let cancel = async { plugin.cancel("manager", Some("never")) };
    let (never, ()) = tokio::join!(plugin.call::<()>("never", ()), cancel);
    assert!(never.unwrap_err().is_canceled());
    assert_eq!(plugin.call::<i64>("add", (1, 2)).await.unwrap(), 3);
}

#[tokio::test]
async fn many_calls_keep_their_order() {
    let plugin = connected(methods()).await;
    let calls = (0..100).map(|i| {
        let plugin = plugin.clone();
        async move { plugin.call::<i64>("add", (i, 1)).await.unwrap() }
    });
    let sums = futures_util::future::join_all(calls).await;
    assert_eq!(sums, (1..101).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_timeout_without_end_never_comes() {
    let options = PluginOptions::new()
        .queue_timeout(Duration::MAX)
        .reconnect_delay(Duration::MAX)
        .limits(endless());
    let methods = Methods::new().method("one", |_| async { Ok(1) });
    let plugin = remote(serve_in_memory(methods), (), options);
    plugin.connect().await.unwrap();
    assert_eq!(plugin.call::<i32>("one", ()).await.unwrap(), 1);
    plugin.disconnect().await;
}

fn endless() -> crate::Limits {
    let (handshake, drain, stall) = (Duration::MAX, Duration::MAX, Duration::MAX);
    crate::Limits { handshake, drain, stall, ..crate::Limits::default() }
}
