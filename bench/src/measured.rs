//! The course of a load that runs in tasks: the lines that it prints and waits for, see `bench-load`.

use std::error::Error;
use std::io::{self, Write};
use std::time::{Duration, Instant};

/// Seconds of load before the first count: peers compile while they run.
const SETTLE: Duration = Duration::from_millis(1500);
/// Seconds of load before each count.
const WARM: Duration = Duration::from_millis(100);

type Result<T = ()> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// A load of tokio's tasks.
pub trait Load: Send {
    /// Loads the server for so long, waits until all is answered, and returns how much was.
    fn run(&mut self, duration: Duration) -> impl Future<Output = Result<u64>> + Send;
}

/// Counts the answers of a load for so long, whenever it is told to.
///
/// # Errors
/// The load fails, or the standard output is closed.
pub async fn run(mut load: impl Load, duration: Duration) -> Result {
    load.run(SETTLE).await?;
    say("OPEN")?;
    while next_line().await? {
        load.run(WARM).await?;
        say("BEGIN")?;
        if !next_line().await? {
            break;
        }
        let start = Instant::now();
        let answers = load.run(duration).await?;
        say(&format!("END {answers} {}", start.elapsed().as_secs_f64()))?;
    }
    Ok(())
}

fn say(line: &str) -> io::Result<()> {
    let mut out = io::stdout();
    writeln!(out, "{line}")?;
    out.flush()
}

/// Waits for a line, not on a worker; `false` at the end of the input.
///
/// # Errors
/// The standard input cannot be read.
pub async fn next_line() -> Result<bool> {
    let read = || io::stdin().read_line(&mut String::new());
    Ok(tokio::task::spawn_blocking(read).await?? > 0)
}
