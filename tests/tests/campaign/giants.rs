//! Giant bodies that wait for a call which does not return.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::AsyncWriteExt;

use crate::alone;
use crate::good::Good;
use crate::scene::{Scene, limits};
use crate::words::{notify, open, request};

const PEERS: usize = 20;
/// Bytes of a body, as long as a package may be.
const BODY: usize = 1_000_000;
/// Measurements with and without giants. Each is as noisy as the machine, so that one is
/// enough; a server that is slower for its giants always is.
const ROUNDS: usize = 12;
const MOST: f64 = 1.3;
/// Below this a median is the machine's, not the server's.
const FLOOR: Duration = Duration::from_millis(1);

#[test]
fn giant_waiting_bodies_slow_nobody_down() {
    let _alone = alone();
    let scene = Scene::set();
    let good = Good::open(&scene, 100);
    good.measure(&scene);
    let before = scene.holdings();
    let left = || scene.holdings().bytes < before.bytes + BODY;
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS {
        let quiet = good.measure(&scene).median().max(FLOOR);
        let giants = scene.attack(PEERS, |address, _| async move { send(address).await.unwrap() });
        // So much waits that nothing more is read.
        let waiting = PEERS * (limits().call_bytes - BODY);
        scene.until("they wait", || scene.holdings().bytes > before.bytes + waiting);
        // The first one is beside what their arrival has cost.
        let beside = [good.measure(&scene), good.measure(&scene)].map(|taken| taken.median());
        let beside = beside[0].min(beside[1]).max(FLOOR);
        // They leave with much unread, and what was read is served.
        scene.calls.gate.pass(PEERS);
        scene.end(giants, 100);
        scene.until("their memory is back", left);
        ratios.push(beside.as_secs_f64() / quiet.as_secs_f64());
        if ratios.last().is_some_and(|ratio| *ratio <= MOST) {
            good.close(&scene);
            return scene.stop();
        }
    }
    panic!("the medians beside giants are {ratios:.2?} times the quiet ones");
}

/// Sends bodies that wait, as long as the server takes any.
async fn send(address: SocketAddr) -> io::Result<()> {
    let mut stream = open(address).await?;
    stream.write_all(&notify("hold", b"")).await?;
    let body = [&b"\""[..], &[b'x'; BODY - 2], b"\""].concat();
    let request = request("take", &body);
    loop {
        stream.write_all(&request).await?;
    }
}
