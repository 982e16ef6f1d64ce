//! Good sessions beside peers that send as fast as the server takes it.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use connector::protocol::pomelo::package::{PackageType, encode};
use connector_tests::long::is_long;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::alone;
use crate::good::Good;
use crate::scene::Scene;
use crate::share::Ticks;
use crate::words::{HEARTBEAT, open, request};

const GOOD: usize = 100;
/// Bytes of one write of short messages.
const CHUNK: usize = 64 * 1024;
/// What the slowest of a hundred answers may take beside 2 and 20 peers that flood, as a
/// multiple of a quiet server's; the everyday form shares its cores with its own peers.
const MOST: [(usize, f64); 2] = [(2, 12.0), (20, 60.0)];
/// Below this it is the machine's time, not the server's.
const FLOOR: Duration = Duration::from_millis(3);
/// As noisy as the machine is, so that the best counts.
const ROUNDS: usize = 5;

/// Measures good sessions beside a flood of such peers.
fn flooded<F>(flood: fn(SocketAddr, usize) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let _alone = alone();
    let scene = Scene::set();
    let good = Good::open(&scene, GOOD);
    let most = || {
        let times = if is_long() { 40 } else { 4 };
        good.ask(&scene, Duration::from_millis(100), times).most()
    };
    most();
    for (peers, bound) in MOST {
        let mut best = f64::MAX;
        for _ in 0..ROUNDS {
            // Just before, since what else runs on the machine changes.
            let quiet = most().max(FLOOR);
            let flooding = scene.attack(peers, flood);
            let before = Ticks::now();
            let flooded = most();
            // Whoever needs all of the machine waits for others of its programs.
            let others = Ticks::others_since(before.as_ref());
            println!("{flooded:?} beside {peers}, {quiet:?} without; {others:.1} times the work");
            scene.end(flooding, GOOD);
            best = best.min(flooded.as_secs_f64() / quiet.as_secs_f64() / others);
            if best <= bound {
                break;
            }
        }
        assert!(best <= bound, "{best:.1} times as long beside {peers} as without, at best");
    }
    good.close(&scene);
    scene.stop();
}

/// Defines a flood of peers that do this again and again.
macro_rules! flood {
    ($name:ident, $once:expr) => {
        #[test]
        fn $name() {
            flooded(|address, _| async move {
                loop {
                    // One that is closed comes again.
                    let _ = $once(address).await;
                }
            });
        }
    };
}

flood!(requests, |address| async move { pour(open(address).await?, &request("echo", b"1")).await });
flood!(heartbeats, |address| async move { pour(open(address).await?, HEARTBEAT).await });
flood!(pings, |address| async move {
    // A ping that is masked by zeros.
    pour(upgrade(address).await?, b"\x89\x80\0\0\0\0").await
});
flood!(megabytes, |address| async move {
    let body = format!("\"{}\"", "x".repeat(1_000_000));
    pour(open(address).await?, &request("take", body.as_bytes())).await
});
flood!(long_handshakes, |address| async move {
    // The most values that there may be, and text.
    let values: String = (0..2_000).map(|number| format!("\"{number}\":{number},")).collect();
    let rest = "x".repeat(63_000 - values.len());
    let text = format!("{{\"sys\":{{}},\"user\":{{{values}\"\":\"{rest}\"}}}}");
    let mut hello = Vec::new();
    encode(PackageType::Handshake, text.as_bytes(), &mut hello).unwrap();
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(&hello).await?;
    stream.read_u8().await?;
    stream.set_zero_linger()
});

/// Writes the same again and again, and reads what comes.
async fn pour(stream: TcpStream, one: &[u8]) -> io::Result<()> {
    let chunk = one.repeat((CHUNK / one.len()).max(1));
    let (mut answers, mut requests) = stream.into_split();
    let read = async {
        let mut bytes = vec![0; CHUNK];
        while answers.read(&mut bytes).await? > 0 {}
        Ok(())
    };
    let write = async {
        loop {
            requests.write_all(&chunk).await?;
        }
    };
    tokio::select! {
        end = read => end,
        end = write => end,
    }
}

/// A session over WebSocket, as far as pings need it.
async fn upgrade(address: SocketAddr) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect(address).await?;
    let request = "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\
        Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(request.as_bytes()).await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    stream.write_all(b"\x82\x8e\0\0\0\0\x01\0\0\x0a{\"sys\":{}}").await?;
    stream.read_u8().await?;
    stream.write_all(b"\x82\x84\0\0\0\0\x02\0\0\0").await?;
    Ok(stream)
}
