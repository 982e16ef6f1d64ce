//! Servers of polling by hand.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, watch};

/// Answers the first request with these bytes, ends the connection, and returns the URL.
pub(crate) async fn refuse(response: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        request(&mut stream).await;
        // The client does not have to read all of it.
        let _ = stream.write_all(response.as_bytes()).await;
    });
    format!("http://{address}")
}

/// A server of one session that polls, which reads one request of each connection and keeps the
/// connection open. It answers the session's first request with 7.
pub(crate) struct Polled(SocketAddr);

/// What it answers to the polls, one after the other. Each but the first waits for a body.
const ANSWERS: [&str; 3] = [
    r#"0{"sid":"s","upgrades":[],"pingInterval":60000,"pingTimeout":60000}"#,
    r#"40{"sid":"t"}"#,
    r#"42["message","{\"id\":1,\"body\":7}"]"#,
];

/// How a response tells where its body ends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Framing {
    Length,
    Chunks,
    /// By the end of its stream.
    Stream,
}

impl Framing {
    /// Returns the last headers of a response, and its body.
    fn of(self, body: &str) -> String {
        match self {
            Self::Length => format!("Content-Length: {}\r\n\r\n{body}", body.len()),
            Self::Chunks => {
                let (start, rest) = body.split_at(1);
                let rest = format!("{:x};of=2\r\n{rest}", rest.len());
                format!("Transfer-Encoding: chunked\r\n\r\n1\r\n{start}\r\n{rest}\r\n0\r\n\r\n")
            }
            Self::Stream => format!("Connection: close\r\n\r\n{body}"),
        }
    }
}

impl Polled {
    /// Serves with this head of each response, and a body behind it.
    pub(crate) async fn serve(head: &'static str, framing: Framing) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let answers = Arc::new(Mutex::new(ANSWERS.iter().enumerate()));
        let bodies = watch::Sender::new(0);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (answers, bodies) = (answers.clone(), bodies.clone());
                tokio::spawn(async move {
                    let body = match request(&mut stream).await {
                        asked if asked.starts_with("POST") => {
                            bodies.send_modify(|count| *count += 1);
                            "ok"
                        }
                        _ => {
                            let Some((before, answer)) = answers.lock().await.next() else {
                                return std::future::pending().await;
                            };
                            let _ = bodies.subscribe().wait_for(|count| *count >= before).await;
                            answer
                        }
                    };
                    let response = format!("{head}\r\n{}", framing.of(body));
                    stream.write_all(response.as_bytes()).await.unwrap();
                    if !matches!(framing, Framing::Stream) {
                        std::future::pending::<()>().await;
                    }
                });
            }
        });
        Self(address)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.0)
    }
}

/// Reads a request with its body, and returns its first line.
pub(crate) async fn request(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&read);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let len = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
            if body.len() >= len.map_or(0, |len| len.parse().unwrap()) {
                return head.lines().next().unwrap_or_default().to_owned();
            }
        }
        if stream.read_buf(&mut read).await.unwrap() == 0 {
            return std::future::pending().await;
        }
    }
}
