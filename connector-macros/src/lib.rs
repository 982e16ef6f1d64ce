//! The derives and attributes of Connector. Use them through the crate
//! `connector`, which re-exports them.
//!
//! Each goes the same way, a file a step: `parse` reads what was written,
//! `check` finds what it means, `expand` writes the impls, whose logic stands
//! in functions of `connector::__private`. All errors of an item are told at
//! once, each where it is to be mended, and the item itself is always kept.

mod attr;
mod connector;
mod ctxt;
mod handler;
mod private;
mod route_error;
mod router;
mod socket;
mod span;
mod symbol;
mod target;
#[cfg(test)]
mod testing;
mod value;

use proc_macro::TokenStream;

/// Makes a struct that names its parts a connector, or an enum of connectors
/// one that chooses between them.
///
/// ```text
/// #[derive(Connector)]
/// #[connector(socket = PipeSocket, codec = JsonCodec)]
/// struct PipeConnector {
///     #[connector(listen)]
///     pipe: transport::Unix,
///     #[connector(config)]
///     config: Config,
/// }
///
/// #[derive(Connector)]
/// enum Front {
///     Hybrid(HybridConnector),
///     Pipe(PipeConnector),
/// }
/// ```
///
/// | on a struct | meaning |
/// |---|---|
/// | `socket = T` | what it accepts; a type with `#[derive(Socket)]` |
/// | `codec = T` | how packages are read and written; a `Codec` with `Default` |
/// | `crate = "path"` | where `connector` is found; on an enum too |
///
/// | on a field | meaning |
/// |---|---|
/// | `listen` | where connections arrive; implements `Listen`; exactly one |
/// | `config` | limits and heartbeat of its own, a `Config`; at most one |
///
/// A struct gets two functions besides: `new(address, config)`, or
/// `new(address)` if it has no config, and `bind(address)`. `address` is
/// whatever the listening field is `From`. All other fields are `Default`.
#[proc_macro_derive(Connector, attributes(connector))]
pub fn derive_connector(input: TokenStream) -> TokenStream {
    connector::derive(input.into()).into()
}

/// Makes a struct that names its parts a socket, or an enum of sockets one
/// that is any of them.
///
/// ```text
/// #[derive(Socket)]
/// #[socket(framing = LengthDelimited<u32>)]
/// struct PipeSocket {
///     #[socket(io)]
///     pipe: UnixStream,
///     #[socket(peer)]
///     peer: Peer,
/// }
/// ```
///
/// | on a struct | meaning |
/// |---|---|
/// | `framing = T` | how a byte stream is cut into packages; implements `Framing` |
/// | `session = T` | the session machine, such as `Pomelo`; `Bare`, none, by default |
/// | `batch = b` | how packages are joined that are sent at once: `concat`, `array` or `each` |
/// | `crate = "path"` | where `connector` is found; on an enum too |
///
/// | on a field | meaning |
/// |---|---|
/// | `io` | a byte stream, `AsyncRead + AsyncWrite`; needs a framing |
/// | `link` | a `Link`, which keeps packages apart by itself |
/// | `peer` | who is at the other end, a `Peer` |
///
/// Exactly one field is `io` or `link`, and exactly one is `peer`. A socket is
/// made of whatever its `io` or `link` is `From`; all other fields are
/// `Default`.
#[proc_macro_derive(Socket, attributes(socket))]
pub fn derive_socket(input: TokenStream) -> TokenStream {
    socket::derive(input.into()).into()
}

