//! Connectors that are broken on purpose, each in one way in which real ones are.

mod connector;
mod escaping;
mod packages;
mod pumped;
mod socket;

pub use connector::Broken;
pub use pumped::Pumped;
pub use socket::BrokenSocket;

/// A fault of a connector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No fault: the wrapper itself is sound.
    None,

    // Packages that arrive.
    /// The end of a read that is not a whole package is forgotten.
    LosesTail,
    /// A package is received in two halves.
    Splits,
    /// The packages of one read are received as one.
    Merges,
    /// The packages of one read are received in the opposite order.
    Reverses,
    /// One package of a thousand is lost.
    Loses,
    /// One package of a thousand is received twice.
    Doubles,
    /// One package of a thousand is received before the one in front of it.
    Overtakes,
    /// A package ends at its first zero byte, as a C string does.
    EndsAtZero,
    /// Bytes that are not ASCII are left out.
    AsciiOnly,
    /// Lengths have 16 bits.
    WrapsLength,
    /// Packages of any size are received.
    IgnoresLimit,

    // Packages that are sent.
    /// Bytes are escaped, as SLIP does, and nobody removes the escapes.
    EscapesOneWay,
    /// One package of a thousand is not sent.
    LosesSent,
    /// One package of a thousand is sent before the one in front of it.
    ReordersSent,
    /// Only the first package of a batch is sent.
    CutsBatch,
    /// Everything is accepted for a peer that does not read.
    BuffersAll,
    /// A peer that does not read at once is lost.
    EndsSlowPeers,

    // The ends of connections.
    /// The peer's close is not noticed.
    SwallowsClose,
    /// The peer's death is not noticed.
    SwallowsDeath,
    /// A connection that breaks off looks like one that was closed.
    CallsDeathClose,
    /// A package is received after the end.
    DeliversAfterEnd,
    /// Nothing is received after this side has closed, although the peer had sent it.
    DeafAfterClose,
    /// A close leaves the stream open.
    NeverEndsStream,
    /// What was accepted and has not left is dropped by a close.
    DropsUnsentOnClose,

    // The connector itself.
    /// `stop` does nothing.
    NeverStops,
    /// `stop` hides the address and goes on accepting.
    KeepsAccepting,
    /// `stop` waits for the sockets to end, and they wait for the server.
    HangsOnStop,
    /// `stop` ends the open sockets.
    StopEndsSockets,
    /// A connector that was stopped before it had started never starts.
    StopsForGood,
    /// `stop` does not free the address.
    KeepsAddress,
    /// The connector is at another address when it has started again.
    MovesOnRestart,
    /// The next connection is not accepted before the first package of the last one.
    OpensInAccept,
    /// A task of each connection does not end with it.
    LeaksTask,
    /// A descriptor of each connection is not closed.
    LeaksDescriptor,
    /// A buffer of each connection is not freed.
    LeaksMemory,
    /// A connection ends the process, as a failed assertion of a C library does.
    Aborts,
    /// A task reads all that arrives into a buffer, although nobody asks for it.
    ReadsAhead,

    // Futures and peers.
    /// A receive that is dropped takes its package along.
    LosesCancelled,
    /// An open that is dropped begins from the start.
    ForgetsOpen,
    /// A disconnect that is dropped begins from the start.
    ForgetsDisconnect,
    /// The waker of the first accept is called for all later ones.
    IgnoresAcceptWaker,
    /// The waker of the first receive is called for all later ones.
    IgnoresRecvWaker,
    /// The waker of the first send is called for all later ones.
    IgnoresSendWaker,
    /// The waker of the first close is called for all later ones.
    IgnoresCloseWaker,
    /// The peer has the name of another transport.
    WrongPeer,
    /// The peer has another address than the client.
    WrongAddress,
    /// The peer is another one when the connection has ended.
    ChangesPeer,
}
