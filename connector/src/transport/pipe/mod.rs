//! Named pipes of Windows: listeners, and dialers to them.

#[cfg(windows)]
mod dialer;
#[cfg(windows)]
mod listener;
mod name;
#[cfg(all(test, windows))]
mod tests;

#[cfg(windows)]
pub use dialer::PipeDialer;
#[cfg(windows)]
pub use listener::Pipe;
