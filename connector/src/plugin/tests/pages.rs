//! The pages and names by which a plugin on loopback is reached.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;
use crate::connector::Address;
use crate::{HybridConnector, WebSocketConnector};

/// Serves a plugin with these options, and returns its address.
async fn serve_at(address: &str, options: WebOptions) -> String {
    serve_port(WebSocketPlugin::new(address, options)).await
}

/// Serves a plugin, and returns its address.
async fn serve_port<Kind: 'static>(mut port: impl Port<Kind>) -> String {
    port.open_port().await.unwrap();
    let Some(Address::Inet(address)) = port.port_address() else { panic!("no address") };
    tokio::spawn(serve(Methods::new(), port));
    format!("127.0.0.1:{}", address.port())
}

/// The headers of an upgrade to WebSocket.
const UPGRADE: &str = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
                       Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// Returns the status of an upgrade with this host and these headers.
async fn status(address: &str, host: &str, headers: &str) -> String {
    status_of(address, "/", host, &format!("{headers}{UPGRADE}")).await
}

/// Returns the status of a request with this host and these headers.
async fn status_of(address: &str, target: &str, host: &str, headers: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n");
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
async fn every_connector_of_a_plugin_on_loopback_lets_in_only_named_pages() {
    let any = "127.0.0.1:0";
    for nobody in [
        serve_port(HybridConnector::bind(any)).await,
        serve_port(WebSocketConnector::bind(any)).await,
    ] {
        assert_eq!(status(&nobody, &nobody, "").await, "101", "a program");
        assert_eq!(status(&nobody, &nobody, PAGE).await, "403");
        assert_eq!(status(&nobody, "evil.example", "").await, "403");
    }
    let named = WebOptions::new().origins(["https://remix.example"]);
    let named = serve_port(HybridConnector::bind(any).web(named)).await;
    assert_eq!(status(&named, &named, PAGE).await, "101");
    let anybody = serve_port(HybridConnector::bind(any).web(WebOptions::new().any_origin())).await;
    assert_eq!(status(&anybody, &anybody, PAGE).await, "101");
}

/// Asks for a session of socket.io with this host and these headers. Returns the answer's head if
/// there is none.
#[cfg(feature = "sio")]
async fn ask(address: &str, transport: &str, host: &str, headers: &str) -> Result<(), String> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "GET /socket.io/?EIO=4&transport={transport} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    loop {
        let read = stream.read_buf(&mut answer).await.unwrap();
        // What Engine.IO says first.
        if answer.windows(7).any(|part| part == b"0{\"sid\"") {
            return Ok(());
        }
        // A refused request is answered as a whole.
        let head = answer.windows(4).position(|part| part == b"\r\n\r\n");
        if read == 0 || head.is_some_and(|_| !answer.starts_with(b"HTTP/1.1 101")) {
            return Err(String::from_utf8_lossy(&answer[..head.unwrap_or(answer.len())]).into());
        }
    }
}

/// Returns the address of a HybridConnector, and a port of socket.io beside it, each with a
/// plugin.
#[cfg(feature = "sio")]
async fn serve_beside(options: WebOptions) -> String {
    use crate::SioConnector;
    use crate::transport::Sio;

    let sio = Sio::beside();
    let address = serve_port(HybridConnector::bind("127.0.0.1:0").web(options.sio(&sio))).await;
    tokio::spawn(serve(Methods::new(), SioConnector::bind(sio)));
    address
}

#[cfg(feature = "sio")]
#[tokio::test]
async fn a_plugin_on_loopback_over_socket_io_lets_in_only_named_pages() {
    use crate::SioConnector;

    let any = "127.0.0.1:0";
    let named = || WebOptions::new().origins(["https://remix.example"]);
    for (nobody, some) in [
        (
            serve_port(SocketIoConnector::bind(any)).await,
            serve_port(SocketIoConnector::new(any, named())).await,
        ),
        (
            serve_port(SioConnector::bind(any)).await,
            serve_port(SioConnector::bind(any).web(named())).await,
        ),
        (serve_beside(WebOptions::new()).await, serve_beside(named()).await),
    ] {
        for (transport, headers) in [("websocket", UPGRADE), ("polling", "")] {
            let ask = async |address: &str, host: &str, page: &str| {
                ask(address, transport, host, &format!("{page}{headers}")).await
            };
            assert_eq!(ask(&nobody, &nobody, "").await, Ok(()), "a program, by {transport}");
            assert_eq!(ask(&some, &some, PAGE).await, Ok(()), "{transport}");
            let evil = "Origin: https://evil.example\r\n";
            for refused in [
                ask(&nobody, &nobody, PAGE).await,
                ask(&nobody, &nobody, "Origin: null\r\n").await,
                ask(&nobody, "evil.example", "").await,
                ask(&some, &some, evil).await,
            ] {
                let head = refused.unwrap_err();
                assert!(head.starts_with("HTTP/1.1 403 "), "{transport}: {head}");
                assert!(!head.contains("Access-Control"), "{transport}: {head}");
            }
        }
    }
}

#[tokio::test]
async fn an_engine_that_listens_on_loopback_lets_in_only_named_pages() {
    let port = HybridConnector::bind("127.0.0.1:0");
    let mut connector = AcceptedPlugin::new(Profile::new("remote"), port);
    let address = connector.start().await.unwrap().unwrap().to_string();
    let engine = RemotePlugin::new(connector, (), PluginOptions::new());
    let connecting = tokio::spawn(async move { engine.connect().await });
    assert_eq!(status(&address, &address, PAGE).await, "403");
    assert_eq!(status(&address, &address, "").await, "101", "a program");
    connecting.abort();
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
