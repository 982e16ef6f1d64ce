//! Requests by hand.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::PATIENCE;

/// A connection that carries requests.
pub(crate) struct Http<Io = TcpStream> {
    pub(crate) stream: Io,
    read: Vec<u8>,
    /// The time in which the server does something.
    patience: Duration,
}

#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Http {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self::new(TcpStream::connect(address).await.unwrap(), PATIENCE)
    }
}

impl<Io: AsyncRead + AsyncWrite + Unpin> Http<Io> {
    pub(crate) fn new(stream: Io, patience: Duration) -> Self {
        Self { stream, read: Vec::new(), patience }
    }

    pub(crate) async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        self.try_write(bytes.as_ref()).await.unwrap();
    }

    pub(crate) async fn try_write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// Sends a request with these headers, each with its line end.
    pub(crate) async fn send(&mut self, method: &str, query: &str, headers: &str, body: &[u8]) {
        let mut request = format!("{method} /socket.io/?{query} HTTP/1.1\r\nHost: h\r\n{headers}");
        if method == "POST" && !headers.contains("Transfer-Encoding") {
            request += &format!("Content-Length: {}\r\n", body.len());
        }
        self.write([request.as_bytes(), b"\r\n", body].concat()).await;
    }

    /// Waits for a response. `None` at the end of the connection.
    pub(crate) async fn response(&mut self) -> Option<Response> {
        loop {
            if let Some(end) = self.read.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                let head = String::from_utf8(self.read[..end].to_vec()).unwrap();
                let header = |name: &str| {
                    let lines = head.lines().filter_map(|line| line.split_once(": "));
                    lines.filter(|(key, _)| *key == name).map(|(_, value)| value).next()
                };
                let len = header("Content-Length").map_or(0, |len| len.parse().unwrap());
                if self.read.len() >= end + 4 + len {
                    let body = String::from_utf8(self.read[end + 4..][..len].to_vec()).unwrap();
                    self.read.drain(..end + 4 + len);
                    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
                    return Some(Response { status, head, body });
                }
            }
            let read = tokio::time::timeout(self.patience, self.stream.read_buf(&mut self.read));
            if !matches!(read.await.expect("the server does something"), Ok(1..)) {
                return None;
            }
        }
    }

    pub(crate) async fn ask(&mut self, method: &str, query: &str, body: &[u8]) -> Response {
        self.send(method, query, "", body).await;
        self.response().await.expect("a response")
    }

    pub(crate) async fn get(&mut self, query: &str) -> Response {
        self.ask("GET", query, b"").await
    }

    pub(crate) async fn post(&mut self, query: &str, body: impl AsRef<[u8]>) -> Response {
        self.ask("POST", query, body.as_ref()).await
    }
}

/// A session that polls.
pub(crate) struct Polling<Io = TcpStream> {
    pub(crate) http: Http<Io>,
    /// The query of its requests.
    pub(crate) query: String,
}

impl Polling {
    /// Begins a session of this version, and connects its namespace.
    pub(crate) async fn open(address: SocketAddr, version: u8) -> Self {
        Self::begin(Http::connect(address).await, version).await
    }
}

impl<Io: AsyncRead + AsyncWrite + Unpin> Polling<Io> {
    /// Begins a session of this version on a connection, and connects its namespace.
    pub(crate) async fn begin(mut http: Http<Io>, version: u8) -> Self {
        let query = format!("EIO={version}&transport=polling");
        let opened = http.get(&query).await;
        assert_eq!(opened.status, 200, "{opened:?}");
        let (_, sid) = opened.body.split_once("\"sid\":\"").unwrap();
        let (sid, _) = sid.split_once('"').unwrap();
        let query = format!("{query}&sid={sid}");
        let mut polling = Self { http, query };
        if version == 4 {
            assert_eq!(polling.post("40").await.body, "ok");
            assert!(polling.poll().await.starts_with("40{\"sid\":\""));
        }
        polling
    }

    pub(crate) async fn post(&mut self, body: impl AsRef<[u8]>) -> Response {
        self.http.post(&self.query, body).await
    }

    pub(crate) async fn poll(&mut self) -> String {
        let response = self.http.get(&self.query).await;
        assert_eq!(response.status, 200, "{response:?}");
        response.body
    }

    /// Asks for an echo, by a session of version 4.
    pub(crate) async fn echoes(&mut self) {
        let event = crate::event(7, "echo", "{\"n\":1}");
        assert_eq!(self.post(event).await.body, "ok");
        assert_eq!(self.poll().await, r#"42["message","{\"id\":7,\"body\":{\"n\":1}}"]"#);
    }
}
