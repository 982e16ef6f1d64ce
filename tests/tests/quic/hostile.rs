//! Peers that open streams without end, or none, and floods of first packets.

use connector::protocol::pomelo::package::PackageType;
use futures_util::FutureExt;
use quinn::ConnectionError;
use tokio::net::UdpSocket;

use super::raw::{Raw, hello};
use super::*;

#[tokio::test]
async fn further_streams_and_datagrams_are_not_granted() {
    let served = Served::start().await;
    let mut raw = Raw::open(&served).await;
    for _ in 0..100 {
        assert!(raw.connection.open_bi().now_or_never().is_none());
        assert!(raw.connection.open_uni().now_or_never().is_none());
    }
    assert_eq!(raw.connection.max_datagram_size(), None);
    let datagram = raw.connection.send_datagram(vec![0; 10].into());
    assert!(matches!(datagram, Err(quinn::SendDatagramError::UnsupportedByPeer)), "{datagram:?}");
    raw.echoes(&json!("goes on")).await;
    assert_eq!((served.connections(), served.sessions()), (1, 1));
}

#[tokio::test]
async fn a_client_that_opens_no_stream_ends_at_the_deadline() {
    let limits = Limits { handshake: Duration::from_millis(300), ..Limits::default() };
    let served = Served::with(|quic| quic, |server| server.limits(limits)).await;
    let bystander = served.client().await;
    let connection = served.bare(&[ALPN]).connect(served.address()).await.unwrap();
    let closed = comes("the server closes", connection.closed()).await;
    let ConnectionError::ApplicationClosed(close) = &closed else { panic!("{closed:?}") };
    let text = CloseReason::HandshakeTimeout.to_string();
    assert_eq!((close.error_code.into_inner(), &*close.reason), (1008, text.as_bytes()));

    // With a stream, and without a session.
    let mut raw = Raw::new(&served.bare(&[ALPN]), served.address()).await;
    raw.write(&hello()).await;
    assert_eq!(raw.package().await.0, PackageType::Handshake);
    let closed = comes("the server closes", raw.connection.closed()).await;
    assert!(matches!(closed, ConnectionError::ApplicationClosed(close)
        if close.error_code.into_inner() == 1008));
    until("they are gone", || served.connections() == 1).await;
    echoes(&bystander, 1).await;
}

/// The first packets of so many clients.
async fn first_packets(client: &BareQuic, number: usize) -> Vec<Vec<u8>> {
    let sink = UdpSocket::bind(ANY).await.unwrap();
    let endpoint = client.endpoint().unwrap();
    let address = sink.local_addr().unwrap();
    let mut packets = Vec::new();
    // Those that are dropped send more.
    let mut under_way = Vec::new();
    let mut bytes = vec![0; 2_000];
    while packets.len() < number {
        under_way.push(endpoint.connect(address, "localhost").unwrap());
        let size = comes("a first packet is sent", sink.recv(&mut bytes)).await.unwrap();
        // It may be another one's second try, which is a first packet all the same.
        packets.push(bytes[..size].to_vec());
    }
    packets
}

#[tokio::test]
async fn a_flood_of_first_packets_leaves_little_behind_and_others_come_through() {
    const TRUSTED: usize = 8;
    let served = Served::with(|quic| quic.trusted(TRUSTED), |server| server).await;
    let bystander = served.client().await;
    let flood = first_packets(&served.bare(&[ALPN]), 300).await;
    let forger = UdpSocket::bind(ANY).await.unwrap();
    forger.connect(served.address()).await.unwrap();
    let mut retries = 0;
    let mut answer = vec![0; 2_000];
    let mut most = 0;
    for packet in &flood {
        forger.send(packet).await.unwrap();
        echoes(&bystander, 1).await;
        most = most.max(served.connections());
        while let Ok(size) = forger.try_recv(&mut answer) {
            // The type of a long header, in which 3 is a retry.
            retries += usize::from(size > 0 && answer[0] & 0xf0 == 0xf0);
        }
    }
    assert!(most <= TRUSTED + 2, "{most} connections are kept");
    assert!(retries >= 200, "{retries} were asked to prove their address");
    // A client that proves its address has a session.
    let client = served.client().await;
    echoes(&client, 2).await;
    assert_eq!(served.sessions(), 2);
}

#[tokio::test]
async fn every_client_may_be_asked_to_prove_its_address() {
    let served = Served::with(|quic| quic.trusted(0), |server| server).await;
    let flood = first_packets(&served.bare(&[ALPN]), 20).await;
    let forger = UdpSocket::bind(ANY).await.unwrap();
    for packet in &flood {
        forger.send_to(packet, served.address()).await.unwrap();
    }
    echoes(&served.client().await, 1).await;
    assert_eq!(served.connections(), 1, "nothing is kept for the others");
}

#[tokio::test]
async fn garbage_is_dropped() {
    let served = Served::start().await;
    let client = served.client().await;
    let forger = UdpSocket::bind(ANY).await.unwrap();
    forger.connect(served.address()).await.unwrap();
    let mut random = fastrand::Rng::with_seed(16);
    for size in [0, 1, 20, 100, 1_200, 1_500, 10_000] {
        for first in 0..=255 {
            let mut garbage: Vec<u8> = (0..size).map(|_| random.u8(..)).collect();
            garbage.iter_mut().take(1).for_each(|byte| *byte = first);
            forger.send(&garbage).await.unwrap();
        }
        echoes(&client, 1).await;
    }
    let flood = first_packets(&served.bare(&[ALPN]), 30).await;
    for mut packet in flood {
        // A version, an id, or what is encrypted.
        let at = random.usize(1..packet.len());
        packet[at] ^= 1 << random.u32(0..8);
        forger.send(&packet).await.unwrap();
        echoes(&client, 2).await;
    }
    until("nothing is left of it", || served.connections() == 1).await;
}

#[tokio::test]
async fn a_peer_that_reads_nothing_costs_a_window() {
    let limits = Limits { stall: Duration::from_millis(500), ..Limits::default() };
    let served = Served::with(|quic| quic, |server| server.limits(limits)).await;
    let bystander = served.client().await;
    let mut raw = Raw::open(&served).await;
    let body = json!("x".repeat(100_000));
    let asks = async {
        for n in 1.. {
            let asked = raw.send.write_all(&super::raw::request(n, &body)).await;
            if asked.is_err() {
                break;
            }
        }
    };
    let (reason, ()) = comes("it has to go", async { tokio::join!(served.reason(), asks) }).await;
    let known = matches!(reason, CloseReason::Stalled { .. } | CloseReason::SlowPeer { .. });
    assert!(known, "{reason:?}");
    echoes(&bystander, 1).await;
}
