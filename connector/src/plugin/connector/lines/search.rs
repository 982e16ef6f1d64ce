//! The search for a message behind junk on its line.

use connector_protocol::remix::Message;
use serde::de::IgnoredAny;

/// The bytes that may be read before any junk has arrived, and that a short line may take.
const FIRST: usize = 64 * 1024;
/// The bytes that may be read for each byte of junk that has arrived.
const TIMES: usize = 4;

/// The search for messages that stand behind junk on their lines.
///
/// A message is the last object of its line. Whole objects are passed over, and behind the
/// start of a broken one the search goes on, so a line of broken objects in one another is
/// read again from each of them. The bytes that this may take are a few times those that
/// have arrived.
#[derive(Debug)]
pub(super) struct Search {
    /// The bytes that may be read.
    left: usize,
}

/// A line that was not searched to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a line of {bytes} bytes has so many broken objects that {read} were read, and the rest was not \
     searched for a message: write each message on a line of its own"
)]
pub(super) struct Unsearched {
    /// The length of the line.
    pub(super) bytes: usize,
    /// How many bytes the search has read.
    pub(super) read: usize,
}

impl Default for Search {
    fn default() -> Self {
        Self { left: FIRST }
    }
}

impl Search {
    /// Finds the message at the end of a line, and the position at which it starts.
    ///
    /// # Errors
    /// Returns [`Unsearched`] if broken objects have taken all that may be read.
    pub(super) fn find(&mut self, line: &[u8]) -> Result<Option<(usize, Message)>, Unsearched> {
        let more = line.len().saturating_mul(TIMES);
        self.left = self.left.saturating_add(more).min(more.max(FIRST));
        let (mut at, mut read) = (0, 0);
        while let Some(ahead) = line[at..].windows(2).position(|pair| pair == b"{\"") {
            at += ahead;
            if self.left == 0 {
                return Err(Unsearched { bytes: line.len(), read });
            }
            let rest = &line[at..];
            let object = measure(rest);
            let (Ok(taken) | Err(taken)) = object;
            read += taken;
            self.left = self.left.saturating_sub(taken);
            at += match object {
                Ok(len) if rest[len..].trim_ascii().is_empty() => {
                    return Ok(Message::decode(rest).ok().map(|message| (at, message)));
                }
                Ok(len) => len,
                Err(_) => 2,
            };
        }
        Ok(None)
    }
}

/// Returns the length of the object with which a text starts, or as the error how many bytes
/// had to be read to see that it is broken.
fn measure(text: &[u8]) -> Result<usize, usize> {
    let mut values = serde_json::Deserializer::from_slice(text).into_iter::<IgnoredAny>();
    match values.next() {
        Some(Ok(_)) => Ok(values.byte_offset()),
        // It counts from the start, since no line feed is within a line.
        Some(Err(error)) => Err(error.column().max(1)),
        None => Err(text.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: &str = r#"{"action":"emit","key":"k"}"#;

    /// Returns where the message is found.
    fn found(search: &mut Search, line: &str) -> Option<usize> {
        search.find(line.as_bytes()).unwrap().map(|(at, _)| at)
    }

    #[test]
    fn a_message_is_the_last_object_of_its_line() {
        for junk in [
            "Loading.. ",
            r#"{"level":30}"#,
            r#"{"level":{"a":[{"b":1}]}} {"level":30} "#,
            r#"{"broken": [1, "#,
            r#"{"a":{"b":{"c": "#,
            r#"{"a" {"b":} "#,
            r#"{"quoted":"{\"action\"" "#,
            &r#"{"a":"#.repeat(100),
        ] {
            let found = found(&mut Search::default(), &format!("{junk}{MESSAGE} "));
            assert_eq!(found, Some(junk.len()), "{junk}");
        }
        for line in
            ["", "{", "{\"", r#"{"level":30}"#, &format!("{MESSAGE}}}"), &format!("{MESSAGE}x")]
        {
            assert_eq!(found(&mut Search::default(), line), None, "{line}");
        }
    }

    #[test]
    fn a_line_of_broken_objects_is_read_a_few_times_at_most() {
        let mut search = Search::default();
        for len in [1 << 14, 1 << 17, 1 << 20, 1 << 22] {
            let line = r#"{"":"#.repeat(len / 4);
            let unsearched = search.find(line.as_bytes()).unwrap_err();
            assert_eq!(unsearched.bytes, len);
            let most = FIRST.max(len * TIMES) + len;
            assert!(unsearched.read <= most, "{} of {most} bytes", unsearched.read);
        }
        // It costs later lines nothing, as long as they are read a few times at most.
        let junk = format!(r#"{{"log":"{}"}}"#, "x".repeat(1 << 16));
        for _ in 0..100 {
            assert_eq!(found(&mut search, &format!("{junk}{MESSAGE}")), Some(junk.len()));
        }
    }

    #[test]
    fn short_lines_are_read_a_few_times_at_most_too() {
        let line = r#"{"":"#.repeat(256);
        let mut search = Search::default();
        let read: usize = (0..1_000).map(|_| search.find(line.as_bytes()).unwrap_err().read).sum();
        assert!(read <= FIRST + 1_000 * line.len() * (TIMES + 1), "{read} bytes");
    }
}
