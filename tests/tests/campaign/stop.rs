//! A stop while everybody asks.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use connector::Json;
use connector::client::{Client, Reconnect, RequestError};
use connector_tests::long::is_long;
use tokio::task::JoinSet;

use crate::alone;
use crate::scene::Scene;

/// The stop's deadline, far away also for a busy machine; a call takes 20 ms.
const DEADLINE: Duration = Duration::from_secs(60);
/// Requests that wait for their answers on each session.
const DEPTH: usize = 16;

/// How the requests of a session went.
#[derive(Default)]
struct Told {
    answered: usize,
    refused: usize,
}

#[test]
fn what_is_accepted_is_answered() {
    let _alone = alone();
    let scene = Scene::set();
    let sessions: usize = if is_long() { 1_000 } else { 100 };
    let mut asking = JoinSet::new();
    for at in 0..sessions {
        let scheme = if at.is_multiple_of(2) { "tcp" } else { "ws" };
        let url = format!("{scheme}://{}", scene.address);
        let client = scene
            .good
            .block_on(Client::builder().reconnect(Reconnect::never()).connect(&url))
            .unwrap();
        for _ in 0..DEPTH {
            asking.spawn_on(ask(client.clone()), scene.good.handle());
        }
    }
    let begun = || scene.calls.begun.load(Ordering::SeqCst);
    scene.until("all are busy", || begun() > 2 * DEPTH * sessions);

    let stopping = Instant::now();
    scene.serving.block_on(scene.server.stop_within(DEADLINE));
    let stopped = stopping.elapsed();
    let told = scene.good.block_on(asking.join_all());
    let all_told = stopping.elapsed();

    let answered: usize = told.iter().map(|told| told.answered).sum();
    let refused: usize = told.iter().map(|told| told.refused).sum();
    println!("{answered} answered, {refused} refused, stopped in {stopped:?}");
    assert!(all_told < DEADLINE, "{all_told:?}");
    assert_eq!(refused, DEPTH * sessions, "each ends with a refusal");
    let done = scene.calls.done.load(Ordering::SeqCst);
    assert_eq!((begun(), answered), (done, done), "what has begun was answered");
    scene.stop();
}

/// Asks again and again, until it is refused.
async fn ask(client: Client) -> Told {
    let mut told = Told::default();
    loop {
        match client.request::<Json<u64>>("campaign.stageHandler.slow", Json(1u64)).await {
            Ok(_) => told.answered += 1,
            Err(RequestError::Closed(_)) => {
                told.refused += 1;
                return told;
            }
            Err(error) => panic!("neither an answer nor a refusal: {error}"),
        }
    }
}
