//! Frames around outgoing messages.

use connector_protocol::framing::{Envelope, TooLong};
use connector_protocol::socketio::{Content, PREFIX, SUFFIX, Side, quote};
use connector_protocol::ws::{Header, OpCode, apply_mask, seal};

use crate::transport::websocket::random;

/// A message as the event of socket.io, in a frame of WebSocket. `TEXT` makes a text of it, and
/// `CLIENT` masks the frame.
struct EventFrame<const CLIENT: bool, const TEXT: bool>;

impl<const CLIENT: bool, const TEXT: bool> Envelope for EventFrame<CLIENT, TEXT> {
    fn begin(&self, out: &mut Vec<u8>) -> usize {
        let mark = seal::begin(out);
        out.extend_from_slice(PREFIX);
        mark
    }

    fn finish(&self, mark: usize, out: &mut Vec<u8>) -> Result<(), TooLong> {
        if TEXT {
            quote(out, seal::payload(mark) + PREFIX.len());
        }
        out.extend_from_slice(SUFFIX);
        if CLIENT {
            seal::finish_client(mark, OpCode::Text, random::bytes(), out);
        } else {
            seal::finish_server(mark, OpCode::Text, out);
        }
        Ok(())
    }
}

/// Returns the frame of messages.
pub(super) fn of_messages(side: Side, content: Content) -> &'static dyn Envelope {
    match (side, content) {
        (Side::Server, Content::Text) => &EventFrame::<false, true>,
        (Side::Server, Content::Json) => &EventFrame::<false, false>,
        (Side::Client, Content::Text) => &EventFrame::<true, true>,
        (Side::Client, Content::Json) => &EventFrame::<true, false>,
    }
}

/// Appends a packet in a frame.
pub(super) fn write(side: Side, packet: &[u8], out: &mut Vec<u8>) {
    let key = (side == Side::Client).then(random::bytes);
    seal::write_frame(OpCode::Text, packet, key, out);
}

/// Returns the size of the whole frame at the front of bytes that this side has framed.
pub(super) fn size(frames: &[u8]) -> Option<usize> {
    let (header, size) = Header::parse(frames).ok()??;
    let size = size.checked_add(usize::try_from(header.len).ok()?)?;
    (size <= frames.len()).then_some(size)
}

/// Calls `each` with the packets in whole frames.
pub(super) fn for_each(frames: &mut [u8], mut each: impl FnMut(&str)) {
    let mut rest = frames;
    while let Some(size) = size(rest) {
        let (frame, behind) = rest.split_at_mut(size);
        if let Ok(Some((header, start))) = Header::parse(frame) {
            let packet = &mut frame[start..];
            if let Some(key) = header.mask {
                apply_mask(key, packet);
            }
            // Frames of anything but text are the WebSocket's own.
            if header.opcode == OpCode::Text
                && let Ok(packet) = str::from_utf8(packet)
            {
                each(packet);
            }
        }
        rest = behind;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_taken_off_as_they_were_put_on() {
        for side in [Side::Server, Side::Client] {
            let mut frames = Vec::new();
            write(side, b"2", &mut frames);
            for (content, message) in [(Content::Text, "{\"a\":\"世\"}"), (Content::Json, "[1]")] {
                let envelope = of_messages(side, content);
                let mark = envelope.begin(&mut frames);
                frames.extend_from_slice(message.as_bytes());
                envelope.finish(mark, &mut frames).unwrap();
            }
            assert_eq!(size(&frames[..2]), None, "it is not whole");
            let mut packets = Vec::new();
            for_each(&mut frames, |packet| packets.push(packet.to_owned()));
            let text = r#"42["message","{\"a\":\"世\"}"]"#;
            assert_eq!(packets, ["2", text, "42[\"message\",[1]]"]);
        }
    }
}
