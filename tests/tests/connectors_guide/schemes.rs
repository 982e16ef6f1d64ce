//! A scheme of one's own, from a client, an engine and a test client, with openers.

use std::time::Duration;

use connector::plugin::{self, Methods, PluginCall};
use connector::transport::{ClientPem, ProxyProtocol, SendProxy, Tcp, Tls, WithOpeners};
use connector::{Address, DialError, Schemes};
use connector_tests::certificates::Authority;
use connector_tests::slip::{SlipConnector, SlipSocket};

include!("dialing.rs");

struct Room;

#[handler("chat.room")]
impl Room {
    #[route]
    async fn who(&self, session: &Session) -> Json<(String, bool)> {
        let _ = session.push("onAsked", Json("who"));
        Json((session.peer().address.to_string(), session.peer().tls.is_some()))
    }
}

async fn start(listen: impl Into<WithOpeners<Tcp>>) -> Server {
    let connector = SlipConnector::bind(listen.into());
    Server::builder().connector(connector).handler(Room).start().await.unwrap()
}

async fn who(client: &Client) -> (String, bool) {
    let Json(who) = client.request("chat.room.who", Json(())).await.unwrap();
    who
}

#[tokio::test]
async fn a_client_dials_its_own_scheme_beside_the_others() {
    let server = Server::builder()
        .connector(SlipConnector::bind("127.0.0.1:0"))
        .connector(TcpConnector::bind("127.0.0.1:0"))
        .handler(Room);
    let server = server.start().await.unwrap();
    let [slipped, plain] = server.addresses() else { unreachable!("two connectors") };
    let over_slip = client(&format!("SLIP://{slipped}")).await.unwrap();
    assert!(who(&over_slip).await.0.starts_with("127.0.0.1:"));
    let over_tcp = client(&format!("tcp://{plain}")).await.unwrap();
    assert!(who(&over_tcp).await.0.starts_with("127.0.0.1:"));
}

