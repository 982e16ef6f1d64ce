//! Properties of every decoder, tried with damaged bytes.
//!
//! A target is a plain `fn(&[u8])` that panics when a property does not hold.
//! Several programs drive it: the seeded [`Mutator`] on any compiler
//! (`cargo xtask fuzz`), libFuzzer, which sees the code that the bytes reach
//! (`cargo xtask fuzz --guided`, `fuzz/cargo-fuzz`), and a test with every
//! input that ever failed (`found/<target>/`).

mod fuzzer;
mod mutator;
mod pieces;
mod recorded;
mod target;
pub mod targets;

pub mod corpus;
pub mod found;

pub use fuzzer::{Failure, Fuzzer, check};
pub use mutator::Mutator;
pub use target::{TARGETS, Target};
