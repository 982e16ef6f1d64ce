//! Authentication of clients in the handshake.

use std::future::ready;

use connector_protocol::session::Answer;
use serde_json::Value;

use super::ServerBuilder;
use crate::{MaybeSend, MaybeSync};

/// The code of the handshake's answer to an unknown client, as in HTTP.
const UNKNOWN: u16 = 401;

impl ServerBuilder {
    /// Authenticates clients in the handshake. `user` returns the user id for the value
    /// that the client sends as its [`user`](crate::client::ClientBuilder::user), such as a
    /// signed token, and the session is bound to it. A client without a user id is refused
    /// with code 401.
    ///
    /// To ask a database, or to send an object to the client, use
    /// [`on_handshake`](Self::on_handshake). The two can be combined.
    ///
    /// ```
    /// # use connector::prelude::*;
    /// # fn verified(token: &str) -> Option<String> { Some(token.into()) }
    /// let server = Server::builder().sign_in(|said| verified(said["token"].as_str()?));
    /// # drop(server);
    /// ```
    pub fn sign_in(
        self,
        user: impl Fn(&Value) -> Option<String> + MaybeSend + MaybeSync + 'static,
    ) -> Self {
        self.on_handshake(move |session, hello| {
            let uid = user(&hello.user.unwrap_or_default());
            let bound = uid.is_some_and(|uid| session.bind(&uid).is_ok());
            ready(if bound {
                Answer::Accept { user: None }
            } else {
                Answer::Refuse { code: UNKNOWN }
            })
        })
    }
}
