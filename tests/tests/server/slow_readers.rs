//! Peers that read slowly: what they take is seen.

use tokio::io::AsyncReadExt;
use tokio::net::TcpSocket;

use super::bursts::open;
use super::*;

/// The bytes of a push, twice what the system's buffers take.
const LENGTH: usize = 8 << 20;
/// The bytes that a peer reads at a time.
const SIP: usize = 512 * 1024;

#[tokio::test]
async fn each_half_a_megabyte_that_a_peer_reads_is_seen() {
    let (server, address) = start(&Probe::default(), Limits::default()).await;
    // The peer's buffer does not grow while it reads, as that of a slow peer does not.
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(64 * 1024).unwrap();
    let mut stream = socket.connect(address.parse().unwrap()).await.unwrap();
    open(&mut stream).await;
    until("it is open", || server.handle().statistics().sessions == 1).await;
    let session = server.handle().sessions().remove(0);
    session.push("onBytes", Raw(vec![b'x'; LENGTH].into())).unwrap();
    let mut sip = vec![0; SIP];
    for _ in 0..LENGTH / SIP {
        let before = session.queued();
        stream.read_exact(&mut sip).await.unwrap();
        until("it is seen", || before == 0 || session.queued() < before).await;
    }
    assert_eq!(session.close_reason(), None);
}
