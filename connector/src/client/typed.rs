//! The client's half: requests and notifies in the connection's format.

use bytes::Bytes;
use serde::de::Error;

use super::{Client, Listener, Pushes, RequestError};
use crate::body::Message;
use crate::handler::HandlerError;
use crate::push::Push;
use crate::{Format, MaybeSend};

impl Client {
    /// Listens for the pushes of a message that has a route of its own, see
    /// [`Client::pushes`].
    pub fn pushes_of<P: Push>(&self) -> Pushes<P> {
        match self.format() {
            Format::Json => self.pushes(P::ROUTE),
            Format::Protobuf => self.pushes_read(P::ROUTE, decode),
        }
    }
}

impl Listener {
    /// Calls `hook` with every push of a message that has a route of its own,
    /// see [`Listener::on`].
    pub fn on_message<P: Push>(self, hook: impl FnMut(P) + MaybeSend + 'static) -> Self {
        match self.format() {
            Format::Json => self.on(P::ROUTE, hook),
            Format::Protobuf => self.on_read(P::ROUTE, decode, hook),
        }
    }
}

/// Sends a message and reads the answer.
///
/// # Errors
/// As [`Client::request`].
pub async fn request_message<R: Message>(
    client: &Client,
    route: &str,
    message: &impl Message,
) -> Result<R, RequestError> {
    match client.format() {
        Format::Json => client.request(route, message).await,
        Format::Protobuf => {
            let answer = answer(client, route, message).await?;
            decode(&answer).map_err(RequestError::Decode)
        }
    }
}

/// Sends a message that is not answered.
///
/// # Errors
/// As [`Client::notify`].
pub async fn notify_message(
    client: &Client,
    route: &str,
    message: &impl Message,
) -> Result<(), RequestError> {
    match client.format() {
        Format::Json => client.notify(route, message).await,
        Format::Protobuf => client.notify_raw(route, message.encode_to_vec()).await,
    }
}

/// An answer in protobuf.
///
/// Where errors have no flag they are JSON there, too: with its `{` a message
/// would begin as a group, which proto3 does not have.
async fn answer(
    client: &Client,
    route: &str,
    message: &impl Message,
) -> Result<Bytes, RequestError> {
    let answer = client.request_raw(route, message.encode_to_vec()).await?;
    let error = answer.starts_with(b"{").then(|| HandlerError::of_json(&answer)).flatten();
    error.map_or(Ok(answer), |error| Err(RequestError::Server(error)))
}

fn decode<T: Message>(body: &[u8]) -> Result<T, serde_json::Error> {
    T::decode(body).map_err(serde_json::Error::custom)
}
