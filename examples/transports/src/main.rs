//! Serves the game or the plugin over any transport by its name, and dials it.

use std::path::PathBuf;

use clap::{Args, Parser};
use connector::plugin::Engine;
use connector::shutdown_signal;
use connector::transport::{ClientPem, ServerPem};
use transports::Error;
use transports::apart::Apart;
use transports::at::{Kind, Program};
use transports::serve::{self, Side};
use transports::table::{find, listed, transports};
use transports::transport::Transport;
use transports::{game, plugin};

/// One game and one plugin over any transport.
#[derive(Parser)]
enum Options {
    /// Serves at each of these URLs.
    Serve(Serve),
    /// Connects to a URL, says something, and prints what it is told.
    Dial(Dial),
    /// Prints the table of transports.
    List,
}

#[derive(Args)]
struct Serve {
    /// Such as `tcp://127.0.0.1:3010` and `unix:/tmp/game.sock`.
    #[arg(required = true)]
    urls: Vec<String>,
    /// Serves the plugin to Remix's engines, and not the game to pomelo's clients.
    #[arg(long)]
    plugin: bool,
    /// The certificate and the key of TLS, files in PEM.
    #[arg(long, num_args = 2, value_names = ["CERT", "KEY"])]
    tls: Vec<PathBuf>,
}

#[derive(Args)]
struct Dial {
    /// Such as `unix:/tmp/game.sock`. With `memory:NAME` this program also serves, on another
    /// thread; with `child:` it starts itself.
    url: String,
    /// The name of the player.
    #[arg(default_value = "Ann")]
    name: String,
    /// Calls the plugin as an engine, and does not play.
    #[arg(long)]
    plugin: bool,
    /// The certificates of the issuers that are trusted, a file in PEM.
    #[arg(long, value_name = "FILE")]
    roots: Option<PathBuf>,
}

#[tokio::main]
async fn main() {
    let done = match Options::parse() {
        Options::Serve(options) => options.run().await,
        Options::Dial(options) => options.run().await,
        Options::List => {
            print!("{}", listed(&transports()));
            Ok(())
        }
    };
    let code = match done {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("transports: {error}");
            1
        }
    };
    // The end of the runtime would wait for the read of a child's standard input.
    std::process::exit(code)
}

fn side(plugin: bool) -> Side {
    if plugin { Side::Plugin } else { Side::Game }
}

impl Serve {
    async fn run(self) -> Result<(), Error> {
        if let Some(url) = self.urls.iter().find(|url| is_within(url)) {
            let advice = "nobody outside of this program can dial it: write `transports dial";
            return Err(format!("`{url}`: {advice} {url}`, which serves it too").into());
        }
        let certificate = match &*self.tls {
            [certificate, key] => Some(ServerPem::new(certificate, key)),
            _ => None,
        };
        let program = Program { certificate, ..Program::default() };
        let done = program.done.clone();
        let shutdown = async move {
            tokio::select! {
                () = shutdown_signal() => {}
                () = done.notified() => {}
            }
        };
        let served = serve::start(side(self.plugin), &self.urls, &program, shutdown).await?;
        for url in &served.urls {
            // Standard output is a child's way to its parent.
            eprintln!("serving at {url}");
        }
        served.serving.await
    }
}

/// Returns whether a URL leads to a place within the program.
fn is_within(url: &str) -> bool {
    find(&transports(), url).is_ok_and(|(transport, _)| transport.kind == Kind::Within)
}

impl Dial {
    async fn run(self) -> Result<(), Error> {
        let roots = self.roots.as_ref().map(ClientPem::new);
        let program = Program { roots, ..Program::default() };
        let table = transports();
        let (transport, place) = find(&table, &self.url)?;
        if !is_within(&self.url) {
            return self.talk(transport, place, &program).await;
        }
        let urls = vec![self.url.clone()];
        let served = Apart::start(side(self.plugin), urls, &program).await?;
        let talked = self.talk(transport, place, &program).await;
        served.stop().await.and(talked)
    }

    async fn talk(
        &self,
        transport: &Transport,
        place: &str,
        program: &Program,
    ) -> Result<(), Error> {
        if self.plugin {
            let engine = Engine::new();
            transport.dial_plugin(place, program, &engine)?;
            let greeted = plugin::greet(&engine, &self.name).await?;
            println!("answered: {}\nheard: greeted {}", greeted.welcome, greeted.heard);
            engine.deactivate("greeter").await;
        } else {
            let client = transport.dial_game(place, program).await?;
            let played = game::play(&client, &self.name, "hello, all").await?;
            println!(
                "answered: {}\npushed: {} says {}",
                played.welcome, played.said.0, played.said.1
            );
            client.close().await;
        }
        Ok(())
    }
}
