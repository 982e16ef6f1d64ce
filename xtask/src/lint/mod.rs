//! `cargo xtask lint`: the English of public documentation and error texts.
//!
//! | file | concept |
//! |---|---|
//! | [`rules`] | the rules: one text in, its findings out |
//! | [`source`] | the texts of one source file, found by `syn` |
//! | [`exceptions`] | `xtask/lint-exceptions.txt` |
//! | [`task`] | the crates, the files, the list of findings |

mod exceptions;
mod rules;
mod source;
mod task;

pub(crate) use task::{Options, is_clean, run};
