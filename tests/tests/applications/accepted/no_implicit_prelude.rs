//! Expansions name everything by its whole path.

#![no_implicit_prelude]
#![allow(dead_code)]
#![forbid(unsafe_code)]

use ::connector::{Connector, RouteError, Router, Socket, handler};

#[derive(Socket)]
#[socket(
    framing = ::connector::protocol::framing::LengthDelimited<u32>,
    session = ::connector::Pomelo,
    batch = concat
)]
struct PipeSocket {
    #[socket(io)]
    io: ::tokio::net::TcpStream,
    #[socket(peer)]
    peer: ::connector::Peer,
    count: u32,
}

#[derive(Socket)]
struct Wrapped(#[socket(link)] ::connector::BoxSocket, #[socket(peer)] ::connector::Peer);

#[derive(Socket)]
enum AnySocket {
    Pipe(PipeSocket),
    Wrapped(Wrapped),
}

#[derive(Connector)]
#[connector(socket = PipeSocket, codec = ::connector::codec::JsonCodec)]
struct PipeConnector {
    #[connector(listen)]
    listen: ::connector::transport::Tcp,
    #[connector(config)]
    config: ::connector::Config,
}

#[derive(Connector)]
enum Front {
    Pipe(PipeConnector),
}

struct Chat;

#[derive(RouteError)]
enum ChatError {
    #[route_error(code = 404)]
    NoRoom(#[route_error(meta = "room")] u8),
    Inside,
}

#[derive(Router)]
struct Game(Chat, Other);

struct Other;

fn pass(
    _: &::connector::handler::Cx<'_>,
    _: &::connector::handler::RouteSpec,
) -> ::std::result::Result<(), ::connector::handler::HandlerError> {
    ::std::result::Result::Ok(())
}

#[handler("chat.other", filter = [pass, pass])]
impl Other {
    #[route(timeout = "5s", key = 0?)]
    async fn fail(
        &self,
        _: ::connector::Json<(::std::option::Option<::std::primitive::u8>,)>,
    ) -> ::std::result::Result<(), ChatError> {
        ::std::result::Result::Err(ChatError::NoRoom(3))
    }
}

#[handler("chat.chatHandler")]
impl Chat {
    /// Echoes.
    #[route(concurrent)]
    async fn echo(&self, body: ::connector::Raw) -> ::connector::Raw {
        body
    }

    #[route(notify)]
    async fn typing(&self) {}

    #[route]
    fn never_waits<'m>(&self, text: &'m str) -> ::connector::Json<&'m str> {
        ::connector::Json(text)
    }
}

