//! Sessions that ask now and then.

use std::io;
use std::time::{Duration, Instant};

use bench::greet::{Body, ROUTE, is_answer, request};
use bench::packages::{hear, is_data, open};
use connector_protocol::message::RouteRef;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval_at};

/// The time between two questions of a session.
const PERIOD: Duration = Duration::from_millis(100);
/// An answer that takes longer is lost.
const LOST: Duration = Duration::from_secs(10);

pub(crate) async fn run(port: u16, peers: usize, seconds: u64) -> io::Result<()> {
    let mut sessions = Vec::new();
    for _ in 0..peers {
        sessions.push(open(("127.0.0.1", port)).await?);
    }
    println!("OPEN {peers}");
    let mut line = String::new();
    while io::stdin().read_line(&mut line)? > 0 {
        let start = tokio::time::Instant::now();
        let mut asking = JoinSet::new();
        for (at, stream) in sessions.drain(..).enumerate() {
            let first = start + PERIOD * at as u32 / peers as u32;
            asking.spawn(ask(stream, first, seconds * 1_000 / PERIOD.as_millis() as u64));
        }
        let mut took = Vec::new();
        while let Some(asked) = asking.join_next().await {
            let (stream, times) = asked??;
            sessions.push(stream);
            took.extend(times);
        }
        took.sort();
        let part = |of: usize| took[(took.len() - 1) * of / 100].as_micros();
        println!("TOOK {} {} {}", part(50), part(99), part(100));
        line.clear();
    }
    Ok(())
}

async fn ask(
    mut stream: TcpStream,
    first: tokio::time::Instant,
    times: u64,
) -> io::Result<(TcpStream, Vec<Duration>)> {
    let request = request(RouteRef::Name(ROUTE), Body::Json);
    let mut ticks = interval_at(first, PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut took = Vec::new();
    for _ in 0..times {
        ticks.tick().await;
        let asked = Instant::now();
        stream.write_all(&request).await?;
        let answer = tokio::time::timeout(LOST, next_data(&mut stream)).await??;
        if !is_answer(&answer, Body::Json) {
            return Err(io::Error::other("not an answer"));
        }
        took.push(asked.elapsed());
    }
    Ok((stream, took))
}

/// Reads the next message. Sessions begin with a heartbeat.
async fn next_data(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    loop {
        let package = hear(stream).await?;
        if is_data(package[0]) {
            return Ok(package);
        }
    }
}
