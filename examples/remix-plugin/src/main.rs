//! A plugin that an engine can try everything with: over WebSocket, to which engines connect,
//! or over the streams of a child process, for an engine that starts it.

mod methods;

use std::error::Error;
use std::io::{self, Write};

use clap::{ArgGroup, Parser};
use connector::plugin::{ClientOptions, LineLink, PluginClient, WebSocketPlugin, serve_until};
use connector::shutdown_signal;
use connector::transport::ParentStream;
use methods::Toy;
use tokio::time::sleep;

/// Serves the methods of `methods.rs` to Remix's engines.
#[derive(Parser)]
#[command(group(ArgGroup::new("transport").required(true)))]
struct Options {
    /// The port to listen on for WebSockets, on 127.0.0.1; 0 picks one.
    #[arg(long, group = "transport", value_name = "PORT")]
    ws: Option<u16>,
    /// Speaks to one engine over Node's IPC channel, which the engine has made.
    #[arg(long, group = "transport")]
    ipc: bool,
    /// Speaks to one engine by standard input and output, a line for each message.
    #[arg(long, group = "transport")]
    stdio: bool,
}

#[tokio::main]
async fn main() {
    let served = match Options::parse() {
        Options { ws: Some(port), .. } => serve(port).await,
        Options { ipc: true, .. } => serve_parent(ParentStream::ipc()).await,
        _ => serve_parent(Ok(ParentStream::stdio())).await,
    };
    let code = match served {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("remix-plugin: {error}");
            1
        }
    };
    // The end of the runtime would wait for the read of standard input.
    std::process::exit(code)
}

/// Serves the engine that has started this program, until that ends the connection.
async fn serve_parent(parent: io::Result<ParentStream>) -> Result<(), Box<dyn Error>> {
    PluginClient::new(Toy::default()).serve(LineLink::new(parent?)).await;
    Ok(())
}

/// Serves every engine that connects, until a signal.
async fn serve(port: u16) -> Result<(), Box<dyn Error>> {
    let mut listen = WebSocketPlugin::bind(("127.0.0.1", port));
    if let Some(address) = listen.start().await? {
        println!("LISTENING ws://{address}");
        // Whoever started us reads this line from a pipe.
        let _ = io::stdout().flush();
    }
    serve_until(Toy::default(), listen, ClientOptions::new(), shutdown_signal()).await?;
    Ok(())
}
