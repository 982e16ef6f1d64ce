//! What links keep counts for what all connections hold, as what waits in them does.

use std::net::SocketAddr;

use connector::protocol::mqtt::QoS;
use connector::transport::MqttOptions;
use connector::{MqttConnector, SessionId, SioConnector};
use connector_tests::mqtt::packet;
use tokio::net::TcpStream;

use super::*;

/// What all may hold.
const MOST: usize = 400_000;
/// The bytes of each push.
const PUSH: usize = 10_000;

/// A client that takes nothing of what its link keeps for it.
enum Deaf {
    /// One of socket.io that does not poll.
    Polling,
    /// One of MQTT that acknowledges nothing.
    Mqtt,
}

impl Deaf {
    async fn listen(&self, limits: Limits) -> Trial {
        match self {
            Self::Polling => Trial::listen(limits, SioConnector::bind("127.0.0.1:0")).await,
            Self::Mqtt => {
                let options = MqttOptions::new().qos(QoS::AtLeastOnce).in_flight(1);
                let connector = MqttConnector::bind("127.0.0.1:0").options(options);
                Trial::listen(limits, connector).await
            }
        }
    }

    /// Opens a session.
    async fn open(&self, address: SocketAddr) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.unwrap();
        match self {
            Self::Polling => {
                // Of Engine.IO 3, since it is open with its first answer.
                let request =
                    b"GET /socket.io/?EIO=3&transport=polling HTTP/1.1\r\nHost: h\r\n\r\n";
                stream.write_all(request).await.unwrap();
                read_until(&mut stream, b"2:40").await;
            }
            Self::Mqtt => {
                let connect = packet(0x10, &[b"\0\x04MQTT\x04\x02\0\0", b"\0\0"]);
                stream.write_all(&connect).await.unwrap();
                read_until(&mut stream, b"\x20\x02\0\0").await;
            }
        }
        stream
    }
}

/// Reads until these bytes have come.
async fn read_until(stream: &mut TcpStream, end: &[u8]) {
    let mut read = Vec::new();
    while !read.ends_with(end) {
        assert_ne!(stream.read_buf(&mut read).await.unwrap(), 0, "{read:?}");
    }
}

/// Pushes of a session's own that nobody shares.
fn push(session: &Session, pushes: usize) {
    let text = "x".repeat(PUSH);
    for _ in 0..pushes {
        session.push("onText", Json(&text)).unwrap();
    }
}

#[tokio::test]
async fn call_bytes_in_all_of_what_links_keep() {
    for deaf in [Deaf::Polling, Deaf::Mqtt] {
        for dry_run in BOTH {
            let limits = Limits { call_bytes_in_all: MOST, dry_run, ..Limits::default() };
            let trial = deaf.listen(limits).await;
            let address = trial.url.strip_prefix("tcp://").unwrap().parse().unwrap();
            let held = || trial.counted.get(connector::metrics::CALL_BYTES);
            let mut peers = Vec::new();
            let mut newest: Option<SessionId> = None;
            for n in 1..=10 {
                peers.push(deaf.open(address).await);
                let opened = || {
                    let sessions = trial.handle().sessions();
                    sessions.into_iter().find(|session| Some(session.id()) > newest)
                };
                until("it is open", || opened().is_some()).await;
                let session = opened().unwrap();
                push(&session, 15);
                newest = Some(session.id());
                if n == 1 {
                    let some = || held() >= 13.0 * PUSH as f64;
                    trial.counted.until("what one keeps is counted", some).await;
                    assert!(held() <= 20.0 * PUSH as f64, "{}", held());
                }
            }
            if dry_run {
                let all = || held() >= 130.0 * PUSH as f64;
                trial.counted.until("all is held", all).await;
                assert_eq!(trial.counted.closed("overloaded"), 0.0);
            } else {
                let reason = trial.reason().await;
                assert!(matches!(reason, CloseReason::Overloaded { limit: MOST, .. }), "{reason}");
                let bounded = || held() <= 1.25 * MOST as f64 + 15.0 * PUSH as f64;
                trial.counted.until("some have made room", bounded).await;
                assert!(trial.handle().statistics().sessions >= 1, "some may stay");
            }
            trial.handle().sessions().iter().for_each(|session| session.kick(None));
            drop(peers);
            trial.counted.until("all is given back", || held() == 0.0).await;
            trial.end().await;
        }
    }
}
