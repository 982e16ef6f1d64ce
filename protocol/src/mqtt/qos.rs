//! The qualities of service.

/// A quality of service at which this side sends messages. There is no third one: QoS 2
/// promises to deliver exactly once across connections, and a session ends with its connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QoS {
    /// QoS 0: a message is sent, and not acknowledged.
    #[default]
    AtMostOnce,
    /// QoS 1: a message is acknowledged by the receiver.
    AtLeastOnce,
}
