//! Pomelo's two sides of a connection.

mod client;
mod server;
#[cfg(test)]
mod tests;

pub use client::ClientSession;
pub use server::{ServerExtras, ServerSession};
