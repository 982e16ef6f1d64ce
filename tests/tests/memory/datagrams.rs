//! What is sent to ports of UDP and of QUIC.

use std::net::UdpSocket;

use connector_tests::bare_quic::BareQuic;
use quinn::{Connection, RecvStream, SendStream};
use tokio::time::timeout;

use super::Sequence;
use super::floods::MUCH;
use super::peer::{ACK, HANDSHAKE, PATIENCE, request};
use super::served::{LONG, Served};

/// What a datagram can be, with its headers.
const DATAGRAM: usize = 60_000;

pub(crate) const SEQUENCES: &[Sequence] = &[
    ("UDP: messages behind a call", |served| {
        let peer = datagrams(served);
        send(&peer, &request("wait", b""));
        let message = request("take", &[b' '; DATAGRAM]);
        (0..3_000).for_each(|_| send(&peer, &message));
        served.open_gate(1);
    }),
    ("UDP: messages beside each other", |served| {
        let peer = datagrams(served);
        let message = request("takeBeside", &[b' '; DATAGRAM]);
        (0..3_000).for_each(|_| send(&peer, &message));
        served.open_gate(3_000);
    }),
    ("UDP: requests for answers that no datagram has room for", |served| {
        let peer = datagrams(served);
        (0..300).for_each(|_| send(&peer, &request("long", b"")));
    }),
    ("UDP: handshakes and heartbeats of an open session", |served| {
        let peer = datagrams(served);
        let packages = [HANDSHAKE, ACK, b"\x03\0\0\0"].concat();
        (0..20_000).for_each(|_| send(&peer, &packages));
    }),
    ("QUIC: requests for long answers, by a peer that does not read", |served| {
        served.block_on(async {
            let mut peer = QuicPeer::open(served).await;
            peer.pour(300, &request("long", b"")).await;
        });
    }),
    ("QUIC: long messages behind a call", |served| {
        served.block_on(async {
            let mut peer = QuicPeer::open(served).await;
            peer.pour(1, &request("wait", b"")).await;
            peer.pour(150, &request("take", &[b' '; LONG])).await;
        });
    }),
    ("QUIC: heartbeats", |served| {
        served.block_on(async {
            let mut peer = QuicPeer::open(served).await;
            peer.pour(MUCH / 4_000, &b"\x03\0\0\0".repeat(1_000)).await;
        });
    }),
    ("QUIC: streams without end", |served| {
        served.block_on(async {
            let peer = QuicPeer::open(served).await;
            let mut streams = Vec::new();
            for _ in 0..2_000 {
                let Ok(Ok((mut send, recv))) = timeout(PATIENCE, peer.connection.open_bi()).await
                else {
                    break;
                };
                let _ = timeout(PATIENCE, send.write_all(&[b'x'; 10_000])).await;
                streams.push((send, recv));
            }
        });
    }),
    ("QUIC: half a package", |served| {
        served.block_on(async {
            let mut peer = QuicPeer::open(served).await;
            let message = request("take", &[b' '; LONG]);
            peer.pour(1, &message[..message.len() - 1]).await;
        });
    }),
];

/// A client of UDP that has opened its session.
fn datagrams(served: &Served) -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(served.udp()).unwrap();
    send(&socket, HANDSHAKE);
    assert!(socket.recv(&mut [0; 1024]).unwrap() > 0);
    send(&socket, ACK);
    socket
}

fn send(socket: &UdpSocket, datagram: &[u8]) {
    assert_eq!(socket.send(datagram).unwrap(), datagram.len());
}

/// A client of QUIC that reads the handshake alone.
struct QuicPeer<'a> {
    served: &'a Served,
    connection: Connection,
    send: SendStream,
    /// Dropped, it would tell that nobody reads it.
    _recv: RecvStream,
}

impl<'a> QuicPeer<'a> {
    async fn open(served: &'a Served) -> Self {
        let client = BareQuic::new(&served.roots(), &["connector"]);
        let connection = client.connect(served.quic()).await.unwrap();
        let (mut send, mut recv) = connection.open_bi().await.unwrap();
        send.write_all(HANDSHAKE).await.unwrap();
        assert!(recv.read(&mut [0; 1024]).await.unwrap().is_some());
        send.write_all(ACK).await.unwrap();
        Self { served, connection, send, _recv: recv }
    }

    /// Sends these bytes so often, and lets a call return when the server reads no more of
    /// them. Ends when that does not help.
    async fn pour(&mut self, times: usize, bytes: &[u8]) {
        let mut stopped = false;
        for _ in 0..times {
            let mut left = bytes;
            while !left.is_empty() {
                match timeout(PATIENCE, self.send.write(left)).await {
                    Ok(Ok(written)) => left = &left[written..],
                    Err(_) if !stopped => {
                        stopped = true;
                        self.served.open_gate(1);
                    }
                    // The server has closed, as it may, or waits for this to read.
                    Ok(Err(_)) | Err(_) => return,
                }
            }
        }
    }
}
