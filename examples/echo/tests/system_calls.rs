//! How often the kernel is asked for a message.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod running;

use std::path::Path;
use std::process::Command;

use running::{Echo, Raw, request};

/// Requests that wait for their answers at once.
const DEPTH: usize = 16;
/// The most system calls a message.
const MOST: f64 = 0.2;

/// All that an echo asks the kernel while it answers so many times [`DEPTH`]
/// requests.
fn system_calls(rounds: usize, said: &Path) -> usize {
    // Its tracer is beside it, so that it is stopped as it is without one.
    let tracer = ["strace", "--daemonize", "-f", "-c", "-o", said.to_str().unwrap()];
    let echo = Echo::start_under(&tracer, &[]);
    let mut raw = Raw::open(&echo);
    let body = br#"{"n":1,"s":"hello"}"#;
    let requests = request(1, "connector.benchHandler.greet", body).repeat(DEPTH);
    for _ in 0..rounds {
        raw.send(&requests);
        for _ in 0..DEPTH {
            raw.response().expect("each is answered");
        }
    }
    drop(raw);
    let pid = echo.pid().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert_eq!(echo.wait(), Some(0));
    total(said)
}

/// The calls in the last line of what strace says: time in percent, seconds,
/// microseconds a call, calls, and errors if there were any.
fn total(said: &Path) -> usize {
    for _ in 0..400 {
        let text = std::fs::read_to_string(said).unwrap_or_default();
        if let Some(line) = text.lines().find(|line| line.ends_with("total")) {
            return line.split_whitespace().nth(3).unwrap().parse().unwrap();
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("strace says nothing");
}

#[test]
fn a_message_among_sixteen_takes_a_fifth_of_a_system_call() {
    let strace = Command::new("strace").args(["-c", "true"]).output();
    if !strace.is_ok_and(|output| output.status.success()) {
        return println!("not run: strace, which counts system calls, does not work here");
    }
    let said = std::env::temp_dir().join(format!("connector-strace-{}", std::process::id()));
    let (few, many) = (system_calls(100, &said), system_calls(1_100, &said));
    let each = (many - few) as f64 / (1_000 * DEPTH) as f64;
    println!("{each:.3} system calls a message");
    let text = std::fs::read_to_string(&said).unwrap();
    let _ = std::fs::remove_file(&said);
    assert!(each <= MOST, "{each:.3} system calls a message, {MOST} may be\n{text}");
}
