//! A connector of one's own: pomelo's FooConnector and FooSocket.
//!
//! [`framing`] says where a package ends, [`codec`] what is in it, and `pipe`
//! names these parts; the derives write the rest.

pub mod codec;
pub mod framing;
#[cfg(unix)]
pub mod pipe;
