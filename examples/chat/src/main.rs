//! A chat on one port: a page for browsers, and a client for terminals.

mod rooms;
mod sign_in;
mod terminal;

use std::future::ready;
use std::time::Duration;

use clap::{Parser, Subcommand};
use connector::prelude::*;
use connector::protocol::handshake::Answer;
use connector::transport::{HttpResponse, WebOptions};

use sign_in::Tokens;

connector::include_proto!("chat");

/// Rooms to talk in, for browsers and terminals.
#[derive(Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Options {
    /// The address to listen on.
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// The port to listen on; 0 picks one.
    #[arg(long, default_value_t = 3010)]
    port: u16,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Talks from this terminal; ctrl-D leaves.
    Join {
        name: String,
        room: String,
        /// The server.
        #[arg(long, default_value = "tcp://127.0.0.1:3010")]
        url: String,
    },
}

#[tokio::main]
async fn main() {
    let Options { host, port, command } = Options::parse();
    let outcome = match command {
        Some(Command::Join { name, room, url }) => terminal::join(&name, room, &url).await,
        None => serve(&host, port).await.map_err(Into::into),
    };
    let failed = outcome.inspect_err(|error| eprintln!("chat: {error}")).is_err();
    // Not by returning, which would wait for a line that is still read from stdin.
    std::process::exit(failed.into())
}

async fn serve(host: &str, port: u16) -> Result<(), ServeError> {
    let tokens = Tokens::default();
    let issuer = tokens.clone();
    let web = WebOptions::new().http(move |request| page(&request.path, &issuer));
    let server = Server::builder()
        .connector(HybridConnector::bind((host, port)).web(web))
        .heartbeat(Duration::from_secs(10))
        .on_handshake(move |session, request| {
            ready(match tokens.sign_in(&session, &request.user.unwrap_or_default()) {
                true => Answer::Accept { user: None },
                false => Answer::Refuse { code: 401 },
            })
        })
        .handler(chat::ChatHandlerServer::new(rooms::Chat::default()))
        .start()
        .await?;
    let port = server.addresses().iter().find_map(|address| address.port()).unwrap_or(port);
    println!("chat: http://{host}:{port}\nREADY {port}");
    server.serve_until(shutdown_signal()).await;
    Ok(())
}

/// The page, and tokens for whoever gives a name.
fn page(path: &str, tokens: &Tokens) -> HttpResponse {
    let (status, kind, body) = match path {
        "/" => (200, "text/html", include_str!("../page/index.html").into()),
        "/chat.js" => (200, "text/javascript", include_str!("../page/chat.js").into()),
        "/style.css" => (200, "text/css", include_str!("../page/style.css").into()),
        _ => match path.strip_prefix("/sign-in?name=").map(|name| tokens.issue(name)) {
            Some(Ok(token)) => (200, "text/plain", token),
            Some(Err(why)) => (400, "text/plain", why),
            None => (404, "text/plain", "there is nothing here".into()),
        },
    };
    HttpResponse::new(status, kind, body)
}
