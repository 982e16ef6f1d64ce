//! Errors at each step: the reason, and what arrived before.

use std::task::Poll;

use connector_protocol::CloseReason;
use connector_protocol::pomelo::package::{PackageType, encode};

use super::bench::{bare, client, data, is_lost, server};
use super::faulty::framed;
use super::pipe::Read;
use super::woken::poll_once;
use crate::connection::Pause;
use crate::{Address, Peer};

#[test]
fn a_link_that_does_not_open_ends_with_its_reason() {
    let (mut bench, _far) = bare();
    let woken = bench.woken.clone();
    let reason = CloseReason::malformed("an upgrade");
    for opens in [Poll::Pending, Poll::Ready(Err(reason)), Poll::Ready(Ok(()))] {
        bench.link.opens = opens.clone();
        let mut peer = Peer::new("faulty", Address::Unnamed);
        let opened = poll_once(&woken, |cx| bench.io.poll_open(&mut bench.link, cx, &mut peer));
        assert_eq!(opened, opens);
    }
}

#[test]
fn a_peer_that_leaves_is_heard_to_its_end() {
    for chunk in [1, usize::MAX] {
        let (mut bench, far) = bare();
        bench.link.stream.chunk = chunk;
        bench.side.answer = 10;
        far.say_all(&[b"one", b"two"]);
        far.writes.shut();
        assert_eq!(bench.poll(), Err(CloseReason::PeerClosed));
        assert_eq!(bench.side.heard, [b"one", b"two"]);
        assert_eq!(far.heard().len(), 2);
    }
}

#[test]
fn an_end_within_a_package_is_a_loss() {
    let (mut bench, far) = bare();
    far.say(b"whole");
    far.writes.put(&framed(b"half")[..6]);
    far.writes.shut();
    assert!(is_lost(bench.poll()));
    assert_eq!(bench.side.heard, [b"whole"]);
}

#[test]
fn a_failed_read_ends_behind_what_arrived() {
    let (mut bench, far) = bare();
    far.say_all(&[b"one", b"two"]);
    bench.link.stream.reads = [Read::Give(usize::MAX), Read::Fail].into();
    assert!(is_lost(bench.poll()));
    assert_eq!(bench.side.heard, [b"one", b"two"]);
}

#[test]
fn a_fault_in_what_arrived_ends_behind_what_came_before_it() {
    let too_large = CloseReason::TooLarge { size: 1 << 30, limit: 8 << 20 };
    let (mut bench, far) = bare();
    far.say_all(&[b"one", b"two"]);
    far.writes.put(&(1_u32 << 30).to_be_bytes());
    bench.side.yields = true;
    for _ in 0..2 {
        assert_eq!(bench.poll(), Ok(Pause::Yielded));
    }
    assert_eq!(bench.poll(), Err(too_large.clone()));
    assert_eq!(bench.side.heard, [b"one", b"two"]);

    // There is no room for what came, and there will be none.
    let (mut bench, far) = bare();
    far.say(b"one");
    far.writes.put(&(1_u32 << 30).to_be_bytes());
    bench.side.is_full = true;
    assert_eq!(bench.poll(), Err(too_large));
}

#[test]
fn an_end_waits_for_the_budget() {
    let (mut bench, far) = bare();
    (0..300).for_each(|_| far.say(b"message"));
    far.writes.shut();
    assert_eq!(bench.poll(), Ok(Pause::Spent));
    assert_eq!(bench.poll(), Err(CloseReason::PeerClosed));
    assert_eq!(bench.side.heard.len(), 300);
}

#[test]
fn a_peer_that_breaks_the_protocol_ends_with_that() {
    let (mut bench, far) = server();
    let mut kick = Vec::new();
    encode(PackageType::Kick, b"", &mut kick).unwrap();
    far.writes.put(&[data(b"one"), kick, data(b"not")].concat());
    assert!(matches!(bench.poll(), Err(CloseReason::Malformed(_))));
    assert_eq!(bench.side.heard, [b"one"]);
}

#[test]
fn a_kick_ends_with_its_reason_and_not_with_the_end_behind_it() {
    let (mut bench, far) = client();
    let mut kick = Vec::new();
    encode(PackageType::Kick, br#"{"reason":"bye"}"#, &mut kick).unwrap();
    far.writes.put(&[data(b"one"), kick].concat());
    far.writes.shut();
    assert_eq!(bench.poll(), Err(CloseReason::Kicked(Some("bye".into()))));
    assert_eq!(bench.side.heard, [b"one"]);
}
