//! Pages on the port of a connector.

#![allow(clippy::unwrap_used)]

use connector::prelude::*;
use connector::transport::HttpResponse;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The first line of an answer, and its body.
async fn get(server: &Server, request: &str) -> (String, String) {
    let mut stream = TcpStream::connect(server.addresses()[0].to_string()).await.unwrap();
    let head = format!("{request} HTTP/1.1\r\nHost: here\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.lines().next().unwrap().to_owned(), body.to_owned())
}

async fn start(web: WebOptions) -> Server {
    let connector = HybridConnector::bind("127.0.0.1:0").web(web);
    Server::builder().connector(connector).start().await.unwrap()
}

fn pages() -> WebOptions {
    WebOptions::new().page("/", "text/html", "<!doctype html>").get("/hello", |request| {
        let name = request.query("name").ok_or("who is it?")?;
        Ok::<_, String>(format!("hello {name}"))
    })
}

#[tokio::test]
async fn a_page_is_found_by_its_path() {
    let server = start(pages()).await;
    for (request, status, body) in [
        ("GET /", "200 OK", "<!doctype html>"),
        ("GET /?reload=1", "200 OK", "<!doctype html>"),
        ("GET /hello?name=%41nn+B", "200 OK", "hello Ann B"),
        ("GET /hello", "400 Bad Request", "who is it?"),
        ("GET /other", "404 Not Found", "there is nothing here"),
        ("GET /hello/", "404 Not Found", "there is nothing here"),
        ("POST /", "405 Method Not Allowed", "only GET, HEAD and OPTIONS are allowed"),
    ] {
        let expected = (format!("HTTP/1.1 {status}"), body.to_owned());
        assert_eq!(get(&server, request).await, expected, "{request}");
    }
}

#[tokio::test]
async fn what_is_no_page_goes_to_the_function_for_all() {
    let server =
        start(pages().http(|request| HttpResponse::new(403, "text/plain", &*request.method))).await;
    assert_eq!(get(&server, "GET /").await.1, "<!doctype html>");
    let others = get(&server, "POST /").await;
    assert_eq!(others, ("HTTP/1.1 403 Forbidden".into(), "POST".into()));
}

#[tokio::test]
async fn a_port_without_pages_says_what_it_is_for() {
    let server = start(WebOptions::new()).await;
    let (status, body) = get(&server, "GET /").await;
    assert_eq!(status, "HTTP/1.1 426 Upgrade Required");
    assert_eq!(body, "this port speaks WebSocket");
}
