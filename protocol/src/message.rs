//! Messages of any protocol of the family: what they are, and where they go.

use std::num::NonZeroU32;

/// The largest id that pomelo's own encoder writes correctly.
pub const MAX_ID: u32 = i32::MAX as u32;

/// Tells requests and their responses from each other. Never 0, which means
/// "no id" on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(NonZeroU32);

impl RequestId {
    /// An id, unless it is 0.
    pub const fn new(id: u32) -> Option<Self> {
        match NonZeroU32::new(id) {
            Some(id) => Some(Self(id)),
            None => None,
        }
    }

    /// The number on the wire.
    pub const fn get(self) -> u32 {
        self.0.get()
    }
}

/// Where a message goes, as the wire has it: not yet known to be well formed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RouteRef<'a> {
    /// The whole text.
    Name(&'a str),
    /// Its number in the dictionary that the handshake agreed on.
    Code(u16),
}

/// All of a message but its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head<'a> {
    /// A request; without an id the receiver treats it as a notify.
    Request(Option<RequestId>, RouteRef<'a>),
    /// A notify.
    Notify(RouteRef<'a>),
    /// A response; without an id nobody waits for it.
    Response(Option<RequestId>),
    /// A response that tells of an error, by its flag; not in pomelo's own
    /// dialect.
    Error(Option<RequestId>),
    /// A push.
    Push(RouteRef<'a>),
}

impl<'a> Head<'a> {
    /// The id of a request, or of the request that is answered.
    pub const fn id(&self) -> Option<RequestId> {
        match *self {
            Self::Request(id, _) | Self::Response(id) | Self::Error(id) => id,
            Self::Notify(_) | Self::Push(_) => None,
        }
    }

    /// The route's name: a response has none, and a code is no name.
    pub const fn route(&self) -> Option<&'a str> {
        match *self {
            Self::Request(_, RouteRef::Name(route))
            | Self::Notify(RouteRef::Name(route))
            | Self::Push(RouteRef::Name(route)) => Some(route),
            _ => None,
        }
    }
}
