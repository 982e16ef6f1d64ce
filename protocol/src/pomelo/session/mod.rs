//! Pomelo's two sides of a connection.

mod client;
mod server;
#[cfg(test)]
mod tests;

pub use client::{ClientConfig, ClientSession};
pub use server::{ServerConfig, ServerSession};
