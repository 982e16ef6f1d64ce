//! Items that a user's own macro makes.

#![allow(dead_code)]

use connector::codec::JsonCodec;
use connector::handler::Handler;
use connector::protocol::framing::LengthDelimited;
use connector::session::Session;
use connector::transport::Tcp;
use connector::{Connector, Json, Peer, RouteError, Router, Socket, handler, plugin};
use tokio::net::TcpStream;

macro_rules! pipe {
    ($socket:ident, $connector:ident, $io:ty, $length:ty, $codec:path) => {
        #[derive(Socket)]
        #[socket(framing = LengthDelimited<$length>)]
        struct $socket {
            #[socket(io)]
            io: $io,
            #[socket(peer)]
            peer: Peer,
        }

        #[derive(Connector)]
        #[connector(socket = $socket, codec = $codec)]
        struct $connector {
            #[connector(listen)]
            listen: Tcp,
        }
    };
}

pipe!(PipeSocket, PipeConnector, TcpStream, u16, JsonCodec);

fn pass(
    _: &connector::handler::Cx<'_>,
    _: &connector::handler::RouteSpec,
) -> Result<(), connector::handler::HandlerError> {
    Ok(())
}

macro_rules! compiler {
    ($plugin:ident, $name:literal, $event:literal, $value:ty, $client:ty, $kind:expr) => {
        struct $plugin;

        #[plugin(name = $name, events($event($value)), kind = $kind)]
        impl $plugin {
            #[method($event, service = $name)]
            async fn compile(&self, client: $client, value: $value) -> $value {
                let _ = client;
                value
            }

            #[on($name, $event)]
            fn heard(&self, value: $value) {
                let _ = value;
            }
        }
    };
}

compiler!(Compiler, "compiler", "finished", u8, &plugin::PluginClient, "compiler");

macro_rules! echo {
    ($handler:ident, $prefix:literal, $filter:path, $timeout:literal, $($method:ident: $body:ty => $route:expr),*) => {
        struct $handler;

        #[handler($prefix, filter = [$filter, pass])]
        impl $handler {
            $(
                #[route($route)]
                async fn $method(&self, session: &Session, body: $body) -> $body {
                    let _ = session;
                    body
                }
            )*

            #[route(timeout = $timeout)]
            async fn own(&self) {}
        }
    };
}

macro_rules! game {
    ($router:ident { $($field:ident: $handler:ty),* }, $error:ident $code:literal $meta:ty) => {
        #[derive(Router)]
        struct $router {
            $($field: $handler,)*
        }

        #[derive(RouteError)]
        enum $error {
            #[route_error(code = $code)]
            Failed(#[route_error(meta = "why")] $meta),
        }
    };
}

game!(Game { echo: Echo }, GameError 404 u32);

echo!(Echo, "a.b", crate::accepted::inside_macro_rules::pass, "5s", text: Json<String> => "a.b.text", number: Json<u32> => "a.b.number");

#[test]
fn what_macros_make() {
    drop(PipeConnector::bind("127.0.0.1:0"));
    let names: Vec<_> = Echo::ROUTES.iter().map(|spec| spec.route).collect();
    assert_eq!(names, ["a.b.text", "a.b.number", "a.b.own"]);
}
