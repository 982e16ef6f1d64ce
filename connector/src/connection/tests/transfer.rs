//! Packages that arrive slowly: their bytes are life, at a minimum rate.

use std::future::poll_fn;

use connector_protocol::pomelo::package::HEARTBEAT;
use connector_protocol::{CloseReason, Limits};

use super::bench::{bounded, client, data, server};
use super::faulty::{Faulty, Frames, framed};
use super::{SECOND, UNSENT};
use crate::connection::Pause;
use crate::plugin::MessageIo;
use crate::runtime::GRACE;

/// The fewest bytes a second.
const RATE: usize = 1 << 10;
/// Seconds in which the bytes are counted.
const WINDOW: u32 = 10;

#[test]
fn a_slow_steady_upload_is_life() {
    let (mut bench, far) = server();
    bench.side.package_rate = RATE;
    let package = data(&[7; 200_000]);
    for (second, bytes) in (1..).zip(package.chunks(2_000)) {
        far.writes.put(bytes);
        assert_eq!(bench.poll_at(second * SECOND), Ok(Pause::Resting), "at {second} s");
    }
    assert_eq!((bench.side.heard.len(), bench.side.heard[0].len()), (1, 200_000));
    // The heartbeat that waited behind it is in time.
    far.writes.put(&HEARTBEAT);
    assert_eq!(bench.poll_at(103 * SECOND), Ok(Pause::Resting));
    assert_eq!(bench.poll_at(108 * SECOND), Ok(Pause::Resting));
    assert_eq!(bench.poll_at(109 * SECOND), Err(CloseReason::HeartbeatTimeout));
}

#[test]
fn a_client_does_not_give_up_a_slow_steady_server() {
    let (mut bench, far) = client();
    bench.side.package_rate = RATE;
    let package = data(&[7; 200_000]);
    for (second, bytes) in (1..).zip(package.chunks(2_000)) {
        far.writes.put(bytes);
        assert_eq!(bench.poll_at(second * SECOND), Ok(Pause::Resting), "at {second} s");
    }
    assert_eq!(bench.side.heard.len(), 1);
}

#[test]
fn half_a_package_without_heartbeats_has_a_deadline() {
    let (mut bench, far) = bounded();
    bench.side.package_rate = RATE;
    far.writes.put(&framed(&[0; 500_000])[..400_000]);
    while bench.poll_at(SECOND) == Ok(Pause::Spent) {}
    let deadline = (1 + WINDOW) * SECOND;
    assert_eq!(bench.deadline(), Some(deadline));
    assert_eq!(bench.poll_at(deadline - SECOND), Ok(Pause::Resting));
    let reason = CloseReason::SlowPackage { received: 0, expected: 10 * RATE };
    assert_eq!(bench.poll_at(deadline), Err(reason));
}

#[test]
fn a_byte_now_and_then_keeps_nothing() {
    let crumbs = framed(&[0; 1_000]);
    let (mut bare, far) = bounded();
    bare.side.package_rate = RATE;
    let mut received = 0;
    let ended = crumbs.iter().zip(1..).find_map(|(&byte, second)| {
        far.writes.put(&[byte]);
        received += usize::from(second > 1);
        bare.poll_at(second * SECOND).err()
    });
    let expected = 10 * RATE;
    assert_eq!(ended, Some(CloseReason::SlowPackage { received: WINDOW as usize, expected }));
    assert_eq!(received, WINDOW as usize);

    let (mut bench, far) = server();
    bench.side.package_rate = RATE;
    let ended = data(&[0; 1_000]).iter().zip(1..).find_map(|(&byte, second)| {
        far.writes.put(&[byte]);
        bench.poll_at(second * SECOND).err()
    });
    assert_eq!(ended, Some(CloseReason::SlowPackage { received: WINDOW as usize, expected }));
}

#[test]
fn each_package_has_its_own_time() {
    let (mut bench, far) = bounded();
    bench.side.package_rate = RATE;
    let package = framed(&[0; 1_000]);
    let mut second = 0;
    for _ in 0..10 {
        for part in package.chunks(200) {
            far.writes.put(part);
            second += 1;
            assert_eq!(bench.poll_at(second * SECOND), Ok(Pause::Resting), "at {second} s");
        }
    }
    assert_eq!((bench.side.heard.len(), bench.deadline()), (10, None));
    assert!(!bench.io.has_rare());
}

