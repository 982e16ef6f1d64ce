//! What the benchmark's programs share: what is sent, how it is counted.
//!
//! Each server is a program of its own (`src/bin`), so that none is compiled
//! with another in mind; each prints `READY <port>`. `bench-load` is the load of
//! all of them. By hand:
//!
//! ```text
//! bench-raw-tokio                                          READY 40123
//! bench-load --port 40123 --speaks packages --depth 16     OPEN, enter, BEGIN, enter, END
//! ```

pub mod greet;
pub mod line;
pub mod packages;
mod ready;

pub use ready::ready;
