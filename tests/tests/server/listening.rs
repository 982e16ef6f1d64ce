//! Where a server listens, and what it accepts.

use std::sync::Arc;
use std::time::Duration;

use connector::client::Client;
use connector::prelude::*;
use connector::transport::{HttpResponse, Memory};
use connector::{MemorySocket, StartError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use super::{Probe, client};

#[tokio::test]
async fn a_port_in_use_is_said_in_one_sentence() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap();
    let error = Server::builder()
        .connector(TcpConnector::bind(address))
        .start()
        .await
        .expect_err("the port is taken");
    let wanted =
        format!("{address} is in use by another program: stop that, or choose another address");
    assert_eq!(error.to_string(), wanted);
}

#[tokio::test]
async fn two_handlers_with_one_route_do_not_start() {
    let error = Server::builder().handler(Probe::default()).handler(Probe::default()).start().await;
    let text = error.expect_err("a route is served twice").to_string();
    assert!(text.contains("route `test.probeHandler.ordered` is served twice"), "{text}");
}

#[tokio::test]
async fn a_server_that_nobody_can_reach_does_not_start() {
    let error = Server::builder().handler(Probe::default()).start().await;
    let error = error.expect_err("there is no connector");
    assert!(matches!(error, ServeError::NoConnectors));
    let wanted = "the server has no connector: add one by `.connector(..)`, or write \
                  `.without_connectors()` if its connections come by \
                  `ServerHandle::serve_connection`";
    assert_eq!(error.to_string(), wanted);
    let alone = Server::builder().handler(Probe::default()).without_connectors();
    assert!(alone.start().await.unwrap().addresses().is_empty());
}

#[tokio::test]
async fn a_ready_listener_and_a_ready_socket_are_served() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = Server::builder()
        .connector(TcpConnector::bind(listener))
        .handler(Probe::default())
        .start()
        .await
        .unwrap();
    let client = client(&server.addresses()[0].to_string()).await;
    assert_eq!(
        client.request::<Json<u64>>("test.probeHandler.beside", Json(1u64)).await.unwrap().0,
        1
    );

    // A socket that somebody else has accepted.
    let (near, far) = tokio::io::duplex(4096);
    let peer = || Peer::new("memory", connector::Address::Unnamed);
    let socket = <MemorySocket as connector::Accept<_>>::accept(far, peer());
    server.handle().serve_connection(socket, connector::codec::PomeloCodec);
    let near = <MemorySocket as connector::Accept<_>>::accept(near, peer());
    let client = Client::builder().connect_socket(near).await.unwrap();
    assert_eq!(
        client.request::<Json<u64>>("test.probeHandler.beside", Json(2u64)).await.unwrap().0,
        2
    );
}

#[tokio::test]
async fn plain_http_is_answered_on_the_same_port() {
    let web = WebOptions::new()
        .http(|request| HttpResponse::new(200, "text/plain", request.path.clone()));
    let connector = HybridConnector::bind("127.0.0.1:0").web(web);
    let server = Server::builder().connector(connector).start().await.unwrap();
    let mut stream = TcpStream::connect(server.addresses()[0].to_string()).await.unwrap();
    for byte in b"GET /page HTTP/1.1\r\nHost: here\r\n\r\n" {
        stream.write_all(&[*byte]).await.unwrap();
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\n/page"), "{answer}");
}

#[tokio::test]
async fn a_browser_of_another_origin_is_refused() {
    let web = WebOptions::new().origins(["https://game.example"]);
    let connector = HybridConnector::bind("127.0.0.1:0").web(web);
    let server = Server::builder().connector(connector).start().await.unwrap();
    for (origin, status) in [("https://game.example", "101"), ("https://evil.example", "403")] {
        let mut stream = TcpStream::connect(server.addresses()[0].to_string()).await.unwrap();
        let request = format!(
            "GET / HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Origin: {origin}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(std::str::from_utf8(&answer).unwrap(), format!("HTTP/1.1 {status}"));
    }
}

/// A listener whose first accepts fail, as those of a process without a free
/// file descriptor.
struct Failing {
    memory: Memory,
    failures: Arc<Semaphore>,
}

impl Listen for Failing {
    type Io = tokio::io::DuplexStream;

    async fn bind(&mut self) -> Result<(), StartError> {
        self.memory.bind().await
    }

    fn poll_accept(
        &mut self,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<(Self::Io, Peer)>> {
        if let Ok(failure) = self.failures.try_acquire() {
            failure.forget();
            return std::task::Poll::Ready(Err(std::io::Error::other("too many open files")));
        }
        self.memory.poll_accept(cx)
    }

    fn close(&mut self) {
        self.memory.close();
    }

    fn address(&self) -> Option<connector::Address> {
        self.memory.address()
    }
}

#[derive(Connector)]
#[connector(socket = MemorySocket, codec = connector::codec::PomeloCodec)]
struct FailingConnector {
    #[connector(listen)]
    listen: Failing,
}

#[tokio::test(start_paused = true)]
async fn an_accept_that_fails_backs_off_and_goes_on() {
    let failures = Arc::new(Semaphore::new(6));
    let memory = Memory::default();
    let dialer = memory.dialer();
    let connector = FailingConnector { listen: Failing { memory, failures: failures.clone() } };
    let started = tokio::time::Instant::now();
    let _server =
        Server::builder().connector(connector).handler(Probe::default()).start().await.unwrap();
    let near = dialer.dial().await.unwrap();
    let peer = Peer::new("memory", connector::Address::Unnamed);
    let socket = <MemorySocket as connector::Accept<_>>::accept(near, peer);
    let client = Client::builder().connect_socket(socket).await.unwrap();
    assert_eq!(
        client.request::<Json<u64>>("test.probeHandler.beside", Json(1u64)).await.unwrap().0,
        1
    );
    assert_eq!(failures.available_permits(), 0);
    // 5, 10, 20, 40, 80 and 160 milliseconds: it did not spin.
    assert!(started.elapsed() >= Duration::from_millis(315), "{:?}", started.elapsed());
}
