//! The connections of an engine's plugins: what is lost with them, and what stays.

use std::sync::mpsc;

use tokio::time::{Instant, sleep, timeout};

use super::by_hand::{ByHand, Hand};
use super::engine::{engine, local};
use super::engine_status::{engine_with_hand, is_ended, is_lost};
use super::*;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn subscriptions_to_one_event_leave_nothing_behind() {
    let (engine, _connections, mut hand) = engine_with_hand(PluginOptions::new()).await;
    let limit = crate::Limits::default().subscriptions;
    for n in 0..=limit {
        // The second subscription gets the last value, and ends with it.
        for text in [
            format!(r#"{{"action":"once","name":"hand","key":"k{n}"}}"#),
            format!(r#"{{"action":"emit","key":"k{n}","payload":[{n}]}}"#),
            format!(r#"{{"action":"once","name":"hand","key":"k{n}"}}"#),
        ] {
            hand.send(&text);
        }
        assert_eq!(hand.recv().await.key, Some(format!("k{n}")));
        if n < 10 {
            assert_eq!(hand.recv().await.key, Some(format!("k{n}")), "again");
        } else {
            hand.try_recv().await;
        }
    }
    hand.send(r#"{"action":"on","name":"manager","key":"late"}"#);
    hand.send(r#"{"action":"request","name":"manager","key":"isActive","id":1,"payload":["a"]}"#);
    while hand.recv().await.id != Some(1) {}
    engine.emit("late", ()).unwrap();
    let late = timeout(SECOND, hand.recv()).await.expect("it still hears");
    assert_eq!(late.key.as_deref(), Some("late"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_connection_that_came_back_unseen_can_be_called() {
    /// Keeps the task of the engine busy until a message comes.
    struct Blocks(tokio::sync::mpsc::UnboundedSender<()>, Mutex<mpsc::Receiver<()>>);
    impl Permissions for Blocks {
        async fn can_activate(&self, _: &Profile, to: &Profile, _: Option<&str>) -> bool {
            if to.name == "b" {
                self.0.send(()).unwrap();
                self.1.lock().unwrap().recv().unwrap();
            }
            true
        }
    }
    let (blocked, mut is_blocked) = tokio::sync::mpsc::unbounded_channel();
    let (go_on, goes_on) = mpsc::channel();
    let engine = Engine::with_permissions(Blocks(blocked, Mutex::new(goes_on)));
    let (connector, mut connections) = ByHand::new("hand");
    let options = PluginOptions::new().reconnect_delay(Duration::from_millis(1));
    engine.register_with(connector, options).unwrap();
    engine.register(local("b")).unwrap();
    let (activated, hand) =
        tokio::join!(engine.activate("hand"), Hand::take(&mut connections, r#"["add"]"#));
    activated.unwrap();

    let caller = engine.clone();
    let called = tokio::spawn(async move { caller.call::<i64>("b", "add", (1, 1)).await });
    is_blocked.recv().await.unwrap();
    drop(hand);
    let mut hand = Hand::take(&mut connections, r#"["add"]"#).await;
    let ready = engine.wait_for("hand", |status| *status == PluginStatus::Ready);
    let ready = timeout(10 * SECOND, ready).await;
    go_on.send(()).unwrap();
    ready.expect("the engine knows it at once");
    assert_eq!(called.await.unwrap().unwrap(), 2);
    let (seven, _) = tokio::join!(engine.call::<i64>("hand", "add", ()), hand.recv_and_answer("7"));
    assert_eq!(seven.unwrap(), 7);
}

#[tokio::test(start_paused = true)]
async fn a_plugin_that_was_loaded_again_begins_anew() {
    let engine = engine(&["a"]);
    let (connector, mut connections) = ByHand::new("hand");
    let profile = Profile::new("hand").notifications("a", ["news"]);
    engine.register(connector.with_profile(profile)).unwrap();
    let (activated, mut hand) =
        tokio::join!(engine.activate("hand"), Hand::take(&mut connections, r#"["add"]"#));
    activated.unwrap();
    hand.send(r#"{"action":"on","name":"a","key":"other"}"#);
    let start = Instant::now();
    let reloads = async {
        assert_eq!(hand.recv().await.key.as_deref(), Some("add"));
        for _ in 0..2 {
            hand.send(r#"{"action":"request","key":"handshake","id":-1}"#);
        }
        hand.recv_and_answer(r#"["add"]"#).await;
    };
    let (failed, ()) = tokio::join!(engine.call::<i64>("hand", "add", ()), reloads);
    assert_eq!(error_of(failed), "The connection to hand was lost before it answered");
    assert_eq!(start.elapsed(), Duration::ZERO);
    for key in ["other", "news"] {
        engine.call::<()>("a", "fire", (key, 1)).await.unwrap();
    }
    let heard = async {
        loop {
            let message = hand.recv().await;
            match message.key.as_deref() {
                Some("handshake") => hand.answer(&message, r#"["add"]"#),
                key => return key.map(str::to_owned),
            }
        }
    };
    let heard = timeout(SECOND, heard).await.expect("what its profile names");
    assert_eq!(heard.as_deref(), Some("news"));
    let (seven, _) = tokio::join!(engine.call::<i64>("hand", "add", ()), hand.recv_and_answer("7"));
    assert_eq!(seven.unwrap(), 7);
}

/// The ways in which a plugin gives up all of its calls.
#[derive(Clone, Copy, Debug)]
enum GivesUp {
    Cancels,
    Reloads,
    Leaves,
}

#[tokio::test(start_paused = true)]
async fn calls_that_are_given_up_together_do_not_start_one_another() {
    for how in [GivesUp::Cancels, GivesUp::Reloads, GivesUp::Leaves] {
        let (engine, _connections, mut hand) = engine_with_hand(PluginOptions::new()).await;
        let (connector, mut connections) = ByHand::new("slow");
        engine.register(connector).unwrap();
        let (activated, mut slow) =
            tokio::join!(engine.activate("slow"), Hand::take(&mut connections, r#"["add"]"#));
        activated.unwrap();
        hand.send(r#"{"action":"request","key":"handshake","id":-1}"#);
        for id in 1..=20 {
            hand.send(&format!(
                r#"{{"action":"request","name":"slow","key":"add","id":{id},"payload":[]}}"#
            ));
        }
        let first = slow.recv().await;
        let other = engine.clone();
        let answered = tokio::spawn(async move { other.call::<i64>("slow", "add", ()).await });
        sleep(SECOND).await;
        assert_eq!(engine.queued("slow"), 21);
        match how {
            GivesUp::Cancels => hand.send(r#"{"action":"cancel","name":"slow","key":"add"}"#),
            GivesUp::Reloads => hand.send(r#"{"action":"request","key":"handshake","id":-1}"#),
            GivesUp::Leaves => drop(std::mem::replace(&mut hand, Hand::over(LocalLink::pair().0))),
        }
        // The next call that starts is one of somebody else.
        let next = slow.recv().await;
        assert_eq!(next.request_info.as_ref().unwrap().from, "manager", "{how:?}");
        slow.answer(&first, "13");
        slow.answer(&next, "7");
        assert_eq!(answered.await.unwrap().unwrap(), 7, "{how:?}");
        assert_eq!(engine.queued("slow"), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_plugin_that_refuses_further_handshakes_is_tried_later_and_given_up() {
    let options = PluginOptions::new().reconnect_attempts(3);
    let (engine, mut connections, hand) = engine_with_hand(options).await;
    drop(hand);
    engine.wait_for("hand", is_lost).await;
    for least in [1, 2, 4] {
        let start = Instant::now();
        let mut hand = Hand::over(connections.recv().await.unwrap());
        assert!(start.elapsed() >= least * SECOND, "{:?}", start.elapsed());
        let id = hand.recv().await.id.unwrap();
        hand.send(&format!(
            r#"{{"action":"response","name":"hand","key":"handshake","id":{id},"error":"no"}}"#
        ));
        hand.ended().await;
    }
    let PluginStatus::Ended(reason) = engine.wait_for("hand", is_ended).await else { panic!() };
    assert!(reason.to_string().contains("the plugin refused the handshake: no"), "{reason}");
}

#[tokio::test]
async fn nobody_makes_another_plugin_begin_anew() {
    let engine = engine(&["a", "b"]);
    let (asked, refused) = (
        error_of(engine.call::<()>("a", "callOther", ("manager", "handshake", [0; 0])).await),
        "Cannot call method \"handshake\" of \"manager\" from \"a\"",
    );
    assert!(asked.starts_with(refused), "{asked}");
    assert_eq!(engine.call::<i64>("a", "callOther", ("b", "add", (1, 1))).await.unwrap(), 2);
}