#[cfg(unix)]
#[derive(Connector)]
#[connector(socket = connector::TcpSocket, codec = connector::codec::PomeloCodec)]
struct UnixConnector(#[connector(listen)] connector::transport::Unix);

#[tokio::test]
#[cfg(unix)]
async fn a_scheme_without_slashes_has_its_dialer_too() {
    let path = std::env::temp_dir().join(format!("schemes-{}.sock", std::process::id()));
    let connector = UnixConnector(path.as_path().into());
    let _server = Server::builder().connector(connector).handler(Room).start().await.unwrap();
    let dialer = connector::transport::UnixDialer::new().socket::<connector::TcpSocket>();
    for scheme in ["unix:", "UNIX:", "unix://"] {
        let builder = Client::builder().dial("unix", dialer.clone());
        let client = builder.connect(&format!("{scheme}{}", path.display())).await.unwrap();
        assert!(!who(&client).await.1, "{scheme}");
    }
    // A host of that name, and its port.
    let builder = Client::builder().dial("localhost", dialer);
    let Err(ConnectError::Dial(error)) = builder.connect("localhost:1").await else {
        panic!("nobody listens at port 1")
    };
    assert!(matches!(error, DialError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn a_built_in_scheme_can_be_dialled_in_another_way() {
    let server = start("127.0.0.1:0").await;
    let builder = Client::builder().dial("tcp", slip());
    let client = builder.connect(&format!("tcp://{}", server.addresses()[0])).await.unwrap();
    assert!(!who(&client).await.1);
}

#[tokio::test]
async fn an_unknown_scheme_is_told_the_known_ones() {
    let Err(ConnectError::Dial(error @ DialError::Scheme { .. })) = client("slop://a:1").await
    else {
        panic!("it is unknown")
    };
    let memory = if cfg!(target_os = "linux") { ", `shm:///path`" } else { "" };
    let expected = format!(
        "`slop://a:1`: the scheme `slop` is unknown: write `slip://..`, `slips://..`, \
         `tcp://host:port`, `udp://host:port`, `ws://host:port/path`, `mqtt://host:port`{memory}, \
         or with TLS `tls://`, `wss://`, `mqtts://`, `quic://`, `webtransport://`"
    );
    assert_eq!(error.to_string(), expected);
    let schemes = Schemes::new().dial("slip", slip()).dial("slips", slip());
    let error = schemes.connect("slop://a:1").await.unwrap_err().to_string();
    assert!(error.ends_with("the scheme `slop` is unknown: write `slip://..`, `slips://..`"));
    // The host has a scheme's name.
    let error = schemes.connect("slip:1").await.unwrap_err().to_string();
    assert_eq!(error, "`slip:1`: the scheme is missing: write `scheme://..`");
    for url in ["slip://127.0.0.1", "slip://127.0.0.1:1/path"] {
        let Err(ConnectError::Dial(error @ DialError::Url { .. })) = client(url).await else {
            panic!("it is malformed")
        };
        assert!(error.to_string().starts_with(&format!("`{url}`: ")), "{error}");
    }
}

#[tokio::test]
async fn a_scheme_of_ones_own_has_tls() {
    let authority = Authority::new();
    let local = authority.local();
    let tls = Tls::from_pem_files(local.certificate, local.key).unwrap();
    let server = start(Tcp::from("127.0.0.1:0").opener(tls)).await;
    let port = server.addresses()[0].port().unwrap();
    let config = ClientPem::new(authority.roots()).load().unwrap();
    let dialer = TcpDialer::new().tls(config).schemes("slip", "slips").socket::<SlipSocket>();
    let client = Client::builder().dial("slips", dialer);
    let client = client.connect(&format!("slips://localhost:{port}")).await.unwrap();
    assert!(who(&client).await.1);
}

#[tokio::test]
async fn a_dialer_has_openers_as_a_listener_has() {
    let proxies = ProxyProtocol::from_proxies(["127.0.0.1"]).unwrap();
    let server = start(Tcp::from("127.0.0.1:0").opener(proxies)).await;
    let url = format!("slip://{}", server.addresses()[0]);
    let (v4, v6) = ("203.0.113.7:56324", "[2001:db8::7]:9");
    for (make, source) in [
        (SendProxy::v1 as fn(_) -> _, v4),
        (SendProxy::v2, v4),
        (SendProxy::v1, v6),
        (SendProxy::v2, v6),
    ] {
        let dialer = WithOpeners::new(TcpDialer::new().schemes("slip", "slips"));
        let dialer = dialer.opener(make(source.parse().unwrap())).socket::<SlipSocket>();
        let builder = Client::builder().dial("slip", dialer);
        // Each connection sends the header anew.
        for _ in 0..2 {
            let client = builder.clone().connect(&url).await.unwrap();
            assert_eq!(who(&client).await.0, source);
        }
    }
}

#[tokio::test]
async fn an_engine_dials_a_scheme_of_ones_own() {
    let methods = Methods::new()
        .method("double", |call: PluginCall| async move { Ok(2 * call.arg::<i64>(0)?) });
    let mut connector = SlipConnector::bind("127.0.0.1:0");
    connector.start().await.unwrap();
    let Some(Address::Inet(address)) = connector.address() else { unreachable!("a TCP port") };
    tokio::spawn(plugin::serve(methods, connector));
    let engine = engine(&format!("slip://{address}")).unwrap();
    let doubled = engine.call::<i64>("calculator", "double", (21,));
    assert_eq!(tokio::time::timeout(Duration::from_secs(20), doubled).await.unwrap().unwrap(), 42);
}

#[tokio::test]
async fn a_test_client_dials_a_scheme_of_ones_own() {
    let connector = SlipConnector::bind("127.0.0.1:0");
    let server = TestServer::start(Server::builder().connector(connector).handler(Room)).await;
    let client = test_client(&server).await;
    let Json((address, _)): Json<(String, bool)> = client.request("chat.room.who", Json(())).await;
    assert!(address.starts_with("127.0.0.1:"), "not in memory, but from {address}");
    assert_eq!(client.expect_push::<Json<String>>("onAsked").await.0, "who");
}
