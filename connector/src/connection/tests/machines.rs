//! The real machines against one another, over links with every small fault and
//! over links that fail at every step.

use std::future::poll_fn;
use std::task::{Poll, ready};

use connector_protocol::framing::Framing;
use connector_protocol::pomelo::package::PomeloPackages;
use connector_protocol::pomelo::{ClientSession, ServerSession};
use connector_protocol::remix::{Action, Message};
use connector_protocol::session::{Answer, BareSession, ClientSettings, Event, Machine};
use connector_protocol::{CloseReason, Limits};

use super::UNSENT;
use super::bench::{Bench, server_settings};
use super::faulty::{Faulty, Frames};
use super::pipe::{Read, Write};
use super::woken::run_both;
use crate::plugin::MessageIo;

/// Bytes of a write or a read.
const SIZES: [usize; 5] = [1, 2, 3, 7, 64 * 1024];

/// The messages of one side.
fn messages(seed: u8) -> Vec<Vec<u8>> {
    let sizes = [0, 1, 2, 100, 3_000, 5, 0, 64, 1_500];
    sizes.map(|size| vec![seed.wrapping_add(size as u8); size]).into()
}

/// Links with every pair of sizes: so many bytes on their way, so many a read.
fn links<F: Framing>() -> impl Iterator<Item = (Faulty, Faulty)> {
    let sizes = SIZES.into_iter().flat_map(|room| SIZES.map(|chunk| (room, chunk)));
    sizes.map(|(room, chunk)| {
        let (mut one, mut other) = Faulty::pair::<F>();
        for link in [&mut one, &mut other] {
            link.stream.outgoing.set_room(room);
            link.stream.chunk = chunk;
        }
        (one, other)
    })
}

/// What one side heard, and why it ended before it had heard everything.
type Talk = (Vec<Vec<u8>>, Option<CloseReason>);

/// The handshake, then all messages in both directions, then the end.
async fn talk<M: Machine, const MOST: usize>(mut bench: Bench<M, MOST>, seed: u8) -> Talk {
    let ended = exchange(&mut bench, seed).await.err();
    let reason = ended.clone().unwrap_or(CloseReason::Requested);
    poll_fn(|cx| bench.io.poll_announce(&mut bench.link, cx, &reason)).await;
    poll_fn(|cx| bench.io.poll_end(&mut bench.link, cx, &reason)).await;
    (std::mem::take(&mut bench.side.heard), ended)
}

async fn exchange<M: Machine, const MOST: usize>(
    bench: &mut Bench<M, MOST>,
    seed: u8,
) -> Result<(), CloseReason> {
    let mut started = bench.io.start(bench.now);
    loop {
        let step = match started.take() {
            Some(step) => step,
            None => bench.io.next_step(&mut bench.link, || bench.now, |_| Ok(())).await?,
        };
        let Event::Hello(_) = step.event else { break };
        let (machine, mut out) = bench.io.machine();
        machine.answer(Answer::Accept { user: None }, bench.now, &mut out)?;
    }
    let messages = messages(seed);
    messages.iter().for_each(|message| bench.put(message));
    poll_fn(|cx| {
        let polled = bench.poll_with(cx);
        let all = bench.side.heard.len() == messages.len();
        // The other side leaves as soon as it has heard everything.
        if all && (bench.io.is_done() || polled == Err(CloseReason::PeerClosed)) {
            return Poll::Ready(Ok(()));
        }
        match polled {
            Ok(_) => Poll::Pending,
            Err(reason) => Poll::Ready(Err(reason)),
        }
    })
    .await
}

/// A server and its client on two links.
fn server_and_client(near: Faulty, far: Faulty) -> (Talk, Talk) {
    let server = Bench::<_, UNSENT>::new(ServerSession::new(server_settings()), near);
    let client = ClientSession::new(&ClientSettings::default());
    let client = Bench::<_, { usize::MAX }>::new(client, far);
    run_both(talk(server, 1), talk(client, 2))
}

