//! Bytes that are written whole, one after the other as the stream takes them.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use connector_protocol::CloseReason;
use tokio::io::AsyncWrite;

use crate::link::lost;

/// Writes `bytes`, and removes from them what is written.
pub(super) fn poll_write_all<Io: AsyncWrite + Unpin>(
    io: &mut Io,
    cx: &mut Context<'_>,
    bytes: &mut Vec<u8>,
) -> Poll<Result<(), CloseReason>> {
    while !bytes.is_empty() {
        let written = ready!(Pin::new(&mut *io).poll_write(cx, bytes)).map_err(lost)?;
        if written == 0 {
            let error = io::Error::new(io::ErrorKind::WriteZero, "the stream takes no more");
            return Poll::Ready(Err(lost(error)));
        }
        bytes.drain(..written);
    }
    Poll::Ready(Ok(()))
}
