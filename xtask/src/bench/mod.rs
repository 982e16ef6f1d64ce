//! `cargo xtask bench`: what a message costs our servers, beside the bare
//! socket and beside their peers, in one run.
//!
//! Time on a clock says little on a machine that others use too, so what is
//! measured is the processor time that a server spends on a message: all its
//! threads', by the kernel's own count, while a load on another core waits for
//! answers. Whatever is compared is measured in turns.
//!
//! | file | what it is |
//! |---|---|
//! | [`task`] | the task: ours beside everybody else's |
//! | [`commits`] | ours beside ours at another commit |
//! | [`revision`] | that commit: its own checkout, its own build |
//! | [`rows`] | what is compared, and what must come out: data |
//! | [`subject`] | servers and loads: data |
//! | [`peers`] | makes servers ready: builds and installs what they need |
//! | [`process`] | a program on a core, and its processor time |
//! | [`measure`] | one measurement; all those of a run, in turns |
//! | [`outcome`] | what the measurements say about a row |
//! | [`table`], [`json`], [`picture`] | tell it |
//! | [`machine`] | where all this ran, and with which versions |

mod commits;
mod json;
mod machine;
mod measure;
mod outcome;
mod peers;
mod picture;
pub(crate) mod process;
mod revision;
mod rows;
mod subject;
mod table;
mod task;

pub(crate) use task::{Options, run};
