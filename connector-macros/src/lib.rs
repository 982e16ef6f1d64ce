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
mod socket;
mod span;
mod symbol;
mod target;
#[cfg(test)]
mod testing;

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
/// }
/// ```
///
/// The text is the first two parts of the routes, `server.handler`.
/// `crate = "path"` says where `connector` is found.
///
/// | in `#[route(..)]` | meaning |
/// |---|---|
/// | `"server.handler.method"` | the whole route; else the last part is the method's name in lowerCamelCase |
/// | `notify` | nothing is answered |
/// | `concurrent` | its calls run beside all others of a session, not after them |
/// | `code = 7` | its number in the route dictionary |
///
/// A route is an `async fn` with `&self` and arguments that are `FromCall`; it
/// returns a `Reply`. Its documentation goes with the route. `#[cfg(..)]` on
/// the method is the route's as well.
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
