//! Messages and datagrams of all sizes.

use connector::UdpSocket;
use connector::client::RequestError;
use connector::transport::{DatagramSize, UdpDialer};
use connector::{Dial, PushSchedule};
use serde_json::json;

use super::raw::Raw;
use super::*;

#[tokio::test]
async fn a_message_that_fits_no_datagram_is_an_error_where_it_is_sent() {
    let served = Served::start("127.0.0.1:0", |server| server).await;
    let client = served.client().await;
    let long = client.request::<Value>(ECHO, Json("x".repeat(1_200))).await;
    match long {
        Err(RequestError::Codec(error)) => {
            assert!(
                error.to_string().ends_with("do not fit into a package of at most 1200"),
                "{error}"
            );
        }
        other => panic!("{other:?}"),
    }
    for (method, body) in [("long", json!(1_200)), ("push", json!([1, 1_200]))] {
        let route = format!("connector.entryHandler.{method}");
        match client.request::<Value>(&route, Json(body)).await {
            Err(RequestError::Server(error)) => assert_eq!(error.code, 500),
            other => panic!("{method}: {other:?}"),
        }
    }
    // The sessions go on.
    echoes(&client, 1).await;
    let Json(fits): Json<String> =
        client.request("connector.entryHandler.long", Json(1_150)).await.unwrap();
    assert_eq!(fits.len(), 1_150);
}

#[tokio::test]
async fn the_size_is_an_option_of_both_sides() {
    for (size, letters) in [(DatagramSize::Ethernet, 1_400), (DatagramSize::Largest, 65_000)] {
        let served = Served::start(Udp::from("127.0.0.1:0").size(size), |server| server).await;
        let dialer = UdpDialer::new().size(size).socket::<UdpSocket>();
        let client = Client::builder().connect_by(dialer, &served.url()).await.unwrap();
        let text = "x".repeat(letters);
        let Json(answer): Json<String> = client.request(ECHO, Json(&text)).await.unwrap();
        assert!(answer == text, "{size:?}");
        // A side receives what it would not send.
        let small = served.client().await;
        let Json(answer): Json<String> =
            small.request("connector.entryHandler.long", Json(letters)).await.unwrap();
        assert_eq!(answer.len(), letters);
    }
}

#[tokio::test]
async fn a_package_above_the_limit_ends_its_own_session() {
    let limits = Limits { package: 512, ..Limits::default() };
    let served = Served::start("127.0.0.1:0", |server| server.limits(limits)).await;
    let (one, other) = (Raw::open(served.address()).await, served.client().await);
    one.ask(1, "echo", &json!("x".repeat(400))).await;
    assert_eq!(one.answer(1).await, "x".repeat(400));
    one.ask(2, "echo", &json!("x".repeat(600))).await;
    let reason = served.reason().await;
    assert!(matches!(reason, CloseReason::TooLarge { limit: 512, .. }), "{reason}");
    assert_eq!(one.datagram().await, b"", "it is told of the end");
    echoes(&other, 1).await;
}

#[tokio::test]
async fn packages_that_leave_together_share_datagrams_that_hold_them() {
    let served = Served::start("127.0.0.1:0", |server| server.join_packages(|_| Some(true))).await;
    let raw = Raw::open(served.address()).await;
    raw.ask(1, "push", &json!([40, 100])).await;
    let (mut packages, mut datagrams) = (0, 0);
    while packages < 41 {
        let together = raw.packages().await;
        let bytes: usize = together.iter().map(|(_, body)| body.len() + 4).sum();
        assert!(bytes <= 1_200, "{bytes}");
        packages += together.len();
        datagrams += 1;
    }
    assert_eq!(packages, 41);
    assert!(datagrams <= 7, "{datagrams} for 40 pushes of about 130 bytes, and an answer");
}

#[tokio::test]
async fn a_schedule_fills_datagrams_too() {
    let every = PushSchedule::Buffered { interval: Duration::from_millis(5) };
    let served = Served::start("127.0.0.1:0", |server| server.push_schedule(every)).await;
    let client = served.client().await;
    let mut pushes = client.pushes::<Value>("onPush");
    let _: Value = client.request("connector.entryHandler.push", Json((50, 100))).await.unwrap();
    for n in 0..50 {
        let push = tokio::time::timeout(PATIENCE, pushes.next()).await.unwrap().unwrap().unwrap();
        assert_eq!(push["n"], n);
    }
}
