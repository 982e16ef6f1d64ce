//! Pushes that are longer than what may wait for a session.

use std::time::Duration;

use connector::Raw;

use crate::alone;
use crate::good::Good;
use crate::scene::Scene;

/// Bytes of a push, more than `Limits::queued` both here and by default.
const PUSH: usize = 4_300_000;
const READERS: usize = 20;
const PUSHES: usize = 3;

#[test]
fn big_pushes_reach_all_idle_readers() {
    let _alone = alone();
    let scene = Scene::set();
    let good = Good::open(&scene, 100);
    let readers = Good::open(&scene, READERS);
    scene.until("all are open", || scene.server.statistics().sessions == 100 + READERS);
    let mut pushes: Vec<_> =
        readers.clients().iter().map(|client| client.pushes::<Raw>("onBig")).collect();
    for round in 0..PUSHES {
        let told = scene.server.broadcast("onBig", Raw(vec![round as u8; PUSH].into()));
        assert_eq!(told.unwrap(), 100 + READERS);
        good.measure(&scene);
        scene.good.block_on(async {
            for pushes in &mut pushes {
                let next = tokio::time::timeout(Duration::from_secs(20), pushes.next());
                let Raw(push) = next.await.unwrap().unwrap().unwrap();
                assert_eq!((push.len(), push[0]), (PUSH, round as u8));
            }
        });
        // Nothing else may wait for whoever gets the next one.
        good.measure(&scene);
    }
    assert_eq!(scene.server.statistics().sessions, 100 + READERS, "nobody was closed");
    readers.close(&scene);
    good.close(&scene);
    scene.stop();
}
