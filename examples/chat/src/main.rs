//! A chat on one port: a page for browsers, and a client for terminals.

mod pages;
mod rooms;
mod sign_in;
mod terminal;

use std::error::Error;
use std::hash::RandomState;
use std::path::Path;
use std::time::Duration;

use connector::prelude::*;

connector::include_proto!("chat");

const USAGE: &str =
    "[--wasm FOLDER] [--port PORT | --listen HOST:PORT], or join NAME ROOM [--url URL]";

#[tokio::main]
async fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let outcome = match *arguments.iter().map(String::as_str).collect::<Vec<_>>() {
        ["join", name, room] => terminal::join(name, room, "tcp://127.0.0.1:3010").await,
        ["join", name, room, "--url", url] => terminal::join(name, room, url).await,
        ["--wasm", folder, ref rest @ ..] => serve(Some(folder.as_ref()), rest).await,
        ref rest => serve(None, rest).await,
    };
    if let Err(error) = outcome {
        eprintln!("chat: {error}");
        // Not by returning, which would wait for a line that is still read from stdin.
        std::process::exit(1);
    }
}

async fn serve(module: Option<&Path>, rest: &[&str]) -> Result<(), Box<dyn Error>> {
    let address = match *rest {
        [] => "127.0.0.1:3010".to_owned(),
        ["--port", port] => format!("127.0.0.1:{port}"),
        ["--listen", address] => address.to_owned(),
        _ => return Err(USAGE.into()),
    };
    let key = RandomState::new();
    let issuer = key.clone();
    let web =
        pages::pages(module)?.get("/sign-in", move |request| sign_in::token(&issuer, request));
    let server = Server::builder()
        .connector(HybridConnector::bind(address).web(web))
        .heartbeat(Duration::from_secs(10))
        .sign_in(move |said| sign_in::user(&key, said))
        .handler(chat::ChatHandlerServer::new(rooms::Chat::default()))
        .start()
        .await?;
    let address = &server.addresses()[0];
    println!("chat: http://{address}\nREADY {}", address.port().unwrap_or_default());
    server.serve_until(shutdown_signal()).await;
    Ok(())
}
