//! Authentication of clients in the handshake.

use std::future::ready;

use connector_protocol::pomelo::handshake::codes;
use connector_protocol::session::Answer;
use serde_json::Value;

use super::ServerBuilder;
use crate::session::BindError;
use crate::{MaybeSend, MaybeSync};

/// The code of the handshake's answer to an unknown client, as in HTTP.
const UNKNOWN: u16 = 401;
/// The code for a user who has a session and may have no other.
const TAKEN: u16 = 409;

impl ServerBuilder {
    /// Checks the type and the version that clients say of themselves in the handshake, such
    /// as `js-websocket` and `0.0.1`: pomelo's `checkClient`. A client for which `check`
    /// returns `false` is refused with code 501. What a client does not say is empty.
    ///
    /// ```
    /// # use connector::prelude::*;
    /// let server = Server::builder()
    ///     .check_client(|kind, version| kind != "js-websocket" || version == "0.0.1");
    /// # drop(server);
    /// ```
    pub fn check_client(
        self,
        check: impl Fn(&str, &str) -> bool + MaybeSend + MaybeSync + 'static,
    ) -> Self {
        self.on_handshake(move |_, hello| {
            let said = |text: Option<String>| text.unwrap_or_default();
            let (kind, version) = (said(hello.client.kind), said(hello.client.version));
            ready(if check(&kind, &version) {
                Answer::Accept { user: None }
            } else {
                Answer::Refuse { code: codes::OLD_CLIENT }
            })
        })
    }

    /// Authenticates clients in the handshake. `user` returns the user id for the value
    /// that the client sends as its [`user`](crate::client::ClientBuilder::user), such as a
    /// signed token, and the session is bound to it. A client without a user id is refused
    /// with code 401, and with 409 if the user has another session and
    /// [`single_session`](Self::single_session) refuses a second one.
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
            ready(match uid.map(|uid| session.bind(&uid)) {
                Some(Ok(())) => Answer::Accept { user: None },
                Some(Err(BindError::Taken(_))) => Answer::Refuse { code: TAKEN },
                Some(Err(_)) | None => Answer::Refuse { code: UNKNOWN },
            })
        })
    }
}
