//! Who a client is, told by its handshake.

use std::future::ready;

use connector_protocol::session::Answer;
use serde_json::Value;

use super::ServerBuilder;

/// The code of a handshake's answer to somebody unknown; HTTP's.
const UNKNOWN: u16 = 401;

impl ServerBuilder {
    /// Lets in those whose handshake says who they are: `user` reads what the
    /// client's [`user`](crate::client::ClientBuilder::user) is, such as a
    /// signed token, and the session is bound to the uid in it. All others are
    /// refused with 401.
    ///
    /// Applications that ask a database, or answer more, use
    /// [`on_handshake`](Self::on_handshake). Both compose.
    ///
    /// ```
    /// # use connector::prelude::*;
    /// # fn verified(token: &str) -> Option<String> { Some(token.into()) }
    /// let server = Server::builder().sign_in(|said| verified(said["token"].as_str()?));
    /// # drop(server);
    /// ```
    pub fn sign_in(self, user: impl Fn(&Value) -> Option<String> + Send + Sync + 'static) -> Self {
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
