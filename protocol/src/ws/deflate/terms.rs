//! The negotiation of permessage-deflate (RFC 7692 7.1).

use super::parameters::{NAME, Parameters};
use super::{Parameter, ParameterError, WindowBits};
use crate::http::Request;
use crate::ws::upgrade::{
    Accepted, ConnectError, Reply, UpgradeError, extensions, parse_response_with,
};

/// The terms on which messages of one direction are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Direction {
    /// `true` if messages may point into earlier ones, so that both ends keep these.
    pub context_takeover: bool,
    /// The window into which a message may point back.
    pub max_window_bits: WindowBits,
}

/// Each message by itself, in the largest window.
impl Default for Direction {
    fn default() -> Self {
        Self { context_takeover: false, max_window_bits: WindowBits::MAX }
    }
}

/// The most that one end agrees to: context takeover where it is allowed, and windows up to
/// these. Default: no context takeover, and windows of 32 KiB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// The limits of messages that the server sends.
    pub server: Direction,
    /// The limits of messages that the client sends.
    pub client: Direction,
}

/// The outcome of a negotiation, the same at both ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// The messages that the server sends.
    pub server: Direction,
    /// The messages that the client sends.
    pub client: Direction,
}

impl Terms {
    /// Adds the offer to a client's [`request`](crate::ws::upgrade::request).
    pub fn offer(&self, request: &mut Vec<u8>) {
        let limited = |bits: WindowBits| (bits < WindowBits::MAX).then_some(bits);
        let offer = Parameters {
            server_no_context_takeover: !self.server.context_takeover,
            client_no_context_takeover: !self.client.context_takeover,
            server_max_window_bits: limited(self.server.max_window_bits),
            client_max_window_bits: Some(limited(self.client.max_window_bits)),
        };
        add_header(request, &offer);
    }

    /// Answers the offers of a request: the first that is valid counts, and is added to the
    /// `response` that [`upgrade::response`](crate::ws::upgrade::response) wrote. `None`
    /// without one. An offer with an unknown parameter, one that is there twice or a value
    /// that is not allowed is declined, and the next one looked at.
    ///
    /// A client that cannot be limited to the window of [`Terms::client`] gets no context
    /// takeover for its messages.
    ///
    /// # Errors
    ///
    /// Returns [`UpgradeError::Extensions`] for a header that is not a list of extensions, to
    /// be answered with [`refusal`](crate::ws::upgrade::refusal).
    pub fn answer(
        &self,
        request: &Request,
        response: &mut Vec<u8>,
    ) -> Result<Option<Agreement>, UpgradeError> {
        let offers = extensions(&request.headers).map_err(|_| UpgradeError::Extensions)?;
        let mut offers = offers.iter().filter(|offer| offer.name == NAME);
        let Some(offer) = offers.find_map(|offer| Parameters::read(offer).ok()) else {
            return Ok(None);
        };
        let (agreement, answer) = self.agree(&offer);
        add_header(response, &answer);
        Ok(Some(agreement))
    }

    fn agree(&self, offer: &Parameters) -> (Agreement, Parameters) {
        let Self { mut server, mut client } = *self;
        server.context_takeover &= !offer.server_no_context_takeover;
        if let Some(most) = offer.server_max_window_bits {
            server.max_window_bits = server.max_window_bits.min(most);
        }
        client.context_takeover &= !offer.client_no_context_takeover;
        match offer.client_max_window_bits {
            Some(Some(most)) => client.max_window_bits = client.max_window_bits.min(most),
            Some(None) => {}
            None => {
                client.context_takeover &= client.max_window_bits == WindowBits::MAX;
                client.max_window_bits = WindowBits::MAX;
            }
        }
        let is_named = |direction: Direction| direction.max_window_bits < WindowBits::MAX;
        let names_server = is_named(server) || offer.server_max_window_bits.is_some();
        let answer = Parameters {
            server_no_context_takeover: !server.context_takeover,
            client_no_context_takeover: !client.context_takeover,
            server_max_window_bits: names_server.then_some(server.max_window_bits),
            client_max_window_bits: is_named(client).then_some(Some(client.max_window_bits)),
        };
        (Agreement { server, client }, answer)
    }

    /// Reads the response to a request with this [`offer`](Self::offer), as
    /// [`parse_response`](crate::ws::upgrade::parse_response) does without one. What the server
    /// agreed to is in [`Accepted::deflate`].
    ///
    /// # Errors
    ///
    /// Returns [`ConnectError`] for the same reasons, and [`ConnectError::Deflate`] for an
    /// answer that does not fit the offer.
    pub fn parse_response(
        &self,
        input: &[u8],
        key: &str,
    ) -> Result<Option<(Reply, usize)>, ConnectError> {
        parse_response_with(input, key, |headers, accepted: &mut Accepted| {
            let answers = extensions(headers).map_err(|_| ConnectError::Extensions)?;
            accepted.deflate = match &answers[..] {
                [] => None,
                [answer] if answer.name == NAME => Some(self.confirm(&Parameters::read(answer)?)?),
                _ => return Err(ConnectError::UnexpectedExtension),
            };
            Ok(())
        })
    }

    /// Checks an answer to the offer.
    fn confirm(&self, answer: &Parameters) -> Result<Agreement, ParameterError> {
        let Self { mut server, mut client } = *self;
        if !server.context_takeover && !answer.server_no_context_takeover {
            return Err(ParameterError::Missing(Parameter::ServerNoContextTakeover));
        }
        server.context_takeover &= !answer.server_no_context_takeover;
        client.context_takeover &= !answer.client_no_context_takeover;
        let parameter = Parameter::ServerMaxWindowBits;
        match answer.server_max_window_bits {
            Some(bits) if bits > server.max_window_bits => {
                return Err(ParameterError::NotOffered(parameter));
            }
            Some(bits) => server.max_window_bits = bits,
            None if server.max_window_bits < WindowBits::MAX => {
                return Err(ParameterError::Missing(parameter));
            }
            None => {}
        }
        let parameter = Parameter::ClientMaxWindowBits;
        match answer.client_max_window_bits {
            Some(None) => return Err(ParameterError::Value(parameter)),
            Some(Some(bits)) if bits > client.max_window_bits => {
                return Err(ParameterError::NotOffered(parameter));
            }
            Some(Some(bits)) => client.max_window_bits = bits,
            None => {}
        }
        Ok(Agreement { server, client })
    }
}

/// Adds the header to a head without a body: in front of its last line, which is empty.
fn add_header(head: &mut Vec<u8>, value: &Parameters) {
    head.truncate(head.len().saturating_sub(b"\r\n".len()));
    head.extend_from_slice(format!("Sec-WebSocket-Extensions: {value}\r\n\r\n").as_bytes());
}
