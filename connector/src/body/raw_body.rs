//! The bytes of a message's body, lent to whatever reads them.

use std::cell::OnceCell;
use std::fmt;

use connector_protocol::text;

/// The body of a message that is handled, as the bytes that it is.
///
/// They lie in the connection's read buffer. An argument of a plain `fn` may
/// borrow from them; an `async fn` may outlive them.
#[derive(Clone, Copy)]
pub struct RawBody<'b>(&'b Lent<'b>);

/// The bytes of a body, and texts that live as long: those that were made of it
/// because it could not be borrowed as it is. Hardly any call has one.
pub(crate) struct Lent<'b> {
    bytes: &'b [u8],
    kept: Kept,
}

/// A list of cells, since each is set once and lent from then on.
#[derive(Default)]
struct Kept(OnceCell<Box<(String, Self)>>);

impl<'b> Lent<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, kept: Kept::default() }
    }

    /// The body, for whoever reads it.
    pub(crate) fn body(&'b self) -> RawBody<'b> {
        RawBody(self)
    }
}

impl<'b> RawBody<'b> {
    /// The bytes.
    pub fn bytes(self) -> &'b [u8] {
        self.0.bytes
    }

    /// The bytes as text, read as leniently as pomelo does: what is not UTF-8
    /// becomes U+FFFD.
    pub fn text(self) -> &'b str {
        match std::str::from_utf8(self.bytes()) {
            Ok(text) => text,
            Err(_) => self.odd_text(),
        }
    }

    #[cold]
    fn odd_text(self) -> &'b str {
        self.keep(text::decode(self.bytes()).into_owned())
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
