//! The bytes of a message's body, borrowed from the read buffer.

use std::cell::{Cell, OnceCell};
use std::fmt;

use connector_protocol::text;

/// The body of the message that is being handled, as bytes.
///
/// The bytes are in the connection's read buffer. Arguments of a plain `fn` may borrow
/// from them, and those of an `async fn`, which may outlive them, may not.
#[derive(Clone, Copy)]
pub struct RawBody<'b>(&'b Lent<'b>);

/// The bytes of a body, and texts made from it that live as long, for bodies that cannot be
/// borrowed as text. Very few calls have one.
pub(crate) struct Lent<'b> {
    bytes: &'b [u8],
    kept: Kept,
    /// It was read as protobuf.
    is_proto: Cell<bool>,
}

/// A list of cells, since each is set once and borrowed afterwards.
#[derive(Default)]
struct Kept(OnceCell<Box<(String, Self)>>);

impl<'b> Lent<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, kept: Kept::default(), is_proto: Cell::new(false) }
    }

    /// Returns whether there is nothing to drop, as nearly always.
    #[inline(always)]
    pub(crate) fn keeps_nothing(&self) -> bool {
        self.kept.0.get().is_none()
    }

    /// Returns the body to read.
    pub(crate) fn body(&'b self) -> RawBody<'b> {
        RawBody(self)
    }
}

impl<'b> RawBody<'b> {
    /// Returns the bytes.
    pub fn bytes(self) -> &'b [u8] {
        self.0.bytes
    }

    /// Returns the bytes as text. As in pomelo, bytes that are not UTF-8 become U+FFFD.
    pub fn text(self) -> &'b str {
        self.utf8().unwrap_or_else(|| self.odd_text())
    }

    /// Returns the bytes as text if they are UTF-8.
    #[inline]
    pub(crate) fn utf8(self) -> Option<&'b str> {
        text::utf8(self.bytes())
    }

    #[cold]
    fn odd_text(self) -> &'b str {
        self.keep(text::decode(self.bytes()).into_owned())
    }

    /// Notes that it is read as protobuf.
    pub(crate) fn note_proto(self) {
        self.0.is_proto.set(true);
    }

    /// Returns whether it was read as protobuf.
    pub(crate) fn was_proto(self) -> bool {
        self.0.is_proto.get()
    }

    /// Keeps a text as long as the body itself.
    pub(crate) fn keep(self, text: String) -> &'b str {
        self.0.kept.add(text)
    }
}

impl fmt::Debug for RawBody<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RawBody").field(&self.bytes().escape_ascii().to_string()).finish()
    }
}

impl Kept {
    fn add(&self, text: String) -> &str {
        let mut end = self;
        while let Some(kept) = end.0.get() {
            end = &kept.1;
        }
        &end.0.get_or_init(|| Box::new((text, Self::default()))).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_borrowed_or_kept() {
        let good = Lent::new(b"hi");
        let body = good.body();
        assert!(std::ptr::eq(body.text().as_bytes(), body.bytes()));
        assert!(good.kept.0.get().is_none());
        let odd = Lent::new(b"a\xff");
        let odd = odd.body();
        let texts = [odd.text(), odd.keep("b".into()), odd.text()];
        assert_eq!(texts, ["a\u{fffd}", "b", "a\u{fffd}"]);
    }
}
