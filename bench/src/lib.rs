//! The requests, lines and packages that the benchmark's programs share.
//!
//! Each server is a program of its own (`src/bin`), so that no code of another one
//! is compiled into it. It prints `READY <port>`, or the path of its Unix socket. `bench-load` is the load of all
//! of them. By hand:
//!
//! ```text
//! bench-raw-tokio                                          READY 40123
//! bench-load --port 40123 --speaks packages --depth 16     OPEN, enter, BEGIN, enter, END
//! ```

pub mod echo;
pub mod greet;
pub mod line;
pub mod measured;
pub mod packages;
mod ready;
mod serve;
pub mod tls;

pub use ready::{ready, socket, unix};
pub use serve::serve;
