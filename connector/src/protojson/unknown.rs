//! Names of enums that only a newer version of the schema has.

use std::cell::Cell;

thread_local! {
    static SKIPPED: Cell<bool> = const { Cell::new(false) };
}

/// Reads JSON within which names of enums that are not known are skipped, as unknown fields
/// always are: such a field stays unset, and an element of a list or a map is left out.
///
/// Without this they are errors, since a value that is left out without a word may change the
/// meaning of the rest. It holds for what `read` does on this thread.
pub fn skip_unknown_names<T>(read: impl FnOnce() -> T) -> T {
    /// Sets what was before, also when `read` panics.
    struct Reset(bool);

    impl Drop for Reset {
        fn drop(&mut self) {
            SKIPPED.set(self.0);
        }
    }

    let _reset = Reset(SKIPPED.replace(true));
    read()
}

/// Returns `true` within [`skip_unknown_names`].
pub(super) fn are_skipped() -> bool {
    SKIPPED.get()
}
