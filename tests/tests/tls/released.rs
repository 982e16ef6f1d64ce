//! `openssl s_client`, Node and Chromium.

use std::process::Stdio;

use connector::transport::ServerPem;
use connector_tests::certificates::{Authority, LOCAL, Valid};
use connector_tests::echo;
use connector_tests::peer::Peers;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::*;

/// A handshake of pomelo's. Its line end keeps it from being a command of `s_client`.
const HANDSHAKE: &[u8] = b"\x01\x00\x00\x0a{\"sys\":{}}";
/// Set to 1 it says that tests with a browser are not to run.
const SKIP_BROWSER: &str = "CONNECTOR_SKIP_BROWSER";

/// `openssl s_client` at a port, or `None` if there is no openssl.
fn s_client(port: u16, roots: &Path, arguments: &[&str]) -> Option<Child> {
    let mut openssl = Command::new("openssl");
    openssl.args(["s_client", "-connect", &format!("127.0.0.1:{port}"), "-CAfile"]).arg(roots);
    openssl.args(["-servername", "localhost", "-verify_hostname", "localhost"]);
    openssl.arg("-verify_return_error").args(arguments).kill_on_drop(true);
    openssl.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    match openssl.spawn() {
        Ok(child) => Some(child),
        Err(error) => {
            println!("not run: openssl does not start ({error})");
            None
        }
    }
}

/// Waits for its end, and returns all that it has said.
async fn said(mut openssl: Child) -> String {
    drop(openssl.stdin.take());
    let output = timeout(TIMEOUT, openssl.wait_with_output()).await.expect("it ends").unwrap();
    let said = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&said).into_owned()
}

#[tokio::test]
async fn openssl_shakes_hands_in_both_versions() {
    let authority = Authority::new();
    let (_server, port) = start(tls(&authority.local())).await;
    for version in ["-tls1_2", "-tls1_3"] {
        let arguments = ["-quiet", version];
        let Some(mut openssl) = s_client(port, &authority.roots(), &arguments) else { return };
        openssl.stdin.as_mut().unwrap().write_all(HANDSHAKE).await.unwrap();
        let answer = timeout(TIMEOUT, openssl.stdout.as_mut().unwrap().read_u8()).await;
        assert_eq!(answer.expect("in time").unwrap(), 1, "{version}: a handshake's answer");
    }
    let Some(old) = s_client(port, &authority.roots(), &["-tls1_1"]) else { return };
    let said = said(old).await;
    // An alert of ours, unless openssl itself is configured to do without.
    let refused = said.contains("SSL alert number") || said.contains("no protocols available");
    assert!(refused, "{said}");
}

#[tokio::test]
async fn openssl_finds_what_is_wrong_with_a_certificate() {
    let (authority, other) = (Authority::new(), Authority::new());
    let cases: [(&str, &[&str], Valid, &Path, &str); 3] = [
        ("expired", &LOCAL, Valid::Expired, &authority.roots(), "certificate has expired"),
        ("named", &["game.example"], Valid::Now, &authority.roots(), "ostname mismatch"),
        ("stranger", &LOCAL, Valid::Now, &other.roots(), "unable to get local issuer certificate"),
    ];
    for (file, names, valid, roots, problem) in cases {
        let (_server, port) = start(tls(&authority.issue(file, names, valid))).await;
        let Some(openssl) = s_client(port, roots, &[]) else { return };
        let said = said(openssl).await;
        assert!(said.contains(problem), "{file}: {said}");
    }
}

#[tokio::test]
async fn openssl_introduces_itself_by_a_certificate_or_is_refused() {
    let authority = Authority::new();
    let local = authority.local();
    let pem = ServerPem::new(local.certificate, local.key).client_roots(authority.roots());
    let (_server, port) = start(Tls::from_pem(pem).unwrap()).await;
    let Some(mut openssl) = s_client(port, &authority.roots(), &["-quiet"]) else { return };
    // Its own handshake is done before the server has refused it.
    let _ = openssl.stdin.as_mut().unwrap().write_all(HANDSHAKE).await;
    let told = timeout(TIMEOUT, openssl.wait_with_output()).await.expect("it ends").unwrap();
    let told = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(told.contains("certificate required"), "{told}");

    let ann = authority.issue("ann", &["ann"], Valid::Now);
    let (certificate, key) = (ann.certificate.to_str().unwrap(), ann.key.to_str().unwrap());
    let arguments = ["-quiet", "-cert", certificate, "-key", key];
    let Some(mut openssl) = s_client(port, &authority.roots(), &arguments) else { return };
    openssl.stdin.as_mut().unwrap().write_all(HANDSHAKE).await.unwrap();
    let answer = timeout(TIMEOUT, openssl.stdout.as_mut().unwrap().read_u8()).await;
    assert_eq!(answer.expect("in time").unwrap(), 1);
}

