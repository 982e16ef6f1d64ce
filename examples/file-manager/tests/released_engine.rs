//! The released Remix engine 0.3.44 uses the plugin.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

mod program;

use connector_tests::peer::Peers;
use program::Program;

#[tokio::test]
async fn it_reads_writes_and_hears_of_changes() {
    let Some(peers) = Peers::find() else { return };
    let program = Program::start(&["--write"]).await;
    let root = program.root().to_str().unwrap().to_owned();
    let summary = peers.check("remix-files.js", &["--url", program.url(), "--root", &root]).await;
    summary.assert_passed();
}
