//! Signed messages.

use std::future::ready;

use connector_protocol::pomelo::handshake::ClientInfo;
use connector_protocol::session::{Answer, Hello};

use super::ServerBuilder;
use crate::codec::PublicKey;

/// The code of the handshake's answer to a client without a key, as in HTTP.
const NO_KEY: u16 = 401;

impl ServerBuilder {
    /// Requires clients to sign their messages, as pomelo's clients do with the option
    /// `encrypt`: pomelo's `useCrypto`. Needs the feature `crypto`.
    ///
    /// A client sends the public half of an RSA key of 1,024 to 8,192 bits in its handshake,
    /// as `sys.rsa`, and without one is refused with code 401. A request without a signature
    /// that fits is answered with code 400, ahead of all filters; a notify is dropped. Bodies
    /// must be JSON objects; the schema of one that travels as pomelo-protobuf needs a field
    /// `optional string __crypto__`. On connectors without pomelo's handshake all messages are
    /// refused.
    ///
    /// The key is the client's own, so that a signature tells that a message comes from
    /// whoever opened the connection, and not who that is. It hides nothing: use TLS.
    pub fn require_signatures(mut self) -> Self {
        // Before the hooks of the application, which need not see such a client.
        self.hooks.handshake.insert(
            0,
            Box::new(|_, hello: Hello| {
                let info = hello.client.details.get::<ClientInfo>();
                let has_key = info.and_then(|info| PublicKey::read(info.rsa.as_ref()?)).is_some();
                ready(if has_key {
                    Answer::Accept { user: None }
                } else {
                    Answer::Refuse { code: NO_KEY }
                })
            }),
        );
        self.signed = true;
        self
    }
}
