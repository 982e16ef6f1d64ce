//! Sessions that are not read, since too much waits for a slow call.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use connector::{Client, Json};
use tokio::task::JoinSet;

use crate::alone;
use crate::good::Good;
use crate::ratios::Ratios;
use crate::scene::Scene;

/// A busy machine may keep the clients' thread for seconds, while they ask for the first time.
const HEARTBEAT: Duration = Duration::from_secs(4);
/// Longer than a client lets its server be silent, which is two heartbeats.
const BLOCKED: Duration = Duration::from_secs(10);
const CLIENTS: usize = 10;
/// Requests of each behind the slow call, more than may wait.
const BEHIND: u64 = 300;

#[test]
fn blocked_readers_live_by_their_heartbeats() {
    let _alone = alone();
    let scene = Scene::set_as(|server| server.heartbeat(HEARTBEAT));
    let good = Good::open(&scene, 100);
    let mut quiet = [(); 3].map(|()| good.measure(&scene).median());
    quiet.sort();
    let blocked = Good::open(&scene, CLIENTS);
    let mut asking = JoinSet::new();
    for client in blocked.clients() {
        asking.spawn_on(ask(client.clone()), scene.good.handle());
    }
    scene.until("all are blocked", || scene.calls.begun.load(Ordering::SeqCst) == CLIENTS);
    let since = Instant::now();
    let mut ratios = Ratios::default();
    while since.elapsed() < BLOCKED {
        ratios.add(quiet[1], good.measure(&scene).median());
    }
    assert_eq!(scene.server.statistics().sessions, 100 + CLIENTS, "nobody was given up");
    scene.calls.gate.open();
    scene.good.block_on(asking.join_all());
    good.measure(&scene);
    blocked.close(&scene);
    good.close(&scene);
    scene.stop();
    ratios.assert_small();
}

/// Makes a slow call, and many behind it. All are answered.
async fn ask(client: Client) {
    let client = client.with_request_timeout(6 * BLOCKED);
    client.notify("campaign.stageHandler.hold", ()).await.unwrap();
    let mut behind = JoinSet::new();
    for n in 0..BEHIND {
        let client = client.clone();
        behind.spawn(async move {
            let answer = client.request::<Json<u64>>("campaign.stageHandler.echo", Json(n)).await;
            assert_eq!(answer.unwrap().0, n);
        });
    }
    behind.join_all().await;
}
