//! Messages that wait to be sent.

use bytes::Bytes;
use smallvec::SmallVec;

use crate::link::Outgoing;

/// The most messages that wait separately. More are joined, since each takes memory
/// besides its bytes.
const APART: usize = 16;

/// Messages that wait to be sent, in order.
///
/// Each idle connection has one, and a broadcast visits all of them, so it is small, and a
/// single message needs no further allocation.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// The first bytes, if a part of them is sent or many messages were joined.
    first: Option<Box<Outgoing>>,
    /// The messages behind `first`, mostly one. Messages that many sessions share are copied
    /// only when they are sent, into a buffer of the sending thread.
    behind: SmallVec<[Bytes; 1]>,
    behind_len: usize,
}

impl Waiting {
    /// Returns the number of waiting bytes.
    pub(super) fn len(&self) -> usize {
        self.first.as_ref().map_or(0, |first| first.len()) + self.behind_len
    }

    pub(super) fn push(&mut self, bytes: Bytes) {
        match self.behind.len() {
            // A second message is rarely the last.
            1 => self.behind.reserve_exact(APART - 1),
            APART => {
                let mut all = Outgoing::default();
                self.take_into(&mut all);
                self.put_back(all);
            }
            _ => {}
        }
        self.behind_len += bytes.len();
        self.behind.push(bytes);
    }

    /// Moves all messages to the end of `outgoing`.
    pub(super) fn take_into(&mut self, outgoing: &mut Outgoing) {
        if let Some(mut first) = self.first.take() {
            outgoing.append(&mut first);
        }
        for bytes in std::mem::take(&mut self.behind) {
            outgoing.push_shared(bytes);
        }
        self.behind_len = 0;
    }

    /// Puts back the bytes that were taken into `outgoing` and could not be sent, in front of
    /// messages that were pushed since.
    pub(super) fn put_back(&mut self, mut outgoing: Outgoing) {
        if let Some(mut since) = self.first.take() {
            outgoing.append(&mut since);
        }
        self.first = Some(Box::new(outgoing));
    }
}

const _: () = assert!(size_of::<Waiting>() <= 64);
