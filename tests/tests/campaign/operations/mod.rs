//! Random operations of many peers and of the server itself, with what must hold while and
//! after: order for each session, no answer lost that its peer can still read, and all
//! counts back.
//!
//! `CONNECTOR_SEED` chooses the seed. A server's life has one of its own, which is printed
//! before it begins: with that, a failed run begins again with the life that failed. The
//! system's threads and sockets still run as they like.
//!
//! | file | part |
//! |---|---|
//! | `crowd` | a thousand sessions of few users, a test of its own |
//! | `dice` | random numbers |
//! | `wire` | a connection by hand |
//! | `peer` | what a peer does and checks |
//! | `stage` | handlers, a filter and hooks |
//! | `record` | what these note for the peers |
//! | `gauges` | the gauges of all servers |

mod crowd;
mod dice;
mod gauges;
mod peer;
mod record;
mod stage;
mod wire;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use connector::prelude::*;
use connector_tests::long::is_long;
use tokio::task::JoinSet;

use self::dice::Dice;
use self::gauges::Gauges;
use self::peer::{Counts, live};
use self::record::{ROOMS, Record};
use self::stage::{KICK, add, tell};

use crate::good::Good;
use crate::holdings::Holdings;
use crate::scene::{Scene, limits};
use crate::{alone, quietly};

/// Peers beside each other, and good sessions beside them.
const PEERS: u64 = 24;
const GOOD: usize = 6;
/// Bytes that may be kept: for the record's tables, and by threads.
const SLACK: usize = 1 << 20;

#[test]
fn random_operations() {
    let _alone = alone();
    quietly();
    let gauges = Gauges::install();
    let run = Duration::from_secs(if is_long() { 600 } else { 18 });
    let seed = std::env::var("CONNECTOR_SEED").map_or(1, |seed| seed.parse().unwrap());
    let (start, mut counts) = (Instant::now(), Counts::new());
    let mut scene = Scene::set();
    scene.stop_server();
    // The first life fills what is kept for later ones.
    let mut before = None;
    for seed in seed.. {
        if start.elapsed() >= run && before.is_some() {
            break;
        }
        println!("CONNECTOR_SEED={seed} after {:?}", start.elapsed());
        serve(&mut scene, seed, &gauges, &mut counts);
        let before: &Holdings = before.get_or_insert_with(|| scene.holdings());
        scene.until("all is back", || scene.holdings().is_back(before, SLACK));
    }
    println!("{counts:#?}");
    println!("before: {}\nafter:  {}", before.unwrap(), scene.holdings());
    assert!(counts.len() >= 20, "operations are missing");
}

/// The life of one server, from its start to its stop.
fn serve(scene: &mut Scene, seed: u64, gauges: &Gauges, counts: &mut Counts) {
    let record = Arc::<Record>::default();
    // A peer that waits for a busy machine is no operation.
    let handshake = Duration::from_secs(60);
    let limits = Limits { handshake, stall: handshake, ..limits() };
    scene.start_as(|builder| add(builder, &record).limits(limits));
    let mut dice = Dice::new(seed, 0);
    let good = Good::open(scene, GOOD);
    for tide in 1..=1 + dice.below(3) {
        let end = Instant::now() + Duration::from_millis(300) + dice.millis(1_500);
        let peers = set_out(scene, &record, (seed, tide), end);
        while Instant::now() < end {
            operate(&scene.server, &record, &mut dice);
            good.measure(scene);
        }
        join(scene, peers, counts);
        // All of them have left a server that goes on.
        scene.until("the peers are gone", || is_back(scene, gauges, GOOD));
        assert_eq!(scene.server.statistics().users, 0);
        for room in 0..ROOMS {
            assert!(scene.server.channels().members(&room.to_string()).is_empty());
        }
    }
    // The last ones are there when it stops.
    let peers = set_out(scene, &record, (seed, 0), Instant::now() + Duration::from_secs(60));
    good.measure(scene);
    good.close(scene);
    std::thread::sleep(dice.millis(500));
    record.stopping.store(true, Ordering::SeqCst);
    scene.stop_server();
    join(scene, peers, counts);
    scene.until("nothing is left", || is_back(scene, gauges, 0));
    assert_eq!(*record.faults.lock().unwrap(), Vec::<String>::new());
}

/// Starts the peers of a tide, each with dice of its own.
fn set_out(
    scene: &Scene,
    record: &Arc<Record>,
    (seed, tide): (u64, u64),
    end: Instant,
) -> JoinSet<Counts> {
    let mut peers = JoinSet::new();
    for peer in 0..PEERS {
        let dice = Dice::new(seed, tide * PEERS + peer + 1);
        let life = live(scene.address, record.clone(), dice, end);
        peers.spawn_on(life, scene.bad.handle());
    }
    peers
}

/// Some operations of the server's own.
fn operate(server: &ServerHandle, record: &Record, dice: &mut Dice) {
    for _ in 0..dice.below(30) {
        match dice.below(12) {
            0 if dice.once_in(4) => {
                server.kick(&format!("user {}", dice.below(5)), Some(KICK));
            }
            1..4 => {
                let mut last = record.broadcasts.lock().unwrap();
                *last += 1;
                server.broadcast("onAll", Json(*last)).unwrap();
            }
            4..8 => {
                let room = dice.below(ROOMS as u64);
                let mut last = record.room(room as usize);
                *last += 1;
                let told = Json((room, *last));
                server.channels().push(&room.to_string(), "onRoom", told).unwrap();
            }
            _ => {
                let sessions = server.sessions();
                let Some(at) = dice.next().checked_rem(sessions.len() as u64) else { continue };
                let session = &sessions[at as usize];
                if record.of(session).is_some() && dice.once_in(20) {
                    session.kick(KICK);
                } else {
                    tell(record, session);
                }
            }
        }
    }
}

/// Waits for the peers, and fails as one of them has.
fn join(scene: &Scene, mut peers: JoinSet<Counts>, counts: &mut Counts) {
    scene.bad.block_on(async {
        while let Some(peer) = peers.join_next().await {
            match peer {
                Ok(done) => {
                    for (what, n) in done {
                        *counts.entry(what).or_default() += n;
                    }
                }
                Err(failed) => std::panic::resume_unwind(failed.into_panic()),
            }
        }
    });
}

/// Whether the server has so many sessions and nothing else, and the gauges say so.
fn is_back(scene: &Scene, gauges: &Gauges, sessions: usize) -> bool {
    let now = scene.server.statistics();
    let gauges = gauges.read();
    (now.connections, now.sessions) == (sessions, sessions)
        && gauges == [sessions as f64, sessions as f64, 0.0]
}
