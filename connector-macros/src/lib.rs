//! The derives and attributes of Connector. Use them through the crate
//! `connector`, which re-exports them.
//!
//! All of them have the same stages, a file each: `parse` reads the syntax into
//! a model, `check` applies the rules, `expand` writes the impls, whose logic is
//! in functions of `connector::__private`. All errors of an item are reported
//! at once, each at the tokens to edit, and the item itself is always kept, but for
//! the trait of `#[remote_plugin]`, whose place its client takes.

mod attr;
mod block;
mod bodies;
mod broken;
mod client_connector;
mod connector;
mod container;
mod ctxt;
mod fields;
mod handler;
mod lifetimes;
mod method;
mod parts;
mod plugin;
mod plugin_connector;
mod private;
mod remote_plugin;
mod route_error;
mod router;
mod socket;
mod span;
mod symbol;
#[cfg(test)]
mod testing;
mod value;

use proc_macro::TokenStream;

/// Derives `Connector` for a struct of parts, or for an enum of connectors.
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
/// | `socket = T` | the type of accepted sockets, with `#[derive(Socket)]` |
/// | `codec = T` | the codec of its packages: a `Codec` with `Default` |
/// | `crate = "path"` | the path of `connector`; also on an enum. Default: `"::connector"` |
///
/// | on a field | meaning |
/// |---|---|
/// | `listen` | the listener, which implements `Listen`; exactly one |
/// | `config` | the connector's own limits and heartbeat: a `Config`; at most one |
///
/// A struct also gets two functions: `new(address, config)`, or `new(address)`
/// if it has no config, and `bind(address)`. `address` is any type that the
/// listening field is `From`. All other fields are `Default`.
#[proc_macro_derive(Connector, attributes(connector))]
pub fn derive_connector(input: TokenStream) -> TokenStream {
    connector::derive(input.into()).into()
}

/// Derives `Socket` for a struct of parts, or for an enum of sockets.
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
/// | `framing = T` | the `Framing` that cuts a byte stream into packages |
/// | `session = T` | the session machine, such as `Pomelo`. Default: `Bare`, by which every package is a message |
/// | `batch = b` | the join of packages that are sent at once: `concat`, `array` or `each`. Default: that of the `io` or `link` |
/// | `crate = "path"` | the path of `connector`; also on an enum. Default: `"::connector"` |
///
/// | on a field | meaning |
/// |---|---|
/// | `io` | a byte stream, `AsyncRead + AsyncWrite`; needs a framing |
/// | `link` | a `Link`, which has packages of its own |
/// | `peer` | the other end of the connection: a `Peer` |
///
/// Exactly one field is `io` or `link`, and exactly one is `peer`. A socket is
/// made from any type that its `io` or `link` is `From`. All other fields are
/// `Default`.
#[proc_macro_derive(Socket, attributes(socket))]
pub fn derive_socket(input: TokenStream) -> TokenStream {
    socket::derive(input.into()).into()
}

