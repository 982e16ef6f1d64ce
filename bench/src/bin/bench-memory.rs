//! Messages of plugins that go back and forth between two tasks of one program: over our link
//! in memory, or over a pair of tokio's channels.
//!
//! It says what `bench-load` says. Without a port it stands in the place of a server, and does
//! nothing.

use std::error::Error;
use std::future::poll_fn;
use std::time::{Duration, Instant};

use bench::measured::{self, Load};
use clap::Parser;
use connector::Limits;
use connector::plugin::{LocalLink, MessageIo, MessageLink};
use connector::protocol::remix::Message;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

#[derive(Parser)]
struct Options {
    /// The port of the server, which is this program.
    #[arg(long)]
    port: Option<u16>,
    /// Messages in flight.
    #[arg(long, default_value_t = 1)]
    depth: usize,
    /// Sends over channels in place of links.
    #[arg(long)]
    channels: bool,
    /// Seconds of each count.
    #[arg(long, default_value_t = 0.3)]
    seconds: f64,
}

/// A message as long as that of a short call.
const MESSAGE: &str = r#"{"action":"request","name":"remote","key":"add","id":4711,"payload":[3,4],"requestInfo":{"from":"host","path":"remote"}}"#;

type Result<T = ()> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result {
    let options = Options::parse();
    if options.port.is_none() {
        bench::ready(0)?;
        while measured::next_line().await? {}
        return Ok(());
    }
    // In a task, since the main thread is no worker.
    let seconds = Duration::from_secs_f64(options.seconds);
    if options.channels {
        let (up, from_up) = unbounded_channel();
        let (down, from_down) = unbounded_channel();
        tokio::spawn(echo(Channels { sends: down, receives: from_up }));
        let near = Channels { sends: up, receives: from_down };
        tokio::spawn(measured::run(Pinger::new(near, options.depth)?, seconds)).await?
    } else {
        let (near, far) = LocalLink::pair();
        tokio::spawn(echo(Linked::new(far)));
        let near = Linked::new(near);
        tokio::spawn(measured::run(Pinger::new(near, options.depth)?, seconds)).await?
    }
}

/// One end of the pair.
trait End: Send + 'static {
    fn send(&mut self, message: Message) -> Result;
    fn receive(&mut self) -> impl Future<Output = Result<Message>> + Send;
}

struct Channels {
    sends: UnboundedSender<Message>,
    receives: UnboundedReceiver<Message>,
}

impl End for Channels {
    fn send(&mut self, message: Message) -> Result {
        self.sends.send(message).map_err(|_| "the other end is gone".into())
    }

    async fn receive(&mut self) -> Result<Message> {
        self.receives.recv().await.ok_or_else(|| "the other end is gone".into())
    }
}

struct Linked {
    link: LocalLink,
    io: MessageIo,
}

impl Linked {
    fn new(link: LocalLink) -> Self {
        Self { link, io: MessageIo::new(&Limits::default()) }
    }
}

impl End for Linked {
    fn send(&mut self, message: Message) -> Result {
        Ok(self.link.send_message(message, &mut self.io)?)
    }

    async fn receive(&mut self) -> Result<Message> {
        let Self { link, io } = self;
        Ok(poll_fn(|cx| link.poll_message(cx, io)).await?)
    }
}

/// Sends back every message as it is.
async fn echo(mut end: impl End) -> Result {
    loop {
        let message = end.receive().await?;
        end.send(message)?;
    }
}

/// The end that begins.
struct Pinger<E> {
    end: E,
    /// Messages that are not in flight.
    messages: Vec<Message>,
}

impl<E: End> Pinger<E> {
    fn new(end: E, depth: usize) -> Result<Self> {
        Ok(Self { end, messages: vec![Message::decode(MESSAGE.as_bytes())?; depth] })
    }
}

impl<E: End> Load for Pinger<E> {
    async fn run(&mut self, duration: Duration) -> Result<u64> {
        let end = Instant::now() + duration;
        let in_flight = self.messages.len();
        for message in self.messages.drain(..) {
            self.end.send(message)?;
        }
        let mut answers = 0;
        while Instant::now() < end {
            let message = self.end.receive().await?;
            answers += 1;
            self.end.send(message)?;
        }
        for _ in 0..in_flight {
            self.messages.push(self.end.receive().await?);
        }
        Ok(answers + in_flight as u64)
    }
}
