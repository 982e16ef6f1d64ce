//! Chromium.

use connector::transport::Deflate;
use connector_tests::echo::{Kind, port, serve, serve_deflating};
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
    let context = Deflate::new().server_context_takeover().client_context_takeover();
    for deflate in [Deflate::new(), context.min_size(0).client_max_window_bits(10)] {
        let deflated = serve_deflating(Kind::Text, deflate).await;
        let deflated = url(port(&deflated));
        let arguments = ["--binary", &*binary, "--text", &*text, "--deflated", &*deflated];
        let checked = peers.check("websocket-browser.js", &arguments).await;
        checked.assert_passed();
        assert!(checked.checks().contains("compressed_texts_come_back"));
    }
}
