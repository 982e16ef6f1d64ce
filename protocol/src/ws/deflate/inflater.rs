//! The way from a compressed message to the message.

use std::cell::Cell;
use std::fmt;

use flate2::Decompress;

use super::{TAIL, Window};
use crate::flate::{self, Fault, Progress};
use crate::ws::WsError;

/// About how many bytes of memory zlib-rs takes to inflate: its tables, and a window.
const MEMORY: usize = 48 << 10;

/// The last block of a stream, empty: it is read as that only where a block may begin.
const LAST_BLOCK: [u8; 2] = [0x03, 0x00];

thread_local! {
    /// What the connections of a thread inflate with. A message that has not wholly arrived
    /// takes it along.
    static SPARE: Cell<Option<Box<Decompress>>> = const { Cell::new(None) };
}

/// Inflates one message, and has the window of its connection meanwhile.
pub(in crate::ws) struct Inflater {
    state: Box<Decompress>,
    window: Window,
    /// A byte of the message has come.
    begun: bool,
    /// A final block has just ended the stream: what follows is a new one.
    ended: bool,
}

impl Inflater {
    /// Begins a message that may point into `window`.
    pub(in crate::ws) fn new(window: Window) -> Self {
        let state = SPARE.take().unwrap_or_else(|| Box::new(Decompress::new(false)));
        let mut inflater = Self { state, window, begun: false, ended: false };
        inflater.restart(&[]);
        inflater
    }

    /// Inflates the next bytes of the message, and appends what comes of them to `message`.
    pub(in crate::ws) fn feed(
        &mut self,
        mut bytes: &[u8],
        message: &mut Vec<u8>,
        limit: usize,
    ) -> Result<(), WsError> {
        self.begun |= !bytes.is_empty();
        while !bytes.is_empty() {
            if self.ended {
                self.restart(message);
            }
            let progress = self.inflate(bytes, message, limit)?;
            self.ended = progress.ended;
            bytes = bytes.get(progress.read..).unwrap_or_default();
        }
        Ok(())
    }

    /// Ends the message. Returns the window, in which it now is.
    pub(in crate::ws) fn finish(
        mut self,
        message: &mut Vec<u8>,
        limit: usize,
    ) -> Result<Window, WsError> {
        // A message that ends with a final block needs no tail. Nor does one without a byte,
        // as some peers send an empty message.
        if self.begun && !self.ended {
            self.feed(&TAIL, message, limit)?;
            let size = message.len();
            let cut_off = WsError::TruncatedDeflate { at: size };
            let progress = self.inflate(&LAST_BLOCK, message, limit).map_err(|_| cut_off)?;
            if !progress.ended || progress.read < LAST_BLOCK.len() || message.len() > size {
                return Err(cut_off);
            }
        }
        SPARE.set(Some(self.state));
        self.window.keep(message);
        Ok(self.window)
    }

    /// Returns the memory that it takes, in bytes.
    pub(in crate::ws) fn memory(&self) -> usize {
        MEMORY + self.window.bytes().len()
    }

    fn inflate(
        &mut self,
        bytes: &[u8],
        message: &mut Vec<u8>,
        limit: usize,
    ) -> Result<Progress, WsError> {
        flate::inflate(&mut self.state, bytes, message, limit).map_err(|fault| match fault {
            Fault::TooLong => WsError::InflatedTooBig { limit },
            Fault::Dictionary | Fault::Damaged => WsError::DamagedDeflate { at: message.len() },
        })
    }

    /// Begins a stream that may point into the window and the message so far.
    fn restart(&mut self, message: &[u8]) {
        self.ended = false;
        self.state.reset(false);
        for known in [self.window.bytes(), message] {
            if !known.is_empty() {
                // A stream without a head takes any dictionary.
                let _ = self.state.set_dictionary(known);
            }
        }
    }
}

impl fmt::Debug for Inflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inflater").field("window", &self.window).finish_non_exhaustive()
    }
}
