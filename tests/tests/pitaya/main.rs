//! Pitaya's and nano's released programs, and what their dialect is on the wire.

#![allow(clippy::unwrap_used)]

mod bombs;
mod ours;
mod peers;
mod recorded;
mod served;
mod wire;
