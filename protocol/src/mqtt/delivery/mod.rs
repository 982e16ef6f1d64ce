//! The delivery of messages: PUBLISH and PUBACK in both directions.
//!
//! | what is kept of a connection | bound |
//! |---|---|
//! | identifiers of its peer's messages that are not acknowledged ([`Inflight`]) | the receive maximum of this side |
//! | identifiers of this side's messages, and what waits behind them ([`Window`]) | the receive maximum of both, and [`DeliveryOptions::queued`] |
//! | where answers go ([`Replies`]) | 1 MiB, then the oldest is forgotten |
//! | routes of a client's notifies at QoS 1 ([`Notified`]) | 64 KiB |

mod inflight;
mod mapping;
mod notified;
mod receive;
mod replies;
mod send;
#[cfg(test)]
mod tests;
mod window;

use std::sync::Arc;

use self::inflight::Inflight;
use self::notified::Notified;
use self::replies::Replies;
use self::window::Window;
use super::packet::{Fault, PONG, push_disconnect};
use super::{QoS, Version, code};
use crate::{CloseReason, Limits};

pub use mapping::Mapping;
pub use receive::Received;

/// The settings of a [`Delivery`].
#[derive(Clone, Debug)]
pub struct DeliveryOptions {
    /// The QoS at which this side sends messages, if the peer supports it. Default: 0.
    pub qos: QoS,
    /// The number of this side's messages at QoS 1 that may be unacknowledged at a time. A peer may
    /// allow fewer. At least 1. Default: 256.
    pub in_flight: u16,
    /// The number of the peer's messages at QoS 1 that may be unacknowledged at a time, which MQTT 5
    /// tells the peer. At least 1. Default: 1,024.
    pub receive_maximum: u16,
    /// The most bytes of messages that wait until earlier ones are acknowledged. More end the
    /// connection. Default: that of [`Limits::queued`].
    pub queued: usize,
    /// The meaning of topics, at a server. Default: they are routes.
    pub mapping: Mapping,
}

impl Default for DeliveryOptions {
    fn default() -> Self {
        Self {
            qos: QoS::default(),
            in_flight: 256,
            receive_maximum: 1024,
            queued: Limits::default().queued,
            mapping: Mapping::default(),
        }
    }
}

/// The side of a connection on which a [`Delivery`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Server,
    Client,
}

/// The state of a link that carries MQTT's packets, without the link: it makes messages of
/// PUBLISH packets and the reverse. See [the module](super) for what passes through it.
#[derive(Debug)]
pub struct Delivery {
    options: Arc<DeliveryOptions>,
    side: Side,
    /// That of the client's CONNECT.
    version: Option<Version>,
    /// The client id that the CONNECT has, or the server has given.
    client_id: Option<Arc<str>>,
    /// The QoS at which this side sends: that of the options, if the peer supports it.
    qos: QoS,
    phase: Phase,
    /// The code that the end of a connection that this side ends is announced with.
    fault: Option<u8>,
    /// It is a server's, whose client has a keep-alive.
    client_pings: bool,
    /// The largest packet that the peer takes, in bytes.
    max_packet: usize,
    inflight: Inflight,
    window: Window,
    replies: Replies,
    notified: Notified,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// There is no CONNACK that accepts.
    Opening,
    Open,
    /// Either side has said goodbye.
    Ended,
}

impl Delivery {
    /// Creates the state of a server's link.
    pub fn server(options: Arc<DeliveryOptions>) -> Self {
        Self::new(Side::Server, None, options)
    }

    /// Creates the state of the link of a client that speaks this version.
    pub fn client(version: Version, options: Arc<DeliveryOptions>) -> Self {
        Self::new(Side::Client, Some(version), options)
    }

    fn new(side: Side, version: Option<Version>, options: Arc<DeliveryOptions>) -> Self {
        Self {
            side,
            version,
            client_id: None,
            qos: options.qos,
            phase: Phase::Opening,
            fault: None,
            client_pings: false,
            max_packet: usize::MAX,
            inflight: Inflight::default(),
            window: Window::new(options.in_flight, options.queued),
            replies: Replies::default(),
            notified: Notified::default(),
            options,
        }
    }

    /// Returns whether a CONNACK has opened the session, and nobody has said goodbye.
    pub fn is_open(&self) -> bool {
        self.phase == Phase::Open
    }

    /// Returns the number of the peer's messages at QoS 1 that may be unacknowledged at a time,
    /// for the machine that announces it.
    pub fn receive_maximum(&self) -> u16 {
        self.options.receive_maximum.max(1)
    }

    /// Returns the bytes of messages that wait until earlier ones are acknowledged.
    pub fn queued(&self) -> usize {
        self.window.queued()
    }

    /// Returns about how much memory it takes besides [`Delivery::queued`], in bytes: for where
    /// answers go, and for each message that waits.
    pub fn memory(&self) -> usize {
        self.replies.memory() + self.notified.memory() + self.window.overhead()
    }

    /// Returns the client id of a server's session, once it is open.
    pub fn client_id(&self) -> Option<&Arc<str>> {
        self.client_id.as_ref().filter(|_| self.is_open())
    }

    /// Appends an answer to pings that are not received yet, for a client that may send some.
    pub fn beat(&self, out: &mut Vec<u8>) {
        if self.client_pings && self.is_open() {
            out.extend_from_slice(&PONG);
        }
    }

    /// Appends the packet that announces the end of the connection for this reason, if there is
    /// one: before MQTT 5 a server just closes.
    pub fn farewell(&mut self, reason: &CloseReason, out: &mut Vec<u8>) {
        let Some(version) = self.version.filter(|_| self.is_open()) else { return };
        self.phase = Phase::Ended;
        let code = match (self.side, reason) {
            (_, CloseReason::PeerClosed | CloseReason::PeerClosedWith { .. }) => return,
            (Side::Server, _) if !version.is_5() => return,
            (Side::Server, reason) => self.fault.unwrap_or_else(|| code_of(reason)),
            (Side::Client, CloseReason::Requested) => code::SUCCESS,
            // A client that has no word for a fault leaves without one, so that its will counts.
            (Side::Client, _) if !version.is_5() => return,
            (Side::Client, _) => self.fault.unwrap_or(code::UNSPECIFIED),
        };
        push_disconnect(version, code, "", out);
    }

    /// Notes what the peer has done wrong, for [`Delivery::farewell`].
    fn fail(&mut self, fault: Fault) -> CloseReason {
        self.fault = Some(fault.code);
        fault.into()
    }
}

/// The code with which a server announces the end.
fn code_of(reason: &CloseReason) -> u8 {
    match reason {
        CloseReason::HeartbeatTimeout => code::KEEP_ALIVE,
        CloseReason::Malformed(_) => code::MALFORMED,
        CloseReason::Overloaded { .. } | CloseReason::TooManyConnections => code::BUSY,
        CloseReason::Panicked => code::IMPLEMENTATION,
        CloseReason::SlowPackage { .. } | CloseReason::SlowPeer { .. } => code::QUOTA,
        CloseReason::Stopping => code::STOPPING,
        CloseReason::TooLarge { .. } => code::TOO_LARGE,
        _ => code::ADMINISTRATIVE,
    }
}
