//! Many connections, one after the other.

use connector_tests::long::is_long;
use tokio::io::AsyncWriteExt;

use crate::alone;
use crate::holdings::resident;
use crate::scene::Scene;
use crate::words::{hear, open, request};

/// How many run beside each other.
const LANES: usize = 8;
/// Bytes by which the process may grow over all cycles: the allocator's own.
const GROWTH: usize = 4 << 20;

#[test]
fn memory_is_flat_over_connections() {
    let _alone = alone();
    let scene = Scene::set();
    let cycles = if is_long() { 1_000_000 } else { 5_000 };
    run(&scene, cycles / 5);
    let (before, resident_before) = (scene.holdings(), resident());
    run(&scene, cycles - cycles / 5);
    scene.assert_back(&before);
    if let (Some(before), Some(after)) = (resident_before, resident()) {
        println!("{cycles} cycles: {before} bytes resident, then {after}");
        assert!(after < before + GROWTH, "{before} bytes resident, then {after}");
    }
    println!("before: {before}\nafter:  {}", scene.holdings());
    scene.stop();
}

/// Each connects, asks, hears the answer, and leaves: in the regular way, or by
/// a reset.
fn run(scene: &Scene, cycles: usize) {
    let address = scene.address;
    let mut lanes = tokio::task::JoinSet::new();
    for lane in 0..LANES {
        lanes.spawn_on(
            async move {
                let request = request("echo", b"1");
                for cycle in 0..cycles / LANES {
                    let mut stream = open(address).await.unwrap();
                    if (cycle + lane).is_multiple_of(2) {
                        stream.set_zero_linger().unwrap();
                    }
                    stream.write_all(&request).await.unwrap();
                    let answer = hear(&mut stream).await.unwrap();
                    assert_eq!(answer.last(), Some(&b'1'));
                }
            },
            scene.bad.handle(),
        );
    }
    scene.bad.block_on(lanes.join_all());
    scene.until("all are gone", || scene.server.statistics().connections == 0);
}
