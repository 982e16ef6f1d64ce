//! The heads of messages, for every protocol: kind, id and route.

use std::num::NonZeroU32;

/// The largest id that pomelo's own encoder writes correctly.
pub const MAX_ID: u32 = i32::MAX as u32;

/// The id that a request and its response share. Never 0, which means "no id" on
/// the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(NonZeroU32);

impl RequestId {
    /// Creates an id, unless it is 0.
    pub const fn new(id: u32) -> Option<Self> {
        match NonZeroU32::new(id) {
            Some(id) => Some(Self(id)),
            None => None,
        }
    }

    /// Returns the number on the wire.
    pub const fn get(self) -> u32 {
        self.0.get()
    }
}

/// The destination of a message as it arrived, not yet checked to be a valid
/// route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RouteRef<'a> {
    /// The route as text.
    Name(&'a str),
    /// The route's code in the dictionary that the handshake agreed on.
    Code(u16),
}

/// Everything of a message but its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head<'a> {
    /// A request. Receivers treat one without an id as a notify.
    Request(Option<RequestId>, RouteRef<'a>),
    /// A notify.
    Notify(RouteRef<'a>),
    /// A response. One without an id belongs to no request.
    Response(Option<RequestId>),
    /// A response with the flag of an error, which pomelo's own dialect does not
    /// have.
    Error(Option<RequestId>),
    /// A push.
    Push(RouteRef<'a>),
}

impl<'a> Head<'a> {
    /// Returns the id of a request, or the id of the request that is answered.
    pub const fn id(&self) -> Option<RequestId> {
        match *self {
            Self::Request(id, _) | Self::Response(id) | Self::Error(id) => id,
            Self::Notify(_) | Self::Push(_) => None,
        }
    }

    /// Returns the name of the route. `None` for responses, which have no route, and
    /// for codes.
    pub const fn route(&self) -> Option<&'a str> {
        match *self {
            Self::Request(_, RouteRef::Name(route))
            | Self::Notify(RouteRef::Name(route))
            | Self::Push(RouteRef::Name(route)) => Some(route),
            _ => None,
        }
    }
}
