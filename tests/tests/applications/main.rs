//! Applications that a user could write, in one program.
#![allow(clippy::unwrap_used)]

pub mod accepted;
mod async_codec;
mod callback_library;
mod coder;
mod crumbs;
#[cfg(unix)]
mod derived_connectors;
mod dialects;
mod dictionary;
mod endings;
mod openers;
mod overrides;
mod own_session;
mod pipe;
mod push_schedule;
mod sign_in;
mod string_connector;
mod test_client;
mod udp_connector;
