//! Packets of MQTT by hand.

/// Returns a packet with this first byte.
pub fn packet(first: u8, parts: &[&[u8]]) -> Vec<u8> {
    let rest = parts.concat();
    let mut out = vec![first];
    let mut length = rest.len();
    while length >= 0x80 {
        out.push(length as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend(rest);
    out
}
