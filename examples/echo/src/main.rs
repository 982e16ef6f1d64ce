//! The server that Connector's peers are tried against: one route for each
//! thing that a pomelo client can ask of a server.

mod bench;
mod entry;
mod options;
mod proto;
mod say;

use std::io::Write;
use std::pin::pin;
use std::process::ExitCode;

use clap::Parser;
use connector::prelude::*;
use connector::protocol::pomelo::handshake::codes;
use connector::protocol::session::{Answer, Hello};
use entry::Entry;
use options::Options;
use serde_json::Value;

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    match serve(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("echo: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(options: Options) -> Result<(), Box<dyn std::error::Error>> {
    let entry = Entry::default();
    let server = options
        .server()?
        .on_handshake(admit)
        .handler(bench::Bench)
        .handler(proto::Proto)
        .handler(say::Say)
        .handler(entry.clone())
        .start()
        .await?;
    entry.serve_with(server.handle());
    let mut shutdown = pin!(shutdown_signal());
    // Its first poll listens for signals, before anyone knows where to send them.
    tokio::select! {
        biased;
        () = &mut shutdown => return Ok(()),
        () = std::future::ready(()) => {}
    }
    let port = server.addresses().iter().find_map(|address| address.port());
    println!("READY {}", port.unwrap_or_default());
    // Whoever started us reads this line from a pipe.
    let _ = std::io::stdout().flush();
    server.serve_until(shutdown).await;
    Ok(())
}

/// A client is refused or kicked if it asks for that, else told what it has said.
async fn admit(session: Session, hello: Hello) -> Answer {
    let user = hello.user.unwrap_or_default();
    let asks_for = |what: &str| user.get(what).is_some_and(|it| *it != false && !it.is_null());
    if let Some(reason) = user.get("kick").and_then(Value::as_str) {
        session.kick(Some(reason));
        if asks_for("silent") {
            std::future::pending::<()>().await;
        }
    }
    if asks_for("refuse") {
        return Answer::Refuse { code: codes::FAIL };
    }
    Answer::Accept { user: Some(serde_json::json!({ "echo": user })) }
}
