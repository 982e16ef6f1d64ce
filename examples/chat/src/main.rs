//! A chat on one port: a page for browsers, and a client for terminals.

mod rooms;
mod sign_in;
mod terminal;

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Parser, Subcommand};
use connector::prelude::*;
use connector::protocol::handshake::Answer;
use connector::transport::{HttpRequest, HttpResponse, WebOptions};

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
async fn main() -> ExitCode {
    let Options { host, port, command } = Options::parse();
    let outcome = match command {
        Some(Command::Join { name, room, url }) => terminal::join(&name, room, &url).await,
        None => serve(&host, port).await.map_err(Into::into),
    };
    if let Err(error) = outcome {
        eprintln!("chat: {error}");
        return ExitCode::FAILURE;
    }
    // Not by returning: tokio would wait for the line that stdin still reads.
    std::process::exit(0)
}

async fn serve(host: &str, port: u16) -> Result<(), ServeError> {
    let tokens = Arc::new(Tokens::default());
    let issuer = tokens.clone();
    let web = WebOptions::new().http(move |request| answer(request, &issuer));
    let server = Server::builder()
        .connector(HybridConnector::bind((host, port)).web(web))
        .heartbeat(Duration::from_secs(10))
        .on_handshake(move |session, request| {
            let known = request.user.is_some_and(|user| tokens.sign_in(&session, &user));
            std::future::ready(match known {
                true => Answer::Accept { user: None },
                false => Answer::Refuse { code: 401 },
            })
        })
        .handler(chat::ChatHandlerServer::new(rooms::Chat::default()))
        .start()
        .await?;
    let port = server.addresses().iter().find_map(|address| address.port()).unwrap_or(port);
    println!("chat: http://{host}:{port}\nREADY {port}");
    // Whoever started us may read this from a pipe.
    let _ = std::io::stdout().flush();
    server.serve_until(shutdown_signal()).await;
    Ok(())
}

/// The page, and the tokens for it.
fn answer(request: &HttpRequest, tokens: &Tokens) -> HttpResponse {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let found = |kind, text: &str| HttpResponse::new(200, kind, text);
    match path {
        "/" => found("text/html; charset=utf-8", include_str!("../page/index.html")),
        "/chat.js" => found("text/javascript; charset=utf-8", include_str!("../page/chat.js")),
        "/style.css" => found("text/css; charset=utf-8", include_str!("../page/style.css")),
        "/sign-in" => match tokens.issue(query.strip_prefix("name=").unwrap_or_default()) {
            Ok(token) => found("text/plain; charset=utf-8", &token),
            Err(why) => HttpResponse::new(400, "text/plain; charset=utf-8", why),
        },
        _ => HttpResponse::new(404, "text/plain; charset=utf-8", "there is nothing here"),
    }
}
