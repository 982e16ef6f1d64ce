//! Faults of this side: an end, a panic, a machine that does not go on.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::framing::Envelope;
use connector_protocol::session::{BareSession, Event, Machine, PackageWriter};

use super::bench::{Bench, bare};
use super::faulty::{Faulty, Frames, framed};
use super::woken::poll_once;
use crate::connection::Pause;

#[test]
fn a_side_that_ends_sends_its_answers_before() {
    let (mut bench, far) = bare();
    bench.side.answer = 10;
    bench.side.fails_at = Some(2);
    far.say_all(&[b"one", b"two", b"bad", b"not"]);
    assert!(matches!(bench.poll(), Err(CloseReason::Malformed(_))));
    assert_eq!((bench.side.heard.len(), far.heard().len()), (2, 2));
}

#[test]
fn a_side_that_panics_leaves_whole_answers_alone() {
    // Answers that wait until all is handled, and ones that leave meanwhile.
    for (answer, room) in [(10, usize::MAX), (20_000, usize::MAX), (20_000, 30_000)] {
        let (mut bench, far) = bare();
        far.reads.set_room(room);
        bench.side.answer = answer;
        bench.side.panics_at = Some(2);
        far.say_all(&[b"one", b"two", b"bad", b"not"]);
        let polled = catch_unwind(AssertUnwindSafe(|| bench.poll()));
        assert!(polled.is_err());
        assert_eq!(bench.io.abandon(), CloseReason::Panicked);
        let mut bytes = far.reads.take(usize::MAX);
        far.reads.set_room(usize::MAX);
        let announced = poll_once(&bench.woken, |cx| {
            bench.io.poll_announce(&mut bench.link, cx, &CloseReason::Panicked)
        });
        assert!(announced.is_ready());
        bytes.extend(far.reads.take(usize::MAX));
        let answers: Vec<_> = [1, 2].map(|number| framed(&vec![number; answer])).concat();
        assert!(bytes == answers, "{} bytes of {}", bytes.len(), answers.len());
    }
}

/// A machine that takes nothing of a package.
struct Picky;

impl Machine for Picky {
    fn start(&mut self, now: Duration, out: &mut PackageWriter<'_>) -> Event<'static> {
        BareSession.start(now, out)
    }

    fn handle<'a>(
        &mut self,
        _: &mut &'a [u8],
        _: Duration,
        _: &mut PackageWriter<'_>,
    ) -> Result<Event<'a>, CloseReason> {
        Ok(Event::Ignored)
    }

    fn envelope(&self) -> &'static dyn Envelope {
        BareSession.envelope()
    }
}

#[test]
fn a_machine_that_takes_nothing_of_a_package_is_an_error() {
    let (link, far) = Faulty::with_far::<Frames>();
    let mut bench = Bench::<_, 0>::new(Picky, link);
    far.say(b"");
    assert_eq!(bench.poll(), Ok(Pause::Resting));
    far.say(b"message");
    assert!(matches!(bench.poll(), Err(CloseReason::Malformed(_))));
}
