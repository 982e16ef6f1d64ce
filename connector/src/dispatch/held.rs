//! The bytes of messages whose calls run or wait.

use connector_protocol::{Limit, Limits};

use crate::body::{RawBody, fields};
use crate::limits::{HeldInAll, HeldPart};

/// The bytes of one connection's messages whose calls run or wait.
pub(super) struct Held<'a>(HeldPart<&'a HeldInAll>);

impl<'a> Held<'a> {
    pub(super) fn new(all: &'a HeldInAll) -> Self {
        Self(HeldPart::new(all))
    }

    /// Returns `true` if no further message may be taken. A connection that holds nothing
    /// always takes one, so that each goes on, however much the others hold.
    #[inline]
    pub(super) fn is_full(&self, limits: &Limits) -> bool {
        let bytes = self.0.bytes();
        bytes > 0 && (bytes >= limits.call_bytes || self.0.in_all() >= limits.call_bytes_in_all)
    }

    /// Counts a message of this size, and calls `report` for each of the limits that it
    /// reaches.
    pub(super) fn add(&mut self, bytes: usize, limits: &Limits, report: impl Fn(Limit)) {
        let before = self.0.bytes();
        let after = before + bytes;
        let reached_in_all = self.0.set(after, limits.call_bytes_in_all);
        if (before..after).contains(&limits.call_bytes.saturating_sub(1)) {
            report(Limit::CallBytes);
        }
        if reached_in_all {
            report(Limit::CallBytesInAll);
        }
    }

    /// Forgets a message of this size.
    pub(super) fn remove(&mut self, bytes: usize) {
        self.0.set(self.0.bytes().saturating_sub(bytes), usize::MAX);
    }
}

/// Returns what a body counts for while its call runs: its bytes, or a quarter of the memory
/// that it may take as a JSON value or as a protobuf message, if that is more. Lists of short
/// items and of small objects take up to fifty times their bytes, empty messages even more.
pub(super) fn weight(body: RawBody<'_>) -> usize {
    /// The memory of a field, which may be a message.
    const FIELD: usize = 256;
    let bytes = body.bytes();
    if body.was_proto() {
        return bytes.len().max(fields(bytes, bytes.len()) * FIELD / 4);
    }
    bytes.len().max(bytes.iter().copied().map(memory).sum::<usize>() / 4)
}

/// Returns what JSON counts for while its call runs, as [`weight`] does, of which what stands in
/// strings counts as it is: in sources of programs it is no list and no object.
#[cfg(feature = "plugin")]
pub(crate) fn json_weight(json: &str) -> usize {
    let mut bytes = json.bytes();
    let mut sum = 0;
    while let Some(byte) = bytes.next() {
        if byte != b'"' {
            sum += memory(byte);
            continue;
        }
        while let Some(within) = bytes.next() {
            match within {
                b'"' => break,
                b'\\' => _ = bytes.next(),
                _ => {}
            }
        }
    }
    json.len().max(sum / 4)
}

/// Returns the memory of what begins with a byte of JSON: the smallest object, the smallest
/// list, or one more item.
fn memory(byte: u8) -> usize {
    match byte {
        b'{' => 640,
        b'[' => 384,
        b',' => 112,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::body::Lent;

    #[test]
    fn bytes_are_counted_for_each_connection_and_for_all() {
        let all = HeldInAll::default();
        let limits = Limits { call_bytes: 3_000, call_bytes_in_all: 4_096, ..Limits::default() };
        let reached = RefCell::new(Vec::new());
        let report = |limit| reached.borrow_mut().push(limit);
        let (mut one, mut other) = (Held::new(&all), Held::new(&all));
        one.add(2_999, &limits, report);
        assert!(!one.is_full(&limits) && reached.borrow().is_empty());
        one.add(1, &limits, report);
        assert!(one.is_full(&limits) && !other.is_full(&limits));
        other.add(2_048, &limits, report);
        assert!(other.is_full(&limits), "all together hold too much");
        assert!(!Held::new(&all).is_full(&limits), "one that holds nothing goes on");
        assert_eq!(*reached.borrow(), [Limit::CallBytes, Limit::CallBytesInAll]);
        one.remove(1_000);
        assert!(!one.is_full(&limits) && !other.is_full(&limits));
        drop((one, other));
        assert_eq!(all.get(), 0);
    }

    #[test]
    fn dense_bodies_count_for_more() {
        let weight = |bytes: &[u8], is_proto| {
            let lent = Lent::new(bytes);
            if is_proto {
                lent.body().note_proto();
            }
            weight(lent.body())
        };
        let text = format!("\"{}\"", "x".repeat(998));
        assert_eq!(weight(text.as_bytes(), false), 1_000);
        assert_eq!(weight(&[], false), 0);
        assert_eq!(weight("[0],".repeat(1_000).as_bytes(), false), 124_000);
        let messages = b"\x0a\0".repeat(1_000);
        assert_eq!(weight(&messages, false), 2_000);
        assert_eq!(weight(&messages, true), 64_000);
    }

    #[cfg(feature = "plugin")]
    #[test]
    fn what_stands_in_strings_weighs_its_bytes() {
        let source = format!(r#"["{}"]"#, "{[,\\\"\\\\".repeat(1_000));
        assert_eq!(json_weight(&source), source.len());
        let lists = format!(r#"["\\",{}[0]]"#, "[0],".repeat(1_000));
        assert_eq!(json_weight(&lists), (1_002 * 384 + 1_001 * 112) / 4);
        for broken in ["\"", "\"\\", "{\"a"] {
            assert!(json_weight(broken) >= broken.len(), "{broken}");
        }
    }
}
