//! Services and their routes.

use heck::ToLowerCamelCase;

use crate::place::{Place, Spanned};

/// A service, whose methods one handler answers.
#[derive(Debug)]
#[non_exhaustive]
pub struct Service {
    /// The name, without the package.
    pub name: Spanned<String>,
    /// The comments on it.
    pub docs: String,
    /// The first part of its routes.
    pub server: RouteText,
    /// The second part of its routes.
    pub handler: RouteText,
    /// The name of the Remix plugin whose methods and events it describes. They have no
    /// routes: plugins are called by the names of their methods.
    pub plugin: Option<Spanned<String>>,
    /// The methods, in the order of the schema.
    pub methods: Vec<Method>,
    /// True if it is marked as deprecated.
    pub deprecated: bool,
}

/// A method, which has a route of its own.
#[derive(Debug)]
#[non_exhaustive]
pub struct Method {
    /// The name.
    pub name: Spanned<String>,
    /// The comments on it.
    pub docs: String,
    /// The route: `server.handler.method`.
    pub route: RouteText,
    /// The number of the route in the dictionary of routes: 1 or more.
    pub code: Option<Spanned<u16>>,
    /// True if it is a notify, which is not answered.
    pub notify: bool,
    /// The order of its calls, if it is not the server's.
    pub order: Option<Spanned<Order>>,
    /// The milliseconds after which a call is dropped.
    pub timeout: Option<Spanned<u64>>,
    /// True if it has no schemas in [`PomeloProtos`](crate::PomeloProtos).
    pub json: bool,
    /// The full name of the message that it takes.
    pub input: Spanned<String>,
    /// The full name of the message that it returns.
    pub output: Spanned<String>,
    /// The names that it takes and returns, as they are written; none for a descriptor set.
    pub(crate) as_written: Option<[String; 2]>,
    /// The places of the keyword `stream`.
    pub(crate) streams: Streams,
    /// True if it is marked as deprecated.
    pub deprecated: bool,
}

/// The order in which the calls of a method run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Concurrently with all others of their session.
    Concurrent,
    /// One after the other where they have the same value in this field of their messages, over
    /// all sessions. It is a path of names, such as `room.id`, which leads to a text, an integer,
    /// an enum, a `bool` or `bytes`.
    Keyed(String),
    /// One after the other within their session.
    Serial,
}

/// The places of the keyword `stream` before what a method takes and returns.
#[derive(Debug)]
pub(crate) struct Streams {
    pub(crate) input: Option<Place>,
    pub(crate) output: Option<Place>,
}

/// A route, or a part of one.
#[derive(Debug)]
#[non_exhaustive]
pub struct RouteText {
    /// The text. If it is not explicit, its place is that of the name which it
    /// is derived from.
    pub text: Spanned<String>,
    /// True if an option sets it, false if it is derived from names.
    pub explicit: bool,
}

impl Method {
    /// Returns `true` if it is an event of a plugin, which brings the messages that it
    /// returns.
    pub fn is_event(&self) -> bool {
        self.streams.output.is_some()
    }

    /// Returns the name of the method or event of a plugin: that in lowerCamelCase.
    pub fn plugin_name(&self) -> String {
        self.name.value.to_lower_camel_case()
    }

    /// Returns `true` if the message that it takes is `google.protobuf.Empty`.
    pub fn takes_nothing(&self) -> bool {
        self.input.value == EMPTY
    }

    /// Returns `true` if the message that it returns is `google.protobuf.Empty`.
    pub fn returns_nothing(&self) -> bool {
        self.output.value == EMPTY
    }
}

const EMPTY: &str = "google.protobuf.Empty";
