//! The two sides of a pomelo connection.

mod client;
mod heartbeats;
mod server;
#[cfg(test)]
mod tests;

pub use client::ClientSession;
pub use server::{ServerExtras, ServerSession};
