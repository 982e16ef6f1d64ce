//! Items, which pass between a link and the machine above it.

use super::framing::fixed_header;
use crate::CloseReason;
use crate::pomelo::package::{self, HEADER, PackageType};

/// The first byte of a note, which no package of pomelo's and no packet has.
const NOTE: u8 = 6;
/// The whole note of a sign of life.
const ALIVE: u8 = 7;
/// The size of a note in bytes.
const NOTE_SIZE: usize = 3;

/// One of the things that pass between a [`Delivery`](super::Delivery) and a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item<'a> {
    /// A message of pomelo's format.
    Message(&'a [u8]),
    /// A note of the delivery's: the next message, if there is one, was a PUBLISH at QoS 1 with
    /// this packet identifier. The machine acknowledges it when its driver takes the message.
    Taken(u16),
    /// A note of the delivery's: a ping has arrived, and is answered, or an acknowledgement, which
    /// is taken.
    Alive,
    /// A packet as it is.
    Packet(&'a [u8]),
}

impl<'a> Item<'a> {
    /// Removes the first item from `input`.
    ///
    /// # Errors
    /// Returns [`CloseReason::Malformed`] if it is none, or not whole.
    pub fn take(input: &mut &'a [u8]) -> Result<Self, CloseReason> {
        match Self::find(input)? {
            Some((item, size)) => {
                *input = &input[size..];
                Ok(item)
            }
            None => Err(CloseReason::malformed("MQTT's link and its machine disagree")),
        }
    }

    /// Returns the first item of `input` and its size in bytes. `None` if it is not whole.
    pub(super) fn find(input: &'a [u8]) -> Result<Option<(Self, usize)>, CloseReason> {
        match input.first() {
            Some(&NOTE) => Ok(match *input {
                [_, high, low, ..] => {
                    Some((Self::Taken(u16::from_be_bytes([high, low])), NOTE_SIZE))
                }
                _ => None,
            }),
            Some(&ALIVE) => Ok(Some((Self::Alive, 1))),
            Some(&first) if first == PackageType::Data as u8 => {
                let Some(&[_, a, b, c]) = input.first_chunk::<HEADER>() else { return Ok(None) };
                let size = HEADER + u32::from_be_bytes([0, a, b, c]) as usize;
                Ok(input.get(HEADER..size).map(|message| (Self::Message(message), size)))
            }
            _ => {
                let Some((header, rest)) = fixed_header(input)? else { return Ok(None) };
                let size = header.saturating_add(rest);
                Ok(input.get(..size).map(|packet| (Self::Packet(packet), size)))
            }
        }
    }

    /// Appends a note.
    pub(super) fn push_taken(id: u16, out: &mut Vec<u8>) {
        out.push(NOTE);
        out.extend_from_slice(&id.to_be_bytes());
    }

    /// Appends the note of a sign of life.
    pub(super) fn push_alive(out: &mut Vec<u8>) {
        out.push(ALIVE);
    }

    /// Appends a message, which `write` appends. Returns `false`, and appends nothing, for one
    /// that is too long for a package.
    pub(super) fn push_message(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) -> bool {
        use crate::framing::Envelope;

        let before = out.len();
        let mark = package::DataPackage.begin(out);
        write(out);
        let fits = package::DataPackage.finish(mark, out).is_ok();
        if !fits {
            out.truncate(before);
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_told_apart_by_their_first_byte() {
        let mut out = Vec::new();
        assert!(Item::push_message(&mut out, |out| out.extend_from_slice(b"hello")));
        Item::push_taken(0x1234, &mut out);
        Item::push_alive(&mut out);
        out.extend_from_slice(&[0xc0, 0]);
        for end in 0..out.len() {
            let mut input = &out[..end];
            while let Ok(Some((_, size))) = Item::find(input) {
                input = &input[size..];
            }
            assert_eq!(Item::find(input), Ok(None), "cut at {end}");
        }
        let mut input = &out[..];
        assert_eq!(Item::take(&mut input), Ok(Item::Message(b"hello")));
        assert_eq!(Item::take(&mut input), Ok(Item::Taken(0x1234)));
        assert_eq!(Item::take(&mut input), Ok(Item::Alive));
        assert_eq!(Item::take(&mut input), Ok(Item::Packet(&[0xc0, 0])));
        assert!(Item::take(&mut input).is_err(), "nothing is left");
    }
}
