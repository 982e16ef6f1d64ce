//! The conformance kit passes on every connector that is sound, and finds what
//! is broken in those that are not.

#![allow(clippy::unwrap_used)]

mod broken;
#[cfg(unix)]
mod children;
mod connectors;
mod datagrams;
mod deflated;
mod dialers;
mod guide;
#[cfg(target_os = "linux")]
mod shared;
mod socketio;

use connector::TcpConnector;
use connector::testing::{Behaviour, Effort, Outcome, Tester, check, conformance};
use connector_tests::broken::Fault;
use connector_tests::by_hand::{HandConnector, Loopback, Netstrings};
use connector_tests::long::is_long;

/// Returns how much is tried with the SDK's own connectors.
fn effort() -> Effort {
    if is_long() { Effort::Thorough } else { Effort::Everyday }
}

#[tokio::test]
async fn exempt_behaviours_are_not_looked_at() {
    let by_hand = Tester::framed::<Netstrings>(|| HandConnector(Loopback::any()))
        .exempt(Behaviour::Order, "somebody's reason");
    assert_eq!(check(&by_hand, Behaviour::Order).await, Outcome::Exempt("somebody's reason"));
    assert_eq!(check(&by_hand, Behaviour::Batch).await, Outcome::Passed);
}

#[tokio::test]
async fn a_connector_that_cannot_start_has_no_behaviour() {
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap();
    let taken = Tester::framed::<Netstrings>(|| TcpConnector::bind(address));
    let report = conformance(&taken).await;
    assert_eq!(report.failed(), Behaviour::ALL);
    let said = format!("FAILED  fragmented    it could not start: {address} is in use");
    assert!(report.to_string().contains(&said), "{report}");
}

#[tokio::test]
#[should_panic(expected = "FAILED  stop          it still returns the address")]
async fn a_failed_report_fails_its_test() {
    conformance(&broken::broken(Fault::NeverStops)).await.assert();
}

#[test]
#[should_panic(expected = "stop: it still returns the address")]
fn a_behaviour_that_is_missing_fails_its_own_test() {
    let subject = || broken::broken(Fault::NeverStops);
    connector::__private::conformance::test("", subject, Behaviour::Stop);
}
