//! Messages that are pushed, by their types.

use connector_protocol::message::{Head, RouteRef};

use super::{Message, body};
use crate::codec::CodecError;
use crate::session::{Encoded, PushError};
use crate::{Format, Session};

/// A message that is always pushed under the same route.
///
/// `connector-build` writes it for messages with `option (connector.push)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no route to be pushed under",
    note = "write `option (connector.push) = \"onSomething\";` in the message of the `.proto` file"
)]
pub trait Push: Message {
    /// The route.
    const ROUTE: &'static str;
    /// A fixed number for the dictionary.
    const CODE: Option<u16> = None;
}

impl Session {
    /// How the peer writes bodies.
    pub fn format(&self) -> Format {
        self.0.wire.format()
    }

    /// Sends a message under its own route, in the peer's format.
    ///
    /// # Errors
    /// As [`Session::push`].
    pub fn push_message<P: Push>(&self, message: &P) -> Result<(), PushError> {
        let mut out = Vec::new();
        let head = Head::Push(RouteRef::Name(P::ROUTE));
        let format = self.format();
        self.0.wire.write(&head, &mut out, |out| body::write(message, format, out))?;
        self.push_framed(out.into())
    }
}

/// Sends one message to many sessions, encoded once for each kind of peer;
/// those that it could be put to are counted.
fn push_all<P: Push>(sessions: &[Session], message: &P) -> Result<usize, CodecError> {
    let mut reached = 0;
    for format in [Format::Json, Format::Protobuf] {
        let mut sessions = sessions.iter().filter(|session| session.format() == format).peekable();
        if sessions.peek().is_none() {
            continue;
        }
        let mut body = Vec::new();
        body::write(message, format, &mut body)?;
        let mut encoded = Encoded::new(Head::Push(RouteRef::Name(P::ROUTE)), &body);
        for session in sessions {
            let bytes = encoded.bytes(&session.0.wire)?;
            reached += usize::from(session.push_framed(bytes).is_ok());
        }
    }
    Ok(reached)
}

#[cfg(not(target_family = "wasm"))]
impl crate::Channels {
    /// Sends a message under its own route to all members, each in its format;
    /// those that it could be put to are counted.
    ///
    /// # Errors
    /// A value that cannot be written.
    pub fn push_message<P: Push>(&self, channel: &str, message: &P) -> Result<usize, CodecError> {
        push_all(&self.members(channel), message)
    }
}

#[cfg(not(target_family = "wasm"))]
impl crate::ServerHandle {
    /// Sends a message under its own route to every session, each in its
    /// format; those that it could be put to are counted.
    ///
    /// # Errors
    /// A value that cannot be written.
    pub fn broadcast_message<P: Push>(&self, message: &P) -> Result<usize, CodecError> {
        push_all(&self.sessions(), message)
    }

    /// Sends a message under its own route to every session of a user; they
    /// are counted.
    ///
    /// # Errors
    /// A value that cannot be written.
    pub fn push_message_to<P: Push>(&self, uid: &str, message: &P) -> Result<usize, CodecError> {
        push_all(&self.sessions_of(uid), message)
    }
}
