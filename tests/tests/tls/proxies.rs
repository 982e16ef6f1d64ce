//! Real nginx and haproxy in front, plain and with TLS.
//!
//! The client in front of a proxy is simulated by a PROXY header, as from another proxy, since
//! loopback is not counted.

use std::process::Stdio;

use connector::protocol::pomelo::package::PackageType;
use connector::transport::{Forwarded, ProxyProtocol, Stream, WebSocketLink, WithOpeners};
use connector::{Accept, TcpSocket, WebSocketSocket};
use connector_tests::certificates::Authority;
use futures_util::{SinkExt, StreamExt};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};

use super::*;

const CLIENT: &str = "203.0.113.7";
const OTHER: &str = "203.0.113.8";

/// A running proxy.
struct Proxy {
    _child: Child,
    port: u16,
}

/// Starts a proxy with the configuration that `configure` makes for a port, or returns `None`
/// if it is not installed.
async fn start_proxy(
    program: &str,
    authority: &Authority,
    configure: impl Fn(u16) -> String,
) -> Option<Proxy> {
    // Debian has them where only the system's administrator looks.
    let path = format!("{}:/usr/sbin:/usr/local/sbin", std::env::var("PATH").unwrap_or_default());
    for _ in 0..10 {
        // Another program may take the port before the proxy does. Then another one is tried.
        let port = {
            let free = std::net::TcpListener::bind(ANY).unwrap();
            free.local_addr().unwrap().port()
        };
        let file = authority.write(&format!("{program}-{port}.conf"), &configure(port));
        let mut command = Command::new(program);
        match program {
            "nginx" => command.arg("-e").arg("stderr").arg("-p").arg(authority.folder()).arg("-c"),
            _ => command.arg("-f"),
        };
        command.arg(&file).env("PATH", &path).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) => {
                println!("not run: {program} does not start ({error})");
                return None;
            }
        };
        let up = async {
            while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
                sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::select! {
            () = up => return Some(Proxy { _child: child, port }),
            _ = child.wait() => {
                let output = child.wait_with_output().await.unwrap();
                println!("{program}: {}", String::from_utf8_lossy(&output.stderr));
            }
            () = sleep(TIMEOUT) => {}
        }
    }
    panic!("{program} does not start");
}

fn haproxy(port: u16, bind: &str, mode: &str, lines: &str) -> String {
    format!(
        "global\n  maxconn 200\n\
         defaults\n  mode {mode}\n  timeout connect 5s\n  timeout client 30s\n  timeout server 30s\n\
         listen front\n  bind 127.0.0.1:{port} accept-proxy {bind}\n  {lines}\n"
    )
}

fn nginx(port: u16, ssl: &str, scheme: &str, to: u16, lines: &str) -> String {
    format!(
        "daemon off;\nmaster_process off;\npid nginx-{port}.pid;\nerror_log stderr;\n\
         events {{}}\n\
         http {{\n  access_log off;\n  client_body_temp_path body-{port};\n  proxy_temp_path proxy-{port};\n\
         fastcgi_temp_path fastcgi-{port};\n  uwsgi_temp_path uwsgi-{port};\n  scgi_temp_path scgi-{port};\n\
         server {{\n    listen 127.0.0.1:{port} proxy_protocol {ssl};\n\
         set_real_ip_from 127.0.0.1;\n    real_ip_header proxy_protocol;\n\
         location / {{\n      proxy_pass {scheme}://127.0.0.1:{to};\n      proxy_http_version 1.1;\n\
         proxy_set_header Upgrade $http_upgrade;\n      proxy_set_header Connection upgrade;\n\
         {lines}\n    }}\n  }}\n}}\n"
    )
}

/// The module of nginx that passes on connections, which is a package of its own.
const STREAM: &str = "/usr/lib/nginx/modules/ngx_stream_module.so";

fn nginx_stream(port: u16, ssl: &str, to: u16) -> String {
    format!(
        "load_module {STREAM};\ndaemon off;\nmaster_process off;\npid nginx-{port}.pid;\n\
         error_log stderr;\nevents {{}}\n\
         stream {{\n  server {{\n    listen 127.0.0.1:{port} proxy_protocol {ssl};\n\
         set_real_ip_from 127.0.0.1;\n    proxy_pass 127.0.0.1:{to};\n    proxy_protocol on;\n\
         }}\n}}\n"
    )
}

