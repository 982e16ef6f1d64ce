//! Greetings in PUBLISH packets of MQTT 3.1.1 at QoS 0.

use std::io;

use bench::greet::{self, Body};
use connector_protocol::framing::Framing;
use connector_protocol::mqtt::MqttPackets;

use crate::blocking::BlockingConnection;
use crate::dialect::{Dialect, unexpected};

/// The longest packet.
const LIMIT: usize = 1024;
const CONNECT: u8 = 0x10;
const CONNACK: u8 = 0x20;
const PUBLISH: u8 = 0x30;
const SUBSCRIBE: u8 = 0x82;
const SUBACK: u8 = 0x90;

/// Requests by PUBLISH, and their answers.
pub(crate) struct Published {
    /// The server is a broker, which takes requests to a program that answers them.
    has_broker: bool,
    /// The connections that were opened.
    opened: usize,
}

impl Published {
    pub(crate) fn new(has_broker: bool) -> Self {
        Self { has_broker, opened: 0 }
    }

    /// Returns the topics of the request and of the answer of the connection that was opened
    /// last.
    fn topics(&self) -> [String; 2] {
        match self.has_broker {
            // Each client hears what is for it alone.
            true => ["ask", "answer"].map(|topic| format!("{topic}/{}", self.opened)),
            false => [(); 2].map(|()| format!("{}/{}", greet::ROUTE, greet::ID)),
        }
    }
}

impl Dialect for Published {
    fn open(&mut self, connection: &mut BlockingConnection) -> io::Result<()> {
        self.opened += 1;
        let id = text(&format!("bench-{}", self.opened));
        connection.send(&packet(CONNECT, &[b"\0\x04MQTT\x04\x02\0\0", &id]))?;
        if receive(connection, CONNACK)? != [CONNACK, 2, 0, 0] {
            return Err(unexpected("the server refuses"));
        }
        let [_, answered_at] = self.topics();
        if self.has_broker {
            connection.send(&packet(SUBSCRIBE, &[&[0, 1], &text(&answered_at), &[0]]))?;
            receive(connection, SUBACK)?;
        }
        connection.send(&self.request())?;
        let answer = receive(connection, PUBLISH)?;
        let body = answer[2..].strip_prefix(&*text(&answered_at));
        if body.is_some_and(|body| Body::Json.is_greeted(body)) {
            Ok(())
        } else {
            Err(unexpected("that is not the answer"))
        }
    }

    fn request(&self) -> Vec<u8> {
        let [asked_at, _] = self.topics();
        packet(PUBLISH, &[&text(&asked_at), Body::Json.greeting()])
    }

    fn count(&self, bytes: &[u8]) -> io::Result<(usize, usize)> {
        let (mut count, mut at) = (0, 0);
        while let Some(size) = first(PUBLISH, &bytes[at..])? {
            (count, at) = (count + 1, at + size);
        }
        Ok((count, at))
    }
}

/// Returns a text behind its length.
fn text(text: &str) -> Vec<u8> {
    [&(text.len() as u16).to_be_bytes(), text.as_bytes()].concat()
}

/// Returns a packet, which is shorter than 128 bytes.
fn packet(first: u8, parts: &[&[u8]]) -> Vec<u8> {
    let rest = parts.concat();
    [&[first, rest.len() as u8], &*rest].concat()
}

/// Receives a packet of this kind.
fn receive(connection: &mut BlockingConnection, kind: u8) -> io::Result<Vec<u8>> {
    connection.receive(|bytes| first(kind, bytes))
}

/// Returns the size of the first packet, which is of this kind. None if it is not whole.
fn first(kind: u8, bytes: &[u8]) -> io::Result<Option<usize>> {
    let cut = MqttPackets::cut(bytes, LIMIT).map_err(io::Error::other)?;
    match cut {
        Some(_) if bytes[0] != kind => Err(unexpected("another kind of packet came")),
        cut => Ok(cut.map(|cut| cut.consumed)),
    }
}
