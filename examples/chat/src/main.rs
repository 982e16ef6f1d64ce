//! A chat on one port: a page for browsers, and a client for terminals.

mod rooms;
mod sign_in;
mod terminal;

use std::hash::RandomState;
use std::time::Duration;

use connector::prelude::*;

connector::include_proto!("chat");

#[tokio::main]
async fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let outcome = match *arguments.iter().map(String::as_str).collect::<Vec<_>>() {
        [] => serve("127.0.0.1:3010").await,
        ["--port", port] => serve(&format!("127.0.0.1:{port}")).await,
        ["--listen", address] => serve(address).await,
        ["join", name, room] => terminal::join(name, room, "tcp://127.0.0.1:3010").await,
        ["join", name, room, "--url", url] => terminal::join(name, room, url).await,
        _ => Err("[--port PORT | --listen HOST:PORT], or join NAME ROOM [--url URL]".into()),
    };
    if let Err(error) = outcome {
        eprintln!("chat: {error}");
        // Not by returning, which would wait for a line that is still read from stdin.
        std::process::exit(1);
    }
}

async fn serve(address: &str) -> Result<(), Box<dyn std::error::Error>> {
    let key = RandomState::new();
    let issuer = key.clone();
    let web = WebOptions::new()
        .page("/", "text/html", include_str!("../page/index.html"))
        .page("/chat.js", "text/javascript", include_str!("../page/chat.js"))
        .page("/style.css", "text/css", include_str!("../page/style.css"))
        .get("/sign-in", move |request| sign_in::token(&issuer, request));
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
