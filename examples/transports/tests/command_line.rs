//! The program as its users start it.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

use std::process::Stdio;

use connector_tests::process::kill;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_transports"));
    command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// What it prints: to standard output if it succeeds, and otherwise to standard error.
async fn said(arguments: &[&str]) -> Result<String, String> {
    let output = program(arguments).output().await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

const PLAYED: &str = "answered: welcome, Ann\npushed: Ann says hello, all\n";
const GREETED: &str = "answered: welcome, Bob\nheard: greeted Bob\n";

#[tokio::test]
async fn one_program_serves_and_another_dials() {
    let directory = TempDir::new().unwrap();
    let at = |name: &str| format!("unix:{}", directory.path().join(name).display());
    for (flags, url, dialed, expected) in [
        (&[][..], at("game"), &["Ann"][..], PLAYED),
        (&["--plugin"], at("plugin"), &["--plugin", "Bob"], GREETED),
    ] {
        let mut serve = program(&[&["serve", &*url], flags].concat());
        let mut serving = serve.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(serving.stderr.take().unwrap()).lines();
        assert_eq!(lines.next_line().await.unwrap().unwrap(), format!("serving at {url}"));
        assert_eq!(said(&[&["dial", &*url], dialed].concat()).await.unwrap(), expected);
        kill(&serving.id().unwrap().to_string(), "TERM").await;
        assert!(serving.wait().await.unwrap().success());
    }
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0, "the sockets are gone");
}

#[tokio::test]
async fn one_program_is_both_ends() {
    for url in ["memory:room", "child:"] {
        assert_eq!(said(&["dial", url]).await.unwrap(), PLAYED, "{url}");
        assert_eq!(said(&["dial", url, "Bob", "--plugin"]).await.unwrap(), GREETED, "{url}");
    }
}

#[tokio::test]
async fn what_cannot_be_is_said_with_a_way_out() {
    for (arguments, problem, way) in [
        (&["dial", "gopher:x"][..], "`gopher:x` does not begin with", "unix, shm, child, memory"),
        (&["dial", "tcp://"], "`tcp://` names no place", "write `tcp://HOST:PORT`"),
        (&["serve", "memory:room"], "nobody outside", "write `transports dial memory:room`"),
        (&["serve", "tls://127.0.0.1:0"], "TLS needs a certificate", "add `--tls CERT KEY`"),
        (&["dial", "tls://127.0.0.1:9"], "TLS needs the issuers", "add `--roots FILE`"),
        (&["serve", "--plugin", "udp://127.0.0.1:0"], "the game alone", "leave out `--plugin`"),
        (&["dial", "unix:/nowhere/at/all"], "cannot connect to /nowhere/at/all", ""),
    ] {
        let error = said(arguments).await.unwrap_err();
        assert!(error.contains(problem) && error.contains(way), "{arguments:?}: {error}");
    }
}
