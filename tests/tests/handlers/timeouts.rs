//! `#[route(timeout = "..")]`

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use connector::prelude::*;
use tokio::time::{Instant, sleep};

use super::start;

#[derive(Clone, Default)]
struct Slow {
    dropped: Arc<AtomicUsize>,
}

struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[handler("test.slow")]
impl Slow {
    /// Takes as many seconds as it is told.
    #[route(timeout = "5s")]
    async fn sleep(&self, Json(seconds): Json<u64>) -> Json<u64> {
        let _counted = Counted(self.dropped.clone());
        sleep(Duration::from_secs(seconds)).await;
        Json(seconds)
    }

    #[route(timeout = "250ms", concurrent)]
    async fn beside(&self) {
        let _counted = Counted(self.dropped.clone());
        std::future::pending::<()>().await;
    }

    #[route(timeout = "2m", notify)]
    async fn told(&self) {
        let _counted = Counted(self.dropped.clone());
        std::future::pending::<()>().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_takes_too_long_is_dropped_and_answered() {
    let slow = Slow::default();
    let (_server, client) = start(Server::builder().handler(slow.clone())).await;
    let began = Instant::now();
    let error = client.expect_error("test.slow.sleep", Json(60u64)).await;
    assert_eq!(error, HandlerError::new(504, "not done within 5s"));
    assert_eq!(began.elapsed().as_secs(), 5);
    assert_eq!(slow.dropped.load(Ordering::SeqCst), 1);

    let began = Instant::now();
    let error = client.expect_error("test.slow.beside", ()).await;
    assert_eq!(error.code, HandlerError::TIMED_OUT);
    assert_eq!(began.elapsed().as_millis(), 250);
    assert_eq!(slow.dropped.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn a_call_in_time_is_answered() {
    let (_server, client) = start(Server::builder().handler(Slow::default())).await;
    for seconds in [0, 4, 0] {
        assert_eq!(client.request::<Json<u64>>("test.slow.sleep", Json(&seconds)).await.0, seconds);
    }
}

#[tokio::test(start_paused = true)]
async fn waiting_for_ones_turn_takes_no_time() {
    let (_server, client) = start(Server::builder().handler(Slow::default())).await;
    let client = client.client();
    let sleep = || client.request::<Json<u64>>("test.slow.sleep", Json(3u64));
    let (first, second, third) = tokio::join!(sleep(), sleep(), sleep());
    assert_eq!([first.unwrap(), second.unwrap(), third.unwrap()], [Json(3); 3]);
}

#[tokio::test(start_paused = true)]
async fn a_notify_that_takes_too_long_lets_the_next_one_run() {
    let slow = Slow::default();
    let (_server, client) = start(Server::builder().handler(slow.clone())).await;
    client.notify("test.slow.told", ()).await;
    let patient = client.client().with_request_timeout(Duration::from_secs(600));
    assert_eq!(patient.request::<Json<u64>>("test.slow.sleep", Json(1u64)).await.unwrap().0, 1);
    assert_eq!(slow.dropped.load(Ordering::SeqCst), 2);
}