#[test]
fn a_pomelo_server_and_its_client_lose_nothing() {
    for (near, far) in links::<PomeloPackages>() {
        let (server, client) = server_and_client(near, far);
        assert_eq!((server, client), ((messages(2), None), (messages(1), None)));
    }
}

/// Runs a server and a client over links of which `fault` has broken one, until
/// a fault comes so late that nobody notices. The number of faults that were
/// noticed.
fn faults(fault: impl Fn(&mut Faulty, &mut Faulty, usize)) -> usize {
    for step in 0.. {
        let (mut near, mut far) = Faulty::pair::<PomeloPackages>();
        for link in [&mut near, &mut far] {
            link.stream.outgoing.set_room(700);
            link.stream.chunk = 500;
        }
        fault(&mut near, &mut far, step);
        let (server, client) = server_and_client(near, far);
        assert!(messages(2).starts_with(&server.0), "the server at step {step}");
        assert!(messages(1).starts_with(&client.0), "the client at step {step}");
        if server.1.is_none() && client.1.is_none() {
            return step;
        }
        let is_end = |reason| matches!(reason, CloseReason::Lost { .. } | CloseReason::PeerClosed);
        assert!([server.1, client.1].into_iter().flatten().all(is_end), "step {step}");
    }
    0
}

#[test]
fn a_write_that_fails_at_any_step_ends_both_sides() {
    let script = |link: &mut Faulty, step| {
        link.stream.writes = vec![Write::Take(usize::MAX); step].into();
        link.stream.writes.push_back(Write::Fail);
    };
    assert!(faults(|near, _, step| script(near, step)) > 10);
    assert!(faults(|_, far, step| script(far, step)) > 10);
}

#[test]
fn a_read_that_fails_at_any_step_ends_both_sides() {
    let script = |link: &mut Faulty, step| {
        link.stream.reads = vec![Read::Give(500); step].into();
        link.stream.reads.push_back(Read::Fail);
    };
    assert!(faults(|near, _, step| script(near, step)) > 10);
    assert!(faults(|_, far, step| script(far, step)) > 10);
}

#[test]
fn sessions_without_a_machine_lose_nothing() {
    for (near, far) in links::<Frames>() {
        let one = Bench::<_, UNSENT>::new(BareSession, near);
        let other = Bench::<_, { usize::MAX }>::new(BareSession, far);
        let heard = run_both(talk(one, 1), talk(other, 2));
        assert_eq!(heard, ((messages(2), None), (messages(1), None)));
    }
}

/// A plugin's messages in both directions, then the end.
async fn transit(mut link: Faulty, seed: i64) -> Vec<Message> {
    let mut transit = MessageIo::new(&Limits::default());
    poll_fn(|cx| transit.poll_open(&mut link, cx)).await.unwrap();
    let sent = remix(seed);
    for message in &sent {
        transit.send(&link, message).unwrap();
    }
    let mut heard = Vec::new();
    poll_fn(|cx| {
        while heard.len() < sent.len() {
            heard.push(ready!(transit.poll_message(&mut link, cx)).unwrap());
        }
        transit.poll_close(&mut link, cx, &CloseReason::Requested)
    })
    .await;
    heard
}

fn remix(seed: i64) -> Vec<Message> {
    let message = |size: usize| {
        let mut message = Message::new(Action::Notification);
        (message.id, message.key) = (Some(seed), Some("k".repeat(size)));
        message
    };
    [0, 1, 300, 2_000, 5].map(message).into()
}

#[test]
fn plugins_and_engines_lose_nothing() {
    // Half a message has a deadline.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let _entered = runtime.enter();
    for (near, far) in links::<Frames>() {
        let heard = run_both(transit(near, 1), transit(far, 2));
        // What was read knows the order of its fields besides.
        let sent = |seed| remix(seed).iter().map(text).collect::<Vec<_>>();
        let read = |heard: &[Message]| heard.iter().map(text).collect::<Vec<_>>();
        assert_eq!((read(&heard.0), read(&heard.1)), (sent(2), sent(1)));
    }
}

fn text(message: &Message) -> String {
    let mut out = Vec::new();
    message.encode(&mut out);
    String::from_utf8(out).unwrap()
}
