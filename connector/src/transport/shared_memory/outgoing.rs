//! The room at a peer, and the ways to it: the socket, and memory once there is some.

use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use connector_protocol::CloseReason;
use connector_protocol::text::escaped;
use tokio::task::{JoinHandle, spawn_blocking};

use super::domain::{Domain, release};
use super::incoming::Amount;
use super::memory::Writer;
use super::{FRAME, SAMPLE, SAMPLES, SMALL, WINDOW};

/// The room that the peer has left, and the memory.
#[derive(Default)]
pub(super) struct Outgoing {
    /// What is sent, and not taken as far as is known.
    unsettled: Amount,
    memory: Memory,
}

#[derive(Default)]
enum Memory {
    /// It is made when it is needed.
    #[default]
    None,
    Making(JoinHandle<io::Result<Writer>>),
    Offered(Writer),
    Open(Writer),
    /// The peer cannot read any, or it could not be made.
    Off,
}

/// A way for the first of some bytes.
pub(super) enum Way<'a> {
    Socket(usize),
    Memory(&'a Writer, usize),
}

impl Outgoing {
    /// Returns the way of the first of `len` bytes, and how many of them can go now. `None` while
    /// there is no room. Counts these as sent. Memory in `directory` is made for the first
    /// large write, which itself does not wait for it.
    pub(super) fn way(&mut self, len: usize, directory: Option<&Arc<Path>>) -> Option<Way<'_>> {
        if len > SMALL {
            if let (Memory::None, Some(directory)) = (&self.memory, directory) {
                let directory = directory.clone();
                let make = move || Writer::make(&directory);
                self.memory = Memory::Making(spawn_blocking(make));
            }
            if let Memory::Open(writer) = &self.memory {
                if self.unsettled.samples == SAMPLES {
                    return None;
                }
                self.unsettled.samples += 1;
                return Some(Way::Memory(writer, len.min(SAMPLE)));
            }
        }
        let room = WINDOW - self.unsettled.bytes;
        let now = len.min(FRAME).min(room);
        self.unsettled.bytes += now;
        (now > 0).then_some(Way::Socket(now))
    }

    /// Returns memory that is made and not offered yet, as offered.
    pub(super) fn poll_made(&mut self, cx: &mut Context<'_>) -> Option<&Writer> {
        let Memory::Making(making) = &mut self.memory else { return None };
        let Poll::Ready(made) = Pin::new(making).poll(cx) else { return None };
        self.memory = match made.map_err(io::Error::other).and_then(|made| made) {
            Ok(writer) => Memory::Offered(writer),
            Err(error) => {
                tracing::warn!(
                    error = %escaped(&error),
                    "large messages go over the socket: there is no shared memory"
                );
                Memory::Off
            }
        };
        if let Memory::Offered(writer) = &self.memory { Some(writer) } else { None }
    }

    /// Takes the peer's answer to an offer.
    pub(super) fn answered(&mut self, accepted: bool) -> Result<(), CloseReason> {
        match std::mem::take(&mut self.memory) {
            Memory::Offered(writer) if accepted => self.memory = Memory::Open(writer),
            Memory::Offered(writer) => {
                self.memory = Memory::Off;
                release(writer);
            }
            other => {
                self.memory = other;
                return Err(CloseReason::malformed("shared memory: an answer without an offer"));
            }
        }
        Ok(())
    }

    /// Notes what the peer has taken.
    pub(super) fn settled(&mut self, taken: Amount) -> Result<(), CloseReason> {
        let bytes = self.unsettled.bytes.checked_sub(taken.bytes);
        let samples = self.unsettled.samples.checked_sub(taken.samples);
        let (Some(bytes), Some(samples)) = (bytes, samples) else {
            return Err(CloseReason::malformed("shared memory: more was taken than was sent"));
        };
        self.unsettled = Amount { bytes, samples };
        Ok(())
    }

    /// Lets the memory go. Returns this process at its place, if there was memory.
    pub(super) fn release(&mut self) -> Option<Arc<Domain>> {
        match std::mem::replace(&mut self.memory, Memory::Off) {
            Memory::Offered(writer) | Memory::Open(writer) => {
                let domain = writer.domain.clone();
                release(writer);
                Some(domain)
            }
            // What it makes is dropped where it is made.
            Memory::None | Memory::Making(_) | Memory::Off => None,
        }
    }

    #[cfg(test)]
    pub(super) fn has_memory(&self) -> bool {
        matches!(self.memory, Memory::Open(_))
    }
}