/// Makes the type of an `impl` block a handler: routes lead to those of its
/// methods that have a `#[route]`.
///
/// ```text
/// #[handler("chat.chatHandler")]
/// impl Chat {
///     /// Sends a line to everyone in the room.
///     #[route]
///     async fn send(&self, session: &Session, Json(line): Json<Line>) -> Json<Sent> { .. }
///
///     #[route("chat.chatHandler.typing", notify)]
///     async fn typing(&self, session: &Session) { .. }
///
///     /// Never waits, so its body may borrow.
///     #[route]
///     fn whisper(&self, server: &ServerHandle, Json(w): Json<Whisper<'_>>) -> Json<usize> { .. }
/// }
/// ```
///
/// The text is the first two parts of the routes, `server.handler`.
/// `crate = "path"` says where `connector` is found. `filter = signed_in`, or
/// `filter = [signed_in, limits::Busy]`, is asked before each call: the path of
/// a function, a constant, a `static` or a unit struct that is a `Filter`.
///
/// | in `#[route(..)]` | meaning |
/// |---|---|
/// | `"server.handler.method"` | the whole route; else the last part is the method's name in lowerCamelCase |
/// | `notify` | nothing is answered |
/// | `concurrent` | its calls run beside all others of a session, not after them |
/// | `key = "room"` | its calls run beside all others, those with the same `room` in their JSON bodies one after the other, over all sessions |
/// | `timeout = "5s"` | a call that takes longer is dropped and answered with code 504; units `ms`, `s`, `m`; on a plain `fn` it is the time of its filters |
/// | `code = 7` | its number in the route dictionary |
///
/// A route is an `async fn`, or a plain `fn` where nothing is waited for, with
/// `&self` and arguments that are `FromCall`; it returns a `Reply`. Its
/// documentation goes with the route. `#[cfg(..)]` on the method is the route's as
/// well.
///
/// A plain `fn` is the fastest: it runs where the message lies, without a future,
/// and its body and its reply may borrow from the message: `Json<Greet<'_>>`, `&str`,
/// `&[u8]`. In a struct of JSON, `#[serde(borrow)] Cow<'a, str>` takes any text,
/// while `&'a str` refuses one with escapes, such as `\n`. As long as it runs, all
/// else of its connection waits: what computes for long or blocks is an `async fn`
/// that hands the work to another thread.
#[proc_macro_attribute]
pub fn handler(args: TokenStream, item: TokenStream) -> TokenStream {
    handler::handler(args.into(), item.into()).into()
}

/// Marks a method of a [`handler`], which reads this attribute. Anywhere else
/// it is an error.
#[proc_macro_attribute]
pub fn route(_: TokenStream, item: TokenStream) -> TokenStream {
    handler::stray_route(item.into()).into()
}

/// Makes an error type one that a route may return: what it becomes is a
/// `HandlerError`.
///
/// ```text
/// #[derive(Debug, thiserror::Error, RouteError)]
/// enum ChatError {
///     #[error("there is no room {room}")]
///     #[route_error(code = 404)]
///     NoRoom { #[route_error(meta)] room: String },
///
///     #[error("muted until {0}")]
///     #[route_error(code = 403, message = "you are muted")]
///     Muted(#[route_error(meta = "until")] u64),
///
///     #[error(transparent)]
///     Store(#[from] StoreError),
/// }
/// ```
///
/// | on a variant, or on a struct | meaning |
/// |---|---|
/// | `code = 404` | the error's code; 500 if only a message is given |
/// | `message = ".."` | its text; else the type's `Display`, if it has one |
/// | `crate = "path"` | where `connector` is found; on the enum or struct |
///
/// | on a field | meaning |
/// |---|---|
/// | `meta` | goes with the error, under the field's name; is `Serialize` |
/// | `meta = "name"` | the same under another name |
///
/// A variant without an attribute stays inside: it is answered with code 500
/// and no text, and its `Display` goes to the log.
#[proc_macro_derive(RouteError, attributes(route_error))]
pub fn derive_route_error(input: TokenStream) -> TokenStream {
    route_error::derive(input.into()).into()
}

/// Makes a struct whose fields are handlers one that a server takes as a whole,
/// with `ServerBuilder::router`.
///
/// ```text
/// #[derive(Router)]
/// struct Game {
///     chat: Chat,
///     rooms: Rooms,
/// }
/// ```
///
/// That two of them want the same route, or the same code, is an error when it
/// compiles. `#[router(crate = "path")]` says where `connector` is found.
#[proc_macro_derive(Router, attributes(router))]
pub fn derive_router(input: TokenStream) -> TokenStream {
    router::derive(input.into()).into()
}
