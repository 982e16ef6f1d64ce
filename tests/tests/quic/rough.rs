//! Networks that lose and overtake, and clients that move.

use connector_tests::network::{Network, fair, rough};

use super::*;

/// Requests of each conversation.
const REQUESTS: u32 = 60;

#[tokio::test]
async fn conversations_survive_a_rough_network_in_their_order() {
    let conversations = (0..4).map(async |seed| {
        let served = Served::start().await;
        let network =
            Network::new(served.address(), rough(20, 2 * seed), rough(20, 2 * seed + 1)).await;
        let client = served.client_at(network.address).await;
        let mut pushes = client.pushes::<Value>("onPush");
        let talk = async {
            for n in 0..REQUESTS {
                echoes(&client, n).await;
            }
            let long = json!("x".repeat(200_000));
            assert!(client.request::<Value>(ECHO, Json(&long)).await.unwrap() == long);
            let _: Value =
                client.request("connector.entryHandler.push", Json((200, 100))).await.unwrap();
            for n in 0..200 {
                assert_eq!(pushes.next().await.unwrap().unwrap()["n"], n);
            }
        };
        comes("the conversation ends", talk).await;
        client.close().await;
        assert_eq!(served.reason().await, CloseReason::PeerClosed, "seed {seed}");
    });
    futures_util::future::join_all(conversations).await;
}

#[tokio::test]
async fn a_session_goes_on_when_its_client_has_moved() {
    let served = Served::start().await;
    let network = Network::new(served.address(), fair(), fair()).await;
    let client = served.client_at(network.address).await;
    let at = async || {
        let who: Value = client.request(WHO, ()).await.unwrap();
        who["address"].as_str().unwrap().to_owned()
    };
    let before = at().await;
    for (to, host) in [("127.0.0.1:0", "127.0.0.1:"), ("127.0.0.2:0", "127.0.0.2:")] {
        network.move_to(to);
        // The first message from there tells.
        comes("the client is seen there", async {
            while at().await == before || !at().await.starts_with(host) {}
        })
        .await;
    }
    let session = &served.server.handle().sessions()[0];
    assert_eq!(session.peer().address.to_string(), before, "where it has opened");
    assert_eq!((served.sessions(), served.reasons.lock().unwrap().len()), (1, 0));
}

#[tokio::test]
async fn a_client_that_moves_to_a_blocked_address_has_to_go() {
    let served = Served::start().await;
    let network = Network::new(served.address(), fair(), fair()).await;
    let (moving, bystander) = (served.client_at(network.address).await, served.client().await);
    served.server.handle().block("127.0.0.2".parse::<connector::Network>().unwrap());
    echoes(&moving, 1).await;
    network.move_to("127.0.0.2:0");
    let _ = moving.notify(ECHO, Json(json!(1))).await;
    let reason = CloseReason::Kicked(Some("its address is blocked".into()));
    assert_eq!(comes("it is told", moving.closed()).await, reason);
    assert_eq!(served.reason().await, reason);
    echoes(&bystander, 1).await;
}

#[tokio::test]
async fn a_silent_network_ends_its_connection_on_both_sides() {
    // Longer than a busy machine pauses the bystander.
    let idle = Duration::from_secs(3);
    let served = Served::with(|quic| quic.idle_timeout(idle), |server| server).await;
    let network = Network::new(served.address(), fair(), fair()).await;
    let (lost, bystander) = (served.client_at(network.address).await, served.client().await);
    echoes(&lost, 1).await;
    // In the middle of an answer.
    let long = json!("x".repeat(900_000));
    let asked = lost.request::<Value>(ECHO, Json(&long));
    network.fall_silent();
    let goes_on = async {
        loop {
            echoes(&bystander, 1).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let timed_out = |reason: &CloseReason| {
        matches!(reason, CloseReason::Lost { kind: std::io::ErrorKind::TimedOut, .. })
    };
    tokio::select! {
        () = goes_on => {}
        (reason, asked) = async { tokio::join!(served.reason(), asked) } => {
            assert!(timed_out(&reason), "{reason:?}");
            assert!(asked.is_err());
        }
    }
    let reason = comes("the client notices", lost.closed()).await;
    assert!(timed_out(&reason), "{reason:?}");
    assert_eq!(served.sessions(), 1);
}