/// Implements `Handler` for a type, from the `#[route]` methods of its `impl`
/// block.
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
/// | in `#[handler(..)]` | meaning |
/// |---|---|
/// | `"server.handler"` | the first two parts of the routes; always needed |
/// | `filter = signed_in`, `filter = [signed_in, limits::BUSY]` | filters of each call, in this order: functions, constants, statics or unit structs that implement `Filter` |
/// | `crate = "path"` | the path of `connector`. Default: `"::connector"` |
///
/// | in `#[route(..)]` | meaning |
/// |---|---|
/// | `"server.handler.method"` | the whole route. Default: the handler's two parts and the method's name in lowerCamelCase |
/// | `notify` | a route without an answer: the method returns nothing, or a `Result<(), _>` whose error is logged. Default: a request, which is answered |
/// | `serial` | calls run one after the other within their session: the default, unless the server says `ServerBuilder::concurrent` |
/// | `concurrent` | calls run concurrently with all others of their session |
/// | `key = room.id` | calls with the same value in this field of their bodies run one after the other, over all sessions; otherwise concurrently. A path of fields in Rust, which the compiler checks; `room?.id` leads through an `Option`, and without the value a call has the key of all such calls. The field implements `Hash`. It may be in quotes, as in a schema |
/// | `timeout = "5s"` | a longer call is dropped and answered with code 504; units: `ms`, `s`, `m`; on a plain `fn` it bounds its filters. Default: no limit |
/// | `filter = muted`, `filter = [..]` | filters of its calls, behind those of the handler |
/// | `code = 7` | the route's number in the dictionary, from 1 to 65,535. Default: none |
///
/// A type has one such block: of a second one the compiler says that the implementations of
/// `Handler` are in conflict. Routes with other first parts are written whole, or have a type of
/// their own.
///
/// A route is an `async fn`, or a plain `fn` where nothing is waited for, with
/// `&self` and arguments that implement `FromCall`; its return type implements
/// `Reply`, or `NotifyReply`. The method's documentation becomes the route's, and a `#[cfg(..)]` on the
/// method applies to the route.
///
/// A plain `fn` is the fastest: it runs where the message lies, without a future,
/// and its body and its reply may borrow from the message: `Json<Greet<'_>>`, `&str`,
/// `&[u8]`. In a struct of JSON, `#[serde(borrow)] Cow<'a, str>` takes any text,
/// while `&'a str` refuses one with escapes, such as `\n`. While it runs, everything
/// else of its connection waits: a method that computes for long or blocks is an
/// `async fn` that hands the work to another thread.
#[proc_macro_attribute]
pub fn handler(args: TokenStream, item: TokenStream) -> TokenStream {
    handler::handler(args.into(), item.into()).into()
}

/// Marks a method of a [`macro@handler`] as a route. Its arguments are described
/// there.
#[proc_macro_attribute]
pub fn route(_: TokenStream, item: TokenStream) -> TokenStream {
    handler::stray_route(item.into()).into()
}

/// Implements `PluginMethods` and `Plugin` for a type, from the methods of its `impl` block.
///
/// ```text
/// /// Compiles Solidity.
/// #[plugin(name = "compiler", events("finished"))]
/// impl Compiler {
///     #[method]
///     async fn compile(&self, client: &PluginClient, file: String) -> Result<Artifact, Error> {
///         let artifact = self.run(&file).await?;
///         Self::emit_finished(client, (&artifact,))?;
///         Ok(artifact)
///     }
///
///     #[on("fileManager", "currentFileChanged")]
///     async fn changed(&self, file: String) { .. }
/// }
/// ```
///
/// | in `#[plugin(..)]` | meaning |
/// |---|---|
/// | `name = "compiler"` | the name by which other plugins call it; always needed |
/// | `events("finished", "progress"(u32))` | the events that it emits, each by a function: `Self::emit_finished(client, values)`, with a tuple or a list of values, and `Self::emit_progress(client, 7)` where their types are declared |
/// | `display_name`, `description`, `kind`, `url`, `location`, `icon`, `version`, `documentation`, `author`, `author_contact`, `maintained_by`, `repo`, `hash` | fields of the profile: `kind = "compiler"`, `version = env!("CARGO_PKG_VERSION")`. Default of the description: the first paragraph of the block's documentation |
/// | `permission`, `can_activate("fileManager")`, `notifications("fileManager"("saved"))` | further fields of the profile |
/// | `crate = "path"` | the path of `connector`. Default: `"::connector"` |
///
/// | on a method | meaning |
/// |---|---|
/// | `#[method]` | a method that engines call, by its name in lowerCamelCase |
/// | `#[method("name")]` | the same by another name |
/// | `#[method(service = "git")]` | a method of a service: it is called at the path `compiler.git`; services may be in one another, `git.tools` |
/// | `#[on("plugin", "event")]` | a listener of another plugin's event, from the activation on. Values that do not fit are logged |
/// | `#[on_activation]` | runs after the handshake; takes `&PluginClient` or nothing |
/// | `#[on_deactivation]` | runs when the connection has ended; takes `&PluginClient` or nothing |
/// | `#[can_activate]` | tells whether a plugin may activate this one; takes `&Profile` and the called method, `Option<&str>`. Default: `true` |
/// | `#[can_deactivate]` | tells whether a plugin may deactivate this one; takes `&Profile`. Default: `true` |
///
/// All are `async` or plain functions with `&self`. Those that wait run concurrently in the
/// task of the connection; one that computes for long or blocks hands its work to another
/// thread. A panic is logged, and answered with an error.
///
/// Arguments are what the caller has passed, read by serde: any type with `Deserialize`. A
/// missing one is `null`, so an `Option` may be left out; further ones are ignored, and
/// `Rest<T>` takes those that are left. References come from the call itself: `&PluginClient`
/// to call other plugins and to emit events, `&RequestInfo` for the caller, which the engine
/// vouches for, and `&PluginCall` or in a listener `&PluginEvent` for everything.
///
/// A method returns a value with `Serialize`, or a `Result` of one, whose error implements
/// `Display`: its text is sent. `()` is answered without a value. A `#[cfg(..)]` on a method
/// applies to it here too.
#[proc_macro_attribute]
pub fn plugin(args: TokenStream, item: TokenStream) -> TokenStream {
    plugin::plugin(args.into(), item.into()).into()
}

