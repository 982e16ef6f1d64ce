//! MQTT: servers and clients of ours, in raw bytes, with each other and with released programs.

#![allow(clippy::unwrap_used)]

mod delivery;
mod endings;
mod faults;
mod handshake;
mod ours;
mod peers;
mod pomelo;
mod raw;
mod relay;
mod served;