/// The lines by which nginx ends TLS.
fn nginx_ssl(identity: &Identity) -> String {
    format!(
        "ssl;\n    ssl_certificate {};\n    ssl_certificate_key {}",
        identity.certificate.display(),
        identity.key.display()
    )
}

/// A server behind a proxy on loopback, which lets each address connect once.
async fn behind(listen: impl Into<WithOpeners<Tcp>>, web: WebOptions) -> (Server, u16) {
    let connector = HybridConnector::bind(listen.into()).web(web);
    let limits = Limits { connections_per_address: 1, ..Limits::default() };
    let server = Server::builder().connector(connector).limits(limits).handler(Who);
    let server = server.start().await.unwrap();
    let port = server.addresses()[0].port().unwrap();
    (server, port)
}

/// A client of a proxy, as it comes from another one.
async fn dial(port: u16, client: &str) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let header = format!("PROXY TCP4 {client} 127.0.0.1 56324 {port}\r\n");
    stream.write_all(header.as_bytes()).await.unwrap();
    stream
}

/// A stream to a proxy, with TLS inside if there are roots to trust.
async fn stream(port: u16, client: &str, roots: Option<&Path>) -> std::io::Result<Stream> {
    let stream = dial(port, client).await;
    match roots {
        None => Ok(stream.into()),
        Some(roots) => {
            let connector = TlsConnector::from(trusting(roots));
            Ok(Stream::new(connector.connect("localhost".try_into().unwrap(), stream).await?))
        }
    }
}

fn peer() -> Peer {
    Peer::new("tcp", Address::Unnamed)
}

async fn over_websocket(stream: Stream) -> Result<Client, ConnectError> {
    let link = WebSocketLink::client(stream, "localhost", "/", false).unwrap();
    let socket = WebSocketSocket::accept(link, peer());
    timeout(TIMEOUT, Client::builder().connect_socket(socket)).await.expect("in time")
}

async fn over_packages(stream: Stream) -> Result<Client, ConnectError> {
    let socket = TcpSocket::accept(stream, peer());
    timeout(TIMEOUT, Client::builder().connect_socket(socket)).await.expect("in time")
}

