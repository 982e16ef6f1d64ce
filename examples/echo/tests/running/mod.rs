//! A running `echo`, and bare connections to it.

#![allow(dead_code, unreachable_pub, reason = "each test program uses its own part")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use connector_protocol::framing::Envelope;
use connector_protocol::message::{Head, RequestId, RouteRef};
use connector_protocol::pomelo::message::Message;
use connector_protocol::pomelo::package::{self, DataPackage, Package, PackageType};

/// The time that anything may take before a test fails.
pub const TIMEOUT: Duration = Duration::from_secs(20);

/// A running `echo`; it ends when this is dropped.
pub struct Echo {
    child: Child,
    pub port: u16,
}

impl Echo {
    pub fn start(arguments: &[&str]) -> Self {
        Self::start_under(&[], arguments)
    }

    /// Run by another program, with that's own arguments.
    pub fn start_under(program: &[&str], arguments: &[&str]) -> Self {
        let echo = [program, &[env!("CARGO_BIN_EXE_echo"), "--port", "0"]].concat();
        let mut child = Command::new(echo[0])
            .args(&echo[1..])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("echo starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("stdout is piped");
        BufReader::new(stdout).read_line(&mut line).expect("echo says something");
        let port = line.strip_prefix("READY ").expect("echo says READY").trim();
        Self { port: port.parse().expect("echo names its port"), child }
    }

    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Resident memory in bytes.
    #[cfg(target_os = "linux")]
    pub fn memory(&self) -> usize {
        let statm = std::fs::read_to_string(format!("/proc/{}/statm", self.child.id())).unwrap();
        statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end.
    pub fn wait(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    /// Whether it still serves somebody new.
    pub fn still_serves(&self) {
        let mut other = Raw::open(self);
        assert_eq!(other.echo(7, b"{\"still\":true}"), b"{\"still\":true}");
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A bare TCP connection that speaks packages.
pub struct Raw {
    pub stream: TcpStream,
    received: Vec<u8>,
}

impl Raw {
    /// Connected, and nothing said.
    pub fn connect(echo: &Echo) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", echo.port)).expect("echo listens");
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        stream.set_write_timeout(Some(TIMEOUT)).unwrap();
        Self { stream, received: Vec::new() }
    }

    /// Connected, handshake and ack done.
    pub fn open(echo: &Echo) -> Self {
        let mut raw = Self::connect(echo);
        raw.shake_hands();
        raw.send(&package::HANDSHAKE_ACK);
        raw
    }

    pub fn shake_hands(&mut self) -> Vec<u8> {
        self.send(&handshake("{}"));
        let (kind, body) = self.package().expect("the handshake is answered");
        assert_eq!(kind, PackageType::Handshake);
        body
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("the server reads");
    }

    /// The next package; `None` at the end of the connection.
    pub fn package(&mut self) -> Option<(PackageType, Vec<u8>)> {
        loop {
            if let Some(&[_, a, b, c]) = self.received.first_chunk() {
                let end = package::HEADER + u32::from_be_bytes([0, a, b, c]) as usize;
                if self.received.len() >= end {
                    let rest = self.received.split_off(end);
                    let bytes = std::mem::replace(&mut self.received, rest);
                    let package = Package::take(&mut &*bytes).expect("the server sends packages");
                    return Some((package.kind, package.body.to_vec()));
                }
            }
            let mut bytes = [0; 4096];
            match self.stream.read(&mut bytes) {
                Ok(0) => return None,
                Ok(read) => self.received.extend_from_slice(&bytes[..read]),
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("nothing from the server: {error}"),
            }
        }
    }

    /// The next response's id and body.
    pub fn response(&mut self) -> Option<(u32, Vec<u8>)> {
        loop {
            let (kind, body) = self.package()?;
            if kind != PackageType::Data {
                continue;
            }
            let message = Message::decode(&body).expect("the server sends messages");
            if let Head::Response(Some(id)) = message.head {
                return Some((id.get(), message.body.to_vec()));
            }
        }
    }

    pub fn echo(&mut self, id: u32, body: &[u8]) -> Vec<u8> {
        self.send(&request(id, "connector.entryHandler.echo", body));
        let (answered, body) = self.response().expect("the request is answered");
        assert_eq!(answered, id);
        body
    }

    /// Waits until the server has closed, whatever comes before that.
    pub fn is_closed(&mut self) {
        while self.package().is_some() {}
    }
}

pub fn handshake(user: &str) -> Vec<u8> {
    let body = format!(r#"{{"sys":{{"type":"raw","version":"1"}},"user":{user}}}"#);
    let mut out = Vec::new();
    package::encode(PackageType::Handshake, body.as_bytes(), &mut out).unwrap();
    out
}

pub fn request(id: u32, route: &str, body: &[u8]) -> Vec<u8> {
    message(Head::Request(RequestId::new(id), RouteRef::Name(route)), body)
}

pub fn message(head: Head<'_>, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mark = DataPackage.begin(&mut out);
    head.encode(&mut out).unwrap();
    out.extend_from_slice(body);
    DataPackage.finish(mark, &mut out).unwrap();
    out
}

/// A data package with these bytes as its message.
pub fn data(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    package::encode(PackageType::Data, bytes, &mut out).unwrap();
    out
}
