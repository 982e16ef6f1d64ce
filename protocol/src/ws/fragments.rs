//! Messages that arrive in fragments (RFC 6455 5.4). They are rare, so only they get a buffer,
//! and only while fragments are pending.

use super::WsError;
#[cfg(feature = "deflate")]
use super::deflate::{Inflater, Window};

/// The fragments that arrived so far.
#[derive(Debug)]
pub(super) struct Fragments {
    payload: Vec<u8>,
    text: Option<TextProgress>,
    /// Inflates the fragments of a compressed message as they come.
    #[cfg(feature = "deflate")]
    inflater: Option<Inflater>,
}

/// The number of bytes of a text that are known to be UTF-8. At most three bytes behind them
/// are the start of a character, which the next fragment must finish.
#[derive(Debug)]
struct TextProgress {
    valid: usize,
}

impl Fragments {
    pub(super) fn new(text: bool) -> Self {
        Self {
            payload: Vec::new(),
            text: text.then_some(TextProgress { valid: 0 }),
            #[cfg(feature = "deflate")]
            inflater: None,
        }
    }

    /// The fragments of a compressed message.
    #[cfg(feature = "deflate")]
    pub(super) fn compressed(text: bool, inflater: Inflater) -> Self {
        Self { inflater: Some(inflater), ..Self::new(text) }
    }

    #[cfg(feature = "deflate")]
    pub(super) fn is_compressed(&self) -> bool {
        self.inflater.is_some()
    }

    /// Returns the length of the message so far, inflated.
    pub(super) fn len(&self) -> usize {
        self.payload.len()
    }

    pub(super) fn memory(&self) -> usize {
        #[cfg(feature = "deflate")]
        if let Some(inflater) = &self.inflater {
            return self.payload.capacity() + inflater.memory();
        }
        self.payload.capacity()
    }

    /// Appends the next fragment. The caller has checked that the sum stays within `limit`.
    pub(super) fn push(&mut self, piece: &[u8], limit: usize) -> Result<(), WsError> {
        #[cfg(feature = "deflate")]
        if let Some(inflater) = &mut self.inflater {
            inflater.feed(piece, &mut self.payload, limit)?;
            return self.check_text();
        }
        self.grow(piece.len(), limit);
        self.payload.extend_from_slice(piece);
        self.check_text()
    }

    /// Ends the inflating behind the last fragment of a compressed message. Returns the window
    /// for the next one.
    #[cfg(feature = "deflate")]
    pub(super) fn end_inflating(&mut self, limit: usize) -> Result<Option<Window>, WsError> {
        let Some(inflater) = self.inflater.take() else { return Ok(None) };
        let window = inflater.finish(&mut self.payload, limit)?;
        self.check_text()?;
        Ok(Some(window))
    }

    fn check_text(&mut self) -> Result<(), WsError> {
        match &mut self.text {
            Some(text) => text.advance(&self.payload),
            None => Ok(()),
        }
    }

    /// Returns the whole message, and whether it is text.
    pub(super) fn finish(self) -> Result<(Vec<u8>, bool), WsError> {
        match self.text {
            Some(text) if text.valid != self.payload.len() => Err(WsError::InvalidUtf8),
            text => Ok((self.payload, text.is_some())),
        }
    }

    /// Doubles the capacity as `Vec` does, so that many small fragments are not copied each
    /// time, but never beyond the limit of what a connection may cost.
    fn grow(&mut self, additional: usize, limit: usize) {
        let needed = self.payload.len() + additional;
        if needed > self.payload.capacity() {
            let target = (self.payload.capacity() * 2).min(limit).max(needed);
            self.payload.reserve_exact(target - self.payload.len());
        }
    }
}

impl TextProgress {
    fn advance(&mut self, payload: &[u8]) -> Result<(), WsError> {
        match str::from_utf8(&payload[self.valid..]) {
            Ok(_) => self.valid = payload.len(),
            Err(error) if error.error_len().is_none() => self.valid += error.valid_up_to(),
            Err(_) => return Err(WsError::InvalidUtf8),
        }
        Ok(())
    }
}
