//! Pitaya's and nano's released programs, and what their dialect is on the wire.

mod peers;
