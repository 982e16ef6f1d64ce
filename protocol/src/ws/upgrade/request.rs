//! The server's check of an upgrade request.

use super::UpgradeError;
use super::key::is_key;
use crate::http::{Request, elements, lists, single, values};

impl Request {
    /// Returns the key of a valid upgrade, to be answered with
    /// [`response`](super::response), or `None` for a plain HTTP request, which has neither
    /// `Upgrade: websocket` nor a key.
    ///
    /// # Errors
    ///
    /// Returns [`UpgradeError`] for an invalid upgrade (RFC 6455 4.2.1), and for a request of
    /// HTTP/1.1 without exactly one `Host`, to be answered with [`refusal`](super::refusal).
    pub fn websocket_key(&self) -> Result<Option<&str>, UpgradeError> {
        let headers = &self.headers;
        match values(headers, "Host").count() {
            1 => {}
            0 if self.minor_version == 0 => {}
            0 => return Err(UpgradeError::MissingHost),
            _ => return Err(UpgradeError::ManyHosts),
        }
        let upgrade = lists(headers, "Upgrade", "websocket");
        let key = self.header("Sec-WebSocket-Key");
        if !upgrade && key.is_none() {
            return Ok(None);
        }
        if self.method != "GET" {
            return Err(UpgradeError::Method);
        }
        if self.minor_version == 0 {
            return Err(UpgradeError::HttpVersion);
        }
        if !upgrade {
            return Err(UpgradeError::MissingUpgrade);
        }
        if !lists(headers, "Connection", "upgrade") {
            return Err(UpgradeError::MissingConnection);
        }
        // The version comes before the key: drafts before version 13 have other keys, and their
        // error is the version.
        if single(headers, "Sec-WebSocket-Version") != Some("13") {
            return Err(UpgradeError::UnsupportedVersion);
        }
        let key = key.ok_or(UpgradeError::MissingKey)?;
        if !is_key(key) || values(headers, "Sec-WebSocket-Key").count() > 1 {
            return Err(UpgradeError::InvalidKey);
        }
        if values(headers, "Origin").count() > 1 {
            return Err(UpgradeError::ManyOrigins);
        }
        if self.has_body() {
            return Err(UpgradeError::Body);
        }
        Ok(Some(key))
    }

    /// Returns the subprotocols that the client offers, the preferred one first.
    pub fn protocols(&self) -> impl Iterator<Item = &str> {
        elements(&self.headers, "Sec-WebSocket-Protocol")
    }
}
