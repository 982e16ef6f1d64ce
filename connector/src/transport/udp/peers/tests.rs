use std::task::{Context, Poll, Waker};

use super::*;

const HELLO: &[u8] = b"\x01\x00\x00\x02{}";
const OTHER_HELLO: &[u8] = b"\x01\x00\x00\x03{ }";
const DATA: &[u8] = b"\x04\x00\x00\x01x";

/// Addresses of which each number has one.
fn at(n: u16) -> SocketAddr {
    ([192, 0, 2, 1], n).into()
}

/// A port's addresses, with a clock.
struct Table {
    peers: Peers,
    start: Instant,
}

impl Table {
    fn new(rules: Rules) -> Self {
        let start = Instant::now();
        Self { peers: Peers::new(rules, start), start }
    }

    fn receive(&mut self, from: u16, datagram: &[u8], ms: u64) -> Verdict {
        self.peers.receive(at(from), datagram, self.start + Duration::from_millis(ms))
    }

    /// Begins a session, and accepts its link.
    fn begin(&mut self, from: u16, ms: u64) -> NewPeer {
        assert_eq!(self.receive(from, HELLO, ms), Verdict::Begun);
        let new = self.peers.accept().unwrap();
        assert_eq!(new.address, at(from));
        new
    }
}

/// Takes what waits for a link: the datagrams in one piece.
fn taken(new: &NewPeer) -> Result<Vec<u8>, CloseReason> {
    match new.mailbox.poll_take(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(datagrams) => datagrams.map(|datagrams| Vec::from(datagrams).concat()),
        Poll::Pending => Ok(Vec::new()),
    }
}

fn is_reset(new: &NewPeer) -> bool {
    matches!(taken(new), Err(CloseReason::Lost { kind: io::ErrorKind::ConnectionReset, .. }))
}

#[test]
fn a_datagram_reaches_the_session_of_its_address_and_no_other() {
    let mut table = Table::new(Rules::default());
    let (one, two) = (table.begin(1, 0), table.begin(2, 0));
    assert_eq!((taken(&one).unwrap(), taken(&two).unwrap()), (HELLO.to_vec(), HELLO.to_vec()));
    assert_eq!(table.receive(1, DATA, 1), Verdict::Queued);
    assert_eq!(table.receive(3, DATA, 1), Verdict::Unknown { answer: true });
    assert_eq!((taken(&one).unwrap(), taken(&two).unwrap()), (DATA.to_vec(), Vec::new()));
    assert_eq!(table.receive(1, b"", 2), Verdict::Ended);
    assert_eq!(taken(&one), Err(CloseReason::PeerClosed));
    assert_eq!(taken(&two).unwrap(), b"");
}

#[test]
fn what_begins_no_session_leaves_nothing_behind() {
    let mut table = Table::new(Rules::default());
    let garbage = [DATA, b"garbage", b"\x01\0\0\x05{}", b"\x02\0\0\0", b"\x01\0\0\x02{}\x04"];
    for datagram in garbage {
        assert_eq!(table.receive(1, datagram, 0), Verdict::Unknown { answer: true });
    }
    assert_eq!(table.receive(1, b"", 0), Verdict::Unknown { answer: false }, "no ping-pong");
    assert!(table.peers.known.is_empty() && table.peers.accept().is_none());
}

#[test]
fn unknown_addresses_get_a_thousand_answers_a_second() {
    let mut table = Table::new(Rules::default());
    let mut answered = |ms| {
        let verdicts = (0..1_500).map(|n| table.receive(n, DATA, ms));
        verdicts.filter(|&verdict| verdict == Verdict::Unknown { answer: true }).count()
    };
    assert_eq!([answered(0), answered(999), answered(1_000)], [1_000, 0, 1_000]);
}

#[test]
fn a_handshake_that_comes_twice_is_a_copy() {
    let mut table = Table::new(Rules::default());
    let one = table.begin(1, 0);
    assert_eq!(taken(&one).unwrap(), HELLO);
    assert_eq!(table.receive(1, HELLO, 8_000), Verdict::Queued, "its answer may have been lost");
    assert_eq!(taken(&one).unwrap(), HELLO);
    table.peers.finish(one.id);
    assert_eq!(table.receive(1, HELLO, 4_999), Verdict::Copy);
    assert_eq!(taken(&one).unwrap(), b"", "the session goes on");
}

#[test]
fn a_client_that_starts_again_ends_its_old_session() {
    for (hello, ms, finished) in
        [(HELLO, 5_000, true), (OTHER_HELLO, 1, true), (OTHER_HELLO, 1, false)]
    {
        let mut table = Table::new(Rules::default());
        let old = table.begin(1, 0);
        let bystander = table.begin(2, 0);
        assert_eq!(
            (taken(&old).unwrap(), taken(&bystander).unwrap()),
            (HELLO.to_vec(), HELLO.to_vec())
        );
        if finished {
            table.peers.finish(old.id);
        }
        assert_eq!(table.receive(1, hello, ms), Verdict::Begun);
        assert!(is_reset(&old), "nothing more is sent by it");
        let new = table.peers.accept().unwrap();
        table.peers.forget(old.address, old.id);
        assert_eq!(table.receive(1, DATA, ms), Verdict::Queued, "it has the place");
        assert_eq!(taken(&new).unwrap(), [hello, DATA].concat());
        assert_eq!(taken(&bystander).unwrap(), b"");
    }
}

#[test]
fn a_client_that_has_left_may_come_again_at_once() {
    let mut table = Table::new(Rules::default());
    let old = table.begin(1, 0);
    table.peers.finish(old.id);
    assert_eq!(table.receive(1, b"", 1), Verdict::Ended);
    let new = table.begin(1, 2);
    assert_eq!((taken(&old).unwrap(), taken(&new).unwrap()), (HELLO.to_vec(), HELLO.to_vec()));
    assert_eq!(taken(&old), Err(CloseReason::PeerClosed));
    assert!(!table.peers.has(old.address, old.id) && table.peers.has(new.address, new.id));
}

