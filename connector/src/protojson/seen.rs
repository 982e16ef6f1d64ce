//! The fields that were read.

use std::collections::BTreeSet;

/// The numbers of the fields that an object has had. Most messages have small ones, for which
/// nothing is allocated.
#[derive(Default)]
pub(super) struct Seen {
    small: u128,
    large: BTreeSet<u32>,
}

impl Seen {
    /// Returns `false` for a field that was there before.
    pub(super) fn insert(&mut self, number: u32) -> bool {
        let Some(bit) = 1_u128.checked_shl(number) else { return self.large.insert(number) };
        let is_new = self.small & bit == 0;
        self.small |= bit;
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::Seen;

    #[test]
    fn each_number_is_new_once() {
        let mut seen = Seen::default();
        for number in [1, 127, 128, 536_870_911] {
            assert!(seen.insert(number), "{number}");
            assert!(!seen.insert(number), "{number}");
        }
    }
}
