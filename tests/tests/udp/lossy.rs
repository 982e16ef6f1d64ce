//! A network that loses, doubles and overtakes, by a seed or by a plan.

use std::sync::atomic::{AtomicUsize, Ordering};

use connector::client::{Reconnect, RequestError};
use connector_tests::network::{Fate, Network, rough};
use serde_json::json;

use super::*;

/// Requests of each conversation.
const REQUESTS: u32 = 60;
/// The time after which an answer counts as lost.
const LOST: Duration = Duration::from_millis(150);

async fn connect(network: &Network) -> Client {
    let builder = Client::builder().reconnect(Reconnect::never()).connect_timeout(PATIENCE);
    builder.connect(&format!("udp://{}", network.address)).await.unwrap()
}

/// Loses the datagrams of these numbers, from 0.
fn loses(numbers: &'static [usize]) -> Fate {
    let mut next = 0;
    Box::new(move |datagram| {
        let number = next;
        next += 1;
        if numbers.contains(&number) { Vec::new() } else { vec![datagram] }
    })
}

/// Asks again until there is an answer, as applications over UDP do.
async fn asks(client: &Client, n: u32) -> usize {
    let impatient = client.with_request_timeout(LOST);
    for tries in 1..100 {
        match impatient.request::<Value>(ECHO, Json(json!({ "n": n }))).await {
            Ok(answer) => {
                assert_eq!(answer, json!({ "n": n }), "an answer to another request");
                return tries;
            }
            Err(RequestError::Timeout) => {}
            Err(error) => panic!("{error}"),
        }
    }
    panic!("{n} is never answered");
}

#[tokio::test]
async fn conversations_survive_a_rough_network() {
    let tries = AtomicUsize::new(0);
    let conversations = (0..6).map(async |seed| {
        let served = Served::start("127.0.0.1:0", |server| server).await;
        let network =
            Network::new(served.address(), rough(10, 2 * seed), rough(10, 2 * seed + 1)).await;
        let client = connect(&network).await;
        for n in 0..REQUESTS {
            tries.fetch_add(asks(&client, n).await, Ordering::Relaxed);
        }
        assert_eq!(served.sessions(), 1, "seed {seed}");
        assert_eq!(*served.reasons.lock().unwrap(), [], "seed {seed}: copies began no session");
        assert_eq!(client.close_reason(), None);
    });
    futures_util::future::join_all(conversations).await;
    let tries = tries.into_inner();
    println!("{tries} requests for {} answers", 6 * REQUESTS);
    assert!(tries > 6 * REQUESTS as usize, "the network is rough");
}

#[tokio::test]
async fn each_part_of_the_handshake_may_be_lost() {
    let losses: [(&[usize], &[usize]); 5] = [
        // The handshake, twice; its answer; the ack; the answer and then the ack; all of them.
        (&[0, 1], &[]),
        (&[], &[0]),
        (&[1], &[]),
        (&[2], &[0]),
        (&[0, 3, 4], &[0]),
    ];
    let handshakes = losses.map(async |(up, down)| {
        let served = Served::start("127.0.0.1:0", |server| {
            server.on_open(|session| session.push("onOpen", Json(1)).unwrap())
        })
        .await;
        let network = Network::new(served.address(), loses(up), loses(down)).await;
        let client = connect(&network).await;
        // It says nothing by itself.
        let mut pushes = client.pushes::<Json<u32>>("onOpen");
        let opened = tokio::time::timeout(PATIENCE, pushes.next()).await;
        assert_eq!(opened.unwrap().unwrap().unwrap().0, 1, "{up:?} {down:?}");
        assert_eq!(served.sessions(), 1);
    });
    futures_util::future::join_all(handshakes).await;
}

#[tokio::test]
async fn a_message_takes_the_place_of_an_ack_that_was_lost_or_overtaken() {
    let swaps = |held: usize| -> Fate {
        let (mut next, mut kept) = (0, None);
        Box::new(move |datagram| {
            let number = next;
            next += 1;
            if number == held {
                kept = Some(datagram);
                return Vec::new();
            }
            [datagram].into_iter().chain(kept.take()).collect()
        })
    };
    for up in [loses(&[1]), swaps(1)] {
        let served = Served::start("127.0.0.1:0", |server| server).await;
        let network = Network::new(served.address(), up, loses(&[])).await;
        let client = connect(&network).await;
        let answer = client.with_request_timeout(PATIENCE);
        echoes(&answer, 1).await;
        assert_eq!(served.sessions(), 1);
    }
}