#[derive(::connector::plugin::ClientConnector)]
struct Near(#[connector(socket)] ::connector::plugin::LocalLink);

#[derive(::connector::plugin::ClientConnector)]
enum AnyConnector<S> {
    Near(Near),
    Other(S),
}

#[derive(::connector::plugin::PluginConnector)]
struct Compiler {
    #[plugin(profile)]
    profile: ::connector::plugin::Profile,
    #[plugin(link)]
    link: ::connector::transport::WebSocketDialer,
    connections: u64,
}

#[derive(::connector::plugin::PluginConnector)]
enum AnyPlugin {
    Compiler(Compiler),
    WebSocket(::connector::plugin::WebSocketPluginConnector),
}

#[::connector::plugin::remote_plugin("files")]
trait Files {
    async fn read_file(&self, path: &::std::primitive::str) -> ::std::string::String;

    async fn close(&self, all: ::std::option::Option<::std::primitive::bool>);

    #[event]
    fn file_saved(&self, file: ::std::string::String);

    #[event]
    fn file_renamed(&self, old: ::std::string::String, new: ::std::string::String);

    #[event]
    fn nothing(&self);
}

struct Linter;

#[::connector::plugin(name = "linter", events("finished", "progress"(::std::primitive::u8)), kind = "k")]
impl Linter {
    #[method(service = "git")]
    async fn compile(
        &self,
        client: &::connector::plugin::PluginClient,
        file: ::std::option::Option<::std::string::String>,
    ) -> ::std::result::Result<::std::primitive::u8, ::connector::plugin::CallError> {
        ::std::mem::drop(file);
        Self::emit_progress(client, 1)?;
        ::std::result::Result::Ok(1)
    }

    #[method]
    fn nothing(&self) {}

    #[on("host", "tick")]
    async fn tick(&self, _: ::std::primitive::u8) {}

    #[on_activation]
    async fn start(&self) {}

    #[can_activate]
    fn may_start(&self) -> ::std::primitive::bool {
        true
    }
}

// The names of the prelude mean something else here.
#[allow(dead_code)]
mod shadowed {
    use ::connector::{Connector, RouteError, Router, Socket, handler};

    enum Option {}
    enum Result {}
    enum Poll {}
    enum Box {}
    enum Some {}
    #[allow(non_camel_case_types)]
    enum usize {}
    mod std {}
    mod core {}
    mod connector {}

    #[derive(Socket)]
    struct Wrapped {
        #[socket(link)]
        link: ::connector::BoxSocket,
        #[socket(peer)]
        peer: ::connector::Peer,
    }

    #[derive(Connector)]
    #[connector(socket = Wrapped, codec = ::connector::codec::JsonCodec)]
    struct Pipes {
        #[connector(listen)]
        listen: super::Links,
    }

    #[derive(RouteError)]
    enum ChatError {
        #[route_error(code = 404)]
        NoRoom(#[route_error(meta = "room")] u8),
        Inside,
    }

    #[derive(Router)]
    struct Game(Chat, super::Other);

    #[derive(::connector::plugin::ClientConnector)]
    struct Near(#[connector(socket)] ::connector::plugin::LocalLink);

    #[::connector::plugin::remote_plugin("files")]
    trait Files {
        async fn close(&self, all: bool);

        #[event]
        fn file_saved(&self, line: u8);
    }

    struct Chat;

    #[handler("chat.chatHandler", filter = super::pass)]
    impl Chat {
        #[route(timeout = "5s")]
        async fn echo(&self, body: ::connector::Raw) -> ::connector::Raw {
            body
        }

        #[route]
        fn never_waits(&self, bytes: &[u8]) -> ::connector::Json<bool> {
            ::connector::Json(bytes.is_empty())
        }
    }
}

mod plugins {
    use ::connector::plugin;

    enum Option {}
    enum Result {}
    enum String {}
    enum Vec {}
    #[allow(non_camel_case_types)]
    enum bool {}
    #[allow(non_camel_case_types)]
    enum str {}

    struct Compiler;

    #[plugin(name = "compiler", events("finished"))]
    impl Compiler {
        #[method]
        async fn compile(&self, number: u8, _: &plugin::PluginCall) -> u8 {
            number
        }

        #[on("host", "tick")]
        fn tick(&self) {}

        #[can_activate]
        fn may_start(&self, _: &plugin::Profile) -> ::std::primitive::bool {
            true
        }
    }
}

/// A listener of links that are sockets already.
struct Links;

impl ::connector::Listen for Links {
    type Io = ::connector::BoxSocket;

    async fn bind(&mut self) -> ::std::result::Result<(), ::connector::StartError> {
        ::std::result::Result::Ok(())
    }

    fn poll_accept(
        &mut self,
        _: &mut ::std::task::Context<'_>,
    ) -> ::std::task::Poll<::std::io::Result<(Self::Io, ::connector::Peer)>> {
        ::std::task::Poll::Pending
    }

    fn close(&mut self) {}

    fn address(&self) -> ::std::option::Option<::connector::Address> {
        ::std::option::Option::None
    }
}

#[test]
fn everything_is_named_by_its_whole_path() {
    let connector = PipeConnector::new("127.0.0.1:0", ::connector::Config::new());
    ::std::mem::drop(Front::Pipe(connector));
    ::std::mem::drop(PipeConnector::bind("127.0.0.1:0"));
    ::std::assert_eq!(<Chat as ::connector::handler::Handler>::ROUTES.len(), 3);
}
