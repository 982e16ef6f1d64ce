//! Pomelo-protobuf: handlers that know JSON and clients that got schemas, and the released
//! implementation.

#![allow(clippy::unwrap_used)]

mod cases;
mod released;
mod served;
