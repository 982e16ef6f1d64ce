//! The command line of `echo`.

#![allow(clippy::unwrap_used)]

mod running;

use std::io::Write;
use std::net::TcpListener;
use std::process::Command;
use std::time::Instant;

use connector::transport::ClientPem;
use connector::{Client, Json};
use connector_protocol::pomelo::package;
use connector_tests::certificates::Authority;
use running::Echo;

fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_echo")).args(arguments).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_port_in_use_is_said_in_one_sentence() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let (code, stderr) = run(&["--port", &port.to_string()]);
    assert_eq!(code, Some(1));
    assert_eq!(
        stderr,
        format!(
            "echo: 127.0.0.1:{port} is in use by another program: stop that, or choose another \
             address\n"
        )
    );
}

#[test]
fn an_unknown_flag_is_named() {
    let (code, stderr) = run(&["--prot", "0"]);
    assert_eq!(code, Some(2));
    assert!(stderr.contains("--prot"), "{stderr}");
}

#[tokio::test]
async fn mqtt_is_spoken_with_tls_and_without() {
    let authority = Authority::new();
    let local = authority.local();
    let [certificate, key] = [&local.certificate, &local.key].map(|file| file.to_str().unwrap());
    let tls = ClientPem::new(authority.roots()).load().unwrap();
    let mqtt = ["--transport", "mqtt", "--dict", "--proto"];
    let secure = [&mqtt[..], &["--tls", certificate, key]].concat();
    for (scheme, arguments) in [("mqtt", &mqtt[..]), ("mqtts", &secure)] {
        let echo = Echo::start(arguments);
        let url = format!("{scheme}://localhost:{}", echo.port);
        let client = Client::builder().tls(tls.clone()).connect(&url).await.unwrap();
        let Json(answer): Json<String> =
            client.request("connector.entryHandler.echo", Json(scheme)).await.unwrap();
        assert_eq!(answer, scheme);
        client.close().await;
    }
}

#[tokio::test]
async fn tls_is_spoken_on_both_transports() {
    let authority = Authority::new();
    let local = authority.local();
    let [certificate, key] = [&local.certificate, &local.key].map(|file| file.to_str().unwrap());
    let echo = Echo::start(&["--tls", certificate, key]);
    let tls = ClientPem::new(authority.roots()).load().unwrap();
    for scheme in ["tls", "wss"] {
        let url = format!("{scheme}://localhost:{}", echo.port);
        let client = Client::builder().tls(tls.clone()).connect(&url).await.unwrap();
        assert!(client.state().is_open());
        client.close().await;
    }
    let (code, stderr) = run(&["--port", "0", "--tls", key, certificate]);
    assert_eq!(code, Some(1));
    assert!(stderr.contains("are the two files swapped?"), "{stderr}");
}

#[test]
fn a_client_on_the_blacklist_hears_nothing() {
    let echo = Echo::start(&["--blacklist", "10.0.0.0/8", "--blacklist", "127.0.0.1"]);
    let mut raw = running::Raw::connect(&echo);
    assert_eq!(raw.package(), None);
    let (code, stderr) = run(&["--blacklist", "10.0.0.1/8"]);
    assert_eq!(code, Some(2));
    assert!(stderr.contains("`10.0.0.1/8` is not an IP address or a network"), "{stderr}");
}

#[test]
fn connections_above_the_most_are_closed_without_a_byte() {
    let echo = Echo::start(&["--max-connections", "1"]);
    let mut first = running::Raw::open(&echo);
    assert_eq!(first.echo(1, b"{}"), b"{}");
    assert_eq!(running::Raw::connect(&echo).package(), None);
    assert_eq!(first.echo(2, b"{}"), b"{}");
    drop(first);
    // Until the server has seen that the first is gone, another is one too many.
    let deadline = Instant::now() + running::TIMEOUT;
    let mut another = loop {
        let mut raw = running::Raw::connect(&echo);
        let written = raw.stream.write_all(&running::handshake("{}"));
        if written.is_ok() && raw.package().is_some() {
            break raw;
        }
        assert!(Instant::now() < deadline, "the place of the first stays taken");
    };
    another.send(&package::HANDSHAKE_ACK);
    assert_eq!(another.echo(1, b"{}"), b"{}");
}

/// Binds two sessions to one user, and returns both, with the second one's answer.
fn two_sessions(which: &str) -> (Echo, [running::Raw; 2], Vec<u8>) {
    let echo = Echo::start(&["--single-session", which]);
    let mut both = [running::Raw::open(&echo), running::Raw::open(&echo)];
    let answers = both.each_mut().map(|raw| {
        raw.send(&running::request(1, "connector.entryHandler.bind", br#"{"uid":"ann"}"#));
        raw.response().unwrap().1
    });
    let [first, second] = answers;
    assert_eq!(first, br#"{"code":200,"uid":"ann"}"#);
    (echo, both, second)
}

#[test]
fn a_second_session_is_refused_or_wins() {
    let (_echo, [mut first, mut second], answer) = two_sessions("first");
    assert!(answer.starts_with(br#"{"code":500,"msg":"the user `ann` has another session"#));
    assert_eq!((first.echo(7, b"{}"), second.echo(7, b"{}")), (b"{}".to_vec(), b"{}".to_vec()));
    let (_echo, [mut first, mut second], answer) = two_sessions("last");
    assert_eq!(answer, br#"{"code":200,"uid":"ann"}"#);
    let (kind, reason) = first.package().unwrap();
    assert_eq!((kind as u8, &*reason), (5, br#"{"reason":"signed in elsewhere"}"#.as_slice()));
    assert_eq!(second.echo(7, b"{}"), b"{}");
}

#[test]
#[cfg(unix)]
fn a_terminated_server_ends_well_and_frees_its_port() {
    let echo = Echo::start(&[]);
    let mut raw = running::Raw::open(&echo);
    assert_eq!(raw.echo(1, b"{}"), b"{}");
    let port = echo.port;
    let pid = echo.pid().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    raw.is_closed();
    let code = echo.wait();
    assert_eq!(code, Some(0));
    TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
}

#[test]
#[cfg(unix)]
fn a_second_signal_ends_a_server_at_once() {
    for (second, code) in [("-TERM", 143), ("-INT", 130)] {
        let echo = Echo::start(&[]);
        let mut raw = running::Raw::open(&echo);
        let pid = echo.pid().to_string();
        let kill =
            |signal: &str| Command::new("kill").args([signal, pid.as_str()]).status().unwrap();
        assert!(kill("-TERM").success());
        // The stop has begun, and waits a little for the client to close too.
        raw.is_closed();
        assert!(kill(second).success());
        assert_eq!(echo.wait(), Some(code));
    }
}
