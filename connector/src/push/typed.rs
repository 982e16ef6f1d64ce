//! Messages that are pushed, by their types.

use connector_protocol::message::{Head, RouteRef};

use super::fan_out;
use crate::body::{self, Message};
use crate::codec::CodecError;
use crate::connection::Encoded;
use crate::connection::PushError;
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
    /// A fixed number for the dictionary, used by servers that are built with
    /// [`ServerBuilder::pushes`](crate::server::ServerBuilder::pushes).
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
        let (wire, format) = (&self.0.wire, self.format());
        let head = Head::Push(wire.shorten(P::ROUTE, P::CODE));
        wire.write(&head, &mut out, |out| body::write(message, format, out))?;
        self.push_framed(out.into())
    }
}

/// Sends one message to many sessions, encoded once for each kind of peer;
/// those that it could be put to are counted.
fn push_all<P: Push>(sessions: Vec<Session>, message: &P) -> Result<usize, CodecError> {
    let mut kinds: Vec<((Format, RouteRef<'static>), Vec<Session>)> = Vec::new();
    for session in sessions {
        let kind = (session.format(), session.0.wire.shorten(P::ROUTE, P::CODE));
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, alike)) => alike.push(session),
            None => kinds.push((kind, vec![session])),
        }
    }
    let mut reached = 0;
    for ((format, route), sessions) in kinds {
        let mut body = Vec::new();
        body::write(message, format, &mut body)?;
        let mut encoded = Encoded::new(Head::Push(route), &body);
        reached += fan_out(sessions, |session| encoded.bytes(&session.0.wire))?;
    }
    Ok(reached)
}

impl crate::Channels {
    /// Sends a message under its own route to all members, each in its format;
    /// those that it could be put to are counted.
    ///
    /// # Errors
    /// A value that cannot be written.
    pub fn push_message<P: Push>(&self, channel: &str, message: &P) -> Result<usize, CodecError> {
        push_all(self.members(channel), message)
    }
}

impl crate::ServerHandle {
    /// Sends a message under its own route to every session, each in its
    /// format; those that it could be put to are counted.
    ///
    /// # Errors
    /// A value that cannot be written.
    pub fn broadcast_message<P: Push>(&self, message: &P) -> Result<usize, CodecError> {
        push_all(self.sessions(), message)
    }

    /// Sends a message under its own route to every session of a user; they
    /// are counted.
    ///
    /// # Errors
    /// A value that cannot be written.
    pub fn push_message_to<P: Push>(&self, uid: &str, message: &P) -> Result<usize, CodecError> {
        push_all(self.sessions_of(uid), message)
    }
}
