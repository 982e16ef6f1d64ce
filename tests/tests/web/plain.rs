//! Plain HTTP on the port of a connector, as RFC 9110, health checks and proxies want it.

use std::time::Duration;

use connector::prelude::*;
use connector::transport::{HttpResponse, Memory, WebSocket};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::memory::WebConnector;
use super::{PATIENCE, UPGRADE};

async fn start(web: WebOptions) -> Server {
    let connector = HybridConnector::bind("127.0.0.1:0").web(web);
    Server::builder().connector(connector).start().await.unwrap()
}

/// The answer to these bytes, all of which are sent, up to its regular end.
async fn answer(server: &Server, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.addresses()[0].to_string()).await.unwrap();
    let (mut reader, mut writer) = stream.split();
    let mut answer = Vec::new();
    let both = async { tokio::join!(writer.write_all(request), reader.read_to_end(&mut answer)) };
    let (sent, read) = timeout(PATIENCE, both).await.unwrap();
    sent.unwrap();
    read.unwrap();
    String::from_utf8(answer).unwrap()
}

async fn answer_to(server: &Server, request: &str) -> (String, String) {
    let answer = answer(server, request.as_bytes()).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

fn page() -> WebOptions {
    WebOptions::new().page("/health", "text/plain", "well")
}

#[tokio::test]
async fn head_and_options_are_answered() {
    let server = start(page()).await;
    let of = async |method: &str, path: &str| {
        answer_to(&server, &format!("{method} {path} HTTP/1.1\r\nHost: a\r\n\r\n")).await
    };
    let (get, body) = of("GET", "/health").await;
    assert_eq!(of("HEAD", "/health").await, (get, String::new()));
    assert_eq!(body, "well");
    for path in ["/health", "*"] {
        let (head, body) = of("OPTIONS", path).await;
        assert!(head.starts_with("HTTP/1.1 204 No Content\r\n"), "{head}");
        assert!(head.contains("\r\nAllow: GET, HEAD, OPTIONS"), "{head}");
        assert!(body.is_empty() && !head.contains("Content-"), "{head}");
    }
    let (head, body) = of("POST", "/health").await;
    assert!(head.starts_with("HTTP/1.1 405 Method Not Allowed\r\n"), "{head}");
    assert!(head.contains("\r\nAllow: GET, HEAD, OPTIONS\r\n"), "{head}");
    assert_eq!(body, "only GET, HEAD and OPTIONS are allowed");
    let (head, body) = of("HEAD", "/nothing").await;
    assert!(head.starts_with("HTTP/1.1 404 ") && body.is_empty(), "{head}");

    let none = start(WebOptions::new()).await;
    let (head, body) = answer_to(&none, "GET / HTTP/1.0\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 426 Upgrade Required\r\n"), "{head}");
    assert!(head.contains("\r\nUpgrade: websocket\r\n"), "{head}");
    assert_eq!(body, "this port speaks WebSocket");
    let (_, body) = answer_to(&none, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(body, "");
}

#[tokio::test]
async fn the_target_may_be_absolute_and_the_host_is_named_once() {
    let server = start(page()).await;
    for (request, status) in [
        ("GET http://a.example/health HTTP/1.1\r\nHost: a.example", "200 OK"),
        ("GET /health HTTP/1.0", "200 OK"),
        ("GET /health HTTP/1.1", "400 Bad Request"),
        ("GET /health HTTP/1.1\r\nHost: a\r\nHost: b", "400 Bad Request"),
    ] {
        let (head, _) = answer_to(&server, &format!("{request}\r\n\r\n")).await;
        assert!(head.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{request}: {head}");
    }
}

#[tokio::test]
async fn an_upgrade_with_a_body_or_two_origins_is_refused() {
    let web = page().origins(["https://game.example"]);
    let server = start(web).await;
    for (headers, body, problem) in [
        ("Content-Length: 4\r\n", "body", "cannot have a body"),
        ("Transfer-Encoding: chunked\r\n", "0\r\n\r\n", "cannot have a body"),
        ("Origin: https://game.example\r\nOrigin: https://evil.example\r\n", "", "more than once"),
    ] {
        let (head, said) = answer_to(&server, &format!("{UPGRADE}{headers}\r\n{body}")).await;
        assert!(head.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{headers}: {head}");
        assert!(said.contains(problem), "{headers}: {said}");
    }
}

#[tokio::test]
async fn an_answer_is_not_reset_by_what_was_not_read() {
    let server = start(page().http(|_| HttpResponse::new(403, "text/plain", "no posts"))).await;
    // More than fits into the buffers of a socket.
    let body = "x".repeat(16 << 20);
    let length = body.len();
    let post = format!("POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{body}");
    let cookie = "c".repeat(300_000);
    let long = format!("GET /health HTTP/1.1\r\nHost: a\r\nCookie: {cookie}\r\n\r\n");
    let (head, body) = answer_to(&server, &post).await;
    assert!(head.starts_with("HTTP/1.1 403 Forbidden\r\n") && body == "no posts", "{head}");
    let (head, _) = answer_to(&server, &long).await;
    assert!(head.starts_with("HTTP/1.1 431 Request Header Fields Too Large\r\n"), "{head}");
}

/// The long page as a client sees it that reads 32 KiB each time, and rests between.
async fn read_slowly(rest: Duration) -> String {
    let memory = Memory::default();
    let dialer = memory.dialer();
    let body = "x".repeat(1 << 20);
    let listen = WebSocket::new(memory, WebOptions::new().page("/", "text/plain", body));
    let _server = Server::builder().connector(WebConnector { listen }).start().await.unwrap();
    let mut stream = dialer.dial().await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    while (&mut stream).take(32 << 10).read_to_end(&mut answer).await.unwrap() > 0 {
        sleep(rest).await;
    }
    String::from_utf8(answer).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_page_is_not_cut_off_at_the_handshakes_deadline() {
    let whole = read_slowly(Duration::ZERO).await;
    assert!(whole.starts_with("HTTP/1.1 200 OK\r\n") && whole.ends_with(&"x".repeat(1 << 20)));
    assert_eq!(read_slowly(Duration::from_secs(2)).await.len(), whole.len());
    let cut_off = read_slowly(Duration::from_secs(60)).await.len();
    assert!(cut_off < whole.len() / 4, "who takes nothing for long is left: {cut_off} bytes");
}

#[tokio::test]
async fn a_handler_that_panics_is_an_error_of_the_server() {
    let server = start(page().get("/broken", |_| -> String { panic!("a page panics") })).await;
    let (head, _) = answer_to(&server, "GET /broken HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 500 Internal Server Error\r\n"), "{head}");
    assert_eq!(answer_to(&server, "GET /health HTTP/1.0\r\n\r\n").await.1, "well");
}

#[tokio::test]
async fn a_subprotocol_is_answered() {
    let all = start(WebOptions::new()).await;
    let some = WebOptions::new().subprotocols(["game.v3", "game.v2"]);
    let some = start(some).await;
    let none = start(WebOptions::new().subprotocols::<&str>([])).await;
    for (server, answered) in [(&all, Some("game.v1")), (&some, Some("game.v2")), (&none, None)] {
        let mut stream = TcpStream::connect(server.addresses()[0].to_string()).await.unwrap();
        let offer = "Sec-WebSocket-Protocol: game.v1, game.v2\r\n\r\n";
        stream.write_all(format!("{UPGRADE}{offer}").as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(timeout(PATIENCE, stream.read_u8()).await.unwrap().unwrap());
        }
        let head = String::from_utf8(head).unwrap();
        let line = head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Protocol: "));
        assert!(head.starts_with("HTTP/1.1 101 ") && line == answered, "{head}");
    }
}
