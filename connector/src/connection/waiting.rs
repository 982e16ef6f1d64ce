//! Messages that wait to be sent.

use bytes::Bytes;
use smallvec::SmallVec;

use crate::link::Outgoing;

/// As many messages wait by themselves. More are joined: each would take some
/// memory besides its bytes.
const APART: usize = 16;

/// Messages that wait to be sent, in order.
///
/// There is one for each idle connection, and a broadcast visits all of them: it
/// is small, and a single message needs no memory besides.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// What waits first, if a part of it is sent or it is much.
    first: Option<Box<Outgoing>>,
    /// Messages behind it, a few at most and mostly one: those that many sessions
    /// share are copied when they are sent, into a buffer that is at hand then.
    behind: SmallVec<[Bytes; 1]>,
    behind_len: usize,
}

impl Waiting {
    /// Bytes that wait.
    pub(super) fn len(&self) -> usize {
        self.first.as_ref().map_or(0, |first| first.len()) + self.behind_len
    }

    pub(super) fn push(&mut self, bytes: Bytes) {
        match self.behind.len() {
            // A second one is seldom the last.
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

    /// Moves everything behind what is in `outgoing`.
    pub(super) fn take_into(&mut self, outgoing: &mut Outgoing) {
        if let Some(mut first) = self.first.take() {
            outgoing.append(&mut first);
        }
        for bytes in std::mem::take(&mut self.behind) {
            outgoing.push_shared(bytes);
        }
        self.behind_len = 0;
    }

    /// What was taken into `outgoing` and could not be sent waits again. Nothing
    /// has come since.
    pub(super) fn put_back(&mut self, outgoing: Outgoing) {
        self.first = Some(Box::new(outgoing));
    }
}

const _: () = assert!(size_of::<Waiting>() <= 64);
