//! Writes that fail: what arrived before is handled first.

use connector_protocol::CloseReason;
use connector_protocol::pomelo::package::{PackageType, encode};

use super::bench::{bare, client, data, is_lost};
use super::pipe::{Read, Write};
use crate::connection::Pause;

#[test]
fn a_failed_write_ends_with_its_reason() {
    let (mut bench, _far) = bare();
    bench.put(b"message");
    bench.link.stream.writes = [Write::Take(3), Write::Fail].into();
    assert!(is_lost(bench.poll()));
}

#[test]
fn a_failed_write_ends_behind_what_arrived() {
    // The first answer, one that makes more room, and one of the side's others.
    for (answer, queued) in [(10, 0), (20_000, 0), (0, 1)] {
        let (mut bench, far) = bare();
        bench.side.answer = answer;
        (0..queued).for_each(|_| bench.put(b"message"));
        far.say_all(&[b"one", b"two", b"three", b"four"]);
        bench.link.stream.writes = [Write::Fail, Write::Fail].into();
        assert!(is_lost(bench.poll()));
        assert_eq!(bench.side.heard.len(), 4);
    }
}

#[test]
fn a_failed_write_ends_behind_each_message_of_a_side_that_yields() {
    let (mut bench, far) = bare();
    bench.side.yields = true;
    bench.side.answer = 40_000;
    far.say_all(&[b"one", b"two"]);
    bench.link.stream.writes = [Write::Fail].into();
    for _ in 0..2 {
        assert_eq!(bench.poll(), Ok(Pause::Yielded));
    }
    assert!(is_lost(bench.poll()));
    assert_eq!((bench.side.heard.len(), bench.link.stream.calls.writes), (2, 1));
}

#[test]
fn the_last_words_of_a_peer_count_more_than_a_failed_write() {
    let (mut bench, far) = client();
    let mut kick = Vec::new();
    encode(PackageType::Kick, br#"{"reason":"bye"}"#, &mut kick).unwrap();
    bench.link.stream.reads = [Read::Give(data(b"one").len())].into();
    bench.put(b"message");
    bench.link.stream.writes = [Write::Fail].into();
    far.writes.put(&[data(b"one"), kick].concat());
    assert_eq!(bench.poll(), Err(CloseReason::Kicked(Some("bye".into()))));
    assert_eq!(bench.side.heard, [b"one"]);
}

#[test]
fn nothing_is_sent_behind_a_failed_write() {
    let (mut bench, far) = bare();
    bench.side.answer = 10;
    bench.link.stream.writes = [Write::Take(3), Write::Fail].into();
    (0..300).for_each(|_| far.say(b"message"));
    assert_eq!(bench.poll(), Ok(Pause::Spent));
    assert!(is_lost(bench.poll()));
    assert_eq!((bench.side.heard.len(), far.reads.len()), (300, 3));
}
