//! `cargo xtask bench`: the cost of a message in our servers, beside the bare
//! socket and beside their peers, in one run.
//!
//! Time on a clock says little on a machine that others use too. So the figure is
//! the processor time that a server spends on a message: that of all its threads,
//! as the kernel counts it, while a load on another core waits for answers. Both
//! sides of a comparison are measured in turns.
//!
//! | file | concept |
//! |---|---|
//! | [`task`] | the task: ours beside the socket and the peers |
//! | [`commits`] | ours beside ours at another commit |
//! | [`revision`] | that commit: its own checkout, its own build |
//! | [`row`] | a comparison and its goal |
//! | [`rows`] | all comparisons: data |
//! | [`subject`] | servers and loads: data |
//! | [`peers`] | makes servers ready: builds and installs what they need |
//! | [`process`] | a program on a core, and its processor time |
//! | [`measure`] | one measurement; all those of a run, in turns |
//! | [`outcome`] | ratio and verdict of a row |
//! | [`table`], [`json`], [`picture`] | reports |
//! | [`machine`] | the machine of a run, and the versions of its programs |

mod commits;
mod json;
mod machine;
mod measure;
mod outcome;
mod peers;
pub(crate) mod picture;
pub(crate) mod process;
pub(crate) mod revision;
mod row;
mod rows;
mod subject;
mod table;
mod task;

pub(crate) use task::{Options, run};
