//! Clients that send nothing, without heartbeats.

use connector::MemoryConnector;
use connector::transport::Memory;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use super::*;

const IDLE: Duration = Duration::from_secs(90);
const HANDSHAKE: &[u8] = b"\x01\x00\x00\x0a{\"sys\":{}}\x02\0\0\0";
/// An ordered message without an answer: type, route, body.
const NOTIFY: &[u8] = b"\x04\0\0\x1d\x02\x19test.probeHandler.ordered\n1";

/// An open session without heartbeats, and the reason of its end.
async fn open(idle: Option<Duration>) -> (Server, DuplexStream, mpsc::Receiver<CloseReason>) {
    let (sender, ends) = mpsc::channel(1);
    let memory = Memory::default();
    let dialer = memory.dialer();
    let mut config = Config::new().heartbeat(Duration::ZERO);
    if let Some(idle) = idle {
        config = config.idle_timeout(idle);
    }
    let server = Server::builder()
        .connector(MemoryConnector::new(memory, config))
        .handler(Probe::default())
        .on_close(move |_, reason| drop(sender.try_send(reason.clone())))
        .start()
        .await
        .unwrap();
    let mut near = dialer.dial().await.unwrap();
    near.write_all(HANDSHAKE).await.unwrap();
    let length = near.read_u32().await.unwrap() & 0xff_ffff;
    near.read_exact(&mut vec![0; usize::try_from(length).unwrap()]).await.unwrap();
    (server, near, ends)
}

#[tokio::test(start_paused = true)]
async fn an_idle_client_is_closed_and_any_byte_is_a_sign_of_life() {
    let (_server, mut near, mut ends) = open(Some(IDLE)).await;
    for _ in 0..5 {
        sleep(IDLE - Duration::from_secs(5)).await;
        near.write_all(NOTIFY).await.unwrap();
    }
    let last = Instant::now();
    assert_eq!(ends.recv().await, Some(CloseReason::HeartbeatTimeout));
    let waited = last.elapsed();
    assert!(waited >= IDLE && waited < IDLE + Duration::from_secs(2), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn without_the_option_nobody_is_closed_for_silence() {
    let (_server, near, mut ends) = open(None).await;
    sleep(100 * IDLE).await;
    assert!(ends.try_recv().is_err());
    drop(near);
    assert_eq!(ends.recv().await, Some(CloseReason::PeerClosed));
}
