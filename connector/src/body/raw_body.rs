//! The bytes of a message's body, lent to whatever reads them.

use std::cell::OnceCell;
use std::fmt;

use connector_protocol::text;

/// The body of a message that is handled, as the bytes that it is.
///
/// They lie in the connection's read buffer. An argument of a plain `fn` may
/// borrow from them; an `async fn` may outlive them.
#[derive(Clone, Copy)]
pub struct RawBody<'b> {
    bytes: &'b [u8],
    kept: &'b Kept,
}

impl<'b> RawBody<'b> {
    pub(crate) fn new(bytes: &'b [u8], kept: &'b Kept) -> Self {
        Self { bytes, kept }
    }

    /// The bytes.
    pub fn bytes(self) -> &'b [u8] {
        self.bytes
    }

    /// The bytes as text, read as leniently as pomelo does: what is not UTF-8
    /// becomes U+FFFD.
    pub fn text(self) -> &'b str {
        match std::str::from_utf8(self.bytes) {
            Ok(text) => text,
            Err(_) => self.odd_text(),
        }
    }

    #[cold]
    fn odd_text(self) -> &'b str {
        self.keep(text::decode(self.bytes).into_owned())
    }

    /// Keeps a text as long as the body itself.
    pub(crate) fn keep(self, text: String) -> &'b str {
        self.kept.add(text)
    }
}

impl fmt::Debug for RawBody<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RawBody").field(&self.bytes.escape_ascii().to_string()).finish()
    }
}

/// Texts that live as long as a body: those that were made of it because it could
/// not be borrowed as it is. Hardly any call has one.
///
/// A list of cells, since each is set once and lent from then on.
#[derive(Debug, Default)]
pub(crate) struct Kept(OnceCell<Box<(String, Self)>>);

impl Kept {
    pub(crate) const fn new() -> Self {
        Self(OnceCell::new())
    }

    fn add(&self, text: String) -> &str {
        let mut end = self;
        while let Some(kept) = end.0.get() {
            end = &kept.1;
        }
        &end.0.get_or_init(|| Box::new((text, Self::new()))).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_borrowed_or_kept() {
        let kept = Kept::new();
        let good = RawBody::new(b"hi", &kept);
        assert!(std::ptr::eq(good.text().as_bytes(), good.bytes()));
        assert!(kept.0.get().is_none());
        let odd = RawBody::new(b"a\xff", &kept);
        let texts = [odd.text(), odd.keep("b".into()), odd.text()];
        assert_eq!(texts, ["a\u{fffd}", "b", "a\u{fffd}"]);
    }
}
