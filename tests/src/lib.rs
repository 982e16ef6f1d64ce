//! What a user could write, and released programs as peers.

pub mod bare_quic;
pub mod bare_webtransport;
#[allow(missing_docs, missing_debug_implementations, reason = "as short as an example")]
pub mod base64_lines;
pub mod broken;
pub mod buffered;
pub mod by_hand;
pub mod bytes;
pub mod certificates;
#[allow(missing_docs, missing_debug_implementations, reason = "as short as an example")]
pub mod cobs;
pub mod echo;
pub mod game;
pub mod handed;
pub mod ipv6;
pub mod line_link;
pub mod logs;
pub mod long;
pub mod mosquitto;
pub mod mqtt;
pub mod network;
pub mod peer;
#[cfg(unix)]
pub mod process;
pub mod raw_pomelo;
#[allow(missing_docs, missing_debug_implementations, reason = "as short as an example")]
pub mod slip;
pub mod talk;
