//! The steps before messages flow.

use std::pin::pin;
use std::task::Poll;

use connector_protocol::CloseReason;
use connector_protocol::pomelo::ServerSession;
use connector_protocol::pomelo::handshake::Request;
use connector_protocol::pomelo::package::{
    HANDSHAKE_ACK, HEARTBEAT, PackageType, PomeloPackages, encode,
};
use connector_protocol::session::{Answer, BareSession, Event, Machine};

use super::bench::{Bench, data, server_settings};
use super::faulty::{Far, Faulty};
use super::woken::poll_once;
use super::{SECOND, UNSENT};
use crate::connection::Pause;
use crate::connection::handshake::Step;

type Server = Bench<ServerSession, UNSENT>;

/// A server that a client has not introduced itself to.
fn server() -> (Server, Far) {
    let (link, far) = Faulty::with_far::<PomeloPackages>();
    (Bench::new(ServerSession::new(server_settings()), link), far)
}

fn introduction() -> Vec<u8> {
    let mut package = Vec::new();
    encode(PackageType::Handshake, &Request::new("test", "1").encode(), &mut package).unwrap();
    package
}

/// Waits for a step that a side decides about.
async fn decided(bench: &mut Server) -> Result<Step, CloseReason> {
    let now = bench.now;
    loop {
        let step = bench.io.next_step(&mut bench.link, || now, |_| Ok(())).await?;
        if !matches!(step.event, Event::Ignored) {
            return Ok(step);
        }
    }
}

/// The same, and polls as long as it wakes itself.
fn next_step(bench: &mut Server) -> Poll<Result<Step, CloseReason>> {
    let woken = bench.woken.clone();
    let mut step = pin!(decided(bench));
    loop {
        let polled = poll_once(&woken, |cx| step.as_mut().poll(cx));
        if polled.is_ready() || woken.take() == 0 {
            return polled;
        }
    }
}

fn accept(bench: &mut Server) {
    let (machine, mut out) = bench.io.machine();
    machine.answer(Answer::Accept { user: None }, SECOND, &mut out).unwrap();
}

#[test]
fn a_step_keeps_what_arrived_behind_it() {
    for chunk in [1, 7, usize::MAX] {
        let (mut bench, far) = server();
        bench.link.stream.chunk = chunk;
        assert!(bench.io.start(SECOND).is_none());
        let introduction = introduction();
        far.writes.put(&introduction);
        far.writes.put(&[&HANDSHAKE_ACK[..], &data(b"one"), &data(b"two")].concat());
        // Until it is answered, the machine ignores what is handled.
        let Poll::Ready(Ok(step)) = next_step(&mut bench) else { panic!("chunks of {chunk}") };
        assert!(matches!(step.event, Event::Hello(_)));
        assert_eq!(step.size, introduction.len());
        accept(&mut bench);
        let Poll::Ready(Ok(step)) = next_step(&mut bench) else { panic!("chunks of {chunk}") };
        assert!(matches!(step.event, Event::Opened(None)));
        assert_eq!(step.size, HANDSHAKE_ACK.len());
        while bench.poll() == Ok(Pause::Spent) {}
        assert_eq!(bench.side.heard, [b"one", b"two"]);
    }
}

#[test]
fn an_answer_leaves_before_the_next_step_is_waited_for() {
    let (mut bench, far) = server();
    far.writes.put(&introduction());
    assert!(next_step(&mut bench).is_ready());
    assert_eq!(far.reads.len(), 0);
    accept(&mut bench);
    assert!(next_step(&mut bench).is_pending());
    assert_eq!(far.reads.take(1), [PackageType::Handshake as u8]);
}

#[test]
fn a_flood_before_the_handshake_takes_many_polls() {
    let (mut bench, far) = server();
    far.writes.put(&HEARTBEAT.repeat(1_000));
    let woken = bench.woken.clone();
    let mut step = pin!(decided(&mut bench));
    for polls in 1..=4 {
        assert!(poll_once(&woken, |cx| step.as_mut().poll(cx)).is_pending());
        assert_eq!(woken.take(), usize::from(polls < 4));
    }
    far.writes.put(&introduction());
    assert_eq!(woken.take(), 1);
    assert!(poll_once(&woken, |cx| step.as_mut().poll(cx)).is_ready());
}

#[test]
fn a_peer_that_leaves_or_breaks_the_protocol_ends_the_handshake() {
    let (mut bench, far) = server();
    far.writes.put(&HEARTBEAT);
    far.writes.shut();
    assert!(matches!(next_step(&mut bench), Poll::Ready(Err(CloseReason::PeerClosed))));

    let (mut bench, far) = server();
    far.writes.put(b"GET / HTTP/1.1");
    assert!(matches!(next_step(&mut bench), Poll::Ready(Err(CloseReason::Malformed(_)))));
}

#[test]
fn a_peer_that_does_not_read_is_not_read_from() {
    let (mut bench, far) = server();
    far.reads.set_room(0);
    bench.io.outgoing().buf().resize(UNSENT + 1, 0);
    far.writes.put(&introduction());
    assert!(next_step(&mut bench).is_pending());
    assert_eq!(bench.link.asked, 0);
    far.reads.set_room(usize::MAX);
    assert!(next_step(&mut bench).is_ready());
}

#[test]
fn a_machine_to_which_a_package_is_everything_gets_one_at_a_time() {
    let (link, far) = Faulty::with_far::<PomeloPackages>();
    let mut bench = Bench::<_, UNSENT>::new(BareSession, link);
    assert!(bench.io.start(SECOND).is_some());
    far.writes.put(&[data(b"one"), data(b"two")].concat());
    assert_eq!(bench.poll(), Ok(Pause::Resting));
    assert_eq!(bench.side.heard, [data(b"one"), data(b"two")]);
}