/// Whether a client that writes these headers itself gets a session.
async fn opens_with(stream: Stream, headers: &[(&'static str, &str)]) -> bool {
    let mut request = "ws://localhost/".into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    let io = OwnIo(stream);
    let shaken = tokio_tungstenite::client_async(request, io).await;
    let Ok((mut web, _)) = shaken else { return false };
    let handshake = Message::binary(&b"\x01\x00\x00\x0a{\"sys\":{}}"[..]);
    if web.send(handshake).await.is_err() {
        return false;
    }
    let answer: Option<Result<Message, tungstenite::Error>> = web.next().await;
    matches!(answer, Some(Ok(Message::Binary(bytes))) if bytes[0] == PackageType::Handshake as u8)
}

/// The bytes of a stream, for another library.
struct OwnIo(Stream);

impl tokio::io::AsyncRead for OwnIo {
    fn poll_read(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
        buf: &mut tokio::io::ReadBuf<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        use connector::link::ByteStream;
        std::pin::Pin::new(self.0.io()).poll_read(cx, buf)
    }
}

impl tokio::io::AsyncWrite for OwnIo {
    fn poll_write(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
        buf: &[u8],
    ) -> std::task::Poll<std::io::Result<usize>> {
        use connector::link::ByteStream;
        std::pin::Pin::new(self.0.io()).poll_write(cx, buf)
    }

    fn poll_flush(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        use connector::link::ByteStream;
        std::pin::Pin::new(self.0.io()).poll_flush(cx)
    }

    fn poll_shutdown(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        use connector::link::ByteStream;
        std::pin::Pin::new(self.0.io()).poll_shutdown(cx)
    }
}

/// The address behind a proxy is the one that is counted, and no other can be claimed.
async fn counts_clients(proxy: &Proxy, roots: Option<&Path>, with_packages: bool) {
    let first = over_websocket(stream(proxy.port, CLIENT, roots).await.unwrap()).await.unwrap();
    assert_eq!(who(&first).await.ip, CLIENT);
    // Where TLS is ours, the address is refused before that.
    if let Ok(stream) = stream(proxy.port, CLIENT, roots).await {
        assert!(over_websocket(stream).await.is_err(), "one more of the same address");
    }
    for forged in ["198.51.100.9", "198.51.100.9, 10.0.0.1", "127.0.0.1", "\""] {
        let forwarded = format!("for={forged}");
        let headers = [("x-forwarded-for", forged), ("forwarded", &*forwarded)];
        if let Ok(stream) = stream(proxy.port, CLIENT, roots).await {
            assert!(!opens_with(stream, &headers).await, "forged: {forged}");
        }
    }
    let other = if with_packages {
        over_packages(stream(proxy.port, OTHER, roots).await.unwrap()).await.unwrap()
    } else {
        over_websocket(stream(proxy.port, OTHER, roots).await.unwrap()).await.unwrap()
    };
    assert_eq!(who(&other).await.ip, OTHER);
    assert_eq!(who(&first).await.ip, CLIENT);
}

/// Whoever is not the proxy claims an address, and is seen as himself.
async fn nobody_else_is_believed(port: u16) {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    // All of 127.0.0.0/8 is this machine.
    if socket.bind("127.0.0.9:0".parse().unwrap()).is_err() {
        println!("not run: a client at 127.0.0.9");
        return;
    }
    let stream = socket.connect(([127, 0, 0, 1], port).into()).await.unwrap();
    let headers = [("x-forwarded-for", CLIENT), ("forwarded", "for=203.0.113.7")];
    // Loopback is not counted, so it opens although that client is there.
    assert!(opens_with(stream.into(), &headers).await);
}

fn proxies() -> ProxyProtocol {
    ProxyProtocol::from_proxies(["127.0.0.1"]).unwrap()
}

fn x_forwarded_for() -> WebOptions {
    WebOptions::new().forwarded(Forwarded::x_forwarded_for(["127.0.0.1"]).unwrap())
}

/// The file with certificate and key that haproxy wants.
fn both(authority: &Authority) -> std::path::PathBuf {
    let local = authority.local();
    let read = |path: &Path| std::fs::read_to_string(path).unwrap();
    authority.write("both.pem", &[read(&local.certificate), read(&local.key)].concat())
}

#[tokio::test]
async fn haproxy_sends_the_proxy_protocol() {
    let authority = Authority::new();
    for send in ["send-proxy", "send-proxy-v2"] {
        let (_server, to) = behind(Tcp::from(ANY).opener(proxies()), WebOptions::new()).await;
        let server = format!("server one 127.0.0.1:{to} {send}");
        let configure = |port| haproxy(port, "", "tcp", &server);
        let Some(proxy) = start_proxy("haproxy", &authority, configure).await else { return };
        counts_clients(&proxy, None, true).await;
    }
}

#[tokio::test]
async fn haproxy_passes_tls_on_behind_the_proxy_protocol() {
    let authority = Authority::new();
    let opener = tls(&authority.local());
    for send in ["send-proxy", "send-proxy-v2"] {
        let listen = Tcp::from(ANY).opener(proxies()).opener(opener.clone());
        let (server, to) = behind(listen, WebOptions::new()).await;
        let line = format!("server one 127.0.0.1:{to} {send}");
        let configure = |port| haproxy(port, "", "tcp", &line);
        let Some(proxy) = start_proxy("haproxy", &authority, configure).await else { return };
        counts_clients(&proxy, Some(&authority.roots()), true).await;
        drop(server);
    }
}

#[tokio::test]
async fn haproxy_ends_tls_and_sends_the_proxy_protocol() {
    let authority = Authority::new();
    let bind = format!("ssl crt {}", both(&authority).display());
    let (_server, to) = behind(Tcp::from(ANY).opener(proxies()), WebOptions::new()).await;
    let line = format!("server one 127.0.0.1:{to} send-proxy-v2");
    let configure = |port| haproxy(port, &bind, "tcp", &line);
    let Some(proxy) = start_proxy("haproxy", &authority, configure).await else { return };
    counts_clients(&proxy, Some(&authority.roots()), true).await;
}

#[tokio::test]
async fn haproxy_forwards_in_either_header() {
    let authority = Authority::new();
    let bind = format!("ssl crt {}", both(&authority).display());
    let rfc7239 = Forwarded::rfc7239(["127.0.0.1"]).unwrap();
    let cases = [
        ("option forwardfor", x_forwarded_for()),
        ("http-request add-header Forwarded \"for=%[src]\"", WebOptions::new().forwarded(rfc7239)),
    ];
    for (line, web) in cases {
        for (bind, roots) in [("", None), (&*bind, Some(authority.roots()))] {
            let (_server, to) = behind(ANY, web.clone()).await;
            let lines = format!("{line}\n  server one 127.0.0.1:{to}");
            let configure = |port| haproxy(port, bind, "http", &lines);
            let Some(proxy) = start_proxy("haproxy", &authority, configure).await else { return };
            counts_clients(&proxy, roots.as_deref(), false).await;
            nobody_else_is_believed(to).await;
        }
    }
}

#[tokio::test]
async fn nginx_forwards_plain_and_with_tls_on_either_side() {
    let authority = Authority::new();
    let local = authority.local();
    let opener = tls(&local);
    let ssl = nginx_ssl(&local);
    let append = "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;";
    let set = "proxy_set_header X-Forwarded-For $remote_addr;";
    for (lines, front, back) in
        [(append, false, false), (set, false, false), (append, true, false), (append, true, true)]
    {
        let (_server, to) = match back {
            true => behind(Tcp::from(ANY).opener(opener.clone()), x_forwarded_for()).await,
            false => behind(ANY, x_forwarded_for()).await,
        };
        let scheme = if back { "https" } else { "http" };
        let ssl = if front { &*ssl } else { "" };
        let configure = |port| nginx(port, ssl, scheme, to, lines);
        let Some(proxy) = start_proxy("nginx", &authority, configure).await else { return };
        let roots = authority.roots();
        counts_clients(&proxy, front.then_some(&roots), false).await;
    }
}

#[tokio::test]
async fn nginx_passes_connections_on_with_the_proxy_protocol() {
    if !Path::new(STREAM).exists() {
        println!("not run: nginx has no {STREAM}");
        return;
    }
    let authority = Authority::new();
    let local = authority.local();
    for (front, back) in [(false, false), (true, false), (false, true)] {
        let listen = Tcp::from(ANY).opener(proxies());
        let listen = if back { listen.opener(tls(&local)) } else { listen };
        let (_server, to) = behind(listen, WebOptions::new()).await;
        let ssl = if front { nginx_ssl(&local) } else { String::new() };
        let configure = |port| nginx_stream(port, &ssl, to);
        let Some(proxy) = start_proxy("nginx", &authority, configure).await else { return };
        let roots = authority.roots();
        counts_clients(&proxy, (front || back).then_some(&roots), true).await;
    }
}

/// A chain: haproxy in front of nginx, both trusted.
#[tokio::test]
async fn the_client_is_found_behind_two_proxies() {
    let authority = Authority::new();
    let (_server, to) = behind(ANY, x_forwarded_for()).await;
    let append = "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;";
    let configure = |port| nginx(port, "", "http", to, append).replace("proxy_protocol ;", ";");
    // Its peer is haproxy, so it appends that to what haproxy has written.
    let configure = |port| configure(port).replace("real_ip_header proxy_protocol;", "");
    let Some(inner) = start_proxy("nginx", &authority, configure).await else { return };
    let lines = format!("option forwardfor\n  server one 127.0.0.1:{}", inner.port);
    let configure = |port| haproxy(port, "", "http", &lines);
    let Some(outer) = start_proxy("haproxy", &authority, configure).await else { return };
    counts_clients(&outer, None, false).await;
}
