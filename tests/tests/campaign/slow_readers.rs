//! Peers that read slowly, and all the time.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use connector::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::alone;
use crate::good::Good;
use crate::ratios::Ratios;
use crate::scene::{Scene, limits};
use crate::words::{request, shake_hands};

const READERS: usize = 20;
/// Bytes of an answer, far more than the system's buffers take.
const ANSWER: usize = 12 << 20;
/// A peer that takes nothing for so long is closed. An answer takes several times as long.
const STALL: Duration = Duration::from_secs(2);
/// Bytes that a reader takes at a time, and the time between two of them.
const SIP: usize = 64 * 1024;
const PAUSE: Duration = Duration::from_millis(25);

#[test]
fn slow_steady_readers_get_all() {
    let _alone = alone();
    let scene = Scene::set_as(|server| server.limits(Limits { stall: STALL, ..limits() }));
    let good = Good::open(&scene, 100);
    let quiet = [(); 3].map(|()| good.measure(&scene).median());
    let mut readers = JoinSet::new();
    for _ in 0..READERS {
        readers.spawn_on(read(scene.address), scene.bad.handle());
    }
    let mut ratios = Ratios::default();
    for quiet in quiet {
        ratios.add(quiet, good.measure(&scene).median());
    }
    assert_eq!(readers.try_join_next().map(drop), None, "it was as fast as others");
    let read = scene.bad.block_on(readers.join_all());
    for taken in read {
        assert!(taken.unwrap() > STALL, "it was as fast as others");
    }
    good.measure(&scene);
    good.close(&scene);
    scene.stop();
    ratios.assert_small();
}

/// Asks for a long answer, and returns how long it took.
async fn read(address: SocketAddr) -> io::Result<Duration> {
    // Little in the system's hands, but not so little that it is sent by a timer.
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(64 * 1024)?;
    let mut stream: TcpStream = shake_hands(socket.connect(address).await?).await?;
    stream.write_all(&request("big", ANSWER.to_string().as_bytes())).await?;
    let asked = tokio::time::Instant::now();
    let (mut read, mut sip) = (0, vec![0; SIP]);
    while read < ANSWER {
        let sips = SIP.min(ANSWER - read);
        read += stream.read_exact(&mut sip[..sips]).await?;
        sleep(PAUSE).await;
    }
    Ok(asked.elapsed())
}
