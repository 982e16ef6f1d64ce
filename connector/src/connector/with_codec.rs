//! A connector whose codec is replaced.

use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::{Address, Config, Connector, StartError};
use crate::MaybeSend;
use crate::codec::Codec;

/// A connector whose codec is replaced, as [`Connector::with_codec`],
/// [`Connector::encode`] and [`Connector::decode`] return it. As the type of an
/// enum's variant it overrides the codec of that variant alone.
#[derive(Clone)]
pub struct WithCodec<C> {
    connector: C,
    codec: Arc<dyn Codec>,
}

impl<C> WithCodec<C> {
    pub(super) fn new(connector: C, codec: Arc<dyn Codec>) -> Self {
        Self { connector, codec }
    }
}

impl<C: Connector> Connector for WithCodec<C> {
    type Socket = C::Socket;

    fn start(&mut self) -> impl Future<Output = Result<(), StartError>> + MaybeSend {
        self.connector.start()
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Self::Socket>> {
        self.connector.poll_accept(cx)
    }

    fn stop(&mut self) {
        self.connector.stop();
    }

    fn address(&self) -> Option<Address> {
        self.connector.address()
    }

    fn codec(&self) -> Arc<dyn Codec> {
        self.codec.clone()
    }

    fn config(&self) -> Option<&Config> {
        self.connector.config()
    }
}

impl<C: std::fmt::Debug> std::fmt::Debug for WithCodec<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WithCodec").field("connector", &self.connector).finish_non_exhaustive()
    }
}
