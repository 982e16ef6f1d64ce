//! Peers that forge what they can: ids, names, numbers and answers.

use tokio::time::sleep;

use super::by_hand::{ByHand, Hand};
use super::engine::methods;
use super::engine_status::engine_with_hand;
use super::*;

fn text(message: &Message) -> String {
    let mut text = Vec::new();
    message.encode(&mut text);
    String::from_utf8(text).unwrap()
}

#[tokio::test(start_paused = true)]
async fn nobody_answers_the_calls_of_another_plugin() {
    let (engine, _connections, mut a) = engine_with_hand(PluginOptions::new()).await;
    let (connector, mut connections) = ByHand::new("b");
    engine.register(connector).unwrap();
    let (activated, b) =
        tokio::join!(engine.activate("b"), Hand::take(&mut connections, r#"["add"]"#));
    activated.unwrap();
    let mut b = b;
    let steps = async {
        let asked = a.recv().await;
        for id in -2..10 {
            b.send(&format!(
                r#"{{"action":"response","name":"hand","key":"add","id":{id},"payload":13}}"#
            ));
        }
        b.send(r#"{"action":"request","name":"a","key":"add","id":1,"payload":[1,1]}"#);
        assert_eq!(b.recv().await.payload.unwrap().as_str(), "2", "all before it is handled");
        a.answer(&asked, "7");
    };
    let (seven, ()) = tokio::join!(engine.call::<i64>("hand", "add", ()), steps);
    assert_eq!(seven.unwrap(), 7);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_comes_late_belongs_to_no_later_call() {
    let options = PluginOptions::new().queue_timeout(Duration::from_secs(1));
    let (engine, _connections, mut hand) = engine_with_hand(options).await;
    assert!(engine.call::<i64>("hand", "add", ()).await.unwrap_err().is_timeout());
    let late = hand.recv().await;
    let steps = async {
        let asked = hand.recv().await;
        for _ in 0..2 {
            hand.answer(&late, "13");
        }
        sleep(Duration::from_millis(10)).await;
        hand.answer(&asked, "7");
        hand.answer(&asked, "13");
    };
    let (seven, ()) = tokio::join!(engine.call::<i64>("hand", "add", ()), steps);
    assert_eq!(seven.unwrap(), 7);
}

#[tokio::test(start_paused = true)]
async fn an_engine_answers_odd_ids_and_names_and_goes_on() {
    let (engine, _connections, mut hand) = engine_with_hand(PluginOptions::new()).await;
    for id in ["0", "-1", "-9223372036854775808", "18446744073709551616", "1e400", "1.5", "\"1\""] {
        hand.send(&format!(
            r#"{{"action":"request","name":"a","key":"add","id":{id},"payload":[1,1],"__proto__":{{"id":2}}}}"#
        ));
        let answer = text(&hand.recv().await);
        assert!(answer.contains(&format!(r#""id":{id}"#)), "{answer}");
        assert!(answer.contains(r#""payload":2"#), "{answer}");
        assert!(answer.contains(r#""__proto__":{"id":2}"#), "{answer}");
    }
    for name in ["__proto__", "constructor", "", ".", "..", ".a", "toString.a", "hand.__proto__"] {
        hand.send(&format!(
            r#"{{"action":"request","name":"{name}","key":"__proto__","id":1,"payload":[]}}"#
        ));
        assert!(hand.recv().await.failure().is_some(), "{name}");
        for action in ["on", "once", "off", "cancel"] {
            hand.send(&format!(r#"{{"action":"{action}","name":"{name}","key":"__proto__"}}"#));
        }
    }
    for profile in [r#"{"name":"__proto__"}"#, r#"{"name":"a"}"#, r#"{"name":"manager"}"#, "[]"] {
        hand.send(&format!(
            r#"{{"action":"request","name":"manager","key":"updateProfile","id":1,"payload":[{profile}]}}"#
        ));
        assert!(hand.recv().await.failure().is_some(), "{profile}");
    }
    // What it says of itself changes nothing of who it is.
    hand.send(
        r#"{"action":"request","name":"a","key":"whoCalled","id":1,"payload":[],"requestInfo":{"from":"manager","path":"x"}}"#,
    );
    let who = hand.recv().await.payload.unwrap();
    assert_eq!(who.as_str(), r#"{"from":"hand","path":"a"}"#);
    assert_eq!(engine.call::<i64>("a", "add", (1, 1)).await.unwrap(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_plugin_answers_odd_calls_and_goes_on() {
    let (engine, link) = LocalLink::pair();
    let client = create_connector_client(link, Some(PluginClient::new(methods())));
    let mut hand = Hand::over(engine);
    hand.shake_hands().await;
    for (key, arguments) in [
        ("add", "[9223372036854775808,1]"),
        ("add", "[1e400,1]"),
        ("add", r#"[{"__proto__":1},1]"#),
        ("__proto__", "[]"),
        ("toString", "[]"),
        ("add", r#"{"0":1,"1":1}"#),
    ] {
        hand.send(&format!(
            r#"{{"action":"request","name":"p","key":"{key}","id":1,"payload":{arguments}}}"#
        ));
        let answer = hand.recv().await;
        assert!(answer.failure().is_some(), "{key} {arguments}: {}", text(&answer));
    }
    // Answers to a call that it has not made, or that tell of another.
    let asked = tokio::spawn(async move { client.call::<i64>("a", "add", (1, 1)).await });
    let call = hand.recv().await;
    let id = call.id.unwrap();
    for (name, key, id) in
        [("b", "add", id), ("a", "sub", id), ("a", "add", id + 1), ("a", "add", -1), ("", "", 0)]
    {
        hand.send(&format!(
            r#"{{"action":"response","name":"{name}","key":"{key}","id":{id},"payload":13}}"#
        ));
    }
    // An engine that was loaded again says so in the middle.
    hand.send(r#"{"action":"request","name":"p","key":"handshake","id":1,"payload":["evil"]}"#);
    assert_eq!(hand.recv().await.key.as_deref(), Some("handshake"));
    hand.send(&format!(r#"{{"action":"response","name":"a","key":"add","id":{id},"payload":7}}"#));
    assert_eq!(asked.await.unwrap().unwrap(), 7);
}
