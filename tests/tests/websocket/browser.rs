//! Chromium.

use connector_tests::echo::{Kind, port, serve};
use connector_tests::peer::Peers;

/// Set to 1 it says that tests with a browser are not to run.
const SKIP: &str = "CONNECTOR_SKIP_BROWSER";

#[tokio::test]
async fn a_browser_checks_our_server() {
    if std::env::var_os(SKIP).is_some_and(|value| value == "1") {
        println!("not run, because {SKIP} is 1");
        return;
    }
    let Some(peers) = Peers::find() else { return };
    let (binary, text) = (serve(Kind::Binary).await, serve(Kind::Text).await);
    let url = |port| format!("ws://127.0.0.1:{port}/");
    let (binary, text) = (url(port(&binary)), url(port(&text)));
    let arguments = ["--binary", &*binary, "--text", &*text];
    peers.check("websocket-browser.js", &arguments).await.assert_passed();
}
