//! WebSocket over TCP: the Autobahn case list, and other people's libraries on
//! the other side.

#![allow(clippy::unwrap_used)]

mod browser;
mod compressed;
mod deflate;
mod libraries;
mod listed;
mod tungstenite;
