//! Signed messages: pomelo's `useCrypto`.
//!
//! A client sends the public half of an RSA key in its handshake, as `sys.rsa`, and signs
//! the body of each request and notify: the member `__crypto__` of the body's object is the
//! signature of the text without it (PKCS #1 v1.5 with SHA-256), in hexadecimal digits. A
//! body that travels as pomelo-protobuf is signed before and verified after that, so its
//! schema has a field `optional string __crypto__`.
//! Source: pomelo-jsclient-websocket 0.1.1 and pomelo 2.2.7.
//!
//! | module | content |
//! |---|---|
//! | `body` | the member in the text of a body |
//! | `key` | the keys of both sides |
//! | `verifying`, `signing` | what the server and the client do with a body |

mod body;
mod key;
mod signing;
mod verifying;

pub(crate) use key::PublicKey;
pub use key::{KeyError, SigningKey};
pub(crate) use signing::sign;
pub(crate) use verifying::verify;
