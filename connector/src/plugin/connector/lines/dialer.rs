//! Dialing of links of lines.

use super::LineLink;
use crate::connector::{Dial, DialError, Peer};
use crate::link::ByteStream;

/// A dialer that makes a [`LineLink`] of each byte stream of another dialer.
#[derive(Clone, Debug, Default)]
pub struct LineDialer<D>(D);

impl<D> LineDialer<D> {
    /// Creates a dialer over that of byte streams.
    pub fn new(dialer: D) -> Self {
        Self(dialer)
    }
}

impl<D: Dial<Io: ByteStream>> Dial for LineDialer<D> {
    type Io = LineLink<D::Io>;

    async fn connect(&self, url: &str) -> Result<(Self::Io, Peer), DialError> {
        let (io, peer) = self.0.connect(url).await?;
        Ok((LineLink::new(io), peer))
    }
}
