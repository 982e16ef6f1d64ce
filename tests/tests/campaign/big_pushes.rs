//! Pushes that are longer than what may wait for a session.

use std::collections::HashSet;
use std::time::Duration;

use connector::{Raw, Session};

use crate::alone;
use crate::good::Good;
use crate::ratios::Ratios;
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
    scene.until("the good ones are open", || scene.server.statistics().sessions == 100);
    let others: HashSet<_> = scene.server.sessions().iter().map(Session::id).collect();
    let readers = Good::open_apart(&scene, READERS);
    scene.until("all are open", || scene.server.statistics().sessions == 100 + READERS);
    let mut ratios = Ratios::default();
    let mut pushes: Vec<_> =
        readers.clients().iter().map(|client| client.pushes::<Raw>("onBig")).collect();
    for round in 0..PUSHES {
        let quiet = good.measure(&scene).median();
        let push = Raw(vec![round as u8; PUSH].into());
        let is_reader = |session: &Session| !others.contains(&session.id());
        let told = scene.server.broadcast_to("onBig", push, is_reader);
        assert_eq!(told.unwrap(), READERS);
        ratios.add(quiet, good.measure(&scene).median());
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
    ratios.assert_small();
}
