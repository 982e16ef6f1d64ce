//! The macro that makes a test for each behaviour.

/// Makes a test for each [`Behaviour`](crate::testing::Behaviour) of connectors.
///
/// Each line is the name of a module and a [`Subject`](crate::testing::Subject), which is
/// created anew for each test. The tests need no other attributes or dependencies: each runs
/// in a runtime of its own, which has one thread.
///
/// ```
/// use connector::TcpConnector;
/// use connector::protocol::pomelo::package::PomeloPackages;
/// use connector::testing::Tester;
///
/// connector::conformance! {
///     tcp => Tester::framed::<PomeloPackages>(|| TcpConnector::bind("127.0.0.1:0")).pomelo(),
///     websocket => Tester::websocket(|| connector::WebSocketConnector::bind("127.0.0.1:0")),
/// }
/// # fn main() {}
/// ```
///
/// `cargo test` lists them as `tcp::fragmented`, `tcp::order` and so on, and
/// `cargo test -- --show-output` shows which of them are exempt. `tcp::subject()` returns the
/// subject, for [`conformance`](fn@crate::testing::conformance) and
/// [`exemptions`](crate::testing::exemptions).
#[macro_export]
macro_rules! conformance {
    ($($(#[$attribute:meta])* $name:ident => $subject:expr),+ $(,)?) => {$(
        $(#[$attribute])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            #[allow(dead_code)]
            pub(crate) fn subject() -> impl $crate::testing::Subject {
                $subject
            }

            $crate::__conformance_tests!();
        }
    )+};
}
