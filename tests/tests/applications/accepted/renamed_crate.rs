//! The SDK under another name.

#![allow(dead_code)]

mod vendor {
    pub use connector as sdk;
}

use tokio::net::TcpStream;
use vendor::sdk;
use vendor::sdk::codec::JsonCodec;
use vendor::sdk::protocol::framing::LengthDelimited;
use vendor::sdk::transport::Tcp;
use vendor::sdk::{BoxSocket, Connector, Peer, RouteError, Router, Socket, handler, plugin};

#[derive(Socket)]
#[socket(framing = LengthDelimited<u32>, crate = "vendor::sdk")]
struct PipeSocket {
    #[socket(io)]
    io: TcpStream,
    #[socket(peer)]
    peer: Peer,
}

#[derive(Socket)]
#[socket(crate = "vendor::sdk")]
enum AnySocket {
    Pipe(PipeSocket),
    Box(BoxSocket),
}

#[derive(Connector)]
#[connector(socket = PipeSocket, codec = JsonCodec, crate = "crate::accepted::renamed_crate::vendor::sdk")]
struct PipeConnector {
    #[connector(listen)]
    listen: Tcp,
}

#[derive(Connector)]
#[connector(crate = "vendor::sdk")]
enum Front {
    Pipe(PipeConnector),
}

struct Chat;

#[handler("chat.chatHandler", crate = "vendor::sdk", filter = pass)]
impl Chat {
    #[route(timeout = "5s")]
    async fn send(&self) {}
}

fn pass(
    _: &vendor::sdk::handler::Cx<'_>,
    _: &vendor::sdk::handler::RouteSpec,
) -> Result<(), vendor::sdk::handler::HandlerError> {
    Ok(())
}

#[derive(RouteError)]
#[route_error(crate = "vendor::sdk")]
enum ChatError {
    #[route_error(code = 404)]
    NoRoom(#[route_error(meta = "room")] u8),
}

struct Compiler;

#[plugin(name = "compiler", events("finished"), crate = "vendor::sdk")]
impl Compiler {
    #[method]
    async fn compile(&self, client: &plugin::PluginClient) -> Result<(), plugin::CallError> {
        Self::emit_finished(client, (1,))
    }

    #[on("host", "tick")]
    fn tick(&self, number: u8) {
        let _ = number;
    }
}

#[derive(Router)]
#[router(crate = "vendor::sdk")]
struct Game(Chat);

#[derive(sdk::plugin::ClientConnector)]
#[connector(crate = "vendor::sdk")]
struct Near(#[connector(socket)] sdk::plugin::LocalLink);

#[derive(sdk::plugin::PluginConnector)]
#[plugin(crate = "vendor::sdk")]
struct Remote {
    #[plugin(profile)]
    profile: sdk::plugin::Profile,
    #[plugin(link)]
    link: sdk::transport::WebSocketDialer,
}

#[derive(sdk::plugin::PluginConnector)]
#[plugin(crate = "vendor::sdk")]
enum AnyPlugin {
    Remote(Remote),
}

#[sdk::plugin::remote_plugin("files", crate = "vendor::sdk")]
trait Files {
    async fn read_file(&self, path: &str) -> String;
    #[event]
    fn file_saved(&self, file: String);
}

#[test]
fn the_sdk_has_another_name() {
    use vendor::sdk::handler::Handler;

    assert_eq!(Chat::ROUTES[0].route, "chat.chatHandler.send");
}
