//! The bytes of a peer that have arrived and are not read yet.

use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use connector_protocol::CloseReason;
use tokio::task::{JoinHandle, spawn_blocking};

use super::domain::{Domain, release};
use super::frame::Name;
use super::memory::{Reader, Taken};
use super::{LARGEST_SAMPLE, SAMPLES, WINDOW};

/// The bytes of the peer, in order, bounded by what it may send before some are taken.
#[derive(Default)]
pub(super) struct Incoming {
    parts: VecDeque<Part>,
    /// The bytes of the parts that came over the socket.
    held: Vec<u8>,
    read: usize,
    /// Bytes of the present frame that are still to come.
    coming: usize,
    /// What has arrived, and the peer was not told that it is taken.
    unsettled: Amount,
    /// What of that is taken.
    taken: Amount,
    memory: Memory,
    sample: Option<Taken>,
}

/// A number of bytes over the socket, and of samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Amount {
    pub(super) bytes: usize,
    pub(super) samples: usize,
}

enum Part {
    Bytes(usize),
    Sample(usize),
}

#[derive(Default)]
enum Memory {
    #[default]
    None,
    Opening(JoinHandle<io::Result<Reader>>),
    Open(Reader),
    Refused,
}

impl Incoming {
    /// Returns `true` while the bytes of a frame are coming.
    pub(super) fn is_within_frame(&self) -> bool {
        self.coming > 0
    }

    /// Takes the bytes of a frame off the front.
    pub(super) fn append(&mut self, bytes: &mut &[u8]) {
        let (ours, rest) = bytes.split_at(self.coming.min(bytes.len()));
        if ours.is_empty() {
            return;
        }
        self.coming -= ours.len();
        self.held.extend_from_slice(ours);
        match self.parts.back_mut() {
            Some(Part::Bytes(len)) => *len += ours.len(),
            _ => self.parts.push_back(Part::Bytes(ours.len())),
        }
        *bytes = rest;
    }

    /// Begins a frame of bytes.
    pub(super) fn begin(&mut self, len: usize) -> Result<(), CloseReason> {
        self.unsettled.bytes = self.unsettled.bytes.saturating_add(len);
        if self.unsettled.bytes > WINDOW {
            return Err(CloseReason::TooLarge { size: self.unsettled.bytes, limit: WINDOW });
        }
        self.coming = len;
        Ok(())
    }

    /// Notes a sample.
    pub(super) fn announce(&mut self, len: usize) -> Result<(), CloseReason> {
        self.unsettled.samples += 1;
        if self.unsettled.samples > SAMPLES {
            let size = self.unsettled.samples;
            return Err(CloseReason::malformed(format_args!(
                "shared memory: {size} samples were sent, where {SAMPLES} may wait"
            )));
        }
        if len == 0 || !matches!(self.memory, Memory::Open(_)) {
            return Err(CloseReason::malformed("shared memory: a sample without memory"));
        }
        self.parts.push_back(Part::Sample(len));
        Ok(())
    }

    /// Opens the memory that the peer offers. Returns `false` if there is no place for memory.
    pub(super) fn open(
        &mut self,
        directory: Option<&Arc<Path>>,
        sample: usize,
        name: Name,
    ) -> Result<bool, CloseReason> {
        if !matches!(self.memory, Memory::None) {
            return Err(CloseReason::malformed("shared memory: a second offer"));
        }
        let Some(directory) = directory.cloned() else {
            self.memory = Memory::Refused;
            return Ok(false);
        };
        if sample > LARGEST_SAMPLE {
            return Err(CloseReason::TooLarge { size: sample, limit: LARGEST_SAMPLE });
        }
        let open = move || Reader::open(&directory, name, sample);
        self.memory = Memory::Opening(spawn_blocking(open));
        Ok(true)
    }

    /// Returns `true` while the memory is being opened.
    pub(super) fn is_opening(&self) -> bool {
        matches!(self.memory, Memory::Opening(_))
    }

    /// Waits until the memory is open.
    pub(super) fn poll_opened(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CloseReason>> {
        if let Memory::Opening(opening) = &mut self.memory {
            let opened = ready!(std::pin::Pin::new(opening).poll(cx));
            let opened = opened.map_err(io::Error::other).and_then(|opened| opened);
            self.memory = Memory::Open(opened.map_err(|error| {
                let what =
                    format_args!("shared memory: what the peer offers is not there: {error}");
                CloseReason::malformed(what)
            })?);
        }
        Poll::Ready(Ok(()))
    }

    /// Returns the bytes that are next, as many as lie side by side. `None` if there are none.
    pub(super) fn front(&mut self) -> Result<Option<&[u8]>, CloseReason> {
        match self.parts.front() {
            None => Ok(None),
            Some(&Part::Bytes(len)) => Ok(Some(&self.held[self.read..self.read + len])),
            Some(&Part::Sample(len)) => {
                if self.sample.is_none()
                    && let Memory::Open(reader) = &self.memory
                {
                    let taken = reader.take(len);
                    // What is behind a sample that is not there is not read.
                    self.sample = Some(taken.inspect_err(|_| self.parts.clear())?);
                }
                Ok(self.sample.as_ref().map(Taken::unread))
            }
        }
    }

    /// Marks the first bytes of [`Incoming::front`] as taken.
    pub(super) fn advance(&mut self, bytes: usize) {
        let is_done = match self.parts.front_mut() {
            Some(Part::Bytes(len)) => {
                *len -= bytes;
                self.read += bytes;
                self.taken.bytes += bytes;
                *len == 0
            }
            Some(Part::Sample(_)) => {
                let sample = self.sample.as_mut();
                let is_done = sample.is_none_or(|sample| {
                    sample.advance(bytes);
                    sample.unread().is_empty()
                });
                if is_done {
                    self.sample = None;
                    self.taken.samples += 1;
                }
                is_done
            }
            None => false,
        };
        if is_done {
            self.parts.pop_front();
        }
        if self.read == self.held.len() {
            self.held = Vec::new();
            self.read = 0;
        }
    }

    /// Returns what is taken and the peer is not told, and counts it as told.
    pub(super) fn settle(&mut self) -> Amount {
        let taken = std::mem::take(&mut self.taken);
        self.unsettled.bytes -= taken.bytes;
        self.unsettled.samples -= taken.samples;
        taken
    }

    /// Returns what is taken and the peer is not told.
    pub(super) fn taken(&self) -> Amount {
        self.taken
    }

    /// Lets the memory go. Returns this process at its place, if there was memory.
    pub(super) fn release(&mut self) -> Option<Arc<Domain>> {
        let sample = self.sample.take();
        match std::mem::take(&mut self.memory) {
            Memory::Open(reader) => {
                let domain = reader.domain.clone();
                release((sample, reader));
                Some(domain)
            }
            // What it opens is dropped where it is opened.
            Memory::Opening(_) | Memory::None | Memory::Refused => None,
        }
    }
}