/// Derives `From` of an error type for `HandlerError`, so that routes can return
/// it.
///
/// ```text
/// #[derive(Debug, thiserror::Error, RouteError)]
/// enum ChatError {
///     #[error("there is no room {room}")]
///     #[route_error(code = 404)]
///     NoRoom { #[route_error(meta)] room: String },
///
///     #[error("muted by {by} until {until}")]
///     #[route_error(code = 403, message = "you are muted until {until}")]
///     Muted { by: String, #[route_error(meta)] until: u64 },
///
///     #[error(transparent)]
///     Store(#[from] StoreError),
/// }
/// ```
///
/// | on a variant, or on a struct | meaning |
/// |---|---|
/// | `code = 404` | the error's code. Default: 500 if there is a message |
/// | `message = "no {room}"` | the error's text, with fields by name or place as in `format!`: `{room}`, `{0:?}`. Default: the type's `Display`, if it has one |
/// | `crate = "path"` | the path of `connector`; on the enum or the struct. Default: `"::connector"` |
///
/// | on a field | meaning |
/// |---|---|
/// | `meta` | metadata of the error, under the field's name; the type implements `Serialize` |
/// | `meta = "name"` | metadata under another name |
///
/// A variant without an attribute is an internal failure: it is answered with
/// code 500 and no text, and logged by its `Display`, with its sources if it is an
/// `Error`.
#[proc_macro_derive(RouteError, attributes(route_error))]
pub fn derive_route_error(input: TokenStream) -> TokenStream {
    route_error::derive(input.into()).into()
}

/// Derives `Router` for a struct of handlers, for `ServerBuilder::router`.
///
/// ```text
/// #[derive(Router)]
/// struct Game {
///     chat: Chat,
///     rooms: Rooms,
/// }
/// ```
///
/// Two handlers with the same route, or the same code, are a compile error.
/// `#[router(crate = "path")]` sets the path of `connector`. Default:
/// `"::connector"`.
#[proc_macro_derive(Router, attributes(router))]
pub fn derive_router(input: TokenStream) -> TokenStream {
    router::derive(input.into()).into()
}

/// Derives `ClientConnector` for a struct with a socket, or for an enum of connectors: the
/// plugin's side of a connection to an engine.
///
/// ```text
/// #[derive(ClientConnector)]
/// struct MyConnector {
///     #[connector(socket)]
///     socket: MySocket,
///     opened: Instant,
/// }
///
/// #[derive(ClientConnector)]
/// enum Front {
///     Own(MyConnector),
///     WebSocket(WebSocketLink),
/// }
/// ```
///
/// | on a field | meaning |
/// |---|---|
/// | `socket` | what carries the messages: any `MessageLink`, such as a socket, another `Link` or a `CallbackLink`; exactly one |
///
/// The derive implements `MessageLink` by that field, and with it `ClientConnector`.
/// `#[connector(crate = "path")]` sets the path of `connector`. Default: `"::connector"`.
#[proc_macro_derive(ClientConnector, attributes(connector))]
pub fn derive_client_connector(input: TokenStream) -> TokenStream {
    client_connector::derive(input.into()).into()
}

