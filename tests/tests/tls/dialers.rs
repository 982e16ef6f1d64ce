//! Dialers with TLS settings of their own.

use connector::plugin::{
    self, ConnectError, Methods, PluginCall, PluginOptions, RemotePlugin, WebSocketPlugin,
    WebSocketPluginConnector,
};
use connector::protocol::remix::Profile;
use connector::transport::{TcpDialer, WebSocketDialer};
use connector::{Dial, Socket, TcpSocket, WebSocketSocket};
use connector_tests::certificates::Authority;

use super::*;

#[tokio::test]
async fn a_client_dials_tls_with_its_own_issuers() {
    let authority = Authority::new();
    let (_server, port) = start(tls(&authority.local())).await;
    let config = trusting(&authority.roots());
    let tcp = TcpDialer::new().tls(config.clone()).socket::<TcpSocket>();
    dials(tcp, &format!("tls://localhost:{port}"), "tcp").await;
    let websocket = WebSocketDialer::new().tls(config).socket::<WebSocketSocket>();
    dials(websocket, &format!("wss://localhost:{port}/"), "websocket").await;
}

async fn dials(dialer: impl Dial<Io: Socket>, url: &str, transport: &str) {
    let client = Client::builder().connect_by(dialer, url).await.unwrap();
    let seen = who(&client).await;
    assert_eq!(seen.transport, transport);
    assert!(seen.tls.is_some());
}

#[tokio::test]
async fn an_engine_trusts_the_issuers_of_its_dialer() {
    let authority = Authority::new();
    let tls = tls(&authority.local());
    let mut listen = WebSocketPlugin::bind(Tcp::from(ANY).opener(tls));
    let port = listen.start().await.unwrap().unwrap().port().unwrap();
    let methods = Methods::new().method("echo", async |call: PluginCall| call.arg::<i64>(0));
    tokio::spawn(plugin::serve(methods, listen));

    let profile = Profile::new("remote").url(format!("wss://localhost:{port}/"));
    let dialer = WebSocketDialer::new().tls(trusting(&authority.roots()));
    let connector = WebSocketPluginConnector::with_dialer(profile.clone(), dialer);
    let remote = RemotePlugin::new(connector, (), PluginOptions::new());
    remote.connect().await.unwrap();
    assert_eq!(remote.call::<i64>("echo", (7,)).await.unwrap(), 7);

    let stranger = Authority::new();
    let dialer = WebSocketDialer::new().tls(trusting(&stranger.roots()));
    let connector = WebSocketPluginConnector::with_dialer(profile, dialer);
    let refused = RemotePlugin::new(connector, (), PluginOptions::new()).connect().await;
    let Err(ConnectError::Lost(CloseReason::Tls(error))) = refused else { panic!("{refused:?}") };
    assert_eq!(*error, TlsError::UnknownIssuer);
}
