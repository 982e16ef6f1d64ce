//! Bodies as zlib streams, in messages of pomelo's with a flag for that.

use connector_protocol::pomelo::message::Message;

use super::{CodecCx, CodecError};

/// Returns the body of a message with the flag of a compressed one.
///
/// # Errors
/// Returns the refusal of the message, if the peers have not agreed on that, or the body is
/// not a zlib stream within the limit.
#[cold]
pub(super) fn inflate(cx: &CodecCx<'_>, message: &Message<'_>) -> Result<Vec<u8>, CodecError> {
    let limit = cx.inflated_limit();
    #[cfg(feature = "zlib")]
    if let Some(limit) = limit {
        let inflated = threads::inflate(message.body, limit);
        cx.report_inflated(&inflated);
        return inflated.map_err(|error| CodecError::refusal(&message.head, error.to_string()));
    }
    let _ = limit;
    // Nobody has announced compression, so no handler can expect such a body.
    Err(CodecError::refusal(
        &message.head,
        "the body is compressed, which was not agreed: turn the sender's compression off",
    ))
}

/// Compresses the body of a message that is the end of `out`, if it has at least `from` bytes
/// and becomes shorter so.
#[cfg(feature = "zlib")]
#[cold]
pub(crate) fn deflate(out: &mut Vec<u8>, start: usize, from: usize) {
    use connector_protocol::pomelo::message::mark_compressed;

    let Ok(message) = Message::decode(&out[start..]) else { return };
    let size = message.body.len();
    if size >= from && threads::deflate(out, size) {
        mark_compressed(&mut out[start..]);
    }
}

/// What a thread needs for streams: some 350 KiB, too much for each connection.
#[cfg(feature = "zlib")]
mod threads {
    use std::cell::RefCell;

    use connector_protocol::zlib::{Deflater, InflateError, Inflater};

    thread_local! {
        static DEFLATER: RefCell<Deflater> = RefCell::new(Deflater::new());
        static INFLATER: RefCell<Inflater> = RefCell::new(Inflater::new());
    }

    pub(super) fn inflate(stream: &[u8], limit: usize) -> Result<Vec<u8>, InflateError> {
        INFLATER.with_borrow_mut(|inflater| inflater.inflate(stream, limit))
    }

    /// Compresses the last `size` bytes, if they become fewer so.
    pub(super) fn deflate(out: &mut Vec<u8>, size: usize) -> bool {
        let start = out.len() - size;
        DEFLATER.with_borrow_mut(|deflater| {
            let Some(stream) = deflater.deflate(&out[start..]) else { return false };
            out.truncate(start);
            out.extend_from_slice(stream);
            true
        })
    }
}
