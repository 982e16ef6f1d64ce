//! A peer that holds next to nothing itself.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use connector::protocol::framing::Envelope;
use connector::protocol::message::{Head, RequestId, RouteRef};
use connector::protocol::pomelo::message::mark_compressed;
use connector::protocol::pomelo::package::{DataPackage, HEADER};

pub(crate) const HANDSHAKE: &[u8] = b"\x01\x00\x00\x0a{\"sys\":{}}";
/// The same of a client of pitaya's, which may compress.
const PITAYA: &[u8] = b"\x01\x00\x00\x1a{\"sys\":{\"libVersion\":\"1\"}}";
pub(crate) const ACK: &[u8] = b"\x02\x00\x00\x00";
/// A server that takes nothing for so long has stopped reading.
pub(crate) const PATIENCE: Duration = Duration::from_millis(300);
/// A server that stops so often does not go on, however busy the machine is.
const STOPS: usize = 200;

pub(crate) struct RawPeer {
    stream: TcpStream,
    /// Its bodies are compressed already.
    compresses: bool,
}

impl RawPeer {
    /// Opens a session.
    pub(crate) fn open(address: &str) -> Self {
        Self::shake_hands(address, false)
    }

    /// Opens a session whose messages have compressed bodies.
    pub(crate) fn open_pitaya(address: &str) -> Self {
        Self::shake_hands(address, true)
    }

    fn shake_hands(address: &str, compresses: bool) -> Self {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.write_all(if compresses { PITAYA } else { HANDSHAKE }).unwrap();
        assert!(stream.read(&mut [0; 1024]).unwrap() > 0);
        stream.write_all(ACK).unwrap();
        Self { stream, compresses }
    }

