//! The end: last bytes, the good-bye, and what comes after it.

use std::task::Poll;
use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::session::BareSession;
use tokio::time::Instant;

use super::bench::{Bench, bare};
use super::pipe::Write;
use super::woken::poll_once;

type Bare = Bench<BareSession, { usize::MAX }>;

fn tell(bench: &mut Bare, reason: &CloseReason) -> Poll<()> {
    let woken = bench.woken.clone();
    poll_once(&woken, |cx| bench.io.poll_announce(&mut bench.link, cx, reason))
}

fn end(bench: &mut Bare, reason: &CloseReason) -> Poll<()> {
    let woken = bench.woken.clone();
    poll_once(&woken, |cx| bench.io.poll_end(&mut bench.link, cx, reason))
}

#[test]
fn the_last_bytes_leave_before_the_peer_is_told_once() {
    let (mut bench, far) = bare();
    far.reads.set_room(4);
    bench.put(b"last");
    let reason = CloseReason::Requested;
    assert_eq!(tell(&mut bench, &reason), Poll::Pending);
    assert!(bench.link.announced.is_empty());
    let mut bytes = far.reads.take(4);
    assert_eq!(bench.woken.take(), 1);
    // The link takes its time.
    bench.link.unclosed = 1;
    assert_eq!(tell(&mut bench, &reason), Poll::Pending);
    for _ in 0..3 {
        assert_eq!(tell(&mut bench, &reason), Poll::Ready(()));
    }
    bytes.extend(far.reads.take(4));
    assert_eq!((&bytes[4..], far.reads.is_shut()), (&b"last"[..], true));
    assert_eq!(bench.link.announced, [reason]);
}

#[test]
fn the_links_own_answers_leave_too() {
    let (mut bench, far) = bare();
    bench.link.pings = [4].into();
    bench.link.is_idly_ready = true;
    let woken = bench.woken.clone();
    let Bench { link, io, .. } = &mut bench;
    assert!(
        poll_once(&woken, |cx| crate::link::Link::poll_recv(link, cx, &mut io.inbox)).is_ready()
    );
    assert_eq!(tell(&mut bench, &CloseReason::Requested), Poll::Ready(()));
    assert_eq!(far.reads.take(usize::MAX), b"pppp");
}

#[test]
fn a_peer_is_told_also_if_the_last_bytes_fail() {
    let (mut bench, _far) = bare();
    bench.put(b"last");
    bench.link.stream.writes = [Write::Fail].into();
    assert_eq!(tell(&mut bench, &CloseReason::Requested), Poll::Ready(()));
    assert_eq!(bench.link.announced, [CloseReason::Requested]);
}

#[test]
fn a_peer_that_cannot_be_told_is_not() {
    for reason in [
        CloseReason::lost(&std::io::ErrorKind::ConnectionReset.into()),
        CloseReason::Stalled { unsent: 1 },
    ] {
        let (mut bench, far) = bare();
        bench.put(b"last");
        assert_eq!(tell(&mut bench, &reason), Poll::Ready(()));
        assert_eq!(end(&mut bench, &reason), Poll::Ready(()));
        assert_eq!((bench.link.stream.calls.writes, bench.link.asked), (0, 0));
        assert!(bench.link.announced.is_empty() && !far.reads.is_shut());
    }
}

#[test]
fn a_peer_that_has_left_is_told_and_not_waited_for() {
    let (mut bench, _far) = bare();
    let reason = CloseReason::PeerClosed;
    assert_eq!(tell(&mut bench, &reason), Poll::Ready(()));
    assert_eq!(end(&mut bench, &reason), Poll::Ready(()));
    assert_eq!((bench.link.announced.len(), bench.link.asked), (1, 0));
}

#[test]
fn what_a_peer_sends_behind_the_end_is_read_and_ignored() {
    let (mut bench, far) = bare();
    let reason = CloseReason::Requested;
    assert_eq!(tell(&mut bench, &reason), Poll::Ready(()));
    far.say(b"late");
    // Not even the frame makes sense any more.
    far.writes.put(&[0xff; 10_000]);
    assert_eq!(end(&mut bench, &reason), Poll::Pending);
    assert_eq!((far.writes.len(), bench.woken.take()), (0, 0));
    far.say(b"later");
    assert_eq!(bench.woken.take(), 1);
    assert_eq!(end(&mut bench, &reason), Poll::Pending);
    far.writes.shut();
    assert_eq!(end(&mut bench, &reason), Poll::Ready(()));
    assert!(bench.side.heard.is_empty());
}

#[test]
fn a_message_that_comes_with_the_peers_end_is_ignored_too() {
    let (mut bench, _far) = bare();
    bench.link.last = Some(b"late");
    assert_eq!(end(&mut bench, &CloseReason::Stopping), Poll::Ready(()));
    assert!(bench.io.is_done(), "nothing is left that could be handled");
}

/// The time that a close takes.
async fn close(bench: &mut Bare) -> Duration {
    let start = Instant::now();
    bench.io.close(&mut bench.link, &CloseReason::Requested).await;
    start.elapsed()
}

#[tokio::test(start_paused = true)]
async fn a_close_waits_a_little_for_the_peers_end() {
    let (mut bench, far) = bare();
    bench.put(b"last");
    assert_eq!(close(&mut bench).await, Duration::from_secs(1));
    assert_eq!((far.heard().len(), bench.link.announced.len()), (1, 1));

    let (mut bench, far) = bare();
    far.writes.shut();
    assert_eq!(close(&mut bench).await, Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_close_does_not_wait_long_for_a_blocked_write() {
    let (mut bench, far) = bare();
    far.reads.set_room(0);
    bench.put(b"last");
    assert_eq!(close(&mut bench).await, Duration::from_secs(5));
    assert!(bench.link.announced.is_empty());
}

#[test]
fn a_flood_behind_the_end_takes_many_polls() {
    let (mut bench, _far) = bare();
    bench.link.is_idly_ready = true;
    for polls in 1..4 {
        assert_eq!(end(&mut bench, &CloseReason::Requested), Poll::Pending);
        assert_eq!((bench.link.asked, bench.woken.take()), (polls * 16, 1));
    }
}
