//! The load of Remix plugins: our engine, with so many calls in flight. Or packages of the
//! same length over a bare socket, one at a time.
//!
//! It says what `bench-load` says.

use std::error::Error;
use std::time::{Duration, Instant};

use bench::measured;
use bench::packages::hear;
use clap::Parser;
use connector::plugin::{CallError, Engine, PluginOptions, WebSocketPluginConnector};
use connector::protocol::remix::Profile;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Calls a plugin and counts the answers.
#[derive(Parser)]
struct Options {
    /// The port of the plugin on 127.0.0.1.
    #[arg(long)]
    port: u16,
    /// Calls in flight, all of which may run at once.
    #[arg(long, default_value_t = 1)]
    depth: usize,
    /// Sends packages with bodies of this many bytes to an echo, in place of calls.
    #[arg(long)]
    bare: Option<usize>,
    /// Seconds of each count.
    #[arg(long, default_value_t = 0.3)]
    seconds: f64,
}

type Result<T = ()> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result {
    // In a task, since the main thread is no worker.
    tokio::spawn(load(Options::parse())).await?
}

async fn load(options: Options) -> Result {
    let load = Load::open(&options).await?;
    measured::run(load, Duration::from_secs_f64(options.seconds)).await
}

enum Load {
    Calls(Engine, usize),
    Bare(TcpStream, Vec<u8>),
}

impl Load {
    async fn open(options: &Options) -> Result<Self> {
        if let Some(bytes) = options.bare {
            let stream = TcpStream::connect(("127.0.0.1", options.port)).await?;
            stream.set_nodelay(true)?;
            let length = u32::try_from(bytes)?.to_be_bytes();
            let package = [&[4, length[1], length[2], length[3]][..], &vec![b'x'; bytes]].concat();
            return Ok(Self::Bare(stream, package));
        }
        let engine = Engine::new();
        let profile = Profile::new("remote").url(format!("ws://127.0.0.1:{}", options.port));
        let connector = WebSocketPluginConnector::new(profile);
        engine.register_with(connector, PluginOptions::new().at_once(options.depth))?;
        engine.activate("remote").await?;
        Ok(Self::Calls(engine, options.depth))
    }
}

impl measured::Load for Load {
    async fn run(&mut self, duration: Duration) -> Result<u64> {
        let end = Instant::now() + duration;
        match self {
            Self::Calls(engine, 1) => Ok(call(engine.clone(), end).await?),
            Self::Calls(engine, depth) => {
                let mut calls = JoinSet::new();
                (0..*depth).for_each(|_| _ = calls.spawn(call(engine.clone(), end)));
                let mut answers = 0;
                while let Some(answered) = calls.join_next().await {
                    answers += answered??;
                }
                Ok(answers)
            }
            Self::Bare(stream, package) => {
                let mut answers = 0;
                while Instant::now() < end {
                    stream.write_all(package).await?;
                    hear(stream).await?;
                    answers += 1;
                }
                Ok(answers)
            }
        }
    }
}

/// Calls one after the other.
async fn call(engine: Engine, end: Instant) -> std::result::Result<u64, CallError> {
    let mut answers = 0;
    while Instant::now() < end {
        let sum: i64 = engine.call("remote", "add", (3, 4)).await?;
        answers += u64::from(sum == 7);
    }
    Ok(answers)
}
