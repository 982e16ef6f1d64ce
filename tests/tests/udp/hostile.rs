//! Peers that forge, flood, fall silent or send garbage.

use std::net::UdpSocket as StdSocket;

use connector::Network;
use connector::protocol::pomelo::package::{HANDSHAKE_ACK, PackageType};
use connector::protocol::session::Answer;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use serde_json::json;

use super::raw::{Raw, hello, request};
use super::*;

/// The datagrams that are sent before others get their turn.
const BURST: u32 = 32;

fn greets_with(server: ServerBuilder, letters: usize) -> ServerBuilder {
    server.on_handshake(move |_, _| async move {
        Answer::Accept { user: Some(json!("x".repeat(letters))) }
    })
}

#[tokio::test]
async fn an_address_gets_three_times_what_it_has_sent_until_it_goes_on() {
    let served = Served::start("127.0.0.1:0", |server| greets_with(server, 200)).await;
    let raw = Raw::new(served.address()).await;
    let hello = hello("{\"sys\":{},\"x\":\"0123456789\"}");
    let mut sent = 0;
    let answer = loop {
        raw.send(&hello).await;
        sent += hello.len();
        assert!(sent < 1_000, "it is answered at last");
        let mut bytes = [0; 2_000];
        let wait = Duration::from_millis(100);
        if let Ok(read) = tokio::time::timeout(wait, raw.0.recv(&mut bytes)).await {
            break read.unwrap();
        }
    };
    assert!(answer > 3 * hello.len() && answer <= 3 * sent, "{answer} for {sent}");
    // It has shown that it receives.
    raw.send(&HANDSHAKE_ACK).await;
    raw.ask(1, "long", &json!(1_000)).await;
    assert_eq!(raw.answer(1).await, "x".repeat(1_000));

    // Our client asks with more, and others may be trusted with more.
    echoes(&served.client().await, 1).await;
    let udp = Udp::from("127.0.0.1:0").answer_times(100);
    let served = Served::start(udp, |server| greets_with(server, 200)).await;
    Raw::open(served.address()).await;
}

#[tokio::test]
async fn an_address_that_does_not_go_on_ends_at_the_deadline() {
    let limits = Limits { handshake: Duration::from_millis(200), ..Limits::default() };
    let served = Served::start("127.0.0.1:0", |server| server.limits(limits)).await;
    let raw = Raw::new(served.address()).await;
    raw.send(&hello("{\"sys\":{}}")).await;
    assert_eq!(raw.packages().await[0].0, PackageType::Handshake);
    assert_eq!(served.connections(), 1);
    assert_eq!(raw.datagram().await, b"", "the end of it");
    until("it is gone", || served.connections() == 0).await;
    // Its place is free.
    raw.shake_hands().await;
}