/// Derives `PluginConnector` for a struct of parts, or for an enum of connectors: the engine's
/// side of the connections to one plugin.
///
/// ```text
/// #[derive(PluginConnector)]
/// struct RemoteCompiler {
///     #[plugin(profile)]
///     profile: Profile,
///     #[plugin(link)]
///     link: WebSocketDialer,
/// }
///
/// engine.register(RemoteCompiler::new(Profile::new("compiler").url("ws://127.0.0.1:65520")))?;
/// ```
///
/// | on a field | meaning |
/// |---|---|
/// | `profile` | the plugin's profile: a `Profile`; exactly one |
/// | `link` | what opens a link at each activation, to the URL of the profile: a `Dial` whose connections are `MessageLink`s; exactly one |
///
/// A struct also gets the function `new(profile)`, which makes all other fields by `Default`.
/// An enum has one connector a variant, which may have links of different types.
/// `#[plugin(crate = "path")]` sets the path of `connector`. Default: `"::connector"`.
#[proc_macro_derive(PluginConnector, attributes(plugin))]
pub fn derive_plugin_connector(input: TokenStream) -> TokenStream {
    plugin_connector::derive(input.into()).into()
}

/// Makes a typed client of another plugin, of the trait that describes it.
///
/// ```text
/// /// The files of the IDE.
/// #[remote_plugin("fileManager")]
/// pub trait FileManager {
///     /// Returns the content of a file.
///     async fn read_file(&self, path: &str) -> String;
///
///     /// Creates a directory.
///     async fn mkdir(&self, path: &str);
///
///     /// Files that were renamed.
///     #[event]
///     fn file_renamed(&self, old: String, new: String, is_folder: bool);
/// }
///
/// let files = FileManager::new(&client);
/// let text = files.read_file("a.sol").await?;
/// let mut renamed = files.file_renamed();
/// let listener = files.on_file_renamed(|old, new, is_folder| println!("{old} is {new}"));
/// ```
///
/// The trait becomes a struct of its name, which calls by a `PluginCaller`: a `PluginClient`
/// in a plugin, an `Engine`, or a `RemotePlugin`. `new(&caller)` makes one, and
/// `at(&caller, "name")` one of a plugin that has the same methods under another name.
///
/// | in `#[remote_plugin(..)]` | meaning |
/// |---|---|
/// | `"fileManager"` | the plugin's name, with its services behind dots |
/// | `profile = "file.json"` | a file with the plugin's profile instead, from the package's directory. What the trait does not describe of it takes any arguments; what the file does not have is an error |
/// | `crate = "path"` | the path of `connector`. Default: `"::connector"` |
///
/// | in the trait | becomes |
/// |---|---|
/// | `async fn` with `&self`, or with `#[method("name")]` | a method. Its arguments implement `Serialize`, its result `DeserializeOwned`, and it returns a `Result<_, CallError>`. Without a result, whatever comes is ignored. An `Option` at the end that is `None` is not sent |
/// | `#[event] fn`, or `#[event("name")]` | a function that returns `Events`, a stream; `on_..`, which takes a callback; `emit_..`, for a plugin that has this profile itself |
///
/// Without a name in its attribute, a method or an event has that of the function in
/// lowerCamelCase. `NAME`, `METHODS`, `EVENTS` and `profile()` tell the names.
#[proc_macro_attribute]
pub fn remote_plugin(args: TokenStream, item: TokenStream) -> TokenStream {
    remote_plugin::remote_plugin(args.into(), item.into()).into()
}
