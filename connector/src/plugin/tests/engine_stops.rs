//! The graceful end of an engine.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;
use tokio::time::Instant;

use super::by_hand::{ByHand, Hand};
use super::*;

/// A plugin `gate` whose method `wait` runs until it is let go, and then calls `other.one`.
struct Gate {
    begun: Arc<Notify>,
    opens: Arc<Notify>,
}

impl Gate {
    fn new() -> Self {
        Self { begun: Arc::default(), opens: Arc::default() }
    }

    async fn join(&self, engine: &Engine) {
        let (begun, opens) = (self.begun.clone(), self.opens.clone());
        let wait = move |call: PluginCall| {
            let (begun, opens) = (begun.clone(), opens.clone());
            async move {
                begun.notify_one();
                opens.notified().await;
                Ok(call.client().call::<i32>("other", "one", ()).await? + 1)
            }
        };
        let gate = Methods::new().method("wait", wait);
        engine.register(LocalPlugin::new(Profile::new("gate"), gate)).unwrap();
        let other = Methods::new().method("one", |_| async { Ok(1) });
        engine.register(LocalPlugin::new(Profile::new("other"), other)).unwrap();
        engine.activate("gate").await.unwrap();
        engine.activate("other").await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn an_engine_stops_when_its_calls_have_ended() {
    let gate = Gate::new();
    let engine = Engine::new();
    gate.join(&engine).await;
    let call = || {
        let engine = engine.clone();
        tokio::spawn(async move { engine.call::<i32>("gate", "wait", ()).await })
    };
    let running = call();
    gate.begun.notified().await;
    let waiting = call();
    tokio::task::yield_now().await;
    let is_stopped = Arc::<AtomicBool>::default();
    let (stopping, stops) = (engine.clone(), is_stopped.clone());
    let stopped = tokio::spawn(async move {
        let in_time = stopping.stop(Duration::from_secs(60)).await;
        stops.store(true, Ordering::Relaxed);
        in_time
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(
        error_of(engine.call::<i32>("other", "one", ()).await),
        "manager cannot call one of other, because the engine is stopping"
    );
    let refused = engine.activate("gate").await.unwrap_err().to_string();
    assert_eq!(refused, "Cannot activate plugin gate, because the engine is stopping");
    assert!(engine.is_active("other") && !is_stopped.load(Ordering::Relaxed));
    // What runs may call others, and what waits begins.
    gate.opens.notify_one();
    assert_eq!(running.await.unwrap().unwrap(), 2);
    assert!(!is_stopped.load(Ordering::Relaxed));
    gate.begun.notified().await;
    gate.opens.notify_one();
    assert_eq!(waiting.await.unwrap().unwrap(), 2);
    assert!(stopped.await.unwrap(), "in time");
    assert!(!engine.is_active("gate") && !engine.is_active("other"));
    assert!(engine.stop(Duration::ZERO).await, "again");
}

#[tokio::test(start_paused = true)]
async fn an_engine_stops_without_calls_that_do_not_end() {
    let gate = Gate::new();
    let engine = Engine::new();
    gate.join(&engine).await;
    let caller = engine.clone();
    let running = tokio::spawn(async move { caller.call::<i32>("gate", "wait", ()).await });
    gate.begun.notified().await;
    let start = Instant::now();
    assert!(!engine.stop(Duration::from_secs(3)).await);
    assert_eq!(start.elapsed(), Duration::from_secs(3));
    assert!(running.await.unwrap().is_err());
    assert!(!engine.is_active("gate"));
}

#[tokio::test(start_paused = true)]
async fn a_plugin_gets_the_answers_to_its_calls_before_the_end() {
    let gate = Gate::new();
    let engine = Engine::new();
    gate.join(&engine).await;
    let (connector, mut connections) = ByHand::new("hand");
    engine.register(connector).unwrap();
    let (activated, mut hand) =
        tokio::join!(engine.activate("hand"), Hand::take(&mut connections, "[]"));
    activated.unwrap();
    hand.send(r#"{"action":"request","name":"gate","key":"wait","id":7,"payload":[]}"#);
    gate.begun.notified().await;
    let stopping = engine.clone();
    let stopped = tokio::spawn(async move { stopping.stop(Duration::from_secs(60)).await });
    tokio::time::sleep(Duration::from_secs(1)).await;
    // It runs no call, so it makes no further one.
    hand.send(r#"{"action":"request","name":"other","key":"one","id":8,"payload":[]}"#);
    let refused = hand.recv().await;
    let text = r#""hand cannot call one of other, because the engine is stopping""#;
    assert_eq!((refused.id, refused.error.unwrap().as_str()), (Some(8), text));
    gate.opens.notify_one();
    let answer = hand.recv().await;
    assert_eq!((answer.id, answer.payload.unwrap().as_str()), (Some(7), "2"));
    assert!(stopped.await.unwrap());
    assert_eq!(hand.ended().await, CloseReason::PeerClosed);
}
