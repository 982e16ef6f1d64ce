//! The frames on the socket.
//!
//! | byte 0 | bytes 1 to 4, big-endian | behind them |
//! |---|---|---|
//! | 1, bytes | their number | the bytes |
//! | 2, a sample | its length, which is in the memory | |
//! | 3, bytes were taken | their number, of those of frames 1 | |
//! | 4, samples were taken | their number | |
//! | 5, an offer of memory | the size of a sample | the name of the memory, 16 bytes |
//! | 6, the offer is accepted | 0 | |
//! | 7, the offer is refused | 0 | |
//! | 8, goodbye | the close code of a WebSocket, or 0 for a regular end | |

use connector_protocol::CloseReason;
use smallvec::SmallVec;

/// The bytes of a frame's head.
const HEAD: usize = 5;
/// The bytes of a name.
const NAME: usize = 16;

/// The random name of the memory of one direction.
pub(super) type Name = [u8; NAME];

/// The frames before some bytes: what was taken, and a head.
pub(super) type Heads = SmallVec<[u8; 32]>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    Bytes(usize),
    Sample(usize),
    BytesTaken(usize),
    SamplesTaken(usize),
    Offer { sample: usize, name: Name },
    Accepted,
    Refused,
    Goodbye(u16),
}

impl Frame {
    /// Appends the frame. Numbers are at most those of the windows, and fit.
    pub(super) fn write(self, out: &mut impl Extend<u8>) {
        let (kind, number) = match self {
            Self::Bytes(len) => (1, len),
            Self::Sample(len) => (2, len),
            Self::BytesTaken(bytes) => (3, bytes),
            Self::SamplesTaken(samples) => (4, samples),
            Self::Offer { sample, .. } => (5, sample),
            Self::Accepted => (6, 0),
            Self::Refused => (7, 0),
            Self::Goodbye(code) => (8, code.into()),
        };
        out.extend([kind]);
        out.extend(u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes());
        if let Self::Offer { name, .. } = self {
            out.extend(name);
        }
    }
}

/// Cuts frames out of bytes that arrive in any pieces.
#[derive(Debug, Default)]
pub(super) struct Cutter {
    start: [u8; HEAD + NAME],
    len: usize,
}

impl Cutter {
    /// Takes the next frame, without the bytes of [`Frame::Bytes`], from the front of `bytes`.
    /// `None` once these are used up.
    pub(super) fn next(&mut self, bytes: &mut &[u8]) -> Result<Option<Frame>, CloseReason> {
        if !self.fill(HEAD, bytes) {
            return Ok(None);
        }
        let [kind, number @ ..] = *self.start.first_chunk::<HEAD>().unwrap_or(&[0; HEAD]);
        let number = u32::from_be_bytes(number) as usize;
        let frame = match kind {
            1 => Frame::Bytes(number),
            2 => Frame::Sample(number),
            3 => Frame::BytesTaken(number),
            4 => Frame::SamplesTaken(number),
            5 => {
                if !self.fill(HEAD + NAME, bytes) {
                    return Ok(None);
                }
                let name = self.start.last_chunk().copied().unwrap_or_default();
                Frame::Offer { sample: number, name }
            }
            6 => Frame::Accepted,
            7 => Frame::Refused,
            8 => Frame::Goodbye(u16::try_from(number).unwrap_or(u16::MAX)),
            kind => {
                let what = format_args!("shared memory: there is no frame of the kind {kind}");
                return Err(CloseReason::malformed(what));
            }
        };
        self.len = 0;
        Ok(Some(frame))
    }

    /// Returns `true` once there are `len` bytes.
    fn fill(&mut self, len: usize, bytes: &mut &[u8]) -> bool {
        let missing = len.saturating_sub(self.len).min(bytes.len());
        let (more, rest) = bytes.split_at(missing);
        self.start[self.len..self.len + missing].copy_from_slice(more);
        self.len += missing;
        *bytes = rest;
        self.len >= len
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Frame; 8] = [
        Frame::Bytes(70_000),
        Frame::Sample(1),
        Frame::BytesTaken(0x0102_0304),
        Frame::SamplesTaken(2),
        Frame::Offer { sample: 4096, name: *b"sixteen bytes ok" },
        Frame::Accepted,
        Frame::Refused,
        Frame::Goodbye(1001),
    ];

    #[test]
    fn frames_are_read_again_in_whatever_pieces_they_arrive() {
        let mut bytes = Vec::new();
        ALL.iter().for_each(|frame| frame.write(&mut bytes));
        for size in 1..=bytes.len() {
            let (mut cutter, mut read) = (Cutter::default(), Vec::new());
            for mut piece in bytes.chunks(size) {
                while let Some(frame) = cutter.next(&mut piece).unwrap() {
                    read.push(frame);
                }
                assert!(piece.is_empty());
            }
            assert_eq!(read, ALL, "{size}");
            assert_eq!(cutter.len, 0);
        }
    }

    #[test]
    fn a_kind_that_does_not_exist_is_told() {
        for kind in [0, 9, 255] {
            let error = Cutter::default().next(&mut &[kind, 0, 0, 0, 0][..]).unwrap_err();
            assert!(error.to_string().contains(&format!("kind {kind}")), "{error}");
        }
    }
}