#[tokio::test]
async fn openssl_cannot_renegotiate() {
    let authority = Authority::new();
    let (_server, port) = start(tls(&authority.local())).await;
    let Some(mut openssl) = s_client(port, &authority.roots(), &["-tls1_2"]) else { return };
    // A command of `s_client` at the beginning of a line.
    openssl.stdin.as_mut().unwrap().write_all(b"R\n").await.unwrap();
    let ended = timeout(TIMEOUT, openssl.wait_with_output()).await.expect("it ends").unwrap();
    let said = [ended.stdout, ended.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(said.contains("RENEGOTIATING") && said.contains("no renegotiation"), "{said}");
}

#[tokio::test]
async fn node_checks_our_tls() {
    let Some(peers) = Peers::find() else { return };
    let (authority, other) = (Authority::new(), Authority::new());
    let (good, port) = start(tls(&authority.local())).await;
    let expired = authority.issue("expired", &LOCAL, Valid::Expired);
    let (_expired, expired_port) = start(tls(&expired)).await;
    let local = authority.local();
    let pem = ServerPem::new(local.certificate, local.key).client_roots(authority.roots());
    let (_asking, asking_port) = start(Tls::from_pem(pem).unwrap()).await;
    let ann = authority.issue("ann", &["ann"], Valid::Now);
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let number = |port: u16| port.to_string();
    let arguments = [
        ("--port", number(port)),
        ("--expired", number(expired_port)),
        ("--asking", number(asking_port)),
        ("--roots", text(&authority.roots())),
        ("--others", text(&other.roots())),
        ("--certificate", text(&ann.certificate)),
        ("--key", text(&ann.key)),
    ];
    let arguments: Vec<&str> =
        arguments.iter().flat_map(|(flag, value)| [*flag, value.as_str()]).collect();
    peers.check("tls-client.js", &arguments).await.assert_passed();
    drop(good);
}

/// Two echoes over WSS, of bytes and of text.
async fn echoes_over_tls(authority: &Authority) -> (Server, Server, String, String) {
    let opener = tls(&authority.local());
    let serve = |kind| echo::serve_on(Tcp::from(ANY).opener(opener.clone()), kind);
    let (binary, text) = (serve(echo::Kind::Binary).await, serve(echo::Kind::Text).await);
    let url = |server| format!("wss://localhost:{}/", echo::port(server));
    let (binary_url, text_url) = (url(&binary), url(&text));
    (binary, text, binary_url, text_url)
}

#[tokio::test]
async fn nodes_websocket_checks_our_wss() {
    let Some(peers) = Peers::find() else { return };
    let authority = Authority::new();
    let (_binary, _text, binary, text) = echoes_over_tls(&authority).await;
    let peers = peers.with_env("NODE_EXTRA_CA_CERTS", authority.roots());
    let arguments = ["--binary", &*binary, "--text", &*text];
    peers.check("websocket-client.js", &arguments).await.assert_passed();
}

#[tokio::test]
async fn a_browser_checks_our_wss() {
    if std::env::var_os(SKIP_BROWSER).is_some_and(|value| value == "1") {
        println!("not run, because {SKIP_BROWSER} is 1");
        return;
    }
    let Some(peers) = Peers::find() else { return };
    let authority = Authority::new();
    let (_binary, _text, binary, text) = echoes_over_tls(&authority).await;
    let certificate = authority.folder().join("local.pem");
    let certificate = certificate.to_str().unwrap();
    let arguments = ["--binary", &*binary, "--text", &*text, "--trusted", certificate];
    peers.check("websocket-browser.js", &arguments).await.assert_passed();
}
