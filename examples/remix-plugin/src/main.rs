//! A plugin that an engine can try everything with: over WebSocket, to which engines connect,
//! or over standard input and output, for an engine that starts it.

mod methods;

use std::io::Write;
use std::process::ExitCode;

use clap::{ArgGroup, Parser};
use connector::plugin::{ClientOptions, PluginClient, WebSocketPlugin, serve_until};
use connector::protocol::framing::Lines;
use connector::{Address, Peer, Socket, StartError, shutdown_signal};
use methods::Toy;
use tokio::io::{Join, Stdin, Stdout, join, stdin, stdout};

/// Serves the methods of `methods.rs` to Remix's engines.
#[derive(Parser)]
#[command(group(ArgGroup::new("transport").required(true)))]
struct Options {
    /// The port to listen on for WebSockets, on 127.0.0.1; 0 picks one.
    #[arg(long, group = "transport", value_name = "PORT")]
    ws: Option<u16>,
    /// Speaks to one engine by standard input and output, a line for each message.
    #[arg(long, group = "transport")]
    stdio: bool,
}

/// Standard input and output, with a line of JSON for each message.
#[derive(Socket)]
#[socket(framing = Lines)]
struct Stdio {
    #[socket(io)]
    io: Join<Stdin, Stdout>,
    #[socket(peer)]
    peer: Peer,
}

#[tokio::main]
async fn main() -> ExitCode {
    let served = match Options::parse().ws {
        Some(port) => serve(port).await,
        None => {
            let io = join(stdin(), stdout());
            let engine = Stdio { io, peer: Peer::new("stdio", Address::Unnamed) };
            PluginClient::new(Toy::default()).serve(engine).await;
            Ok(())
        }
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("remix-plugin: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Serves every engine that connects, until a signal.
async fn serve(port: u16) -> Result<(), StartError> {
    let mut listen = WebSocketPlugin::bind(("127.0.0.1", port));
    if let Some(address) = listen.start().await? {
        println!("LISTENING ws://{address}");
        // Whoever started us reads this line from a pipe.
        let _ = std::io::stdout().flush();
    }
    serve_until(Toy::default(), listen, ClientOptions::new(), shutdown_signal()).await
}
