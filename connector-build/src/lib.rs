//! Code from `.proto` files, when a crate builds.
//!
//! ```no_run
//! // build.rs
//! fn main() -> Result<(), connector_build::Error> {
//!     connector_build::compile(&["proto/chat.proto"], &["proto"])
//! }
//! ```
//!
//! There need be no `protoc` on the machine. In the crate,
//! `connector::include_proto!("chat")` brings in the module `chat`, with all
//! packages that begin with that word. In it are
//!
//! | of | there is |
//! |---|---|
//! | a message | prost's struct, with serde's traits as protobuf's canonical JSON |
//! | a message with `push` | `connector::proto::Push`, so that servers send it and clients listen for it by its type |
//! | a service `ChatHandler` | the trait `ChatHandler`, with a method for each of the service's |
//! | | `ChatHandlerServer`, which makes a handler of what implements it |
//! | | `ChatHandlerClient`, which calls the methods at the other end |
//! | | `chat_handler_routes`, with a constant for each route |
//!
//! # Options
//!
//! The route of a method is `package.service.method`, the last two in
//! lowerCamelCase: package `chat`, service `ChatHandler` and method `Send` give
//! `chat.chatHandler.send`. Options say it differently; they ship with this
//! crate, to be imported as `connector/options.proto`:
//!
//! | on | option | meaning |
//! |---|---|---|
//! | a service | `(connector.server) = "game"` | the first part of its routes |
//! | | `(connector.handler) = "lobby"` | the second part |
//! | a method | `(connector.route) = "game.lobby.join"` | the whole route |
//! | | `(connector.notify) = true` | nothing is answered; it returns `google.protobuf.Empty` |
//! | | `(connector.code) = 7` | a number for the route, for short messages |
//! | a message | `(connector.push) = "onLine"` | it is pushed, under this route |
//! | | `(connector.push_code) = 8` | a number for that, for servers built with `.declare_push::<OnLine>()` |
//!
//! ```proto
//! syntax = "proto3";
//! package chat;
//! import "connector/options.proto";
//!
//! service ChatHandler {
//!   // Sends a line to everyone in the room.
//!   rpc Send(Line) returns (Sent);
//! }
//! message Line { string text = 1; }
//! message Sent { uint64 id = 1; }
//! message OnLine { option (connector.push) = "onLine"; string text = 1; }
//! ```
//!
//! A method that takes or returns `google.protobuf.Empty` takes or returns
//! nothing in Rust. Names that are keywords get prost's `r#`, or `_` behind
//! them; a client's method for an `rpc New` is `new_`.
//!
//! Whatever is wrong stops the build, all of it at once, as
//! `file:line:column: what is wrong: what to write instead`.
//!
//! # What comes out
//!
//! The same schemas give the same bytes, without a time or a path of this
//! machine, and a file whose content is as before is left alone. Cargo is told
//! of the schemas, so that a crate is built again when one of them changes.

mod builder;
mod docs;
mod emit;
mod error;
mod names;
mod options;
mod output;
mod prost_output;

pub use builder::{Builder, compile, configure};
pub use error::Error;
pub use prost_build;
