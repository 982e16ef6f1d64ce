//! Whatever lints a user denies, expansions are clean.

#![deny(
    missing_docs,
    nonstandard_style,
    rust_2018_idioms,
    unused,
    warnings,
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    let_underscore_drop,
    missing_debug_implementations,
    redundant_lifetimes,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unit_bindings,
    unnameable_types,
    unreachable_pub,
    unused_import_braces,
    unused_lifetimes,
    unused_qualifications,
    unused_results
)]
#![forbid(unsafe_code)]

/// Public items, documented by the user or by the expansion.
pub mod server {
    use connector::codec::JsonCodec;
    use connector::handler;
    use connector::handler::{Cx, HandlerError, RouteSpec, State};
    use connector::plugin::{CallError, PluginClient, Profile, RequestInfo, plugin};
    use connector::protocol::framing::LengthDelimited;
    use connector::transport::Tcp;
    use connector::{Config, Connector, Json, Peer, RouteError, Router, Socket};
    use tokio::net::TcpStream;

    /// A socket.
    #[derive(Debug, Socket)]
    #[socket(framing = LengthDelimited<u32>)]
    pub struct PipeSocket {
        #[socket(io)]
        io: TcpStream,
        #[socket(peer)]
        peer: Peer,
    }

    /// A connector.
    #[derive(Debug, Connector)]
    #[connector(socket = PipeSocket, codec = JsonCodec)]
    pub struct PipeConnector {
        #[connector(listen)]
        listen: Tcp,
        #[connector(config)]
        config: Config,
    }

    /// One of several.
    #[derive(Debug, Connector)]
    pub enum Front {
        /// A pipe.
        Pipe(PipeConnector),
    }

    /// An error.
    #[derive(Debug, RouteError)]
    pub enum ChatError {
        /// There is no room.
        #[route_error(code = 409)]
        Full {
            /// So many may be there.
            #[route_error(meta)]
            most: u32,
        },
        /// Still told.
        #[deprecated]
        #[route_error(message = "old")]
        Old,
    }

    /// A plugin.
    #[derive(Debug)]
    pub struct Compiler;

    #[plugin(name = "compiler", events("finished", "progress"(&str)))]
    impl Compiler {
        #[method]
        async fn compile<'a>(
            &self,
            client: &'a PluginClient,
            file: String,
        ) -> Result<&'a str, CallError> {
            Self::emit_progress(client, &file)?;
            Ok("x")
        }

        /// Still called.
        #[deprecated]
        #[method]
        fn old(&self, _: Option<&RequestInfo>) {}

        #[on("host", "tick")]
        fn tick(&self, _: u8) {}

        #[on_deactivation]
        async fn stop(&self) {}

        #[can_deactivate]
        fn may_stop(&self, _: &Profile) -> bool {
            true
        }
    }

    /// Handlers.
    #[derive(Debug, Router)]
    pub struct Game {
        /// A handler.
        pub chat: Chat,
        /// Another one.
        pub other: Other,
    }

    /// Another handler.
    #[derive(Debug)]
    pub struct Other;

    #[handler("chat.otherHandler")]
    impl Other {
        #[route]
        fn send(&self) {}
    }

    fn pass(_: &Cx<'_>, _: &RouteSpec) -> Result<(), HandlerError> {
        Ok(())
    }

    /// A handler.
    #[derive(Debug)]
    pub struct Chat;

    #[handler("chat.chatHandler", filter = pass)]
    impl Chat {
        #[route]
        async fn send(&self, Json(line): Json<String>) -> Json<usize> {
            Json(line.len())
        }

        #[route]
        fn whisper<'m>(&self, _: State<'_, u8>, Json(line): Json<&'m str>) -> Json<&'m str> {
            Json(line)
        }

        /// Still served.
        #[deprecated]
        #[route(key = 0, timeout = "5s")]
        fn old_whisper(&self, Json((room, _)): Json<(&str, u8)>) -> Result<(), ChatError> {
            let _ = room.len();
            Err(ChatError::Full { most: 3 })
        }

        #[route(notify)]
        async fn typing(&self) {}

        #[route(key = "0", timeout = "5s")]
        async fn guarded(&self, Json(_): Json<(String, u8)>) -> Result<(), ChatError> {
            Err(ChatError::Full { most: 3 })
        }

        /// Still served.
        #[deprecated]
        #[route]
        async fn old(&self) {}
    }
}

/// Items for plugins.
pub mod plugin {
    use connector::plugin::{ClientConnector, LocalLink, PluginConnector, Profile, remote_plugin};
    use connector::transport::WebSocketDialer;

    /// A connector.
    #[derive(Debug, ClientConnector)]
    pub struct Near {
        #[connector(socket)]
        link: LocalLink,
    }

    /// One of several.
    #[derive(Debug, ClientConnector)]
    pub enum Front {
        /// Within the program.
        Near(Near),
    }

    /// A connector of an engine.
    #[derive(Debug, PluginConnector)]
    pub struct Remote {
        #[plugin(profile)]
        profile: Profile,
        #[plugin(link)]
        link: WebSocketDialer,
    }

    /// One of several.
    #[derive(Debug, PluginConnector)]
    pub enum AnyPlugin {
        /// Outside of the program.
        Remote(Remote),
    }

    /// A client.
    #[remote_plugin("files")]
    pub trait Files {
        /// Returns the content of a file.
        async fn read_file(&self, path: &str) -> String;

        /// Still there.
        #[deprecated]
        async fn close(&self);

        /// Files that were saved.
        #[event]
        fn file_saved(&self, file: String);

        /// Still emitted.
        #[deprecated]
        #[event]
        fn file_closed(&self, file: String, count: u8);
    }

    /// A client that nobody else uses.
    #[remote_plugin("private")]
    trait Private {
        async fn close(&self);
    }

    /// Uses it.
    pub async fn close(
        client: &connector::plugin::PluginClient,
    ) -> Result<(), connector::plugin::CallError> {
        Private::new(client).close().await
    }
}

#[test]
fn no_lint_speaks() {
    use connector::handler::Handler;

    let connector = server::PipeConnector::bind("127.0.0.1:0");
    drop(server::Front::Pipe(connector));
    assert_eq!(server::Chat::ROUTES.len(), 6);
    let game = server::Game { chat: server::Chat, other: server::Other };
    drop(connector::Server::builder().router(game));
}
