//! Two tabs of Chromium, a terminal, and a server that is killed and comes back.

#![allow(clippy::unwrap_used)]

use connector_tests::peer::Peers;

/// Set to 1 it says that tests with a browser are not to run.
const SKIP: &str = "CONNECTOR_SKIP_BROWSER";

#[tokio::test]
async fn tabs_and_a_terminal_talk() {
    if std::env::var_os(SKIP).is_some_and(|value| value == "1") {
        println!("not run, because {SKIP} is 1");
        return;
    }
    let Some(peers) = Peers::find() else { return };
    let arguments = ["--chat", env!("CARGO_BIN_EXE_chat")];
    peers.check("chat-browser.js", &arguments).await.assert_passed();
}
