//! One game and one plugin, served and dialled over any transport by its name.
//!
//! [`table`] has a row for each transport: the connector that listens, and the dialer that
//! finds the way to it. [`transport`] is what a row is made of; nothing in [`game`] and
//! [`plugin`] knows which of them carries it.

pub mod apart;
pub mod at;
pub mod game;
pub mod places;
pub mod plugin;
pub mod serve;
pub mod streams;
pub mod table;
pub mod transport;

/// An error that ends the program with its text.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
