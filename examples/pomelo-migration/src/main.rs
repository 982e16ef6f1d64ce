//! A small pomelo server, taken over: the same clients, the same `config`, a Rust server.

mod chat;

use std::error::Error;
use std::pin::pin;
use std::time::Duration;

use connector::PomeloSchemas;
use connector::prelude::*;
use connector::server::SingleSession;

const DICTIONARY: &str = include_str!("../pomelo/config/dictionary.json");
const SERVER_PROTOS: &str = include_str!("../pomelo/config/serverProtos.json");
const CLIENT_PROTOS: &str = include_str!("../pomelo/config/clientProtos.json");
const ROUTES_LOCK: &str = include_str!("../routes.lock");

/// The server without its address, as main, its subcommand and its test need it.
fn chat() -> Result<ServerBuilder, Box<dyn Error>> {
    let dictionary: Vec<String> = serde_json::from_str(DICTIONARY)?;
    Ok(Server::builder()
        .handler(chat::Entry)
        .handler(chat::Chat)
        .on_close(chat::leave)
        .heartbeat(Duration::from_secs(3))
        .single_session(SingleSession::Refuse)
        .number_routes(dictionary)
        .routes_lock(ROUTES_LOCK)
        .protos(PomeloSchemas::parse(SERVER_PROTOS, CLIENT_PROTOS)?))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let argument = std::env::args().nth(1);
    if argument.as_deref() == Some("lock-routes") {
        std::fs::write("routes.lock", chat()?.locked_routes()?)?;
        return Ok(());
    }
    let address = argument.unwrap_or_else(|| "127.0.0.1:3010".into());
    let server = chat()?.connector(HybridConnector::bind(address)).start().await?;
    let mut shutdown = pin!(shutdown_signal());
    // Its first poll listens for signals, before anyone knows where to send them.
    tokio::select! {
        biased;
        () = &mut shutdown => return Ok(()),
        () = std::future::ready(()) => {}
    }
    let port = server.addresses().iter().find_map(|address| address.port());
    println!("READY {}", port.unwrap_or_default());
    server.serve_until(shutdown).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    /// Whoever adds a route runs `cargo run -- lock-routes`.
    #[test]
    fn routes_keep_their_codes() {
        super::chat().unwrap().check_routes().unwrap();
    }
}
