//! The ends of packets in a byte stream.

use crate::CloseReason;
use crate::framing::{Cut, Envelope, Framing, TooLong};

/// The most bytes of a packet's fixed header: its type, and a length of four bytes.
pub(super) const LONGEST_HEADER: usize = 5;
/// The most bytes behind a fixed header: 256 MiB less one.
pub(super) const MAX_REMAINING: usize = (1 << 28) - 1;

/// The framing of MQTT's packets in a byte stream. A package includes the fixed header here,
/// since the session machine reads the type. The limit counts what follows that header.
///
/// | bytes | content |
/// |---|---|
/// | 0 | type and flags |
/// | 1 to 4 | length of the rest in base 128, low group first, in as few bytes as possible |
/// | rest | see the standard |
#[derive(Clone, Copy, Debug, Default)]
pub struct MqttPackets;

impl Framing for MqttPackets {
    const INSTANCE: &'static Self = &Self;

    fn cut(bytes: &[u8], limit: usize) -> Result<Option<Cut>, CloseReason> {
        let Some((header, size)) = fixed_header(bytes)? else { return Ok(None) };
        TooLong::check(size, limit)?;
        let consumed = header.saturating_add(size);
        Ok((bytes.len() >= consumed).then_some(Cut { package: 0..consumed, consumed }))
    }
}

/// Adds nothing, since packets contain their length.
impl Envelope for MqttPackets {
    fn finish(&self, _: usize, _: &mut Vec<u8>) -> Result<(), TooLong> {
        Ok(())
    }

    fn is_bare(&self) -> bool {
        true
    }
}

/// Returns the size of the fixed header, and the length in it. `None` if it is not complete.
pub(super) fn fixed_header(bytes: &[u8]) -> Result<Option<(usize, usize)>, CloseReason> {
    let Some(&first) = bytes.first() else { return Ok(None) };
    if first < 0x10 {
        return Err(CloseReason::malformed(format_args!(
            "an MQTT packet of type 0 ({first:#04x})"
        )));
    }
    let mut size = 0;
    for at in 1..LONGEST_HEADER {
        let Some(&byte) = bytes.get(at) else { return Ok(None) };
        size |= usize::from(byte & 0x7f) << (7 * (at - 1));
        if byte == 0 && at > 1 {
            let what = "the length of an MQTT packet has more bytes than it needs";
            return Err(CloseReason::malformed(what));
        }
        if byte < 0x80 {
            return Ok(Some((at + 1, size)));
        }
    }
    Err(CloseReason::malformed("the length of an MQTT packet has more than four bytes"))
}

/// Appends a length in base 128, which is at most [`MAX_REMAINING`].
pub(super) fn push_length(mut length: usize, out: &mut Vec<u8>) {
    while length >= 0x80 {
        out.push(length as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_as_they_are_written() {
        for length in [0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, MAX_REMAINING] {
            let mut bytes = vec![0x30];
            push_length(length, &mut bytes);
            assert_eq!(fixed_header(&bytes), Ok(Some((bytes.len(), length))), "{length}");
            for end in 0..bytes.len() {
                assert_eq!(fixed_header(&bytes[..end]), Ok(None), "{length} cut at {end}");
            }
        }
    }

    #[test]
    fn a_packet_is_complete_with_its_last_byte() {
        let packet = [0x30, 3, b'a', b'b', b'c', 0xc0];
        assert_eq!(MqttPackets::cut(&packet[..4], 3), Ok(None));
        let cut = MqttPackets::cut(&packet, 3).unwrap().unwrap();
        assert_eq!(cut, Cut { package: 0..5, consumed: 5 });
        let too_large = Err(CloseReason::TooLarge { size: 3, limit: 2 });
        assert_eq!(MqttPackets::cut(&packet[..2], 2), too_large, "its header announces that");
    }

    #[test]
    fn odd_headers_are_refused() {
        for header in
            [&[0x00, 0][..], &[0x0f, 0], &[0x30, 0x80, 0x00], &[0x30, 0xff, 0xff, 0xff, 0xff, 1]]
        {
            let refused = MqttPackets::cut(header, usize::MAX);
            assert!(matches!(refused, Err(CloseReason::Malformed(_))), "{header:?}: {refused:?}");
        }
    }
}
