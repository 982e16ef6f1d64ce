//! The behaviours that a connector must have.

use std::fmt;

/// Declares the behaviours: a doc comment, the variant, its name, which is also that of its
/// test, and the requirement.
macro_rules! behaviours {
    ($($(#[$doc:meta])* $behaviour:ident, $name:ident: $demand:literal)+) => {
        /// One of the behaviours that every connector must have.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Behaviour {
            $($(#[$doc])* $behaviour,)+
        }

        impl Behaviour {
            /// All behaviours, in the order in which they are reported.
            pub const ALL: &'static [Self] = &[$(Self::$behaviour),+];

            /// Returns the name, in reports and of the test that
            /// [`conformance!`](crate::conformance!) makes.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$behaviour => stringify!($name),)+
                }
            }

            /// Returns the requirement, in a sentence.
            pub fn demand(self) -> &'static str {
                match self {
                    $(Self::$behaviour => $demand,)+
                }
            }
        }

        /// Writes a test for each behaviour of the subject that the function `subject` makes.
        #[doc(hidden)]
        #[macro_export]
        macro_rules! __conformance_tests {
            () => {
                $(
                    #[test]
                    fn $name() {
                        $crate::__private::conformance::test(
                            concat!(module_path!(), "::", stringify!($name)),
                            subject,
                            $crate::__private::conformance::Behaviour::$behaviour,
                        );
                    }
                )+
            };
        }
    };
}

behaviours! {
    /// Packages arrive byte by byte.
    Fragmented, fragmented:
        "A package whose bytes arrive one by one is received once and complete."

    /// Several packages arrive in one read.
    Coalesced, coalesced:
        "Packages that arrive in one read are received one by one, and an incomplete last one \
         after its remaining bytes arrived."

    /// Packages keep their order.
    Order, order:
        "Packages of all sizes, and up to 100,000 small ones, arrive complete and in the order in \
         which they were sent, in both directions at once, wherever the stream is cut."

    /// Several packages are sent at once.
    Batch, batch:
        "Packages that are sent at once arrive as if they were sent one by one, or joined as \
         `Link::batch` defines."

    /// Packages have bytes of all values.
    Bytes, bytes:
        "Packages with each of the 256 bytes, alone and next to each other, arrive unchanged in \
         both directions."

    /// Packages have characters of several planes of Unicode.
    Unicode, unicode:
        "Text of one to four bytes a character, from all planes of Unicode that have characters, \
         arrives unchanged in both directions, also if it is cut within a character."

    /// Packages have sizes around those at which formats change.
    Sizes, sizes:
        "Packages and payloads of no bytes, of one, of 125 to 127, of 255 to 257, of 65,535 to \
         65,537 and up to `Inbox::limit` arrive unchanged in both directions."

    /// A package is too large.
    SizeLimit, size_limit:
        "A package of exactly `Inbox::limit` is received. A larger one ends its connection with \
         `TooLarge` before it is complete, and no other connection."

    /// Either side closes.
    Closing, closing:
        "When one side closes, the other gets everything that was sent before, then `PeerClosed` \
         or the end of the stream."

    /// Both sides close at the same time.
    BothClose, both_close:
        "When both sides close at the same time, each gets everything that the other had sent \
         before, then its end."

    /// The peer disappears without closing.
    AbruptDeath, abrupt_death:
        "A peer that disappears ends its socket, within a package and between two; an incomplete \
         package is never received, and other connections go on."

    /// A connection breaks off.
    BrokenOff, broken_off:
        "A connection that ends within a package is reported as an error, and one that its peer \
         closes as `PeerClosed`."

    /// A connection has ended.
    AfterEnd, after_end:
        "After the end of a connection, however often it is polled, no package is received."

    /// The connector stops while sockets are open.
    Stop, stop:
        "`stop` returns at once, refuses further connections, and does not affect open sockets."

    /// The connector stops although it does not listen.
    StopTwice, stop_twice:
        "`stop` has no effect on a connector that has not started or has stopped already."

    /// The connector stops and starts again.
    Restart, restart:
        "`stop` frees the address, and the same connector starts there again, as often as it is \
         asked to."

    /// A peer does not finish the opening of its connection.
    SlowOpen, slow_open:
        "Peers that do not finish opening do not delay others, and their sockets end when they \
         disconnect."

    /// The peer does not read.
    Backpressure, backpressure:
        "Sending to a peer that does not read stops after a bounded number of bytes, its own \
         packages and other sockets go on meanwhile, and everything arrives when it reads again. \
         Or its link ends with `SlowPeer`, `Stalled` or `Overloaded`."

    /// The server does not read.
    Unread, unread:
        "A socket that is not read accepts a bounded number of bytes from its peer and does not \
         affect others, and everything is received when it is read again."

    /// Many connections come and go.
    Churn, churn:
        "Up to 1,000 connections that come and go leave no tasks, no descriptors and no memory \
         behind."

    /// An open, a receive and a close are cancelled.
    Cancelled, cancelled:
        "An open that is dropped and begun anew at every poll continues, as a disconnect does, and \
         a receive loses nothing."

    /// A poll is repeated by another task.
    Wakers, wakers:
        "After a pending poll is repeated with another waker, that one is woken: of an accept, a \
         receive, a send and a close."

    /// The peer is described.
    Peer, peer:
        "A socket's peer has the address of the client and the name of the transport, from the \
         opening to the end."
}

impl fmt::Display for Behaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
