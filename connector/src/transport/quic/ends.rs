//! The two directions of a stream, of QUIC itself or of a session of WebTransport.

use connector_protocol::CloseReason;
use quinn::{RecvStream, SendStream, VarInt};

use crate::runtime::BoxFuture;
#[cfg(feature = "webtransport")]
use crate::transport::webtransport::SessionStream;

/// The two directions of a stream.
pub(in crate::transport) enum Ends {
    Quic(SendStream, RecvStream),
    #[cfg(feature = "webtransport")]
    Session(SessionStream),
}

impl Ends {
    pub(super) fn send(&mut self) -> &mut SendStream {
        match self {
            Self::Quic(send, _) => send,
            #[cfg(feature = "webtransport")]
            Self::Session(stream) => stream.send.quic_stream_mut(),
        }
    }

    pub(super) fn send_ref(&self) -> &SendStream {
        match self {
            Self::Quic(send, _) => send,
            #[cfg(feature = "webtransport")]
            Self::Session(stream) => stream.send.quic_stream(),
        }
    }

    pub(super) fn recv(&mut self) -> &mut RecvStream {
        match self {
            Self::Quic(_, recv) => recv,
            #[cfg(feature = "webtransport")]
            Self::Session(stream) => stream.recv.quic_stream_mut(),
        }
    }

    /// Returns how a code is written of an end of a stream.
    pub(super) fn code_to_send(&self, code: VarInt) -> VarInt {
        match self {
            Self::Quic(..) => code,
            #[cfg(feature = "webtransport")]
            Self::Session(_) => crate::transport::webtransport::code::to_http(code),
        }
    }

    /// Returns the code that a peer has meant.
    pub(super) fn code_received(&self, code: VarInt) -> VarInt {
        match self {
            Self::Quic(..) => code,
            #[cfg(feature = "webtransport")]
            Self::Session(_) => crate::transport::webtransport::code::of_http(code),
        }
    }

    /// Returns the end of a stream that has failed. A session may have ended in its own way, which
    /// is known soon.
    pub(super) fn end_of_session(
        &self,
        end: Result<(), CloseReason>,
    ) -> BoxFuture<'static, Result<(), CloseReason>> {
        match self {
            Self::Quic(..) => Box::pin(std::future::ready(end)),
            #[cfg(feature = "webtransport")]
            Self::Session(stream) => stream.end(end),
        }
    }
}
