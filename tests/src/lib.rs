//! What a user could write, and released programs as peers.

pub mod broken;
pub mod buffered;
pub mod by_hand;
pub mod bytes;
pub mod certificates;
pub mod echo;
pub mod handed;
pub mod line_link;
pub mod peer;
#[cfg(unix)]
pub mod process;
pub mod talk;
