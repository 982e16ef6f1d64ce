//! A generator of Rust code from `.proto` files, for build scripts.
//!
//! ```no_run
//! // build.rs
//! fn main() -> Result<(), connector_build::Error> {
//!     connector_build::compile(&["proto/chat.proto"], &["proto"])
//! }
//! ```
//!
//! No `protoc` is needed. In the crate, `connector::include_proto!("chat")`
//! includes the module `chat`, with all packages whose names begin with that
//! part. The module contains
//!
//! | for | item |
//! |---|---|
//! | a message | prost's struct, with serde's traits for protobuf's canonical JSON |
//! | a message with `push` | an impl of `connector::proto::Push`, so that servers push it and clients subscribe to it by its type |
//! | all messages with `push` | the enum `Pushes`, by which a client reads them in one stream: `client.pushes_of::<chat::Pushes>()` |
//! | a service `ChatHandler` | the trait `ChatHandler`, with a method for each method of the service |
//! | | `ChatHandlerServer`, a handler that calls an implementation of the trait |
//! | | `ChatHandlerClient`, which calls the methods at the other end |
//! | | `chat_handler_routes`, with a constant for each route |
//! | a service `Files` with `plugin` | `FilesClient`, which calls that Remix plugin and listens to its events |
//!
//! # Options
//!
//! The route of a method is `package.service.method`, the last two in
//! lowerCamelCase: package `chat`, service `ChatHandler` and method `Send` give
//! `chat.chatHandler.send`. Options change it. They ship with this crate and are
//! imported as `connector/options.proto`:
//!
//! | on | option | meaning |
//! |---|---|---|
//! | a service | `(connector.server) = "game"` | the first part of its routes |
//! | | `(connector.handler) = "lobby"` | the second part |
//! | | `(connector.plugin) = "fileManager"` | the methods are those of a [Remix plugin](#remix-plugins) |
//! | a method | `(connector.route) = "game.lobby.join"` | the whole route |
//! | | `(connector.notify) = true` | a notify, which is not answered: it returns `google.protobuf.Empty` |
//! | | `(connector.serial) = true`, `(connector.concurrent) = true` | the order of its calls, as in [`#[route]`](https://docs.rs/connector-kit/latest/connector/attr.handler.html) |
//! | | `(connector.key) = "room.id"` | calls with the same value in this field run one after the other, over all sessions; a path of fields |
//! | | `(connector.timeout) = "5s"` | a longer call is dropped and answered with code 504; units: `ms`, `s`, `m` |
//! | | `(connector.code) = 7` | a number from 1 to 65,535 that replaces the route on the wire |
//! | | `(connector.json) = true` | no schema in [pomelo-protobuf](Builder::pomelo_protobuf) |
//! | a message | `(connector.push) = "onLine"` | the route under which it is pushed |
//! | | `(connector.push_json) = true` | no schema in [pomelo-protobuf](Builder::pomelo_protobuf) |
//! | | `(connector.push_code) = 8` | a number for that route, on servers built with `.declare_push::<OnLine>()` |
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
//! The trait's `type Error` is `HandlerError`, or an error type of the application with
//! `#[derive(RouteError)]`. `ChatHandlerServer::new(..)` takes filters of all its calls by
//! `filter`, and of one route by `filter_on(chat_handler_routes::SEND, ..)`. A method that never
//! waits can be a plain `fn`, by [`Builder::plain_fn`].
//!
//! A method that takes or returns `google.protobuf.Empty` takes or returns
//! nothing in Rust. Names that are keywords get prost's prefix `r#`, or the
//! suffix `_`. A client's method for an `rpc New` is `new_`.
//!
//! # Remix plugins
//!
//! A service with `(connector.plugin)` describes somebody else's plugin, and needs
//! `connector`'s feature `plugin`. Methods and events have the names of the schema in
//! lowerCamelCase. The fields of a message are the arguments, in the order of their numbers;
//! what a method returns is the value of a message's only field, or an object of several. An
//! event is a method that takes `google.protobuf.Empty` and returns a `stream`.
//!
//! ```proto
//! service FileManager {
//!   option (connector.plugin) = "fileManager";
//!   rpc ReadFile(Path) returns (Text);
//!   rpc FileSaved(google.protobuf.Empty) returns (stream Path);
//! }
//! message Path { string path = 1; }
//! message Text { string text = 1; }
//! ```
//!
//! `FileManagerClient::new(&client).read_file(Path { path })` then calls `readFile(path)`.
//!
//! # Mistakes
//!
//! They stop the build and are reported all at once, as
//! `file:line:column: what is wrong: what to write instead`.
//!
//! Dozens of messages that hold one another in one circle are too deep for the compiler's default
//! (E0275): a crate with 64 of them needs `#![recursion_limit = "512"]` at its root.
//!
//! # Output
//!
//! The same schemas give the same bytes, without a time or a path of the
//! machine. A file whose content has not changed is not written. Cargo builds
//! the crate again when a schema changes.
//!
//! Schemas are read by `connector-schema`, on which generators of other
//! languages can be built.

mod builder;
mod debug;
mod docs;
mod emit;
mod error;
mod modules;
mod names;
mod options;
mod output;
mod plain;
mod prost_output;

pub use builder::{Builder, compile, configure};
pub use error::Error;
pub use prost_build;