#[test]
fn the_oldest_of_too_many_unfinished_addresses_goes() {
    let mut table = Table::new(Rules { unfinished: 3, ..Rules::default() });
    let client = table.begin(1, 0);
    table.peers.finish(client.id);
    let forged: Vec<_> = (2..5).map(|from| table.begin(from, 0)).collect();
    let newcomer = table.begin(5, 0);
    assert!(is_reset(&forged[0]));
    assert!(!is_reset(&client) && !is_reset(&forged[1]) && !is_reset(&newcomer));
    // Nobody accepts meanwhile.
    for from in 100..1_100 {
        assert_eq!(table.receive(from, HELLO, 1), Verdict::Begun);
    }
    assert_eq!((table.peers.known.len(), table.peers.new.len()), (4, 3));
    assert!(is_reset(&newcomer) && !is_reset(&client));
    assert_eq!(table.peers.queued.get(), 3 * (HELLO.len() + 64), "those that are not accepted");
    assert_eq!(table.peers.accept().unwrap().address, at(1_097));
}

#[test]
fn an_address_that_begins_again_and_again_takes_one_place() {
    let mut table = Table::new(Rules::default());
    for n in 0..1_000 {
        let hello = if n % 2 == 0 { HELLO } else { OTHER_HELLO };
        assert_eq!(table.receive(1, hello, n), Verdict::Begun);
    }
    let Peers { known, unfinished, new, .. } = &table.peers;
    assert_eq!((known.len(), unfinished.len(), new.len()), (1, 1, 1));
}

#[test]
fn a_closed_port_knows_its_sessions_and_takes_no_more() {
    let mut table = Table::new(Rules::default());
    let old = table.begin(1, 0);
    assert_eq!(table.receive(2, HELLO, 0), Verdict::Begun);
    table.peers.listen(false);
    assert!(table.peers.accept().is_none(), "it was not accepted in time");
    assert_eq!(table.receive(2, HELLO, 0), Verdict::Unknown { answer: true });
    assert_eq!(table.receive(1, DATA, 0), Verdict::Queued);
    table.peers.listen(true);
    table.begin(2, 0);
    assert_eq!(taken(&old).unwrap(), [HELLO, DATA].concat());
}

#[test]
fn silent_addresses_are_given_up() {
    let idle = Duration::from_secs(10);
    let mut table = Table::new(Rules { idle, ..Rules::default() });
    let (silent, lively) = (table.begin(1, 0), table.begin(2, 0));
    table.receive(2, DATA, 1);
    table.peers.sweep(table.start + idle);
    assert_eq!(taken(&silent).unwrap(), HELLO);
    assert_eq!(taken(&silent), Err(CloseReason::HeartbeatTimeout));
    assert_eq!(taken(&lively).unwrap(), [HELLO, DATA].concat());
    assert_eq!(taken(&lively).unwrap(), b"");
}

#[test]
fn without_a_handshake_an_address_keeps_its_session() {
    let mut table = Table::new(Rules { handshake: false, ..Rules::default() });
    assert_eq!(table.receive(1, DATA, 0), Verdict::Begun);
    let one = table.peers.accept().unwrap();
    table.peers.finish(one.id);
    assert_eq!(table.receive(1, HELLO, 9_000), Verdict::Queued);
    assert_eq!(taken(&one).unwrap(), [DATA, HELLO].concat());
}

/// Datagrams of a few addresses, links that are accepted, prove themselves and end, and time, in
/// an order that looks random.
#[test]
fn what_is_known_of_addresses_stays_bounded_and_true() {
    let mut random = fastrand::Rng::with_seed(11);
    for _ in 0..300 {
        let rules = Rules { unfinished: 1 + random.usize(..3), ..Rules::default() };
        let mut table = Table::new(rules);
        let mut links: Vec<NewPeer> = Vec::new();
        let mut now = 0;
        for _ in 0..100 {
            now += random.u64(..3_000);
            let datagram = [HELLO, OTHER_HELLO, DATA, b"", b"junk"][random.usize(..5)];
            let from = random.u16(..6);
            let before = table.peers.known.get(&at(from));
            let (knew, ended) = (before.is_some(), before.is_some_and(|it| it.mailbox.is_ended()));
            let verdict = table.receive(from, datagram, now);
            let known = table.peers.known.contains_key(&at(from));
            match verdict {
                Verdict::Begun => assert!(known && datagram.starts_with(b"\x01")),
                Verdict::Unknown { .. } => assert!(!knew && !known),
                Verdict::Queued | Verdict::Copy | Verdict::Ended => assert!(knew && known),
                // Behind its end, until its link is forgotten.
                Verdict::Full => assert!(ended),
            }
            match random.u8(..4) {
                0 => links.extend(table.peers.accept()),
                1 if !links.is_empty() => {
                    table.peers.finish(links[random.usize(..links.len())].id);
                }
                2 if !links.is_empty() => {
                    let link = links.swap_remove(random.usize(..links.len()));
                    let _ = taken(&link);
                    table.peers.forget(link.address, link.id);
                    assert!(!table.peers.has(link.address, link.id));
                }
                _ => {}
            }
            let Peers { known, unfinished, new, .. } = &table.peers;
            assert!(unfinished.len() <= rules.unfinished && new.len() <= known.len());
            let is_known = |(id, address): (&u64, &SocketAddr)| known[address].id == *id;
            assert!(unfinished.iter().all(is_known));
            assert!(new.values().all(|new| known[&new.address].id == new.id));
        }
    }
}
