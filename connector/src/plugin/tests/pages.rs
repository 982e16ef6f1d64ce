//! The pages and names by which a plugin on loopback is reached.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;
use crate::connector::Address;

/// Serves a plugin with these options, and returns its address.
async fn serve_at(address: &str, options: WebOptions) -> String {
    let mut port = WebSocketPlugin::new(address, options);
    let Some(Address::Inet(address)) = port.start().await.unwrap() else { panic!("no address") };
    tokio::spawn(serve(Methods::new(), port));
    format!("127.0.0.1:{}", address.port())
}

/// Returns the status of an upgrade with this host and these headers.
async fn status(address: &str, host: &str, headers: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "GET / HTTP/1.1\r\nHost: {host}\r\n{headers}Upgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).await.unwrap();
    String::from_utf8_lossy(&status[9..]).into_owned()
}

const PAGE: &str = "Origin: https://remix.example\r\n";

#[tokio::test]
async fn a_plugin_on_loopback_lets_in_only_named_pages() {
    let nobody = serve_at("127.0.0.1:0", WebOptions::new()).await;
    assert_eq!(status(&nobody, &nobody, "").await, "101", "a program");
    assert_eq!(status(&nobody, &nobody, PAGE).await, "403");
    assert_eq!(status(&nobody, &nobody, "Origin: null\r\n").await, "403");

    let named = WebOptions::new().origins(["https://remix.example"]);
    let named = serve_at("127.0.0.1:0", named).await;
    assert_eq!(status(&named, &named, PAGE).await, "101");
    assert_eq!(status(&named, &named, "Origin: https://evil.example\r\n").await, "403");

    let any = serve_at("127.0.0.1:0", WebOptions::new().any_origin()).await;
    assert_eq!(status(&any, &any, PAGE).await, "101");
}

#[tokio::test]
async fn a_plugin_on_loopback_is_reached_by_names_of_this_machine() {
    let plugin = serve_at("127.0.0.1:0", WebOptions::new().any_origin()).await;
    for host in ["localhost", "LocalHost:65520", "127.0.0.1:65520", "[::1]:65520", "[::1]"] {
        assert_eq!(status(&plugin, host, PAGE).await, "101", "{host}");
    }
    for host in ["evil.example", "evil.example:65520", "localhost.evil.example", "127.0.0.1.evil"] {
        assert_eq!(status(&plugin, host, PAGE).await, "403", "{host}");
        assert_eq!(status(&plugin, host, "").await, "403", "{host}");
    }
    let proxied = WebOptions::new().hosts(["plugin.example"]);
    let proxied = serve_at("127.0.0.1:0", proxied).await;
    assert_eq!(status(&proxied, "plugin.example", "").await, "101");
}

#[tokio::test]
async fn a_plugin_for_everyone_lets_in_any_page() {
    let plugin = serve_at("0.0.0.0:0", WebOptions::new()).await;
    assert_eq!(status(&plugin, "plugin.example", PAGE).await, "101");
}
