//! Each fault of a connector is found by the behaviour that is named for it, and each
//! behaviour finds one.

use std::collections::HashSet;
use std::io;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use connector::Address;
use connector::testing::{
    Behaviour, Dial, Dialers, Outcome, Subject, Tester, Wire, check, conformance, exemptions,
};
use connector_tests::broken::{Broken, Fault, Pumped};
use connector_tests::by_hand::{HandConnector, Netstrings};

/// The faults, the behaviours that find them, and a part of what these say.
const FOUND: [Found; 46] = [
    (Fault::LosesTail, Behaviour::Fragmented, "a new connection ended at once"),
    (Fault::Splits, Behaviour::Fragmented, "the first package arrived as"),
    (Fault::Merges, Behaviour::Coalesced, "package 1 of 5 arrived as"),
    (Fault::Reverses, Behaviour::Coalesced, "package 1 of 5 arrived as"),
    (Fault::Loses, Behaviour::Order, "of the small packages from number"),
    (Fault::Doubles, Behaviour::Order, "of the small packages from number"),
    (Fault::Overtakes, Behaviour::Order, "of the small packages from number"),
    (Fault::LosesSent, Behaviour::Order, "of the small packages from number"),
    (Fault::ReordersSent, Behaviour::Order, "of the small packages from number"),
    (Fault::CutsBatch, Behaviour::Batch, "sent at once, waited 2s for package 2 of 2"),
    (Fault::EndsAtZero, Behaviour::Bytes, "0 bytes `` instead of 1 bytes `\\0`"),
    (Fault::EscapesOneWay, Behaviour::Bytes, "package 193 of 256"),
    (Fault::AsciiOnly, Behaviour::Unicode, "of the text"),
    (Fault::WrapsLength, Behaviour::Sizes, "of 65536 bytes"),
    (Fault::IgnoresLimit, Behaviour::SizeLimit, "was received"),
    (Fault::SwallowsClose, Behaviour::Closing, "after the peer had closed"),
    (Fault::NeverEndsStream, Behaviour::Closing, "to read the end of the stream"),
    (Fault::NeverEndsStream, Behaviour::BothClose, "to read the end of the stream"),
    (Fault::DropsUnsentOnClose, Behaviour::Closing, "the stream ended before package 1 of 3"),
    (Fault::DropsUnsentOnClose, Behaviour::BothClose, "the stream ended before package 1 of 3"),
    (Fault::DeafAfterClose, Behaviour::BothClose, "when both sides had closed"),
    (Fault::SwallowsDeath, Behaviour::AbruptDeath, "had disappeared within a package"),
    (Fault::CallsDeathClose, Behaviour::BrokenOff, "the reason is a regular close"),
    (Fault::DeliversAfterEnd, Behaviour::AfterEnd, "`late`"),
    (Fault::NeverStops, Behaviour::Stop, "it still returns the address"),
    (Fault::KeepsAccepting, Behaviour::Stop, "still accepts connections after `stop`"),
    (Fault::HangsOnStop, Behaviour::Stop, "for `stop` to return"),
    (Fault::StopEndsSockets, Behaviour::Stop, "after `stop`, an open socket"),
    (Fault::StopsForGood, Behaviour::StopTwice, "stopped before it had started"),
    (Fault::KeepsAddress, Behaviour::Restart, "started again for the 1. time"),
    (Fault::MovesOnRestart, Behaviour::Restart, "after it started again"),
    (Fault::OpensInAccept, Behaviour::SlowOpen, "with 3 silent peers before it"),
    (Fault::BuffersAll, Behaviour::Backpressure, "for a peer that does not read"),
    (Fault::EndsSlowPeers, Behaviour::Backpressure, "did not read, and the link failed: "),
    (Fault::ReadsAhead, Behaviour::Unread, "by a socket that is not read"),
    (Fault::LeaksTask, Behaviour::Churn, "tasks were left"),
    (Fault::LosesCancelled, Behaviour::Cancelled, "while each receive was dropped"),
    (Fault::ForgetsOpen, Behaviour::Cancelled, "while each open was dropped"),
    (Fault::ForgetsDisconnect, Behaviour::Cancelled, "while each disconnect was dropped"),
    (Fault::IgnoresAcceptWaker, Behaviour::Wakers, "an accept to call the second"),
    (Fault::IgnoresRecvWaker, Behaviour::Wakers, "a receive to call the second"),
    (Fault::IgnoresSendWaker, Behaviour::Wakers, "a send to call the second"),
    (Fault::IgnoresCloseWaker, Behaviour::Wakers, "a close to call the second"),
    (Fault::WrongPeer, Behaviour::Peer, "the peer's transport is `tcp`, not `memory`"),
    (Fault::WrongAddress, Behaviour::Peer, "the peer's address is "),
    (Fault::ChangesPeer, Behaviour::Peer, "after its end"),
];

