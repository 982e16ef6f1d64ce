//! Keys: the values by which calls are ordered.

use std::fmt;
use std::hash::{Hash, Hasher};

/// A value that orders calls: see [`Order::Keyed`](super::Order::Keyed).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the key of a call",
    label = "does not implement `Hash`",
    note = "a key is a text, an integer, an enum or struct with `#[derive(Hash)]`, or an `Option` of one"
)]
pub trait CallKey: Hash {}

#[diagnostic::do_not_recommend]
impl<K: Hash + ?Sized> CallKey for K {}

/// The place for a call's key, see [`Handler::key`](super::Handler::key).
///
/// Integers of the same value are the same key, whatever their types are, and so are the
/// text types.
pub struct KeyHasher<'a>(Widening<'a>);

impl<'a> KeyHasher<'a> {
    pub(crate) fn new(hasher: &'a mut dyn Hasher) -> Self {
        Self(Widening(hasher))
    }

    /// Adds a value to the key.
    pub fn add<K: CallKey + ?Sized>(&mut self, value: &K) {
        value.hash(&mut self.0);
    }
}

impl fmt::Debug for KeyHasher<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyHasher").finish_non_exhaustive()
    }
}

/// Hashes all integers as the widest, so that routes need not agree on their types.
struct Widening<'a>(&'a mut dyn Hasher);

macro_rules! widen {
    ($($method:ident($int:ty);)*) => {$(
        fn $method(&mut self, number: $int) {
            self.0.write(&(number as i128).to_le_bytes());
        }
    )*};
}

impl Hasher for Widening<'_> {
    fn write(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }

    fn finish(&self) -> u64 {
        self.0.finish()
    }

    widen! {
        write_u8(u8);
        write_u16(u16);
        write_u32(u32);
        write_u64(u64);
        write_u128(u128);
        write_usize(usize);
        write_i8(i8);
        write_i16(i16);
        write_i32(i32);
        write_i64(i64);
        write_i128(i128);
        write_isize(isize);
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::hash::DefaultHasher;

    use super::*;

    fn hashed<K: Hash + ?Sized>(value: &K) -> u64 {
        let mut hasher = DefaultHasher::new();
        KeyHasher::new(&mut hasher).add(value);
        hasher.finish()
    }

    #[test]
    fn equal_values_are_one_key_whatever_their_types_are() {
        assert_eq!(hashed(&5_u8), hashed(&5_i64));
        assert_eq!(hashed(&-5_i8), hashed(&-5_i128));
        assert_eq!(hashed("a"), hashed(&"a".to_owned()));
        assert_eq!(hashed("a"), hashed(&Cow::Borrowed("a")));
        assert_eq!(hashed(&Some(1_u32)), hashed(&Some(1_i32)));
        let different =
            [hashed(&5), hashed(&-5), hashed("5"), hashed(&Some(5)), hashed(&None::<u8>)];
        for (at, key) in different.iter().enumerate() {
            assert!(!different[..at].contains(key), "{at}");
        }
    }
}
