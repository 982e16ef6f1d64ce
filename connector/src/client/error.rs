//! The errors of a client.

use std::error::Error;
use std::io;

use connector_protocol::CloseReason;

use crate::body::BodyError;
use crate::codec::CodecError;
use crate::connector::DialError;
use crate::handler::HandlerError;

/// An error of the application.
pub(super) type BoxError = Box<dyn Error + Send + Sync>;

/// The error of connecting to a server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The link or the handshake failed: [`CloseReason::Refused`] with the server's code,
    /// [`CloseReason::UpgradeRefused`] with its HTTP response, [`CloseReason::Tls`] with the
    /// problem of its certificate, [`CloseReason::Malformed`] for a server of another protocol.
    #[error("the connection did not open: {0}")]
    Closed(#[from] CloseReason),
    /// The URL is not valid, or nothing accepts connections at its address.
    #[error(transparent)]
    Dial(DialError),
    /// The application's hook has failed, see
    /// [`ClientBuilder::on_open`](super::ClientBuilder::on_open).
    #[error("the hook for open connections failed: {0}")]
    Hook(BoxError),
    /// The data for the handshake could not be made, see
    /// [`ClientBuilder::user_with`](super::ClientBuilder::user_with).
    #[error("the user's data for the handshake could not be made: {0}")]
    User(BoxError),
    /// The connection was not open within [`ClientBuilder::connect_timeout`](super::ClientBuilder::connect_timeout).
    #[error("the connection was not open in time")]
    Timeout,
}

impl ConnectError {
    /// Returns the reason as that of a connection that has ended.
    pub(super) fn into_reason(self) -> CloseReason {
        match self {
            Self::Closed(reason) => reason,
            Self::Dial(error) => error.to_reason().unwrap_or_else(|| other(&error)),
            Self::Timeout => CloseReason::HandshakeTimeout,
            error @ (Self::Hook(_) | Self::User(_)) => other(&error),
        }
    }
}

fn other(error: &impl ToString) -> CloseReason {
    CloseReason::lost(&io::Error::other(error.to_string()))
}

/// A link that could not be set up is the same error, whoever finds it.
impl From<DialError> for ConnectError {
    fn from(error: DialError) -> Self {
        match error {
            DialError::Closed(reason) => Self::Closed(reason),
            error => Self::Dial(error),
        }
    }
}

/// The error of a message that was not sent, or not answered as expected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The client has closed. If it closed while the message was under way, the server may
    /// have received it.
    #[error("the connection is closed: {0}")]
    Closed(CloseReason),
    /// The connection was lost before the answer arrived. The server may have received the
    /// message, which is not sent again. The client connects again.
    #[error("the connection was lost before the answer arrived: {0}")]
    Lost(CloseReason),
    /// There was no connection in time, since it was lost for this reason, or since the last
    /// attempt to connect again failed like this. Nothing was sent.
    #[error("there is no connection: {0}")]
    NotConnected(CloseReason),
    /// The message cannot be encoded. Nothing was sent.
    #[error("the message cannot be encoded: {0}")]
    Codec(#[from] CodecError),
    /// The answer does not fit the expected type.
    #[error("the answer does not fit the expected type: {0}")]
    Decode(BodyError),
    /// The server answered with an error.
    #[error("the server answered with {0}")]
    Server(HandlerError),
    /// There was no answer in time. The server may have received the message. A later
    /// answer is ignored.
    #[error("no answer in time")]
    Timeout,
}

impl From<BodyError> for RequestError {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Server(error) => Self::Server(error),
            misfit @ BodyError::Misfit(_) => Self::Decode(misfit),
        }
    }
}