/// Clients in memory, whose address is the name of the listener.
struct Named(Dialers);

impl Dial for Named {
    async fn dial(&self, address: &Address) -> io::Result<Wire> {
        Ok(self.0.dial(address).await?.at(address.clone()))
    }
}

pub(crate) fn broken(fault: Fault) -> impl Subject + 'static {
    let dialers = Dialers::default();
    let memory = dialers.clone();
    let connector = move || Broken::new(HandConnector(Pumped(memory.memory(), fault)), fault);
    let tester = Tester::framed::<Netstrings>(connector).dial(Named(dialers)).transport("memory");
    // The time in which those hang that do.
    tester.timeout(Duration::from_secs(2))
}

#[tokio::test]
async fn what_breaks_them_is_sound_by_itself() {
    let report = conformance(&broken(Fault::None)).await;
    assert!(report.passed(), "{report}");
    assert_eq!(exemptions(&broken(Fault::None)), []);
}

#[test]
fn each_fault_is_found_by_its_behaviour() {
    let begun = FOUND.map(begin);
    let missed: String = begun.into_iter().filter_map(end).collect();
    assert!(missed.is_empty(), "not found as expected:\n{missed}");
}

/// Makes a test that fails in a process of its own, since what leaks there is counted for all
/// tests of a process.
macro_rules! leaks {
    ($name:ident: $fault:expr, $expected:literal) => {
        #[cfg(target_os = "linux")]
        #[test]
        #[should_panic(expected = $expected)]
        fn $name() {
            let path = concat!(module_path!(), "::", stringify!($name));
            connector::__private::conformance::test(path, || broken($fault), Behaviour::Churn);
        }
    };
}

leaks!(a_leak_of_descriptors_is_found: Fault::LeaksDescriptor, "descriptors were left");
leaks!(a_leak_of_memory_is_found: Fault::LeaksMemory, "bytes of memory were left");
leaks!(a_process_that_ends_by_itself_has_failed: Fault::Aborts, "its process ended with signal: 6");

type Found = (Fault, Behaviour, &'static str);

/// Checks a behaviour in a thread and a runtime of its own, whose tasks are counted.
fn begin(found: Found) -> (Found, JoinHandle<Outcome>) {
    let (fault, behaviour, _) = found;
    let run = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.unwrap().block_on(check(&broken(fault), behaviour))
    };
    (found, thread::spawn(run))
}

/// Returns what is wrong if the fault was not found as expected.
fn end(((fault, behaviour, said), run): (Found, JoinHandle<Outcome>)) -> Option<String> {
    match run.join().unwrap() {
        Outcome::Failed(what) if what.contains(said) => None,
        outcome => Some(format!("{fault:?} by {behaviour}: {outcome:?}\n")),
    }
}

#[test]
fn each_behaviour_finds_a_fault() {
    let finding: HashSet<_> = FOUND.iter().map(|(_, behaviour, _)| *behaviour).collect();
    let all: HashSet<_> = Behaviour::ALL.iter().copied().collect();
    assert_eq!(finding, all);
}
