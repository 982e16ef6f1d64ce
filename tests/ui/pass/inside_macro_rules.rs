//! Items that a user's own macro makes.

#![allow(dead_code)]

use connector::codec::JsonCodec;
use connector::handler::Handler;
use connector::protocol::framing::LengthDelimited;
use connector::session::Session;
use connector::transport::Tcp;
use connector::{Connector, Json, Peer, Socket, handler};
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

macro_rules! echo {
    ($handler:ident, $prefix:literal, $($method:ident: $body:ty => $route:expr),*) => {
        struct $handler;

        #[handler($prefix)]
        impl $handler {
            $(
                #[route($route)]
                async fn $method(&self, session: &Session, body: $body) -> $body {
                    let _ = session;
                    body
                }
            )*

            #[route]
            async fn own(&self) {}
        }
    };
}

echo!(Echo, "a.b", text: Json<String> => "a.b.text", number: Json<u32> => "a.b.number");

fn main() {
    drop(PipeConnector::bind("127.0.0.1:0"));
    let names: Vec<_> = Echo::ROUTES.iter().map(|spec| spec.route).collect();
    assert_eq!(names, ["a.b.text", "a.b.number", "a.b.own"]);
}
