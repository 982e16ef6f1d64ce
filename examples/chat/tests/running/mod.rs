//! A running `chat`, and people in it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use connector::Client;
use connector::client::ConnectError;
use serde_json::json;

/// A running `chat`; it ends when this is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
    /// The line for people.
    pub(crate) address: String,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    /// Starts it with further options.
    pub(crate) fn with(options: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_chat"))
            .args(options)
            .args(["--port", "0"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("chat starts");
        let mut lines = BufReader::new(child.stdout.take().expect("stdout is piped")).lines();
        let mut line = || lines.next().expect("chat says something").expect("in UTF-8");
        let (address, ready) = (line(), line());
        let port = ready.strip_prefix("READY ").expect("chat says READY").parse();
        Self { child, port: port.expect("chat names its port"), address }
    }

    /// What is answered to a plain GET: the head and the body.
    pub(crate) fn get(&self, target: &str) -> (String, String) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(stream, "GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").expect("HTTP is answered");
        (head.to_owned(), body.to_owned())
    }

    /// The token for a name as it stands in a url.
    pub(crate) fn token(&self, name: &str) -> String {
        let (head, token) = self.get(&format!("/sign-in?name={name}"));
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}: {token}");
        token
    }

    /// Connects with something as the token.
    pub(crate) async fn connect(&self, scheme: &str, token: &str) -> Result<Client, ConnectError> {
        let url = format!("{scheme}://127.0.0.1:{}", self.port);
        Client::builder().user(json!({ "token": token })).connect(&url).await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
