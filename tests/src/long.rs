//! The short form of tests, of every day, and the long one.

/// Set to 1 it asks for the long form of tests.
const LONG: &str = "CONNECTOR_LONG";

/// Returns `true` if the long form of tests is asked for, as by `cargo xtask test --long`.
pub fn is_long() -> bool {
    std::env::var_os(LONG).is_some_and(|value| value == "1")
}

/// Returns the rounds of a test that is repeated: 5, and 100 in the long form.
pub fn rounds() -> usize {
    if is_long() { 100 } else { 5 }
}
