//! A plugin that serves a directory to an IDE, and nothing outside of it.

mod error;
mod pending;
mod plugin;
mod root;
mod tree;
mod watch;

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use connector::plugin::{ClientOptions, WebSocketPlugin, serve_until};
use connector::shutdown_signal;
use connector::transport::WebOptions;

use crate::plugin::FileManager;
use crate::root::Root;

/// Serves a directory to Remix's engines, as the methods and events of a plugin.
#[derive(Parser)]
struct Options {
    /// The port to listen on for WebSockets, on 127.0.0.1; 0 picks one.
    #[arg(long, value_name = "PORT", default_value_t = 65520)]
    ws: u16,
    /// The directory to serve.
    #[arg(long, value_name = "DIR", default_value = ".")]
    root: PathBuf,
    /// Lets engines write, rename and remove files.
    #[arg(long)]
    write: bool,
    /// A web page that may connect, such as `https://remix.ethereum.org`; repeat it for more.
    /// Programs, which send no origin, always may.
    #[arg(long = "origin", value_name = "ORIGIN", value_parser = origin)]
    origins: Vec<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("file-manager: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Serves every engine that connects, until a signal.
async fn run(options: Options) -> Result<(), Box<dyn Error>> {
    let path = &options.root;
    let failed = |error| format!("the directory {} cannot be served: {error}", path.display());
    let root = Arc::new(Root::open(path, options.write).map_err(failed)?);
    let plugin = FileManager::new(root.clone());
    watch::watch(root, path, plugin.reporter()).map_err(failed)?;

    let web = WebOptions::new().origins(options.origins);
    let mut listen = WebSocketPlugin::new(("127.0.0.1", options.ws), web);
    if let Some(address) = listen.start().await? {
        println!("LISTENING ws://{address}");
        // Whoever started us reads this line from a pipe.
        let _ = std::io::stdout().flush();
    }
    Ok(serve_until(plugin, listen, ClientOptions::new(), shutdown_signal()).await?)
}

/// Reads an origin as browsers send it.
fn origin(text: &str) -> Result<String, String> {
    match text.split_once("://") {
        Some((scheme, host)) if !scheme.is_empty() && !host.is_empty() && !host.contains('/') => {
            Ok(text.to_owned())
        }
        _ => Err("an origin is a scheme and a host, such as https://example.com".to_owned()),
    }
}
