//! A server whose process is paused for longer than anybody may be silent.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use connector::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::task::JoinSet;
use tokio::time::{interval, sleep};

use crate::alone;
use crate::ratios::Ratios;
use crate::stage::Stage;
use crate::words::{HEARTBEAT, open, request};

/// Set in the process that is paused.
const SERVER: &str = "CONNECTOR_CAMPAIGN_SERVER";
const INTERVAL: Duration = Duration::from_secs(1);
/// Twice as long as a peer may be silent.
const PAUSE: Duration = Duration::from_secs(4);
const PEERS: usize = 50;

/// The server, when this program is run for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn paused_server() {
    if std::env::var_os(SERVER).is_none() {
        return;
    }
    let connector = HybridConnector::bind("127.0.0.1:0");
    let server = Server::builder().connector(connector).handler(Stage::default());
    let server = server.heartbeat(INTERVAL).start().await.unwrap();
    println!("\nREADY {}", server.addresses()[0]);
    let input = || std::io::stdin().read_to_end(&mut Vec::new());
    tokio::task::spawn_blocking(input).await.unwrap().unwrap();
}

#[test]
fn nobody_is_thrown_out_after_a_pause_of_the_process() {
    let _alone = alone();
    let Some((process, address)) = start() else { return println!("not run: no signals") };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let answered = runtime.block_on(async {
        let mut peers = JoinSet::new();
        for _ in 0..PEERS {
            peers.spawn(outlive(address.clone()));
        }
        sleep(Duration::from_millis(500)).await;
        process.signal("STOP");
        sleep(PAUSE).await;
        process.signal("CONT");
        peers.join_all().await
    });
    let lost = answered.iter().filter(|answered| answered.is_err()).count();
    assert_eq!(lost, 0, "of {PEERS}: {answered:?}");
    let mut ratios = Ratios::default();
    let median = |of: fn(&(Duration, Duration)) -> Duration| {
        let mut taken: Vec<_> = answered.iter().flatten().map(of).collect();
        taken.sort();
        taken[PEERS / 2]
    };
    ratios.add(median(|taken| taken.0), median(|taken| taken.1));
    ratios.assert_small();
}

/// Asks, sends heartbeats all the time, and asks again when the pause is over. Returns how long
/// both answers took.
async fn outlive(address: String) -> std::io::Result<(Duration, Duration)> {
    let (mut answers, mut requests) = open(address.parse().unwrap()).await?.into_split();
    let before = ask(&mut answers, &mut requests, b'6').await?;
    let mut beats = interval(INTERVAL / 4);
    let started = tokio::time::Instant::now();
    while started.elapsed() < PAUSE + 3 * INTERVAL {
        beats.tick().await;
        requests.write_all(HEARTBEAT).await?;
    }
    Ok((before, ask(&mut answers, &mut requests, b'7').await?))
}

/// Asks for a digit, and returns how long the answer took.
async fn ask(
    answers: &mut OwnedReadHalf,
    requests: &mut OwnedWriteHalf,
    digit: u8,
) -> std::io::Result<Duration> {
    let asked = Instant::now();
    requests.write_all(&request("echo", &[digit])).await?;
    let mut last = None;
    while last != Some(digit) {
        let mut bytes = [0; 1024];
        let read = answers.read(&mut bytes).await?;
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        last = bytes[..read].last().copied();
    }
    Ok(asked.elapsed())
}

/// A process that is ended with the test.
struct Process(Child);

impl Process {
    fn signal(&self, name: &str) {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs this program as a server, where processes can be paused.
fn start() -> Option<(Process, String)> {
    if !cfg!(unix) {
        return None;
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "pauses::paused_server", "--nocapture"]).env(SERVER, "1");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let process = Process(child);
    let ready =
        lines.map_while(Result::ok).find_map(|line| line.strip_prefix("READY ").map(str::to_owned));
    Some((process, ready.expect("it is ready")))
}