#[tokio::test]
async fn a_client_that_falls_silent_is_given_up() {
    let idle = Udp::from("127.0.0.1:0").idle_timeout(Duration::from_millis(400));
    let served = Served::start(idle, |server| server).await;
    let (silent, lively) = (Raw::open(served.address()).await, served.client().await);
    until("both are open", || served.sessions() == 2).await;
    let goes_on = async {
        for n in 0.. {
            echoes(&lively, n).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        () = goes_on => {}
        reason = served.reason() => assert_eq!(reason, CloseReason::HeartbeatTimeout),
    }
    assert_eq!(silent.datagram().await, b"");
    echoes(&lively, 0).await;
    assert_eq!(served.sessions(), 1);
}

#[tokio::test]
async fn garbage_ends_at_most_the_session_of_its_address() {
    let served = Served::start("127.0.0.1:0", |server| server).await;
    let bystander = Raw::open(served.address()).await;
    let ask = request(1, "echo", &json!(1));
    let garbage: [Vec<u8>; 6] = [
        b"garbage".to_vec(),
        b"\x04".to_vec(),
        b"\x04\xff\xff\xff".to_vec(),
        [&ask[..], b"\x09\0\0\0"].concat(),
        [&ask[..], &ask[..ask.len() - 1]].concat(),
        b"\x05\0\0\0".to_vec(),
    ];
    for datagram in garbage {
        let raw = Raw::open(served.address()).await;
        raw.send(&datagram).await;
        let reason = served.reason().await;
        assert!(matches!(reason, CloseReason::Malformed(_)), "{datagram:?}: {reason}");
        bystander.ask(1, "echo", &json!(1)).await;
        assert_eq!(bystander.answer(1).await, 1);
    }
    // Before a session, it leaves nothing behind.
    for byte in 0..=255 {
        let raw = Raw::new(served.address()).await;
        raw.send(&[byte, 0, 0, 1]).await;
        assert_eq!(raw.datagram().await, b"");
    }
    assert_eq!((served.connections(), served.sessions()), (1, 1));
}

#[tokio::test]
async fn a_datagram_of_another_address_reaches_no_session() {
    let served = Served::start("127.0.0.1:0", |server| server).await;
    let client = Raw::open(served.address()).await;
    let (other_port, other_host) =
        (Raw::new(served.address()).await, Raw::at("127.0.0.2:0", served.address()).await);
    for stranger in [other_port, other_host] {
        stranger.ask(7, "leave", &json!({})).await;
        stranger.ask(7, "echo", &json!({})).await;
        assert_eq!(stranger.datagram().await, b"");
    }
    client.ask(1, "echo", &json!(1)).await;
    assert_eq!(client.answer(1).await, 1, "nothing else came");
}

#[tokio::test]
async fn blocked_hosts_get_no_session() {
    let blocked: Network = "127.0.0.2".parse().unwrap();
    let served = Served::start("127.0.0.1:0", |server| server.block([blocked])).await;
    let raw = Raw::at("127.0.0.2:0", served.address()).await;
    raw.send(&hello("{\"sys\":{}}")).await;
    assert_eq!(raw.datagram().await, b"", "and no answer to the handshake");
    until("it is gone", || served.connections() == 0).await;
    Raw::open(served.address()).await;
}

#[tokio::test]
async fn garbage_from_many_addresses_is_counted_and_leaves_nothing_behind() {
    let recorder = DebuggingRecorder::new();
    let counted = recorder.snapshotter();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let served = Served::start("127.0.0.1:0", |server| server).await;
    let client = served.client().await;
    for n in 0..2_000 {
        let forged = StdSocket::bind("127.0.0.1:0").unwrap();
        forged.send_to(&request(1, "echo", &json!(n)), served.address()).unwrap();
        if n % BURST == 0 {
            echoes(&client, n).await;
        }
    }
    echoes(&client, 0).await;
    assert_eq!(served.connections(), 1);
    let dropped = counted.snapshot().into_vec().into_iter().find_map(|(key, _, _, value)| {
        let key = key.key();
        let named = key.name() == connector::metrics::DATAGRAMS_DROPPED;
        let cause = key.labels().any(|label| (label.key(), label.value()) == ("cause", "unknown"));
        (named && cause).then_some(value)
    });
    assert_eq!(dropped, Some(DebugValue::Counter(2_000)));
}

#[tokio::test]
async fn a_peer_that_is_not_handled_in_time_loses_datagrams_and_nothing_else() {
    let served = Served::start("127.0.0.1:0", |server| server).await;
    let (eager, client) = (Raw::open(served.address()).await, served.client().await);
    let long = "x".repeat(60_000);
    // The server's thread is this one, so nothing is read meanwhile.
    for n in 0..200 {
        let _ = eager.0.try_send(&request(n, "echo", &json!(long)));
    }
    echoes(&client, 1).await;
    eager.ask(1_000, "who", &json!({})).await;
    assert_eq!(eager.answer_of(1_000).await["transport"], "udp");
}