#[test]
fn the_start_behind_a_whole_package_has_a_new_time() {
    let (mut bench, far) = bounded();
    bench.side.package_rate = RATE;
    let package = framed(&[0; 1_000]);
    far.writes.put(&package[..500]);
    assert_eq!(bench.poll_at(SECOND), Ok(Pause::Resting));
    far.writes.put(&[&package[500..], &package[..500]].concat());
    assert_eq!(bench.poll_at(10 * SECOND), Ok(Pause::Resting));
    assert_eq!(bench.deadline(), Some(20 * SECOND));
    assert_eq!(bench.poll_at(19 * SECOND), Ok(Pause::Resting));
}

#[test]
fn what_came_while_the_process_slept_is_counted() {
    let (mut bench, far) = server();
    bench.side.package_rate = RATE;
    let package = data(&[0; 100_000]);
    far.writes.put(&package[..10]);
    assert_eq!(bench.poll_at(SECOND), Ok(Pause::Resting));
    far.writes.put(&package[10..60_000]);
    assert_eq!(bench.poll_at(60 * SECOND), Ok(Pause::Resting));
    far.writes.put(&package[60_000..]);
    assert_eq!(bench.poll_at(61 * SECOND), Ok(Pause::Resting));
    assert_eq!(bench.side.heard.len(), 1);
}

#[test]
fn time_in_which_this_side_does_not_read_is_not_counted() {
    let (mut bench, far) = bounded();
    bench.side.package_rate = RATE;
    let package = framed(&[0; 1_000]);
    far.writes.put(&package[..500]);
    assert_eq!(bench.poll_at(SECOND), Ok(Pause::Resting));
    bench.side.is_full = true;
    far.writes.put(&[&package[500..], &package[..500]].concat());
    assert_eq!(bench.poll_at(2 * SECOND), Ok(Pause::Resting));
    assert_eq!(bench.poll_at(100 * SECOND), Ok(Pause::Resting));
    bench.side.is_full = false;
    assert_eq!(bench.poll_at(100 * SECOND), Ok(Pause::Resting));
    assert_eq!(bench.deadline(), Some(110 * SECOND));

    // Nor behind answers that its peer does not read.
    far.reads.set_room(0);
    bench.put(&vec![0; 2 * UNSENT]);
    assert_eq!(bench.poll_at(105 * SECOND), Ok(Pause::Resting));
    assert_eq!(bench.poll_at(200 * SECOND), Ok(Pause::Resting));
}

#[test]
fn a_dry_run_notes_each_slow_package() {
    let (mut bench, far) = bounded();
    bench.side.package_rate = RATE;
    bench.side.dry_run = true;
    far.writes.put(&framed(&[0; 1_000])[..500]);
    for second in 1..=25 {
        assert_eq!(bench.poll_at(second * SECOND), Ok(Pause::Resting));
    }
    assert_eq!(bench.side.slow, [0, 0]);
}

#[test]
fn without_a_rate_a_package_takes_its_time() {
    let (mut bench, far) = bounded();
    far.writes.put(&framed(&[0; 1_000])[..500]);
    for second in [1, 1_000_000] {
        assert_eq!(bench.poll_at(second * SECOND), Ok(Pause::Resting));
        assert_eq!(bench.deadline(), None);
    }
    assert!(!bench.io.has_rare());
}

#[test]
fn fragments_that_the_link_keeps_are_the_start_of_a_package() {
    let (mut bench, _far) = bounded();
    bench.side.package_rate = RATE;
    bench.link.fragments = [10, 10].into();
    assert_eq!(bench.poll_at(SECOND), Ok(Pause::Resting));
    for second in 2..11 {
        // Pings between them finish nothing.
        bench.link.pings = [6].into();
        assert_eq!(bench.poll_at(second * SECOND), Ok(Pause::Resting));
    }
    assert!(matches!(bench.poll_at(11 * SECOND), Err(CloseReason::SlowPackage { .. })));
}

#[tokio::test(start_paused = true)]
async fn half_a_message_of_a_plugin_or_its_engine_has_a_deadline() {
    let (mut link, far) = Faulty::with_far::<Frames>();
    let mut io = MessageIo::new(&Limits::default());
    far.say(br#"{"action":"notification"}"#);
    far.writes.put(&framed(&[0; 100])[..50]);
    let started = tokio::time::Instant::now();
    assert!(poll_fn(|cx| io.poll_message(&mut link, cx)).await.is_ok());
    let reason = CloseReason::SlowPackage { received: 0, expected: 10 * RATE };
    let message = poll_fn(|cx| io.poll_message(&mut link, cx));
    let ended = tokio::time::timeout(60 * SECOND, message).await.unwrap();
    assert_eq!(ended.unwrap_err(), reason);
    assert_eq!(started.elapsed(), 10 * SECOND + GRACE);
}
