//! Greetings in the events of socket.io, over WebSocket.

use std::io;

use bench::greet::{self, Body};

use crate::blocking::BlockingConnection;
use crate::dialect::{Dialect, unexpected};
use crate::frames;

/// The path of a session of Engine.IO 4.
const PATH: &str = "/socket.io/?EIO=4&transport=websocket";

/// A ping of the server's, of which socketioxide sends the first one at once, and which no
/// server here wants to be answered.
const PING: &[u8] = b"2";

/// Events with the text of a greeting, as pomelo's sioconnector has it.
pub(crate) struct Events {
    /// The server sends the text back, and knows nothing of greetings.
    pub(crate) is_echoed: bool,
}

impl Events {
    /// Returns the packet of the event.
    fn packet() -> Vec<u8> {
        let [a, b, c, d] = greet::ID.to_be_bytes().map(char::from);
        let (length, body) = (char::from(greet::ROUTE.len() as u8), Body::Json.greeting());
        let body = String::from_utf8_lossy(body);
        let text = format!("{a}{b}{c}{d}{length}{}{body}", greet::ROUTE);
        format!("42{}", serde_json::json!(["message", text])).into_bytes()
    }

    /// Checks the packet that answers it.
    fn is_answer(&self, packet: &[u8]) -> bool {
        let event = packet.strip_prefix(b"42").map(serde_json::from_slice::<(String, String)>);
        let Some(Ok((name, text))) = event else { return false };
        let answer: Result<serde_json::Value, _> = serde_json::from_str(&text);
        name == "message"
            && match answer {
                Ok(answer) => {
                    let body = answer["body"].to_string();
                    answer["id"] == greet::ID && Body::Json.is_greeted(body.as_bytes())
                }
                Err(_) => self.is_echoed && text.contains(greet::ROUTE),
            }
    }
}

impl Dialect for Events {
    fn open(&mut self, connection: &mut BlockingConnection) -> io::Result<()> {
        frames::upgrade(connection, PATH)?;
        let opened = receive(connection)?;
        connection.send(&frames::masked(b"40"))?;
        let connected = receive(connection)?;
        if !opened.starts_with(b"0{") || !connected.starts_with(b"40{") {
            return Err(unexpected("the server does not open a session"));
        }
        connection.send(&self.request())?;
        if self.is_answer(&receive(connection)?) {
            Ok(())
        } else {
            Err(unexpected("that is not the answer"))
        }
    }

    fn request(&self) -> Vec<u8> {
        frames::masked(&Self::packet())
    }

    fn count(&self, bytes: &[u8]) -> io::Result<(usize, usize)> {
        let (mut count, mut at) = (0, 0);
        while let Some((start, end)) = frames::first(&[frames::TEXT], &bytes[at..])? {
            count += usize::from(bytes[at + start..at + end] != *PING);
            at += end;
        }
        Ok((count, at))
    }
}

/// Receives a packet that is not a ping.
fn receive(connection: &mut BlockingConnection) -> io::Result<Vec<u8>> {
    loop {
        let packet = frames::receive(connection)?;
        if packet != PING {
            return Ok(packet);
        }
    }
}
