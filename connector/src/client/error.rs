//! What can go wrong for a client.

use std::io;

use connector_protocol::CloseReason;

use crate::codec::CodecError;
use crate::handler::HandlerError;

/// A connection that did not come to be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The link or the handshake ended it: [`CloseReason::Refused`] with the
    /// server's code, [`CloseReason::Malformed`] for a server that speaks
    /// something else.
    #[error("the connection did not open: {0}")]
    Closed(#[from] CloseReason),
    /// Nobody answers at the address.
    #[error("cannot connect to {address}: {source}")]
    Dial {
        /// Host and port.
        address: String,
        /// What the system said.
        source: io::Error,
    },
    /// A scheme that is none of `tcp` and `ws`.
    #[error("`{url}`: `{scheme}` is not known, write `tcp://host:port` or `ws://host:port/path`")]
    Scheme {
        /// The whole text.
        url: String,
        /// The scheme in it.
        scheme: String,
    },
    /// It was not open in time.
    #[error("the connection was not open in time")]
    Timeout,
    /// `wss` or `tls`, which are not there yet.
    #[error(
        "`{0}`: TLS is not there yet, write `ws://` or `tcp://`, or give a TLS socket of your own to `ClientBuilder::connect_socket`"
    )]
    Tls(String),
    /// An address that is none.
    #[error("`{url}`: {problem}")]
    Url {
        /// The whole text.
        url: String,
        /// What is wrong with it.
        problem: &'static str,
    },
}

/// A message that was not sent, or not answered as expected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The connection has ended. The server may have got the message.
    #[error("the connection is closed: {0}")]
    Closed(CloseReason),
    /// The message cannot be written, so that nothing was sent.
    #[error("the message cannot be written: {0}")]
    Codec(#[from] CodecError),
    /// There is an answer, but it does not fit the type.
    #[error("the answer does not fit: {0}")]
    Decode(serde_json::Error),
    /// The server answered that it failed.
    #[error("the server answered with {0}")]
    Server(HandlerError),
    /// No answer in time. The server may have got the message, and its answer
    /// is ignored when it comes after all.
    #[error("no answer in time")]
    Timeout,
}
