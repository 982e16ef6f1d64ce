//! The first chapter of `docs/remix.md`, done as it says.
#![allow(clippy::unwrap_used)]

use connector::Address;
use connector::plugin::{self, CallError, PluginClient, WebSocketPlugin, plugin};
use connector_tests::peer::Peers;

const PAGE: &str = include_str!("../../../docs/remix.md");

// The plugin of the page, letter by letter.
include!("words.rs");

/// The page's block that begins with this line.
fn block(begin: &str) -> &'static str {
    let (_, rest) = PAGE.split_once(begin).expect("the page has the block");
    rest.split_once("\n```").expect("it ends").0
}

#[tokio::test]
async fn the_released_engine_prints_what_the_page_says() {
    assert!(PAGE.contains(include_str!("words.rs")), "words.rs is not the page's plugin");
    let Some(peers) = Peers::find() else { return };
    let mut listen = WebSocketPlugin::bind("127.0.0.1:0");
    let Some(Address::Inet(address)) = listen.start().await.unwrap() else { unreachable!() };
    let _served = tokio::spawn(plugin::serve(Words, listen));
    let script = block("```js\n").replace("127.0.0.1:65520", &address.to_string());
    let printed = block("`node drive.js` prints\n\n```text\n");
    assert_eq!(peers.run(&script).await.trim_end(), printed);
}