    /// Connects, and says nothing.
    pub(crate) fn connect(address: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, compresses: false }
    }

    /// Opens a session over WebSocket.
    pub(crate) fn open_web(address: &str) -> Self {
        let mut stream = upgraded(address, "/");
        // Masked by zeros.
        stream.write_all(&[b"\x82\x8e\0\0\0\0", HANDSHAKE].concat()).unwrap();
        assert!(stream.read(&mut [0; 1024]).unwrap() > 0);
        stream.write_all(&[b"\x82\x84\0\0\0\0", ACK].concat()).unwrap();
        Self { stream, compresses: false }
    }

    /// Opens a session of socket.io over WebSocket.
    pub(crate) fn open_sio(address: &str) -> Self {
        let mut stream = upgraded(address, "/socket.io/?EIO=4&transport=websocket");
        stream.write_all(b"\x81\x82\0\0\0\x0040").unwrap();
        let mut peer = Self { stream, compresses: false };
        // What Engine.IO says, and what socket.io answers.
        peer.hear_until(b"40{");
        peer
    }

    /// Opens a session of MQTT 3.1.1.
    pub(crate) fn open_mqtt(address: &str) -> Self {
        let mut peer = Self::connect(address);
        peer.stream.write_all(b"\x10\x0d\0\x04MQTT\x04\x02\0\0\0\x01c").unwrap();
        peer.hear_until(b"\x20\x02\0\0");
        peer
    }

    fn hear_until(&mut self, end: &[u8]) {
        let mut heard = Vec::new();
        while !heard.windows(end.len()).any(|part| part == end) {
            let mut byte = [0];
            self.stream.read_exact(&mut byte).unwrap();
            heard.extend(byte);
        }
    }

    /// Sends bytes until the server takes no more of them, or closes.
    pub(crate) fn flood(&mut self, bytes: &[u8]) {
        self.stream.set_write_timeout(Some(PATIENCE)).unwrap();
        let _ = self.stream.write_all(bytes);
    }

    /// Reads what comes within a moment.
    pub(crate) fn hear_any(&mut self) {
        self.stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let _ = self.stream.read(&mut [0; 1024]);
    }

    /// Reads until nothing comes for a moment.
    pub(crate) fn hear_rest(&mut self) {
        self.stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut buffer = vec![0; 64 * 1024];
        while self.stream.read(&mut buffer).is_ok_and(|read| read > 0) {}
    }

    pub(crate) fn ask(&mut self, method: &str, body: &[u8]) {
        let request = self.request(method, body);
        self.stream.write_all(&request).unwrap();
    }

    pub(crate) fn ask_all(&mut self, times: usize, method: &str, body: &[u8]) {
        let request = self.request(method, body);
        for _ in 0..times {
            self.stream.write_all(&request).unwrap();
        }
    }

    /// Asks with bodies that are flagged as compressed, and hears the refusals.
    pub(crate) fn ask_compressed(&mut self, times: usize, method: &str, body: &[u8]) {
        let mut request = request(method, body);
        // In the message behind the head of its package.
        request[4] |= 0x10;
        for _ in 0..times {
            self.stream.write_all(&request).unwrap();
            assert!(self.stream.read(&mut [0; 1024]).unwrap() > 0);
        }
    }

    /// Waits until everything before this was handled.
    pub(crate) fn ping(&mut self) {
        self.ask("ping", b"");
        assert!(self.stream.read(&mut [0; 64]).unwrap() > 0);
    }

    /// Closes its side.
    pub(crate) fn leave(&mut self) {
        self.stream.shutdown(Shutdown::Write).unwrap();
    }

    /// Reads at least so many bytes.
    pub(crate) fn hear_all(&mut self, bytes: usize) {
        let mut buffer = vec![0; 64 * 1024];
        let mut heard = 0;
        while heard < bytes {
            let read = self.stream.read(&mut buffer).unwrap();
            assert!(read > 0, "the server closed after {heard} bytes");
            heard += read;
        }
    }

    /// Sends a message so often, and calls `stopped` once the server reads no more of
    /// them, or has handled them all.
    pub(crate) fn pour(&mut self, times: usize, method: &str, body: &[u8], stopped: impl FnOnce()) {
        let message = self.request(method, body);
        let mut stops = Stops::new(stopped);
        self.send_all(times, &message, &mut stops);
        self.ask("ping", b"");
        while let Err(error) = self.stream.read(&mut [0; 64]) {
            stops.count(&error);
        }
        stops.tell();
    }

    /// Sends these bytes so often, and calls `stopped` once the server reads no more of them,
    /// or when all are sent.
    pub(crate) fn pour_bytes(&mut self, times: usize, bytes: &[u8], stopped: impl FnOnce()) {
        let mut stops = Stops::new(stopped);
        self.send_all(times, bytes, &mut stops);
        stops.tell();
    }

    fn send_all<F: FnOnce()>(&mut self, times: usize, bytes: &[u8], stops: &mut Stops<F>) {
        self.stream.set_write_timeout(Some(PATIENCE)).unwrap();
        self.stream.set_read_timeout(Some(PATIENCE)).unwrap();
        for _ in 0..times {
            let mut left = bytes;
            while !left.is_empty() {
                match self.stream.write(left) {
                    Ok(written) => left = &left[written..],
                    Err(error) => stops.count(&error),
                }
            }
        }
    }

    fn request(&self, method: &str, body: &[u8]) -> Vec<u8> {
        let mut request = request(method, body);
        if self.compresses && !body.is_empty() {
            mark_compressed(&mut request[HEADER..]);
        }
        request
    }

    /// Sends a message without its last byte.
    pub(crate) fn half(&mut self, method: &str, body: &[u8]) {
        let request = self.request(method, body);
        self.stream.write_all(&request[..request.len() - 1]).unwrap();
    }

    /// Waits until the server has read everything, or for a moment.
    pub(crate) fn stay(&mut self) {
        self.stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let silent = self.stream.read(&mut [0]).unwrap_err();
        assert_eq!(silent.kind(), ErrorKind::WouldBlock);
    }
}

/// How often a server has taken nothing for a while, and who is told the first time.
struct Stops<F> {
    stopped: Option<F>,
    count: usize,
}

impl<F: FnOnce()> Stops<F> {
    fn new(stopped: F) -> Self {
        Self { stopped: Some(stopped), count: 0 }
    }

    fn count(&mut self, error: &std::io::Error) {
        assert_eq!(error.kind(), ErrorKind::WouldBlock, "{error}");
        self.count += 1;
        assert!(self.count < STOPS, "the server does not go on");
        self.tell();
    }

    fn tell(&mut self) {
        if let Some(stopped) = self.stopped.take() {
            stopped();
        }
    }
}

/// A stream that has become a WebSocket.
pub(crate) fn upgraded(address: &str, target: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    let upgrade = format!(
        "GET {target} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\
        Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(upgrade.as_bytes()).unwrap();
    let mut head = [0; 129];
    stream.read_exact(&mut head).unwrap();
    assert!(head.ends_with(b"\r\n\r\n"), "{}", String::from_utf8_lossy(&head));
    stream
}

/// A request to a method of the server.
pub(crate) fn request(method: &str, body: &[u8]) -> Vec<u8> {
    let route = format!("test.costly.{method}");
    let mut out = Vec::new();
    let mark = DataPackage.begin(&mut out);
    let head = Head::Request(RequestId::new(1), RouteRef::Name(&route));
    head.encode(&mut out).unwrap();
    out.extend_from_slice(body);
    DataPackage.finish(mark, &mut out).unwrap();
    out
}
